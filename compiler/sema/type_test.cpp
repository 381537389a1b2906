#include "compiler/sema/type.h"

#include "compiler/sema/program.h"

#include <gtest/gtest.h>

namespace chasi::sema {
namespace {

struct TypeTest : testing::Test {
  llvm::BumpPtrAllocator arena;
  Types t{arena};
  const Type* s(TypeKind k) { return t.simple(k); }
  const Type* lit(const char* text) { return t.literal(Value::text(Tag::String, text)); }
};

TEST_F(TypeTest, EqualTypesAreShared) {
  EXPECT_EQ(t.list(s(TypeKind::Int)), t.list(s(TypeKind::Int)));
  EXPECT_EQ(t.optional(t.optional(s(TypeKind::Int))), t.optional(s(TypeKind::Int)));
  EXPECT_NE(t.list(s(TypeKind::Int)), t.list(s(TypeKind::String)));
}

TEST_F(TypeTest, UnionsAreFlatAndHoldOptionalsOutside) {
  const Type* inner = t.unionOf({lit("a"), lit("b")});
  const Type* u = t.unionOf({inner, lit("a"), t.optional(lit("c"))});
  ASSERT_EQ(u->kind, TypeKind::Optional);
  EXPECT_EQ(u->inner->alternatives.size(), 3u);
  EXPECT_EQ(typeName(u), "(\"a\" | \"b\" | \"c\")?");
  EXPECT_EQ(t.unionOf({lit("a")}), lit("a"));
}

TEST_F(TypeTest, Fits) {
  const Type* env = t.unionOf({lit("dev"), lit("prod")});
  EXPECT_EQ(fits(lit("dev"), env), Fit::Same);
  EXPECT_EQ(fits(lit("stage"), env), Fit::No);
  EXPECT_EQ(fits(s(TypeKind::String), env), Fit::No);
  EXPECT_EQ(fits(env, s(TypeKind::String)), Fit::Same);
  EXPECT_EQ(fits(s(TypeKind::Int), s(TypeKind::Cpu)), Fit::Convert);
  EXPECT_EQ(fits(s(TypeKind::Int), s(TypeKind::Bytes)), Fit::No);
  EXPECT_EQ(fits(t.optional(s(TypeKind::Int)), s(TypeKind::Int)), Fit::No);
  EXPECT_EQ(fits(s(TypeKind::Int), t.optional(s(TypeKind::Int))), Fit::Same);
  EXPECT_EQ(fits(t.list(s(TypeKind::Int)), t.list(s(TypeKind::Float))), Fit::Convert);
  EXPECT_EQ(fits(s(TypeKind::Secret), s(TypeKind::String)), Fit::No);
}

TEST_F(TypeTest, WhatIsKnownIsAFactThatIsThere) {
  const Type* text = s(TypeKind::String);
  const Type* late = t.later(text);
  EXPECT_EQ(t.later(late), late);
  EXPECT_EQ(typeName(t.optional(late)), "Later<String>?");
  EXPECT_EQ(fits(text, late), Fit::Same);
  EXPECT_EQ(fits(lit("a"), late), Fit::Same);
  EXPECT_EQ(fits(s(TypeKind::Int), t.later(s(TypeKind::Float))), Fit::Convert);
  EXPECT_EQ(fits(t.list(text), t.list(late)), Fit::Same);
  EXPECT_EQ(fits(t.unionOf({text, late}), late), Fit::Same);
  EXPECT_EQ(fits(late, t.unionOf({s(TypeKind::Int), late})), Fit::Same);
  EXPECT_EQ(fits(late, s(TypeKind::Any)), Fit::Same);
  EXPECT_EQ(fits(late, t.optional(late)), Fit::Same);
}

TEST_F(TypeTest, AFactIsNotKnownAndNotConverted) {
  const Type* text = s(TypeKind::String);
  const Type* late = t.later(text);
  EXPECT_EQ(fits(late, text), Fit::No);
  EXPECT_EQ(fits(t.optional(text), late), Fit::No);
  EXPECT_EQ(fits(t.list(late), t.list(text)), Fit::No);
  EXPECT_EQ(fits(late, s(TypeKind::Secret)), Fit::No);
  EXPECT_EQ(fits(late, t.unionOf({text, s(TypeKind::Int)})), Fit::No);
  EXPECT_EQ(fits(t.later(s(TypeKind::Int)), t.later(s(TypeKind::Float))), Fit::No);
  EXPECT_EQ(fits(t.later(s(TypeKind::Any)), late), Fit::No);
  Refinement r;
  const Type* port = t.refined(s(TypeKind::Int), "Port", &r);
  EXPECT_EQ(fits(t.later(s(TypeKind::Int)), t.later(port)), Fit::No);
  EXPECT_EQ(fits(s(TypeKind::Int), t.later(port)), Fit::Convert);
  EXPECT_TRUE(holdsLater(t.map(late)));
  EXPECT_FALSE(isLater(t.list(late)));
  EXPECT_TRUE(isLater(t.optional(late)));
  EXPECT_TRUE(onlyLater(t.list(t.optional(late))));
  EXPECT_FALSE(onlyLater(t.unionOf({text, late})));
}

TEST_F(TypeTest, RefinedTypesTakeChecks) {
  Refinement r;
  const Type* port = t.refined(s(TypeKind::Int), "Port", &r);
  EXPECT_EQ(fits(s(TypeKind::Int), port), Fit::Convert);
  EXPECT_EQ(fits(port, s(TypeKind::Int)), Fit::Same);
  EXPECT_EQ(fits(port, port), Fit::Same);
  EXPECT_EQ(typeName(t.list(port)), "List<Port>");
}

} // namespace
} // namespace chasi::sema

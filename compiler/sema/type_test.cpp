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

#include "compiler/syntax/unfinished.h"

#include <gtest/gtest.h>

namespace chasi::syntax {
namespace {

TEST(Unfinished, GoesOnInTheNextLine) {
  for (const char* text : {"[1,", "{ a = 1", "f(", "let x =", "1 +", "a &&", "a.", "x ??", "\"\"\"\nabc", "\"${", "/* a", "if a { 1 } else", "[1, // two", "r#\"abc", "a,", "fn f(n: Int) -> Int ="})
    EXPECT_TRUE(isUnfinished(text)) << text;
}

TEST(Unfinished, IsWholeOrBeyondHelp) {
  for (const char* text : {"", "1", "[1, 2]", "x // [", "\"[\"", "\"${a}b\"", "\"\"\"\nabc\n\"\"\"", "]", "a }", "\"abc", "let x = 3", "{ a = \"}\" }", "/* [ */ 1", "}{"})
    EXPECT_FALSE(isUnfinished(text)) << text;
}

} // namespace
} // namespace chasi::syntax

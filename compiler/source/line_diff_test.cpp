#include "compiler/source/line_diff.h"

#include <gtest/gtest.h>

namespace chasi::source {
namespace {

TEST(LineDiff, NothingForTheSame) {
  EXPECT_EQ(lineDiff("f", "a\n", "a\n", false), "");
  EXPECT_EQ(lineDiff("f", "", "", true), "");
}

TEST(LineDiff, ShowsThreeLinesAround) {
  EXPECT_EQ(lineDiff("f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", false),
            "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(LineDiff, ChangesFarApartAreTwoPieces) {
  std::string before, after;
  for (int i = 1; i <= 20; ++i) {
    before += std::to_string(i) + "\n";
    after += (i == 2 || i == 19 ? "x" : std::to_string(i)) + "\n";
  }
  after += "21\n";
  EXPECT_EQ(lineDiff("f", before, after, false),
            "--- f\n+++ f\n@@ -1,5 +1,5 @@\n 1\n-2\n+x\n 3\n 4\n 5\n@@ -16,5 +16,6 @@\n 16\n 17\n 18\n-19\n+x\n 20\n+21\n");
}

TEST(LineDiff, FilesThatComeAndLineBreaksThatLack) {
  EXPECT_EQ(lineDiff("f", "", "a\n", false), "--- f\n+++ f\n@@ -0,0 +1,1 @@\n+a\n");
  EXPECT_EQ(lineDiff("f", "a", "a\n", false), "--- f\n+++ f\n@@ -1,1 +1,1 @@\n-a\n\\ no line break at the end of the file\n+a\n");
  EXPECT_EQ(lineDiff("f", "a\n", "b\n", true), "--- f\n+++ f\n@@ -1,1 +1,1 @@\n\x1b[31m-a\x1b[0m\n\x1b[32m+b\x1b[0m\n");
}

} // namespace
} // namespace chasi::source

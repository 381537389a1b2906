#include "runtime/os/program.h"

#include <gtest/gtest.h>

namespace chasi::os {
namespace {

using namespace std::chrono_literals;

std::string output(const std::vector<std::string>& words) { return run({.arguments = words}).output; }
std::string why(const std::vector<std::string>& words, Program limits = {}) {
  limits.arguments = words;
  return run(limits).why;
}

TEST(Program, SaysItsOutput) {
  EXPECT_EQ(output({"printf", "a b\n"}), "a b\n");
  EXPECT_EQ(output({"echo", "$HOME; `id` && x"}), "$HOME; `id` && x\n") << "no shell looks at it";
  EXPECT_EQ(output({"sh", "-c", "cat; echo noise >&2; echo value"}), "value\n");
}

TEST(Program, FailsClearly) {
  EXPECT_NE(why({"/nowhere/at-all"}).find("cannot be started"), std::string::npos);
  EXPECT_NE(why({"sh", "-c", "echo canary; echo canary >&2; exit 3"}).find("failed with exit code 3"), std::string::npos);
  EXPECT_EQ(output({"sh", "-c", "echo said; exit 3"}), "said\n");
  EXPECT_NE(why({"sh", "-c", "kill -9 $$"}).find("signal 9"), std::string::npos);
  EXPECT_EQ(why({"true"}), "");
  EXPECT_NE(why({"sh", "-c", "yes"}, {.time = 20s, .output = 1000}).find("more than 1000 bytes"), std::string::npos);
}

TEST(Program, IsEndedWithItsChildren) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_NE(why({"sh", "-c", "sleep 60 & sleep 60"}, {.time = 200ms}).find("did not end within 0.2 s"), std::string::npos);
  EXPECT_NE(why({"sh", "-c", "exec >&-; sleep 60"}, {.time = 200ms}).find("did not end"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
}

TEST(Program, ReadsItsInputAndItsEnvironment) {
  EXPECT_EQ(run({.arguments = {"cat"}, .input = "a\nb"}).output, "a\nb");
  EXPECT_EQ(run({.arguments = {"true"}, .input = std::string(4096, 'x')}).why, "") << "it need not read";
  EXPECT_EQ(run({.arguments = {"sh", "-c", "echo $HOME-$CHASI_X"}, .environment = {"HOME=here", "CHASI_X=1"}}).output, "here-1\n");
}

} // namespace
} // namespace chasi::os

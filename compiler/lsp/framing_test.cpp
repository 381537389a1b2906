#include "compiler/lsp/framing.h"
#include "compiler/lsp/session.h"

#include <gtest/gtest.h>

namespace chasi::lsp {
namespace {

using nlohmann::json;

TEST(Framing, TakesWhatTheProtocolAllows) {
  for (const char* text : {"Content-Length: 2\r\n\r\n{}", "content-length:2\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n{}", "Content-Type: application/vscode-jsonrpc; charset=utf8\r\nCONTENT-LENGTH: 2 \r\n\r\n{}", "X-Other: a:b\nContent-Length: 2\n\n{}"}) {
    std::stringstream in(text);
    std::string broken;
    EXPECT_EQ(readMessage(in, &broken), json::object()) << text;
    EXPECT_FALSE(readMessage(in, &broken)) << text;
    EXPECT_EQ(broken, "") << text; // the end of input
  }
}

std::string brokenBy(const std::string& text) {
  std::stringstream in(text);
  std::string broken;
  EXPECT_FALSE(readMessage(in, &broken)) << text;
  return broken;
}

TEST(Framing, TellsWhatIsWrongWithTheInput) {
  const std::string header = "a message begins with a header such as `Content-Length: 52` and an empty line";
  EXPECT_EQ(brokenBy("{\"jsonrpc\"\x01\xff}\n"), header + "; what came is `{\"jsonrpc\"\\x01\\xff}`"); // no colon
  EXPECT_EQ(brokenBy("y\ny\n"), header + "; what came is `y`");
  EXPECT_EQ(brokenBy("\r\n{}"), header + "; there was none before an empty line");
  EXPECT_EQ(brokenBy("Content-Type: x\r\n\r\n{}"), header + "; there was none before an empty line");
  EXPECT_EQ(brokenBy("Content-Length: 12"), header + "; the input ended in `Content-Length: 12`");
  EXPECT_EQ(brokenBy("Content-Length: 12\r\n"), header + "; the input ended before the empty line");
  EXPECT_EQ(brokenBy("Content-Length: many\r\n\r\n"), "the length of a message is a number of bytes; what came is `Content-Length: many`");
  EXPECT_EQ(brokenBy("Content-Length: 99999999999\r\n\r\n"), "a message has at most 67108864 bytes; what came is `Content-Length: 99999999999`");
  EXPECT_EQ(brokenBy("Content-Length: 5\r\n\r\n{"), "the input ended after 1 of the 5 bytes of a message");
  EXPECT_EQ(brokenBy(std::string(1 << 20, 'x')), header + "; the input begins with `" + std::string(60, 'x') + "…`");
}

TEST(Framing, EndsTheServerWithALine) {
  std::stringstream in("hello\n"), out, log;
  EXPECT_EQ(serve(in, out, session::host(), log), 1);
  EXPECT_EQ(log.str(), "chasic lsp: a message begins with a header such as `Content-Length: 52` and an empty line; what came is `hello`\n");
  EXPECT_EQ(out.str(), "");
  std::stringstream none, quiet;
  EXPECT_EQ(serve(none, out, session::host(), quiet), 1); // without a shutdown
  EXPECT_EQ(quiet.str(), "");
}

} // namespace
} // namespace chasi::lsp

#include "compiler/lsp/framing.h"
#include "compiler/lsp/position.h"
#include "compiler/lsp/server.h"

#include <gtest/gtest.h>

#include <sstream>

namespace chasi::lsp {
namespace {

using nlohmann::json;

/// Plays a session and gives back what the server said.
std::vector<json> play(const std::vector<json>& messages, int* status = nullptr) {
  std::stringstream in, out;
  for (const json& m : messages) writeMessage(in, m);
  Host host;
  host.inputFor = [](const std::string& file) -> llvm::Expected<lower::CompileInput> {
    lower::CompileInput input;
    input.load = {.workspaceRoot = "/w", .modulePath = file, .folder = "/w", .files = {file}};
    input.operations = false;
    return input;
  };
  const int code = serve(in, out, host);
  if (status) *status = code;
  std::vector<json> answers;
  while (auto m = readMessage(out)) answers.push_back(*m);
  return answers;
}

json request(int id, const char* method, json params = json::object()) { return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}}; }
json note(const char* method, json params = json::object()) { return {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}}; }
json opened(const char* text) { return note("textDocument/didOpen", {{"textDocument", {{"uri", "file:///w/a.chasi"}, {"text", text}}}}); }

TEST(Server, ReportsAMistakeAndTakesItBack) {
  const auto answers = play({request(1, "initialize"), opened("let a: Int = \"x\"\n"),
                             note("textDocument/didChange", {{"textDocument", {{"uri", "file:///w/a.chasi"}}}, {"contentChanges", {{{"text", "let a: Int = 1\n"}}}}}),
                             request(2, "shutdown"), note("exit")});
  ASSERT_EQ(answers.size(), 4u);
  EXPECT_EQ(answers[0]["result"]["capabilities"]["documentFormattingProvider"], true);
  const json& first = answers[1]["params"]["diagnostics"];
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0]["code"], "CH3001");
  EXPECT_EQ(first[0]["range"]["start"], (json{{"line", 0}, {"character", 13}}));
  EXPECT_TRUE(answers[2]["params"]["diagnostics"].empty());
}

TEST(Server, FormatsAndListsSymbols) {
  const json doc = {{"textDocument", {{"uri", "file:///w/a.chasi"}}}};
  const auto answers = play({request(1, "initialize"), opened("let   a=1\ncluster core{}\n"), request(2, "textDocument/formatting", doc), request(3, "textDocument/documentSymbol", doc), request(4, "shutdown"), note("exit")});
  ASSERT_EQ(answers.size(), 5u);
  EXPECT_EQ(answers[2]["result"][0]["newText"], "let a = 1\ncluster core {}\n");
  EXPECT_EQ(answers[3]["result"][1]["name"], "core");
}

TEST(Server, SurvivesNonsense) {
  int status = -1;
  play({json::array(), json{{"id", 1}}, request(1, "textDocument/hover"), request(2, "initialize"), request(3, "no/such"), note("textDocument/didOpen", 3)}, &status);
  EXPECT_EQ(status, 1);
  std::stringstream broken("Content-Length: 5\r\n\r\n{");
  EXPECT_FALSE(readMessage(broken));
  std::stringstream huge("Content-Length: 99999999999\r\n\r\n");
  EXPECT_FALSE(readMessage(huge));
}

TEST(Positions, CountInTheClientsUnits) {
  source::SourceSet sources;
  const auto id = sources.add("x", "é𝄞z");
  const uint32_t z = sources.base(id) + 6;
  EXPECT_EQ(toRange(sources, {z, z + 1}, Encoding::Utf16)["start"]["character"], 3);
  EXPECT_EQ(toRange(sources, {z, z + 1}, Encoding::Utf8)["start"]["character"], 6);
  EXPECT_EQ(pathOf("file:///a%20b/c"), "/a b/c");
  EXPECT_EQ(pathOf(uriOf("/ä b")), "/ä b");
  EXPECT_EQ(pathOf("untitled:1"), "");
}

} // namespace
} // namespace chasi::lsp

#include "compiler/lsp/board.h"
#include "compiler/lsp/framing.h"
#include "compiler/lsp/position.h"
#include "compiler/lsp/server.h"

#include <gtest/gtest.h>

#include <random>
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
  const int code = serve(in, out, host, out);
  if (status) *status = code;
  std::vector<json> answers;
  while (auto m = readMessage(out)) answers.push_back(*m);
  return answers;
}

json request(int id, const char* method, json params = json::object()) { return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}}; }
json note(const char* method, json params = json::object()) { return {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}}; }
json opened(const char* text) { return note("textDocument/didOpen", {{"textDocument", {{"uri", "file:///w/a.chasi"}, {"text", text}}}}); }

json hoverIn(int id) { return request(id, "textDocument/hover", {{"textDocument", {{"uri", "file:///w/a.chasi"}}}, {"position", {{"line", 0}, {"character", 4}}}}); }
/// A request that no change of a document makes useless: what was changed before it is checked before it is answered.
json settle(int id) { return request(id, "workspace/symbol", {{"query", ""}}); }
json change(json changes) { return note("textDocument/didChange", {{"textDocument", {{"uri", "file:///w/a.chasi"}, {"version", 2}}}, {"contentChanges", std::move(changes)}}); }
json textOnly(const std::string& text) { return json::array({json{{"text", text}}}); }

std::vector<json> published(const std::vector<json>& answers) {
  std::vector<json> out;
  for (const json& a : answers)
    if (a.value("method", "") == "textDocument/publishDiagnostics") out.push_back(a["params"]);
  return out;
}
json answerTo(int id, const std::vector<json>& answers) {
  for (const json& a : answers)
    if (a.value("id", json()) == id) return a;
  return nullptr;
}

TEST(Server, ReportsAMistakeAndTakesItBack) {
  const json fixed = {{"range", {{"start", {{"line", 0}, {"character", 13}}}, {"end", {{"line", 0}, {"character", 16}}}}}, {"text", "1"}};
  const auto answers = play({request(1, "initialize"), opened("let a: Int = \"x\"\n"), settle(2), change(json::array({fixed})), hoverIn(3), request(4, "shutdown"), note("exit")});
  EXPECT_EQ(answers[0]["result"]["capabilities"]["documentFormattingProvider"], true);
  const auto told = published(answers);
  ASSERT_GE(told.size(), 2u); // on a slow machine what was found first is told before the rest
  ASSERT_EQ(told[0]["diagnostics"].size(), 1u);
  EXPECT_EQ(told[0]["diagnostics"][0]["code"], "CH3001");
  EXPECT_EQ(told[0]["diagnostics"][0]["range"]["start"], (json{{"line", 0}, {"character", 13}}));
  EXPECT_TRUE(told.back()["diagnostics"].empty());
  EXPECT_EQ(told.back()["version"], 2);
  EXPECT_NE(answerTo(3, answers)["result"]["contents"]["value"].get<std::string>().find("let a: Int"), std::string::npos);
}

/// Two modules; the second reads the first. Their texts are on no disk.
std::vector<json> playModules(std::vector<json> messages) {
  std::stringstream in, out;
  for (const json& m : messages) writeMessage(in, m);
  Host host;
  host.inputFor = [](const std::string& file) -> llvm::Expected<lower::CompileInput> {
    const std::string folder = llvm::StringRef(file).starts_with("/w/shop") ? "/w/shop" : "/w/base";
    lower::CompileInput input;
    input.load = {.workspaceRoot = "/w", .modulePath = folder, .folder = folder, .files = {folder + "/a.chasi"}};
    input.load.overlay = {{"/w/base/a.chasi", "let size: Int = 1\n"}, {"/w/shop/a.chasi", "let a: Int = \"x\"\n"}};
    return input;
  };
  host.workspacesIn = [](const std::string& folder) { return std::vector<std::string>{folder}; };
  host.modulesOf = [](const std::string&) { return std::vector<std::string>{"/w/base", "/w/shop"}; };
  serve(in, out, host, out);
  std::vector<json> answers;
  while (auto m = readMessage(out)) answers.push_back(*m);
  return answers;
}

const json kFolders = {{"workspaceFolders", {{{"uri", "file:///w"}, {"name", "w"}}}}};

TEST(Server, TellsWhatIsWrongInModulesThatNobodyHasOpen) {
  const auto answers = playModules({request(1, "initialize", kFolders), note("initialized"), request(2, "workspace/diagnostic"), request(3, "shutdown"), note("exit")});
  const json items = answerTo(2, answers)["result"]["items"];
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0]["uri"], "file:///w/shop/a.chasi");
  EXPECT_EQ(items[0]["items"][0]["code"], "CH3001");
  ASSERT_EQ(published(answers).size(), 1u); // told unasked as well
}

TEST(Server, TellsNothingUnaskedToAClientThatAsks) {
  json first = kFolders;
  first["initializationOptions"] = {{"diagnostics", "pull"}};
  const auto answers = playModules({request(1, "initialize", first), note("initialized"), request(2, "textDocument/diagnostic", {{"textDocument", {{"uri", "file:///w/shop/a.chasi"}}}}), request(3, "workspace/diagnostic"), request(4, "shutdown"), note("exit")});
  EXPECT_TRUE(answerTo(1, answers)["result"]["capabilities"].contains("diagnosticProvider"));
  EXPECT_TRUE(published(answers).empty());
  EXPECT_EQ(answerTo(3, answers)["result"]["items"].size(), 1u);
}

TEST(Server, LeavesModulesThatNobodyHasOpenAlone) {
  json first = kFolders;
  first["initializationOptions"] = {{"workspaceDiagnostics", false}};
  const auto answers = playModules({request(1, "initialize", first), note("initialized"), request(2, "workspace/diagnostic"), request(3, "shutdown"), note("exit")});
  EXPECT_TRUE(answerTo(2, answers)["result"]["items"].empty());
}

TEST(Server, LeavesHintsOutThatNobodyWants) {
  const auto hints = [](const json& settings) {
    const json whole = {{"textDocument", {{"uri", "file:///w/a.chasi"}}}, {"range", {{"start", {{"line", 0}, {"character", 0}}}, {"end", {{"line", 9}, {"character", 0}}}}}};
    const auto answers = play({request(1, "initialize", {{"initializationOptions", settings}}), opened("let a = 1 + 2\n"), request(2, "textDocument/inlayHint", whole), request(3, "shutdown"), note("exit")});
    std::vector<std::string> out;
    const json answer = answerTo(2, answers);
    for (const json& h : answer["result"]) out.push_back(h["label"]);
    return out;
  };
  EXPECT_EQ(hints(json::object()), (std::vector<std::string>{": Int", "= 3"}));
  EXPECT_EQ(hints({{"hints", {{"types", false}}}}), (std::vector<std::string>{"= 3"}));
}

TEST(Board, KeepsWhatEachModuleSays) {
  Board board;
  EXPECT_EQ(board.tell("a", {{"f", {1}}, {"g", json::array()}}), (std::set<std::string>{"f"}));
  EXPECT_EQ(board.tell("b", {{"f", {1, 2}}}), (std::set<std::string>{"f"}));
  EXPECT_EQ(board.of("f"), (json{1, 2})); // what both say is there once
  EXPECT_TRUE(board.tell("b", {{"f", {1, 2}}}).empty());
  EXPECT_EQ(board.forget("a"), (std::set<std::string>{"f"}));
  EXPECT_EQ(board.of("f"), (json{1, 2}));
  board.drop("f");
  EXPECT_TRUE(board.files().empty());
}

TEST(Server, CompilesABurstOfEditsOnce) {
  std::vector<json> session = {request(1, "initialize"), opened("let a: Int = \"x\"\n")};
  for (int i = 0; i < 20; ++i) session.push_back(change(textOnly("let a: Int = " + std::to_string(i) + "\n")));
  session.insert(session.end(), {hoverIn(2), request(3, "shutdown"), note("exit")});
  const auto answers = play(session);
  EXPECT_LE(llvm::count_if(answers, [](const json& a) { return a.value("method", "") == "chasi/renderChanged"; }), 3); // told once each time
}

TEST(Server, AnswersARequestThatWasTakenBack) {
  const auto answers = play({request(1, "initialize"), opened("let a = 1\n"), note("$/cancelRequest", {{"id", 2}}), hoverIn(2), hoverIn(3), request(4, "shutdown"), note("exit")});
  EXPECT_EQ(answerTo(2, answers)["error"]["code"], -32800);
  EXPECT_TRUE(answerTo(3, answers).contains("result"));
}

TEST(Server, TellsWhatHasTheWrongType) {
  const auto answers = play({request(1, "initialize"), request(2, "textDocument/completion", {{"textDocument", 3}}), request(3, "callHierarchy/incomingCalls", {{"item", 4}}), request(4, "shutdown"), note("exit")});
  EXPECT_TRUE(answerTo(2, answers)["result"].is_null());
  EXPECT_FALSE(answerTo(3, answers).is_null());
}

TEST(Server, FormatsAndListsSymbols) {
  const json doc = {{"textDocument", {{"uri", "file:///w/a.chasi"}}}};
  const auto answers = play({request(1, "initialize"), opened("let   a=1\ncluster core{}\n"), request(2, "textDocument/formatting", doc), request(3, "textDocument/documentSymbol", doc), request(4, "shutdown"), note("exit")});
  EXPECT_EQ(answerTo(2, answers)["result"][0]["newText"], "let a = 1\n");
  EXPECT_EQ(answerTo(2, answers)["result"][1]["newText"], "cluster core {}\n");
  EXPECT_EQ(answerTo(3, answers)["result"][1]["name"], "core");
}

TEST(Server, FormatsLinesThatAreChosenAlsoWhenTheyBecomeMore) {
  const json doc = {{"uri", "file:///w/a.chasi"}}, here = {{"start", {{"line", 3}, {"character", 0}}}, {"end", {{"line", 3}, {"character", 5}}}};
  const auto answers = play({request(1, "initialize"), opened("let   a=1\nlet b = 1\ncluster core {\ncontext=\"c\"   }\n"), request(2, "textDocument/rangeFormatting", {{"textDocument", doc}, {"range", here}}),
                             request(3, "textDocument/rangeFormatting", {{"textDocument", doc}, {"range", {{"start", {{"line", 1}, {"character", 0}}}, {"end", {{"line", 1}, {"character", 0}}}}}}), request(4, "shutdown"), note("exit")});
  const json edits = answerTo(2, answers)["result"];
  ASSERT_EQ(edits.size(), 1u) << edits.dump();
  EXPECT_EQ(edits[0]["range"]["start"]["line"], 3);
  EXPECT_GT(llvm::StringRef(edits[0]["newText"].get<std::string>()).count('\n'), 1u);
  EXPECT_EQ(answerTo(3, answers)["result"], json::array());
}

/// What a client that edits by ranges and one that edits text have must be the same, whatever the ranges are.
TEST(Positions, ChangesByRangesAreChangesOfTheText) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces = {"a", "é", "𝄞", "\n", "let x = 1\n", "", "zz"};
  std::string text = "let a = 1\né𝄞b\n";
  for (int i = 0; i < 2000; ++i) {
    const Encoding encoding = random() % 2 ? Encoding::Utf8 : Encoding::Utf16;
    source::SourceSet sources;
    const auto id = sources.add("x", text);
    const uint32_t base = sources.base(id);
    const auto place = [&] { // positions are between characters
      auto at = static_cast<uint32_t>(random() % (text.size() + 1));
      while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
      return at;
    };
    uint32_t a = place(), b = place();
    if (a > b) std::swap(a, b);
    const std::string& put = pieces[random() % pieces.size()];
    const json range = toRange(sources, {base + a, base + b}, encoding);
    std::string expected = text;
    expected.replace(a, b - a, put);
    applyChange(text, {{"range", range}, {"text", put}}, encoding);
    ASSERT_EQ(text, expected) << "edit " << i << " " << range.dump();
    if (text.size() > 300) text = "let a = 1\né𝄞b\n";
  }
  applyChange(text, {{"range", {{"start", {{"line", 9999}, {"character", 3}}}, {"end", {{"line", 1}, {"character", 99999}}}}}, {"text", "!"}}, Encoding::Utf16);
  EXPECT_EQ(text.back(), '!');
}

TEST(Server, FormatsUpToTheEndOfTheText) {
  const auto answers = play({request(1, "initialize"), opened("let   a = 1"), request(2, "textDocument/formatting", {{"textDocument", {{"uri", "file:///w/a.chasi"}}}}), request(3, "shutdown"), note("exit")});
  EXPECT_EQ(answerTo(2, answers)["result"][0]["range"]["end"], (json{{"line", 0}, {"character", 11}}));
  EXPECT_EQ(answerTo(2, answers)["result"][0]["newText"], "let a = 1\n");
}

TEST(Server, FormatsWhatATypedBracketCloses) {
  const json here = {{"textDocument", {{"uri", "file:///w/a.chasi"}}}, {"position", {{"line", 3}, {"character", 1}}}, {"ch", "}"}};
  const auto answers = play({request(1, "initialize"), opened("let   a = 1\ncluster core {\ncontext   = \"c\"\n}\nlet   b = 1\n"), request(2, "textDocument/onTypeFormatting", here), request(3, "shutdown"), note("exit")});
  const json edits = answerTo(2, answers)["result"];
  ASSERT_EQ(edits.size(), 1u) << edits.dump();
  EXPECT_EQ(edits[0]["newText"], "  context = \"c\"\n");
}

TEST(Server, RefusesWhatTheProtocolDoesNotHave) {
  const auto answers = play({json::array({1}), request(1, "initialize"), request(2, "initialize"), opened("let a = 1\n"), request(3, "textDocument/codeAction", {{"textDocument", {{"uri", "file:///w/a.chasi"}}}, {"range", 3}}), request(4, "shutdown"), hoverIn(5), note("exit")});
  EXPECT_EQ(answers[0]["error"]["code"], -32600);
  EXPECT_EQ(answerTo(2, answers)["error"]["code"], -32600);
  EXPECT_EQ(answerTo(3, answers)["error"]["message"], "the parameters of textDocument/codeAction are not as the protocol has them");
  EXPECT_EQ(answerTo(5, answers)["error"]["code"], -32600);
}

TEST(Server, ChecksADocumentThatWasNeverSaved) {
  const json document = {{"uri", "untitled:Untitled-1"}, {"text", "import std.sizes\nlet a: Int = \"x\"\n"}};
  const auto answers = play({request(1, "initialize"), note("textDocument/didOpen", {{"textDocument", document}}), settle(2), request(3, "textDocument/hover", {{"textDocument", document}, {"position", {{"line", 1}, {"character", 4}}}}), request(4, "shutdown"), note("exit")});
  const auto told = published(answers);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back()["uri"], "untitled:Untitled-1");
  EXPECT_EQ(told.back()["diagnostics"][0]["code"], "CH3001");
  EXPECT_FALSE(answerTo(3, answers)["result"].is_null());
}

TEST(Server, SurvivesNonsense) {
  int status = -1;
  play({json::array(), json{{"id", 1}}, request(1, "textDocument/hover"), request(2, "initialize"), request(3, "no/such"), note("textDocument/didOpen", 3)}, &status);
  EXPECT_EQ(status, 1);
  std::stringstream broken("Content-Length: 5\r\n\r\n{");
  EXPECT_FALSE(readMessage(broken));
  const std::string deep(100'000, '['), deeply = "{\"id\":1,\"method\":\"chasi/render\",\"params\":{\"a\":" + deep + std::string(deep.size(), ']') + "}}";
  std::stringstream nested("Content-Length: " + std::to_string(deeply.size()) + "\r\n\r\n" + deeply);
  const auto taken = readMessage(nested);
  ASSERT_TRUE(taken);
  EXPECT_TRUE(taken->is_discarded());
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
  EXPECT_EQ(pathOf("git:1"), "");
  EXPECT_EQ(pathOf("file://localhost/a"), "/a");
  for (const char* uri : {"untitled:Untitled-1", "untitled:/a%20b/c.chasi"}) EXPECT_EQ(uriOf(pathOf(uri)), uri);
  EXPECT_NE(pathOf("untitled:1"), pathOf("untitled:2"));
}

} // namespace
} // namespace chasi::lsp

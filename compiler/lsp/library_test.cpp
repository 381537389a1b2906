#include "compiler/lsp/library_files.h"
#include "compiler/lsp/session.h"

#include <gtest/gtest.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>

namespace chasi::lsp {
namespace {

using session::json;
using session::Played;

/// A cache of its own, and one module.
struct Library : testing::Test {
  llvm::SmallString<128> cache;
  Host host = session::host();

  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("chasi-cache", cache));
    host.cacheFolder = cache.str().str();
  }
  void TearDown() override { llvm::sys::fs::remove_directories(cache); }

  std::string uri(const char* name) { return "file://" + LibraryFiles(host.cacheFolder).fileOf(name).value_or(""); }
  static std::string textOf(const std::string& uri) {
    const auto buffer = llvm::MemoryBuffer::getFile(llvm::StringRef(uri).drop_front(7));
    return buffer ? (*buffer)->getBuffer().str() : "";
  }
  /// The line and the character of a text in a file of the library.
  static std::pair<int, int> placeOf(const char* name, const char* what) {
    const llvm::StringRef text = *LibraryFiles::textOf(name), before = text.take_front(text.find(what));
    return {static_cast<int>(before.count('\n')), static_cast<int>(before.size() - before.rfind('\n') - 1)};
  }
};

constexpr const char* kCluster = "std/core/cluster.chasi";

TEST_F(Library, IsOpenedAsAFileThatNobodyChanges) {
  const Played played(host, json::object(), {session::open("import std.sizes\ncluster home {}\nlet s = sizes\n"), session::at(1, "textDocument/definition", 1, 2), session::at(2, "textDocument/definition", 0, 13), session::request(3, "textDocument/documentLink", {{"textDocument", {{"uri", session::kUri}}}})});
  const json place = played.answer(1);
  ASSERT_TRUE(place.is_object());
  EXPECT_EQ(place["uri"], uri(kCluster));
  EXPECT_EQ(textOf(place["uri"]), LibraryFiles::textOf(kCluster)->str());
  llvm::sys::fs::file_status status;
  ASSERT_FALSE(llvm::sys::fs::status(place["uri"].get<std::string>().substr(7), status));
  EXPECT_EQ(status.permissions(), 0444);
  const auto [line, character] = placeOf(kCluster, "cluster {");
  EXPECT_EQ(place["range"]["start"], (json{{"line", line}, {"character", character}}));
  EXPECT_EQ(played.answer(2).value("uri", ""), uri("std/sizes/sizes.chasi"));
  ASSERT_EQ(played.answer(3).size(), 1u);
  EXPECT_EQ(played.answer(3)[0]["target"], uri("std/sizes/sizes.chasi"));
  // Another server leaves it as it is.
  const auto before = status.getUniqueID();
  const Played again(host, json::object(), {session::open("cluster home {}\n"), session::at(1, "textDocument/definition", 0, 2)});
  ASSERT_FALSE(llvm::sys::fs::status(again.answer(1)["uri"].get<std::string>().substr(7), status));
  EXPECT_EQ(status.getUniqueID(), before);
}

TEST_F(Library, AnswersInItsFilesAndHasNoDiagnostics) {
  const std::string file = uri(kCluster);
  const json document = {{"textDocument", {{"uri", file}}}};
  const auto [line, character] = placeOf(kCluster, "cluster {");
  const Played played(host, json::object(),
                      {session::open("cluster home {}\n"), session::open(textOf(file), file.c_str()), session::at(1, "textDocument/hover", line, character + 1, file.c_str()), session::at(2, "textDocument/references", line, character + 1, file.c_str()),
                       session::request(3, "textDocument/documentSymbol", document), session::request(4, "textDocument/semanticTokens/full", document), session::at(5, "textDocument/prepareRename", line, character + 1, file.c_str()),
                       session::at(6, "textDocument/documentHighlight", line, character + 1, file.c_str()), session::request(7, "textDocument/formatting", document), session::request(8, "workspace/symbol", {{"query", "cluster"}}), session::request(9, "chasi/render", document)});
  EXPECT_NE(played.answer(1).value("/contents/value"_json_pointer, "").find("kind cluster"), std::string::npos);
  EXPECT_TRUE(llvm::any_of(played.answer(2), [](const json& place) { return place["uri"] == session::kUri; }));
  EXPECT_FALSE(played.answer(3).empty());
  EXPECT_FALSE(played.answer(4)["data"].empty());
  EXPECT_NE(played.answer(5).value("message", "").find("the standard library"), std::string::npos);
  EXPECT_FALSE(played.answer(6).empty());
  EXPECT_TRUE(played.answer(7).is_null());
  EXPECT_EQ(played.answer(8), json::array());
  EXPECT_NE(played.answer(9).value("message", "").find("belongs to the standard library"), std::string::npos);
  EXPECT_TRUE(played.diagnostics(file).is_null());
  EXPECT_TRUE(played.told("window/logMessage").empty());
}

TEST_F(Library, TellsWhoInTheWorkspaceCallsIt) {
  const Played prepared(host, json::object(), {session::open("cluster home {}\n"), session::at(1, "textDocument/prepareCallHierarchy", 0, 2)});
  ASSERT_EQ(prepared.answer(1).size(), 1u);
  const json item = prepared.answer(1)[0];
  EXPECT_EQ(item["uri"], uri(kCluster));
  const Played played(host, json::object(), {session::open("cluster home {}\n"), session::request(1, "callHierarchy/incomingCalls", {{"item", item}})});
  EXPECT_TRUE(llvm::any_of(played.answer(1), [](const json& call) { return call["from"]["name"] == "home"; }));
}

TEST_F(Library, OfAnotherVersionIsLeftAlone) {
  const std::string old = "file://" + host.cacheFolder + "/0.0.1-0/std/core/cluster.chasi";
  const Played played(host, json::object(), {session::open("kind cluster { nothing: Int }\n", old.c_str()), session::at(1, "textDocument/hover", 0, 6, old.c_str())});
  EXPECT_TRUE(played.answer(1).is_null());
  EXPECT_TRUE(played.told("textDocument/publishDiagnostics").empty());
}

TEST_F(Library, SaysOnceThatNothingCanBeWritten) {
  host.cacheFolder += "/file";
  { std::error_code code; llvm::raw_fd_ostream(host.cacheFolder, code) << "in the way"; }
  const Played played(host, json::object(), {session::open("cluster home {}\n"), session::at(1, "textDocument/definition", 0, 2), session::at(2, "textDocument/definition", 0, 2)});
  EXPECT_TRUE(played.answer(1).is_null());
  EXPECT_EQ(played.told("window/logMessage").size(), 1u);
}

} // namespace
} // namespace chasi::lsp

#include "compiler/lsp/image_texts.h"
#include "compiler/lsp/marked.h"
#include "compiler/lsp/session.h"

#include <gtest/gtest.h>

namespace chasi::lsp {
namespace {

using session::json;
using session::Played;

TEST(ImageTexts, AreWhatIsSetToAFieldOfThem) {
  std::vector<std::string> found;
  eachImageText("kind k { image: ImageRef = \"a:1\" }\nk x {\n  image = \"r.io/b/c:2\"\n  note = \"d:3\"\n  image=\"e@sha256:0f\"\n  image = \"${f}:1\"\n  image = \"half\n}\nlet g: ImageRef = \"g\"\n", {"image"}, [&](llvm::StringRef t) { found.push_back(t.str()); });
  EXPECT_EQ(found, (std::vector<std::string>{"a:1", "r.io/b/c:2", "e@sha256:0f", "g"}));
}

constexpr const char* kOther = "kind k {\n  image: ImageRef\n  more: List<ImageRef> = []\n  from: \"scratch\" | ImageRef = \"scratch\"\n  note: String = \"\"\n}\nk a { image = \"registry.example.org/used:1\", note = \"none:1\" }\n";

/// What is offered at the cursor in a text that comes behind the one above: labels that are texts, and what is said of the first.
std::pair<std::vector<std::string>, std::string> offered(const std::string& marked) {
  const Marked now(kOther + marked);
  Host host = session::host();
  host.pinnedImages = [](const std::string&) { return std::vector<PinnedImage>{{"docker.io/library/nginx:1.27", "sha256:aa"}, {"docker.io/library/redis:7", "sha256:bb"}}; };
  const llvm::StringRef before = llvm::StringRef(now.text).take_front(now.cursor);
  const auto line = static_cast<int>(before.count('\n')), character = static_cast<int>(before.size() - before.rfind('\n') - 1);
  const Played played(host, json::object(), {session::open(now.text), session::at(1, "textDocument/completion", line, character)});
  json items = played.answer(1)["items"];
  std::stable_sort(items.begin(), items.end(), [](const json& a, const json& b) { return a["sortText"] < b["sortText"]; });
  std::pair<std::vector<std::string>, std::string> out;
  for (const json& item : items) {
    const auto label = item["label"].get<std::string>();
    if (label.front() != '"') continue;
    if (out.first.empty()) out.second = item.value("detail", "");
    out.first.push_back(label.substr(1, label.size() - 2));
  }
  return out;
}

const std::vector<std::string> kImages = {"docker.io/library/nginx:1.27", "docker.io/library/redis:7", "registry.example.org/used:1"};

TEST(Images, AreThoseOfTheLockAndOfOtherPlaces) {
  const auto [labels, detail] = offered("k x { image = ‸ }\n");
  EXPECT_EQ(labels, kImages);
  EXPECT_EQ(detail, "sha256:aa");
}

TEST(Images, AreOfferedInsideOfAText) {
  EXPECT_EQ(offered("k x {\n  image = \"docker.io/li‸\"\n}\n").first, kImages);
  EXPECT_EQ(offered("k x { image = \"‸\" }\n").first, kImages);
  EXPECT_EQ(offered("k x { image = \"a\", more = [\"‸\"] }\n").first, (std::vector<std::string>{kImages[0], kImages[1], kImages[2], "a"}));
}

TEST(Images, StandBesideTheOtherChoices) {
  const auto labels = offered("k x { image = \"docker.io/library/nginx:1.27\", from = \"‸\" }\n").first;
  EXPECT_TRUE(llvm::is_contained(labels, "scratch"));
  EXPECT_TRUE(llvm::is_contained(labels, "docker.io/library/redis:7"));
}

/// Labels that are offered, with the text that each puts in and the import that it adds.
std::vector<std::string> modulesOffered(const std::string& marked) {
  const Marked now(marked);
  Host host = session::host();
  host.modulesOf = [](const std::string&) { return std::vector<std::string>{"/w", "/w/base", "/w/shops/one", "/w/two-words"}; };
  const llvm::StringRef before = llvm::StringRef(now.text).take_front(now.cursor);
  const size_t line = before.count('\n'), character = before.size() - (before.rfind('\n') + 1);
  const Played played(host, json::object(), {session::open(now.text), session::at(1, "textDocument/completion", static_cast<int>(line), static_cast<int>(character))});
  std::vector<std::string> out;
  json items = played.answer(1)["items"];
  for (json& item : items) {
    if (item["kind"] != 9 || llvm::StringRef(item.value("detail", "")).starts_with("import std")) continue; // CompletionItemKind.Module
    const bool imports = item.contains("additionalTextEdits");
    if (!imports && item["label"].get<std::string>().front() != '"') continue; // it is imported already
    out.push_back(item["label"].get<std::string>() + (imports ? fmt::format(" {}:{}", item["additionalTextEdits"][0]["range"]["start"]["line"].get<int>(), item["additionalTextEdits"][0]["newText"].get<std::string>()) : ""));
  }
  return out;
}

TEST(Modules, AreOfferedInAnImportAndWithOne) {
  EXPECT_EQ(modulesOffered("import \"‸\"\nlet a = 1\n"), (std::vector<std::string>{"\"./base\"", "\"./shops/one\"", "\"./two-words\""}));
  EXPECT_EQ(modulesOffered("// What it is for.\nimport std.sizes\nlet a = ‸\n"), (std::vector<std::string>{"base 2:import \"./base\"\n", "one 2:import \"./shops/one\"\n"}));
}

TEST(Images, AreNotOfferedForOtherTexts) { EXPECT_EQ(offered("k x { image = \"a\", note = \"‸\" }\n").first, std::vector<std::string>()); }

} // namespace
} // namespace chasi::lsp

// What an editor is offered where it takes more of the program than the server alone.
#include "compiler/driver/editor_host.h"
#include "compiler/lsp/position.h"
#include "compiler/lsp/session.h"

#include <gtest/gtest.h>
#include <llvm/Support/FileSystem.h>

namespace chasi::driver {
namespace {

using lsp::session::json;

/// A workspace of one file.
struct Edited : testing::Test {
  llvm::SmallString<128> folder;

  void SetUp() override { ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("chasi-editor", folder)); }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string path(const char* name) const { return (folder + "/" + name).str(); }
  void write(const char* name, const std::string& text) const {
    std::error_code code;
    llvm::raw_fd_ostream(path(name), code) << text;
    ASSERT_FALSE(code);
  }

  /// The action "convert to a component" at a line: what the client is given at once, or when it asks for it.
  json converted(const std::string& text, int line, bool resolves) const {
    write("workspace.chasi", "edition 2026\n");
    write("a.chasi", text);
    const std::string uri = "file://" + path("a.chasi");
    const json at = {{"line", line}, {"character", 3}};
    json start = json::object();
    if (resolves) start["capabilities"] = {{"textDocument", {{"codeAction", {{"dataSupport", true}, {"resolveSupport", {{"properties", {"edit"}}}}}}}}};
    const lsp::session::Played listed(editorHost(), start, {lsp::session::open(text, uri.c_str()), lsp::session::request(1, "textDocument/codeAction", {{"textDocument", {{"uri", uri}}}, {"range", {{"start", at}, {"end", at}}}, {"context", {{"only", {"refactor.rewrite"}}}}})});
    json item;
    for (const json& action : listed.answer(1))
      if (action["title"] == "convert to a component") item = action;
    if (!resolves || item.is_null()) return item;
    EXPECT_FALSE(item.contains("edit"));
    return lsp::session::Played(editorHost(), start, {lsp::session::open(text, uri.c_str()), lsp::session::request(1, "codeAction/resolve", item)}).answer(1);
  }
  /// The text afterwards; what was wrong, in front of which stands "!".
  std::string after(const std::string& text, int line, bool resolves = true) const {
    const json item = converted(text, line, resolves);
    if (item.is_null()) return "nothing";
    if (item.contains("message")) return "!" + item["message"].get<std::string>();
    const json edit = item["edit"]["changes"]["file://" + path("a.chasi")][0];
    std::string out = text;
    const uint32_t begin = lsp::offsetOf(text, edit["range"]["start"], lsp::Encoding::Utf16), end = lsp::offsetOf(text, edit["range"]["end"], lsp::Encoding::Utf16);
    return out.replace(begin, end - begin, edit["newText"].get<std::string>());
  }
};

constexpr const char* kRaw = R"(cluster home {}
param copies: Int = 2

objects web {
  on  = home
  all = [
    {
      apiVersion = "apps/v1", kind = "Deployment", metadata { name = "web", namespace = "shop" }
      spec {
        replicas = 2, selector { matchLabels { app = "web" } }
        template { metadata { labels { app = "web" } }, spec { containers = [{ name = "web", image = "registry.example/web:1.0", ports = [{ name = "http", containerPort = 8080 }] }] } }
      }
    }
    { apiVersion = "v1", kind = "Service", metadata { name = "web", namespace = "shop" }, spec { selector { app = "web" }, ports = [{ name = "http", port = 80, targetPort = 8080 }] } }
  ]
}
)";

TEST_F(Edited, RawWorkloadsBecomeComponents) {
  const std::string text = after(kRaw, 3);
  EXPECT_EQ(text, after(kRaw, 3, false));
  EXPECT_TRUE(llvm::StringRef(text).starts_with("cluster home {}\nparam copies: Int = 2\n\ntenant shop {\n  on       = home\n  existing = true\n}\n\nsystem \"shop-apps\" {\n")) << text;
  EXPECT_NE(text.find("component web {"), std::string::npos) << text;
  EXPECT_EQ(text.find("Deployment"), std::string::npos) << text;
  EXPECT_EQ(after(text, 6), "nothing"); // none is left
}

TEST_F(Edited, WhatWouldLoseItsMeaningStays) {
  std::string varies = kRaw;
  varies.replace(varies.find("replicas = 2"), 12, "replicas = copies");
  EXPECT_EQ(after(varies, 3), "!this stays as it is: its objects depend on `copies`, which would be lost");
  EXPECT_EQ(after(varies, 3, false), "nothing");
  std::string used = kRaw;
  used += "let n = web.all.len()\n";
  EXPECT_EQ(after(used, 3), "!this stays as it is: `web` is used in line 17");
  std::string unchecked = kRaw;
  unchecked.replace(unchecked.find("  on  = home"), 12, "  on  = home\n  unchecked = true");
  EXPECT_EQ(after(unchecked, 3), "!this stays as it is: `unchecked = true` would be lost");
}

TEST_F(Edited, OtherObjectsAreNotOffered) {
  EXPECT_EQ(after("cluster home {}\nobjects few { on = home, all = [{ apiVersion = \"v1\", kind = \"Namespace\", metadata { name = \"a\" } }] }\n", 1), "nothing");
  EXPECT_EQ(after("cluster home {}\nlet a = 1\n", 1), "nothing");
}

} // namespace
} // namespace chasi::driver

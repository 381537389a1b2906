#include "compiler/lsp/session.h"

#include <gtest/gtest.h>

namespace chasi::lsp {
namespace {

using session::json;
using session::Played;

constexpr const char* kSized = "param size: Int = 1\nlet half = size / 2\n";

/// Files of parameters that there are, and how often each was read.
struct ParameterFiles {
  std::map<std::string, std::string> texts;
  std::map<std::string, int> reads;

  Host host() {
    Host out = session::host();
    out.readParameters = [this](const std::string& file) -> llvm::Expected<std::map<std::string, sema::ParamValue>> {
      ++reads[file];
      const auto at = texts.find(file);
      if (at == texts.end()) return llvm::createStringError("cannot read " + file);
      std::map<std::string, sema::ParamValue> params;
      const json values = json::parse(at->second);
      for (const auto& [name, value] : values.items()) params[name] = {value.dump(), file, std::make_shared<const std::string>(at->second)};
      return params;
    };
    return out;
  }
};

json settings(json chosen) { return session::note("workspace/didChangeConfiguration", {{"settings", {{"chasi", std::move(chosen)}}}}); }
json folder() { return {{"workspaceFolders", {{{"uri", "file:///w"}, {"name", "w"}}}}}; }
std::string hovered(const Played& played, int id) { return played.answer(id).value("/contents/value"_json_pointer, ""); }

TEST(ParametersFile, GivesValuesRelativeToTheFolder) {
  ParameterFiles files{{{"/w/params.json", "{\"size\": 8}"}}, {}};
  json start = folder();
  start["initializationOptions"] = {{"parametersFile", "params.json"}};
  const Played played(files.host(), start, {session::open(kSized), session::at(1, "textDocument/hover", 1, 5)});
  EXPECT_NE(hovered(played, 1).find("= `4`"), std::string::npos) << hovered(played, 1);
  EXPECT_TRUE(played.shown().empty());
}

TEST(ParametersFile, YieldsToSingleParameters) {
  ParameterFiles files{{{"/w/params.json", "{\"size\": 8}"}}, {}};
  const Played played(files.host(), folder(), {session::open(kSized), settings({{"parametersFile", "/w/params.json"}, {"parameters", {{"size", 20}}}}), session::at(1, "textDocument/hover", 1, 5), settings({{"parametersFile", "/w/params.json"}}), session::at(2, "textDocument/hover", 1, 5), settings(json::object()), session::at(3, "textDocument/hover", 1, 5)});
  EXPECT_NE(hovered(played, 1).find("= `10`"), std::string::npos) << hovered(played, 1);
  EXPECT_NE(hovered(played, 2).find("= `4`"), std::string::npos) << hovered(played, 2);
  EXPECT_NE(hovered(played, 3).find("= `0`"), std::string::npos) << hovered(played, 3);
}

TEST(ParametersFile, IsMissedOnceForEachConfiguration) {
  ParameterFiles files;
  const json missing = settings({{"parametersFile", "params.yaml"}});
  const json changed = session::note("textDocument/didChange", {{"textDocument", {{"uri", session::kUri}, {"version", 2}}}, {"contentChanges", {{{"text", "let a = 1\n"}}}}});
  const Played played(files.host(), folder(), {session::open(kSized), missing, session::settle(1), changed, session::settle(2), missing, session::settle(3)});
  EXPECT_EQ(played.shown(), (std::vector<std::string>(2, "the parameters file: cannot read /w/params.yaml")));
}

TEST(ParametersFile, TellsAtItsPlaceWhatDoesNotFit) {
  ParameterFiles files{{{"/w/params.json", "{\"size\": \"large\"}"}}, {}};
  const Played wrong(files.host(), folder(), {session::open(kSized), settings({{"parametersFile", "params.json"}}), session::settle(1)});
  ASSERT_EQ(wrong.diagnostics("file:///w/params.json").size(), 1u);
  EXPECT_EQ(wrong.diagnostics("file:///w/params.json")[0]["range"]["start"], (json{{"line", 0}, {"character", 9}}));
  const Played undone(files.host(), folder(), {session::open(kSized), settings({{"parametersFile", "params.json"}}), session::settle(1), settings(json::object()), session::settle(2)});
  EXPECT_EQ(undone.diagnostics("file:///w/params.json"), json::array());
}

TEST(ParametersFile, IsWatched) {
  ParameterFiles files{{{"/w/params.json", "{\"size\": 8}"}}, {}};
  json start = folder();
  start["capabilities"] = {{"workspace", {{"didChangeWatchedFiles", {{"dynamicRegistration", true}, {"relativePatternSupport", true}}}}}};
  start["initializationOptions"] = {{"parametersFile", "params.json"}};
  const json changed = session::note("workspace/didChangeWatchedFiles", {{"changes", {{{"uri", "file:///w/params.json"}, {"type", 2}}}}});
  const Played played(files.host(), start, {session::note("initialized"), session::open(kSized), session::settle(1), changed, session::settle(2), settings(json::object()), session::settle(3)});
  const auto registered = played.told("client/registerCapability");
  ASSERT_EQ(registered.size(), 2u);
  EXPECT_EQ(registered[1]["registrations"][0]["registerOptions"]["watchers"], (json{{{"globPattern", {{"baseUri", "file:///w"}, {"pattern", "params.json"}}}}}));
  EXPECT_EQ(played.told("client/unregisterCapability").size(), 1u);
  EXPECT_EQ(files.reads["/w/params.json"], 2);
}

TEST(Parameters, OfOtherModulesAreNoMistake) {
  Host host = session::host();
  host.modulesOf = [](const std::string&) { return std::vector<std::string>{session::kUri + 7, "/w/other/b.chasi"}; };
  const Played others(host, folder(), {session::open(kSized), settings({{"parameters", {{"zone", "north"}, {"size", 6}}}}), session::at(1, "textDocument/hover", 1, 5)});
  EXPECT_TRUE(others.shown().empty());
  EXPECT_NE(hovered(others, 1).find("= `3`"), std::string::npos) << hovered(others, 1);
  const Played near(host, folder(), {session::open(kSized), settings({{"parameters", {{"sice", 6}}}}), session::settle(1)});
  EXPECT_EQ(near.shown().size(), 1u);
}

TEST(Parameters, OfTheSettingsAreToldWhenThereIsNoneOfThatName) {
  const Played played(session::host(), folder(), {session::open(kSized), settings({{"parameters", {{"sice", 3}}}}), session::settle(1)});
  EXPECT_EQ(played.shown(), (std::vector<std::string>{"the settings of the editor: there is no parameter `sice` (did you mean `size`?)"}));
}

} // namespace
} // namespace chasi::lsp

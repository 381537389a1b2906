#include "compiler/import/kubefile.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace chasi::import {

namespace {

using llvm::StringRef;

constexpr llvm::StringLiteral kKnown[] = {"FROM", "COPY", "ADD", "ARG", "ENV", "RUN", "LABEL", "MAINTAINER", "APP", "APPENV", "APPCMDS", "CNI", "CSI", "KUBEVERSION", "LAUNCH", "CMD", "CMDS"};

/// The texts of `["a", "b"]`; nothing when it is no such list.
std::optional<std::vector<std::string>> jsonWords(StringRef text) {
  const auto list = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (!list.is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& item : list) {
    if (!item.is_string()) return std::nullopt;
    out.push_back(item.get<std::string>());
  }
  return out;
}

/// Words between blanks; quotes hold them together and are taken away.
std::vector<std::string> plainWords(StringRef text) {
  std::vector<std::string> out;
  std::string word;
  char quote = 0;
  bool open = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && (c == ' ' || c == '\t')) {
      if (open) out.push_back(std::exchange(word, {}));
      open = false;
      continue;
    }
    open = true;
    if (c == quote) quote = 0;
    else if (quote == 0 && (c == '"' || c == '\'')) quote = c;
    else if (c == '\\' && quote != '\'' && i + 1 < text.size()) word += text[++i];
    else word += c;
  }
  if (open) out.push_back(word);
  return out;
}

/// `# escape=^` in front of everything else says which sign continues a line.
char escapeOf(StringRef text) {
  for (StringRef rest = text; !rest.empty();) {
    const auto [line, after] = rest.split('\n');
    StringRef words = line.trim();
    if (!words.consume_front("#")) break;
    words = words.trim();
    if (words.consume_front("escape") && words.ltrim().starts_with("=")) return words.ltrim().drop_front().ltrim().starts_with("^") ? '^' : '\\';
    rest = after;
  }
  return '\\';
}

bool described(KubefileLine& line, KubefileMistake& mistake) {
  const auto wrong = [&](std::string what, std::string help) {
    mistake = {line.line, std::move(what), std::move(help)};
    return false;
  };
  StringRef rest = StringRef(line.rest).trim();
  while (rest.starts_with("--")) {
    line.flags.push_back(rest.take_until([](char c) { return c == ' ' || c == '\t'; }).str());
    rest = rest.drop_front(line.flags.back().size()).ltrim();
  }
  line.rest = rest.str();
  rest = line.rest; // the text moved
  if (rest.empty()) return wrong(fmt::format("{} says nothing", line.word), "write what it takes, or take the line away");
  if (rest.starts_with("[")) {
    auto words = jsonWords(rest);
    if (words) line.words = std::move(*words);
    else if (line.word == "CMDS" || line.word == "LAUNCH") return wrong(fmt::format("{} takes a list of texts, such as [\"a\", \"b\"]", line.word), "texts stand between double quotes, with commas between them");
    else line.words = plainWords(rest);
  } else {
    line.words = plainWords(rest);
  }
  const size_t least = line.word == "COPY" || line.word == "ADD" || line.word == "APP" || line.word == "APPENV" || line.word == "APPCMDS" || line.word == "CNI" || line.word == "CSI" ? 2 : 1;
  return line.words.size() >= least || wrong(fmt::format("{} takes at least {} words, and there is one", line.word, least), "see what the line should name");
}

} // namespace

std::optional<std::vector<KubefileLine>> parseKubefile(StringRef text, KubefileMistake& mistake) {
  std::vector<KubefileLine> out;
  const char escape = escapeOf(text);
  uint32_t number = 0;
  std::string whole;
  uint32_t begin = 0;
  const auto end = [&] {
    KubefileLine line;
    line.line = begin;
    const std::string all = std::exchange(whole, {});
    const StringRef words = StringRef(all).trim();
    const StringRef first = words.take_until([](char c) { return c == ' ' || c == '\t'; });
    line.word = first.upper();
    line.rest = words.drop_front(first.size()).str();
    if (!llvm::is_contained(kKnown, StringRef(line.word))) {
      mistake = {begin, fmt::format("there is no instruction {}", first.str()), fmt::format("there are {}", llvm::join(llvm::ArrayRef<llvm::StringLiteral>(kKnown), ", "))};
      return false;
    }
    if (!described(line, mistake)) return false;
    out.push_back(std::move(line));
    return true;
  };
  for (StringRef rest = text; !rest.empty();) {
    const auto [raw, after] = rest.split('\n');
    rest = after;
    ++number;
    StringRef line = raw.trim(" \t\r");
    if (line.contains('\0')) {
      mistake = {number, "the line holds a zero byte", "a Kubefile is text"};
      return std::nullopt;
    }
    if (line.empty() || line.starts_with("#")) continue; // between the lines of one instruction, too
    if (whole.empty()) begin = number;
    const bool goesOn = line.consume_back(StringRef(&escape, 1));
    whole += (whole.empty() ? "" : " ") + line.str();
    if (!goesOn && !end()) return std::nullopt;
  }
  if (!whole.empty() && !end()) return std::nullopt;
  if (out.empty() || llvm::none_of(out, [](const KubefileLine& l) { return l.word == "FROM"; })) {
    mistake = {out.empty() ? 1 : out[0].line, "there is no FROM", "every Kubefile begins with the image that it stands on, or with FROM scratch"};
    return std::nullopt;
  }
  return out;
}

} // namespace chasi::import

#include "compiler/driver/arguments.h"

#include "compiler/driver/help.h"
#include "compiler/eval/date.h"
#include "compiler/source/diagnostic.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/StringSwitch.h>
#include <llvm/Support/raw_ostream.h>

namespace chasi::driver {

namespace {

/// The command that the first one or two words name, and how many words that are.
std::pair<const Command*, size_t> commandOf(const std::vector<std::string>& words) {
  if (words.size() >= 2)
    if (const Command* c = findCommand(words[0] + " " + words[1])) return {c, 2};
  if (const Command* c = words.empty() ? nullptr : findCommand(words[0])) return {c, 1};
  return {nullptr, 0};
}

bool isGroup(llvm::StringRef word) {
  return llvm::any_of(commands(), [&](const Command& c) { return llvm::StringRef(c.name).split(' ').first == word && llvm::StringRef(c.name) != word; });
}

Parsed usage(const std::string& message, const std::string& help) {
  llvm::errs() << "chasic: " << message << '\n';
  if (!help.empty()) llvm::errs() << help << '\n';
  return {std::nullopt, kUsage};
}

/// What the commands of other tools are called here; "" for any other word.
llvm::StringRef calledHere(llvm::StringRef word) {
  return llvm::StringSwitch<llvm::StringRef>(word)
      .Cases("lint", "validate", "vet", "compile", "verify", "check")
      .Cases("up", "deploy", "install", "upgrade", "sync", "apply")
      .Cases("preview", "dry-run", "plan")
      .Cases("down", "delete", "uninstall", "remove", "destroy")
      .Cases("template", "build", "synth", "export", "manifests", "render")
      .Case("format", "fmt")
      .Cases("console", "shell", "repl")
      .Cases("docs", "reference", "doc")
      .Cases("get", "list", "ls", "health", "status")
      .Cases("show", "print", "output", "eval")
      .Cases("package", "packages", "dep", "deps", "mod")
      .Default("");
}

Parsed unknownCommand(const std::vector<std::string>& words) {
  const std::string& word = words.front();
  std::vector<std::string> names;
  const bool group = isGroup(word);
  for (const Command& c : commands()) {
    const auto [first, second] = llvm::StringRef(c.name).split(' ');
    if (group && first == word) names.push_back(second.str());
    else if (!group) names.push_back(first.str());
  }
  if (group && words.size() < 2) return usage(fmt::format("`chasic {}` needs one of: {}", word, fmt::join(names, ", ")), "");
  const std::string given = group ? words[1] : word;
  const llvm::StringRef known = group ? "" : calledHere(given);
  const std::string near = known.empty() ? source::nearest(given, names) : known.str();
  const std::string prefix = group ? "chasic " + word + " " : "chasic ";
  return usage(fmt::format("there is no command `{}{}`", prefix, given),
               near.empty() ? group ? fmt::format("there are {}", fmt::join(names, ", ")) : std::string("`chasic --help` lists what there is")
                            : fmt::format("did you mean `{}{}`?", prefix, near));
}

constexpr char kGuard = '\x1f';

std::string optionNames(const Flag& flag) { return (flag.shortName ? fmt::format("-{},", flag.shortName) : "") + flag.name; }

/// CLI11 tells what is wrong in words of its own; the nearest flag is what people need.
Parsed badFlag(const Command& command, const std::string& flag) {
  std::vector<std::string> names;
  for (const Flag& f : command.flags) names.emplace_back(f.name);
  const std::string near = source::nearest(flag, names);
  return usage(fmt::format("`chasic {}` has no flag {}", command.name, flag),
               near.empty() ? fmt::format("`chasic {} --help` lists them", command.name) : fmt::format("did you mean {}?", near));
}

std::optional<Parsed> wrongChoice(const Command& command, const Invocation& invocation) {
  for (const Flag& f : command.flags) {
    if (f.value && llvm::StringRef(f.value) == kDay)
      for (const std::string& value : invocation.all(f.name))
        if (!eval::isDate(value)) return usage(fmt::format("{} takes a day, not \"{}\"", f.name, value), "write it as YYYY-MM-DD: 2026-12-31");
    if (!f.choices) continue;
    for (const std::string& value : invocation.all(f.name)) {
      llvm::SmallVector<llvm::StringRef, 8> choices;
      llvm::StringRef(f.choices).split(choices, '|');
      if (llvm::is_contained(choices, value)) continue;
      std::vector<std::string> names;
      for (const llvm::StringRef c : choices) names.push_back(c.str());
      const std::string near = source::nearest(value, names);
      return usage(fmt::format("{} takes {}, not \"{}\"", f.name, fmt::join(names, ", "), value), near.empty() ? "" : fmt::format("did you mean {}?", near));
    }
  }
  return std::nullopt;
}

Parsed parseFor(const Command& command, std::vector<std::string> rest) {
  Invocation invocation;
  invocation.command = &command;
  CLI::App app;
  app.set_help_flag();
  app.allow_extras(false);
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, bool> switches;
  for (const Flag& f : command.flags) {
    if (f.value) app.add_option(optionNames(f), values[f.name])->expected(1)->allow_extra_args(false)->multi_option_policy(f.repeatable ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::Throw);
    else app.add_flag(optionNames(f), switches[f.name]);
  }
  std::vector<std::string> words;
  app.add_option("words", words);
  // CLI11 takes "[a, b]" for a list of its own and splits it; a character in front keeps an expression whole.
  for (std::string& word : rest)
    if (llvm::StringRef(word).starts_with("[")) word.insert(0, 1, kGuard);
  std::reverse(rest.begin(), rest.end()); // as CLI11 wants them
  try {
    app.parse(rest);
  } catch (const CLI::ExtrasError&) {
    for (const std::string& extra : app.remaining())
      if (llvm::StringRef(extra).starts_with("-")) return badFlag(command, llvm::StringRef(extra).split('=').first.str());
    return usage(fmt::format("`chasic {}` does not take so many words", command.name), fmt::format("`chasic {} --help` shows how it is called", command.name));
  } catch (const CLI::ArgumentMismatch& e) {
    return usage(fmt::format("`chasic {}`: {}", command.name, e.what()), fmt::format("`chasic {} --help` shows how it is called", command.name));
  } catch (const CLI::Error& e) {
    return usage(fmt::format("`chasic {}`: {}", command.name, e.what()), fmt::format("`chasic {} --help` shows how it is called", command.name));
  }
  auto unguard = [](std::vector<std::string>& list) {
    for (std::string& word : list)
      if (!word.empty() && word.front() == kGuard) word.erase(0, 1);
  };
  unguard(words);
  for (auto& [name, list] : values) {
    unguard(list);
    if (!list.empty()) invocation.values[name] = std::move(list);
  }
  for (const auto& [name, on] : switches)
    if (on) invocation.values[name] = {""};
  invocation.words = std::move(words);
  if (auto wrong = wrongChoice(command, invocation)) return *wrong;
  if (invocation.words.size() < command.least || invocation.words.size() > command.most)
    return usage(fmt::format("`chasic {}` takes {}{}", command.name, *command.positional ? command.positional : "no words", invocation.words.size() > command.most ? fmt::format(", and \"{}\" is one too many", invocation.words[command.most]) : ""),
                 fmt::format("`chasic {} --help` shows how it is called", command.name));
  return {std::move(invocation), kDone};
}

bool asksForHelp(const std::string& word) { return word == "--help" || word == "-h"; }

/// Help is asked for anywhere before a "--".
bool wantsHelp(llvm::ArrayRef<std::string> words) {
  for (const std::string& w : words) {
    if (w == "--") return false;
    if (asksForHelp(w)) return true;
  }
  return false;
}

} // namespace

Parsed parseArguments(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    printHelp(llvm::errs(), false);
    return {std::nullopt, kUsage};
  }
  if (asksForHelp(arguments[0]) || arguments[0] == "help") {
    const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
    if (rest.empty() || rest[0].empty() || rest[0][0] == '-') {
      printHelp(llvm::outs(), true);
      return {std::nullopt, kDone};
    }
    std::vector<std::string> again = rest;
    again.emplace_back("--help");
    return parseArguments(again);
  }
  if (arguments[0] == "--version" || arguments[0] == "-V") return parseArguments({"version"});
  const auto [command, used] = commandOf(arguments);
  if (!command) {
    if (isGroup(arguments[0]) && wantsHelp(arguments)) {
      printGroupHelp(arguments[0], llvm::outs());
      return {std::nullopt, kDone};
    }
    if (llvm::StringRef(arguments[0]).starts_with("-")) return usage(fmt::format("there is no flag {} before the command", arguments[0]), "the command comes first: `chasic plan --env prod`");
    return unknownCommand(arguments);
  }
  const std::vector<std::string> rest(arguments.begin() + static_cast<std::ptrdiff_t>(used), arguments.end());
  if (wantsHelp(rest)) {
    printCommandHelp(*command, llvm::outs());
    return {std::nullopt, kDone};
  }
  return parseFor(*command, rest);
}

} // namespace chasi::driver

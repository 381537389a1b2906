// Shell completion, made from the tables of command.h.
#include "compiler/driver/run.h"
#include "compiler/sema/load.h"

#include <fmt/format.h>
#include <llvm/Support/raw_ostream.h>

#include <set>

namespace chasi::driver {

namespace {

/// First words and, of groups, second words.
std::map<std::string, std::vector<const Command*>> byFirstWord() {
  std::map<std::string, std::vector<const Command*>> out;
  for (const Command& c : commands()) out[llvm::StringRef(c.name).split(' ').first.str()].push_back(&c);
  return out;
}

std::string flagsOf(const std::vector<const Command*>& list) {
  std::set<std::string> names;
  for (const Command* c : list)
    for (const Flag& f : c->flags) names.insert(f.name);
  std::string out;
  for (const std::string& n : names) out += (out.empty() ? "" : " ") + n;
  return out;
}

std::string secondWords(const std::vector<const Command*>& list) {
  std::string out;
  for (const Command* c : list)
    if (const auto second = llvm::StringRef(c->name).split(' ').second; !second.empty()) out += (out.empty() ? "" : " ") + second.str();
  return out;
}

/// Words that may stand where else a path does.
std::string instead(llvm::StringRef command) {
  if (command != "doc") return "";
  std::string out = "language std std.builtins";
  for (const std::string& name : sema::libraryNames()) out += " " + name;
  return out;
}

std::map<std::string, std::string> choices() {
  std::map<std::string, std::set<std::string>> sets;
  for (const Command& c : commands())
    for (const Flag& f : c.flags) {
      llvm::SmallVector<llvm::StringRef, 8> parts;
      if (f.choices) llvm::StringRef(f.choices).split(parts, '|');
      for (const llvm::StringRef p : parts) sets[f.name].insert(p.str());
    }
  std::map<std::string, std::string> out;
  for (const auto& [flag, values] : sets)
    for (const std::string& v : values) out[flag] += (out[flag].empty() ? "" : " ") + v;
  return out;
}

void bash(llvm::raw_ostream& out) {
  std::string first;
  for (const auto& [word, list] : byFirstWord()) first += (first.empty() ? "" : " ") + word;
  out << "_chasic() {\n  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n  COMPREPLY=()\n"
      << "  if ((COMP_CWORD == 1)); then COMPREPLY=($(compgen -W \"" << first << "\" -- \"$cur\")); return; fi\n  case $prev in\n";
  for (const auto& [flag, values] : choices()) out << "    " << flag << ") COMPREPLY=($(compgen -W \"" << values << "\" -- \"$cur\")); return ;;\n";
  out << "    --params|--out|--layout|--kubeconfig) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
      << "    --env) COMPREPLY=($(compgen -W \"$(ls env/*.chasi 2>/dev/null | sed 's|.*/||; s|\\.chasi$||')\" -- \"$cur\")); return ;;\n  esac\n"
      << "  case ${COMP_WORDS[1]} in\n";
  for (const auto& [word, list] : byFirstWord()) {
    out << "    " << word << ")\n";
    if (const std::string second = secondWords(list); !second.empty())
      out << "      if ((COMP_CWORD == 2)); then COMPREPLY=($(compgen -W \"" << second << "\" -- \"$cur\")); return; fi\n";
    out << "      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"" << flagsOf(list) << "\" -- \"$cur\")); return; fi";
    if (const std::string words = instead(word); !words.empty())
      out << "\n      if ((COMP_CWORD == 2)); then COMPREPLY=($(compgen -W \"" << words << "\" -- \"$cur\") $(compgen -d -- \"$cur\")); return; fi";
    out << " ;;\n";
  }
  out << "  esac\n  COMPREPLY=($(compgen -f -X '!*.@(chasi|json)' -- \"$cur\") $(compgen -d -- \"$cur\"))\n}\n"
      << "complete -o filenames -F _chasic chasic\n";
}

std::string quoted(llvm::StringRef text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? "'\\''" : c == '\n' ? " " : std::string(1, c);
  return out;
}

void zsh(llvm::raw_ostream& out) {
  out << "#compdef chasic\n_chasic() {\n  local -a words_\n  if ((CURRENT == 2)); then\n    words_=(\n";
  for (const auto& [word, list] : byFirstWord()) out << "      '" << word << ":" << quoted(list.size() == 1 ? list[0]->summary : "several commands") << "'\n";
  out << "    )\n    _describe command words_\n    return\n  fi\n  if [[ ${words[CURRENT-1]} == --env ]]; then compadd -- env/*.chasi(N:t:r); return; fi\n  case ${words[2]} in\n";
  for (const auto& [word, list] : byFirstWord()) {
    out << "    " << word << ")\n";
    if (const std::string second = secondWords(list); !second.empty()) out << "      if ((CURRENT == 3)); then compadd " << second << "; return; fi\n";
    out << "      if [[ ${words[CURRENT]} == -* ]]; then compadd -- " << flagsOf(list) << "; return; fi";
    if (const std::string words = instead(word); !words.empty()) out << "\n      if ((CURRENT == 3)); then compadd " << words << "; fi";
    out << " ;;\n";
  }
  out << "  esac\n  _files\n}\n_chasic \"$@\"\n";
}

void fish(llvm::raw_ostream& out) {
  out << "complete -c chasic -n __fish_use_subcommand -f\n";
  for (const auto& [word, list] : byFirstWord()) {
    out << "complete -c chasic -n __fish_use_subcommand -a " << word << " -d '" << quoted(list.size() == 1 ? list[0]->summary : "several commands") << "'\n";
    if (const std::string second = secondWords(list); !second.empty()) out << fmt::format("complete -c chasic -n '__fish_seen_subcommand_from {}' -a '{}'\n", word, second);
    if (const std::string words = instead(word); !words.empty()) out << fmt::format("complete -c chasic -n '__fish_seen_subcommand_from {}' -a '{}'\n", word, words);
    std::set<std::string> seen;
    for (const Command* c : list)
      for (const Flag& f : c->flags) {
        if (!seen.insert(f.name).second) continue;
        std::string values = f.choices ? f.choices : "";
        std::replace(values.begin(), values.end(), '|', ' ');
        if (llvm::StringRef(f.name) == "--env") values = "(for f in env/*.chasi; string replace -r \".*/(.*)[.]chasi\" \"\\$1\" $f; end)";
        out << fmt::format("complete -c chasic -n '__fish_seen_subcommand_from {}' -l {}{}{} -d '{}'\n", word, f.name + 2, f.value ? " -r" : "", values.empty() ? "" : " -f -a '" + values + "'", quoted(f.help));
      }
  }
}

} // namespace

int runCompletion(const Invocation& invocation) {
  const std::string shell = invocation.word(0);
  if (shell == "bash") bash(llvm::outs());
  else if (shell == "zsh") zsh(llvm::outs());
  else if (shell == "fish") fish(llvm::outs());
  else {
    llvm::errs() << fmt::format("chasic: completion is there for bash, zsh and fish, not for \"{}\"\n", shell);
    return kUsage;
  }
  return kDone;
}

} // namespace chasi::driver

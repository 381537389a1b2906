// What a command of `chasic` is: its words, its flags, its help, and the function that runs it. Parsing, help, completion
// and the tests all read the same tables.
#pragma once

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>

#include <map>
#include <string>
#include <vector>

namespace chasi::driver {

/// Exit codes of the program; cli.md fixes them.
enum Exit : int {
  kDone = 0,
  kWrong = 1,       ///< the specification, a policy or a test is wrong
  kChanges = 2,     ///< only `plan --detailed-exitcode`
  kIncomplete = 3,  ///< applying failed or is incomplete; running again continues
  kUnreachable = 4, ///< a cluster, registry or file could not be talked to
  kUsage = 64,
  kInterrupted = 130,
};

struct Flag {
  const char* name;           ///< "--env"
  const char* value = nullptr; ///< "NAME", shown in help; null for a switch
  const char* help = "";
  bool repeatable = false;
  const char* choices = nullptr; ///< "text|json": anything else is refused, and completed by shells
  char shortName = 0;            ///< 'q' for -q
};

/// The `value` of flags that take a day: anything else is refused.
inline constexpr const char* kDay = "YYYY-MM-DD";

class Invocation;

struct Command {
  const char* name;       ///< "plan", "image build"
  const char* positional; ///< "[PATH]", as help shows it
  const char* summary;    ///< one line
  const char* text;       ///< paragraphs below the usage
  const char* examples;   ///< lines "command   what it does"; may be empty
  std::vector<Flag> flags;
  size_t least = 0, most = 0; ///< positional arguments
  int (*run)(const Invocation&) = nullptr;
};

/// All commands in the order of help. A command of two words has its group's name first.
const std::vector<Command>& commands();
const Command* findCommand(llvm::StringRef name);

/// What stands on the command line, after parsing.
class Invocation {
public:
  const Command* command = nullptr;
  std::vector<std::string> words; ///< positional arguments
  std::map<std::string, std::vector<std::string>> values; ///< by the flag's name; a switch has one empty value

  bool has(const char* flag) const { return values.contains(flag); }
  std::string get(const char* flag, const char* fallback = "") const {
    const auto at = values.find(flag);
    return at == values.end() ? fallback : at->second.back();
  }
  std::vector<std::string> all(const char* flag) const {
    const auto at = values.find(flag);
    return at == values.end() ? std::vector<std::string>() : at->second;
  }
  std::string word(size_t i, const char* fallback = "") const { return i < words.size() ? words[i] : fallback; }
};

/// Runs the program; the caller's arguments without its own name. Never throws.
int runProgram(const std::vector<std::string>& arguments);

/// Shared sets of flags.
std::vector<Flag> specFlags();    ///< which specification: --env, --set, --params
std::vector<Flag> policyFlags();  ///< what policies ask for: --date
std::vector<Flag> clusterFlags(); ///< how clusters are reached: --cluster, --kubeconfig
std::vector<Flag> outputFlags();  ///< of every command: --color, -q, -v, --help
std::vector<Flag> together(std::initializer_list<std::vector<Flag>> sets);

} // namespace chasi::driver

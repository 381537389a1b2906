// What a cluster tells of an object that it has: a field, by its path. A plan holds the question, never an answer.
#pragma once

#include "runtime/plan/json_view.h"
#include "runtime/plan/secrets.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chasi::plan {

/// SecretRef provider: `key` is a written Fact.
inline constexpr const char* kFact = "later";

struct Fact {
  std::string type;      ///< "String", "Int", "Float", "Bool", "Any" (JSON); "Text": a scalar as a part of a text
  std::string operation; ///< id of the one that makes the object
  std::string path;      ///< status.loadBalancer.ingress[0].ip
};

std::string writeFact(const Fact& fact);
/// Empty fields for what is none.
Fact readFact(const std::string& key);

/// One step of a path: `a`, `[0]`, `[name=http]`, `["a.b/c"]`.
struct FactStep {
  enum class Kind : uint8_t { Key, Index, Match } kind = Kind::Key;
  std::string text;  ///< Key, Match: the field
  std::string value; ///< Match
  size_t index = 0;
};
/// Empty for what is no path to one value; `why` says so.
std::vector<FactStep> factSteps(const std::string& path, std::string& why);

/// What stands there, as text for a template or as JSON for `Any`; nothing when it is not there yet: absent, null or "".
/// CH6217 for what is there and is of another type.
llvm::Expected<std::optional<std::string>> tellFact(const Fact& fact, JsonValue object);

/// The facts that an operation needs, in the order of their pointers; those within secrets too.
std::vector<Fact> factsOf(const Operation& op);

/// "known after system.shop/Service/shop/web", for people; several with commas.
std::string knownAfter(const SecretRef& ref);

/// JSON of the value of one of an operation's `later` references; encoded in base64 below /data of a v1 Secret.
llvm::Expected<std::string> laterJson(const Operation& op, const SecretRef& ref, const SecretReader& reader);

/// The payload with those facts filled in that `reader` has; of the others `unknown` gets the pointer and knownAfter().
std::string withFacts(const Operation& op, const SecretReader& reader, std::map<std::string, std::string>& unknown);

} // namespace chasi::plan

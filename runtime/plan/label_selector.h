// Selectors over labels, as Kubernetes reads them (matchLabels and matchExpressions, all of which must hold).
#pragma once

#include <llvm/ADT/STLFunctionalExtras.h>
#include <nlohmann/json_fwd.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chasi::plan {

using Labels = std::map<std::string, std::string, std::less<>>;

struct LabelSelector {
  /// An operator that Kubernetes does not know (the API server refuses it) holds for everything, so that what is asked
  /// of selectors errs towards "may be selected".
  enum class Operator : uint8_t { In, NotIn, Exists, DoesNotExist, Unknown };
  struct Requirement {
    std::string key;
    Operator op = Operator::In;
    std::vector<std::string> values;
  };
  std::vector<Requirement> requirements;

  /// The empty selector matches everything.
  bool matches(const Labels& labels) const;
  /// The same of labels that lie elsewhere: `find` gives the value of a key.
  bool matches(llvm::function_ref<std::optional<std::string_view>(std::string_view key)> find) const;

  /// In, NotIn, Exists, DoesNotExist.
  static Operator operatorOf(std::string_view word);
};

LabelSelector readSelector(const nlohmann::json& selector);
/// Of anything with texts as members; other members are left out.
Labels readLabels(const nlohmann::json& labels);

} // namespace chasi::plan

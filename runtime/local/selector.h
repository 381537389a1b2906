// Label and field selectors of lists and watches.
#pragma once

#include "runtime/local/merge.h"
#include "runtime/local/store.h"

namespace chasi::local {

struct Kind;

class LabelSelector {
public:
  /// `a=b,c!=d,e in (f,g),h notin (i),j,!k`. 400 when it does not follow the grammar.
  static Result<LabelSelector> parse(const std::string& text);
  bool empty() const { return requirements_.empty(); }
  bool matches(const std::map<std::string, std::string, std::less<>>& labels) const;

private:
  enum class Operator : uint8_t { Exists, Absent, In, NotIn, Greater, Less };
  struct Requirement {
    std::string key;
    Operator op = Operator::Exists;
    std::vector<std::string> values;
  };
  class Reader;
  std::vector<Requirement> requirements_;
};

class FieldSelector {
public:
  /// 400 for fields that the kind cannot be selected by.
  static Result<FieldSelector> parse(const Kind& kind, const std::string& text);
  bool empty() const { return terms_.empty(); }
  bool matches(const Entry& entry) const;
  /// The name that is asked for, when the selector allows one name only.
  const std::string* name() const;

private:
  struct Term {
    std::string field, value;
    bool equal = true;
  };
  std::vector<Term> terms_;
};

} // namespace chasi::local

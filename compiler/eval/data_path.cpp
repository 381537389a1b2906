// Looking into data without a schema: `o.object.texts("spec.template.spec.containers[*].image")`.
//
// A path is written as a plan writes it: `a.b`, `a[0]`, `containers[name=api].image`, and `["a key with dots"]`, with or
// without the quotes. `[*]` goes through a list or a map.
#include "compiler/eval/evaluator.h"

#include "compiler/sema/quantity.h"

namespace chasi::eval {

using namespace sema;
using source::Code;

namespace {

struct PathStep {
  enum Kind : uint8_t { Key, All, Index, Match } kind = Key;
  llvm::StringRef text;
  llvm::StringRef value; ///< Match
  size_t index = 0;      ///< Index
};

/// The step between brackets.
PathStep bracketed(llvm::StringRef text) {
  if (text == "*") return {.kind = PathStep::All};
  size_t index = 0;
  if (!text.getAsInteger(10, index)) return {.kind = PathStep::Index, .index = index};
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front()) return {.text = text.drop_front().drop_back()};
  const auto [key, value] = text.split('=');
  return text.contains('=') ? PathStep{.kind = PathStep::Match, .text = key, .value = value} : PathStep{.text = text};
}

/// The steps of a path; empty when it is none, and `why` says so.
std::vector<PathStep> stepsOf(llvm::StringRef path, std::string& why) {
  std::vector<PathStep> steps;
  bool name = true; // a name may come next
  while (!path.empty()) {
    if (path.consume_front("[")) {
      const size_t end = path.find(']');
      if (end == llvm::StringRef::npos || end == 0) {
        why = end == 0 ? "there is nothing between its brackets" : "a bracket has no end";
        return {};
      }
      steps.push_back(bracketed(path.substr(0, end)));
      path = path.substr(end + 1);
      name = false;
    } else if (!steps.empty() && !name && path.consume_front(".")) {
      name = true;
      if (path.empty()) break;
    } else if (name) {
      const llvm::StringRef key = path.take_until([](char c) { return c == '.' || c == '['; });
      if (key.empty()) break;
      steps.push_back(key == "*" ? PathStep{.kind = PathStep::All} : PathStep{.text = key});
      path = path.substr(key.size());
      name = false;
    } else {
      why = "after a bracket comes a dot";
      return {};
    }
  }
  if (steps.empty() || name) {
    why = "a name is missing";
    return {};
  }
  return steps;
}

bool matches(const Value& v, const PathStep& step) {
  if (v.tag != Tag::Map) return false;
  const Value* found = v.map->find(step.text);
  if (!found) return false;
  return found->isText() ? found->str() == step.value : describe(*found) == step.value;
}

} // namespace

class DataPath {
public:
  DataPath(Evaluator& evaluator, Builtin what, std::vector<PathStep> steps) : e(evaluator), what_(what), steps_(std::move(steps)) {}

  std::vector<Value> found;
  bool wrong = false; ///< something on the way was, and was reported
  bool early = false; ///< something is known only while applying

  void walk(const Value& v, size_t depth) {
    if (v.isError()) wrong = true;
    if (wrong || v.isAbsent()) return;
    if (depth == steps_.size()) return arrive(v);
    const PathStep& step = steps_[depth];
    switch (step.kind) {
    case PathStep::Key: walk(member(v, step.text), depth + 1); break;
    case PathStep::Index:
      if (v.tag == Tag::List && step.index < v.list->items.size()) walk(v.list->items[step.index], depth + 1);
      break;
    case PathStep::Match:
    case PathStep::All:
      if (v.tag == Tag::List)
        for (const Value& item : v.list->items)
          if (step.kind == PathStep::All || matches(item, step)) walk(item, depth + 1);
      if (v.tag == Tag::Map && step.kind == PathStep::All)
        for (const MapEntry& entry : v.map->entries()) walk(entry.value, depth + 1);
      break;
    }
  }

private:
  Evaluator& e;
  Builtin what_;
  std::vector<PathStep> steps_;

  Value member(const Value& v, llvm::StringRef key) {
    if (v.tag == Tag::Map) {
      const Value* value = v.map->find(key);
      return value ? *value : Value::absent();
    }
    const int i = v.tag == Tag::Record ? v.record->schema->find(key) : -1;
    return i < 0 || v.record->schema->fields[static_cast<size_t>(i)].hidden ? Value::absent() : e.slot(*v.record, static_cast<uint32_t>(i));
  }

  /// A list at the end of the way counts as its elements, unless everything is asked for.
  void arrive(const Value& v) {
    if (what_ != Builtin::At && v.tag == Tag::List) {
      for (const Value& item : v.list->items) take(item);
      return;
    }
    take(v);
  }

  void take(const Value& v) {
    if (v.isError()) wrong = true;
    if (v.tag == Tag::Later && what_ != Builtin::At) early = true;
    switch (what_) {
    case Builtin::At: found.push_back(v); break;
    case Builtin::Ints:
      if (v.tag == Tag::Int) found.push_back(v);
      break;
    case Builtin::Flags:
      if (v.tag == Tag::Bool) found.push_back(v);
      break;
    default:
      if (v.isText()) found.push_back(Value::text(Tag::String, v.str()));
      else if (v.isQuantity()) found.push_back(e.textValue(printQuantity(v)));
    }
  }
};

Value Evaluator::dataPath(const Expr* e, Builtin id, llvm::ArrayRef<Value> args) {
  std::string why;
  std::vector<PathStep> steps = stepsOf(args[1].str(), why);
  if (steps.empty()) {
    report(Code::BadText, e->list[1]->span, fmt::format("\"{}\" is no path", args[1].str().str())).note(why).hint("write it as a plan does: `spec.containers[*].image`, `metadata.labels[app.kubernetes.io/name]`");
    return Value::error();
  }
  DataPath path(*this, id, std::move(steps));
  path.walk(args[0], 0);
  if (path.early && !path.wrong) return tooEarly(e->span, fmt::format("what stands at \"{}\"", args[1].str().str()));
  return path.wrong ? Value::error() : listValue(path.found);
}

} // namespace chasi::eval

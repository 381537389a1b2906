// Runs what a test claims. What does not hold is a diagnostic that shows the values on both sides.
#include "compiler/eval/evaluator.h"
#include "compiler/sema/policy_ir.h"
#include "compiler/sema/quantity.h"

namespace chasi::eval {

using namespace sema;
using source::Code;

class TestRun {
public:
  TestRun(Evaluator& evaluator, const TestIr& test) : e(evaluator), test_(test) {}

  TestResult run() {
    env_ = new (e.p.arena) Env{nullptr, nullptr, nullptr, e.p.arena.Allocate<Value>(test_.lets.size())};
    for (size_t i = 0; i < test_.lets.size(); ++i) env_->locals[i] = e.eval(test_.lets[i], env_);
    for (const TestStepIr& step : test_.steps) {
      if (step.kind == TestStepIr::Assert) assertion(step);
      else if (step.kind == TestStepIr::Snapshot) snapshot(step);
    }
    return std::move(result_);
  }

private:
  Evaluator& e;
  const TestIr& test_;
  Env* env_ = nullptr;
  TestResult result_;

  void assertion(const TestStepIr& step) {
    const Value holds = e.eval(step.value, env_);
    if (holds.isError()) result_.unknown.push_back(step.span);
    if (holds.isError() || holds.boolean) return;
    const Value message = step.message ? e.eval(step.message, env_) : Value::absent();
    source::Diagnostic& d = e.p.diagnostics.report(Code::AssertionFailed, step.span, message.isText() ? message.str().str() : untold(step));
    explain(step.value, d);
  }

  static std::string untold(const TestStepIr& step) {
    constexpr size_t kLongest = 90;
    const bool fits = step.text.size() <= kLongest && !step.text.contains('\n');
    return fits ? fmt::format("`{}` does not hold", step.text.str()) : std::string("this does not hold");
  }

  void snapshot(const TestStepIr& step) {
    const Value v = e.eval(step.value, env_);
    e.forceValue(v);
    TakenSnapshot taken{.span = step.span};
    if (hasError(v)) {
      result_.unknown.push_back(step.span);
    } else if (!e.writeJson(v, taken.json)) {
      taken.json.clear();
      e.p.diagnostics.report(Code::Budget, step.span, "this value is too long for a snapshot").hint("take a part of it");
    }
    result_.snapshots.push_back(std::move(taken));
  }

  /// "3", "\"a\"", "[1,2]"; cut where a line gets unreadable.
  std::string shown(const Value& v) {
    constexpr size_t kLongest = 160;
    if (v.tag == Tag::Record && v.record->schema->named) return e.title(*v.record);
    if (v.tag < Tag::List) return v.isAbsent() ? "absent" : describe(v);
    std::string text;
    if (!e.writeJson(v, text)) return describe(v);
    if (text.size() <= kLongest) return text;
    size_t cut = kLongest;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    return text.substr(0, cut) + "…";
  }

  /// Everything in it stands there in so many words.
  static bool written(const Expr* x) {
    while (x->op == Op::Coerce) x = x->x;
    if (x->op == Op::Const) return true;
    if (x->op == Op::List) return llvm::all_of(x->elements->items, [](const ListItemIr& i) { return i.kind == ListItemIr::Item && written(i.value); });
    if (x->op == Op::Map) return llvm::all_of(x->map->items, [](const MapItemIr& i) { return i.kind == MapItemIr::Set && written(i.key) && written(i.value); });
    return false;
  }

  /// Labels a part of the condition with its value; what is written out needs no label.
  void show(const Expr* x, source::Diagnostic& d) {
    if (written(x)) return;
    while (x->op == Op::Coerce) x = x->x;
    const Value v = e.eval(x, env_);
    if (!v.isError()) d.at(x->span, "this is " + shown(v));
  }

  void explain(const Expr* x, source::Diagnostic& d) {
    switch (x->op) {
    case Op::Coerce: return explain(x->x, d);
    case Op::And: {
      const Value left = e.eval(x->x, env_);
      return explain(left.boolean ? x->y : x->x, d);
    }
    case Op::Or:
      explain(x->x, d);
      return explain(x->y, d);
    case Op::If: {
      const Value c = e.eval(x->x, env_);
      show(x->x, d);
      if (c.boolean || x->z) explain(c.boolean ? x->y : x->z, d);
      return;
    }
    case Op::Eq:
    case Op::Ne:
    case Op::Lt:
    case Op::Le:
    case Op::Gt:
    case Op::Ge:
    case Op::In:
      show(x->x, d);
      show(x->y, d);
      if (x->op == Op::Eq) difference(e.eval(x->x, env_), e.eval(x->y, env_), d);
      return;
    case Op::Has: d.at(x->x->span, "this is absent"); return;
    case Op::Not: show(x->x->op == Op::Has ? x->x->x : x->x, d); return;
    case Op::Builtin:
      for (const Expr* argument : x->list) show(argument, d);
      return;
    default: show(x, d);
    }
  }

  /// Where two lists or maps begin to differ.
  void difference(const Value& a, const Value& b, source::Diagnostic& d) {
    std::string path;
    Value left = a, right = b;
    while (left.tag == right.tag && (left.tag == Tag::List || left.tag == Tag::Map)) {
      const bool list = left.tag == Tag::List;
      if (list && left.list->items.size() != right.list->items.size()) {
        d.note(fmt::format("{} {} elements on the left and {} on the right", path.empty() ? "there are" : path + " has", left.list->items.size(), right.list->items.size()));
        return;
      }
      bool found = false;
      if (list) {
        for (size_t i = 0; !found && i < left.list->items.size(); ++i) {
          if (e.equal(left.list->items[i], right.list->items[i])) continue;
          path += fmt::format("[{}]", i);
          const Value l = left.list->items[i], r = right.list->items[i];
          left = l, right = r, found = true;
        }
      } else if (!oneSided(left, right, path, d)) {
        for (const MapEntry& m : left.map->entries()) {
          const Value* other = right.map->find(m.key);
          if (e.equal(m.value, *other)) continue;
          path += fmt::format("[\"{}\"]", m.key.str());
          const Value l = m.value, r = *other;
          left = l, right = r, found = true;
          break;
        }
      }
      if (!found) return;
    }
    if (!path.empty()) d.note(fmt::format("they differ at {}: {} on the left, {} on the right", path, shown(left), shown(right)));
  }

  static bool oneSided(const Value& left, const Value& right, const std::string& path, source::Diagnostic& d) {
    for (const auto& [has, lacks, side] : {std::tuple{left, right, "left"}, {right, left, "right"}})
      for (const MapEntry& m : has.map->entries()) {
        if (lacks.map->find(m.key)) continue;
        d.note(fmt::format("only the {} has {}[\"{}\"]", side, path, m.key.str()));
        return true;
      }
    return false;
  }
};

TestResult Evaluator::runTest(const TestIr& test) { return TestRun(*this, test).run(); }

} // namespace chasi::eval

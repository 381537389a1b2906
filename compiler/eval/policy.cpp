// Runs policies over what was declared and what became of it.
#include "compiler/eval/date.h"
#include "compiler/eval/evaluator.h"
#include "compiler/sema/policy_ir.h"

#include <algorithm>
#include <set>

namespace chasi::eval {

using namespace sema;
using source::Code;

/// Exceptions that exempt something and whose end could not be compared with a day.
using Undated = std::vector<Span>;

class PolicyRun {
public:
  PolicyRun(Evaluator& evaluator, const PolicyIr& policy, const std::string& date, Undated& undated)
      : e(evaluator), policy_(policy), date_(date), undated_(undated) {}

  void run() {
    const Env* whole = lets(policy_.lets, nullptr);
    for (const ExceptIr& ir : policy_.exceptions) exceptions_.push_back(exception(ir, whole));
    for (const RuleGroupIr& group : policy_.groups) walk(group, 0, whole);
    if (e.stopped_) return;
    for (const Exception& x : exceptions_) judge(x);
  }

private:
  /// What an exception covers that a rule would have told of.
  struct Covered {
    Span span;
    std::string message;
  };
  struct Exception {
    const ExceptIr* ir;
    std::set<const Record*> targets;
    std::string names;
    std::string until; ///< empty when it is no date, which was reported
    bool sound = true; ///< false: it could not be worked out, which was reported
    std::vector<Covered> covered;
  };
  /// What a violation is about: where it is reported, and which exceptions hold for it.
  struct Concern {
    Span span;
    std::set<const Record*> records;
  };

  Evaluator& e;
  const PolicyIr& policy_;
  const std::string& date_;
  Undated& undated_;
  std::vector<Exception> exceptions_;
  std::vector<Value> walked_; ///< the values of the names of the `for`, outermost first
  bool ruled_ = false;        ///< some rule was looked at
  bool broken_ = false;       ///< some rule could not be, so that nothing can be said about exceptions

  const Env* lets(const std::vector<Expr*>& list, const Env* up) {
    auto* f = new (e.p.arena) Env{up, nullptr, nullptr, e.p.arena.Allocate<Value>(list.size())};
    for (size_t i = 0; i < list.size(); ++i) f->locals[i] = e.eval(list[i], f);
    return f;
  }

  Exception exception(const ExceptIr& ir, const Env* env) {
    Exception x{.ir = &ir};
    const Value what = e.eval(ir.what, env);
    if (what.tag == Tag::Record) target(x, *what.record);
    else if (what.tag == Tag::List)
      for (const Value& v : what.list->items)
        if (v.tag == Tag::Record) target(x, *v.record);
    x.sound = !hasError(what);
    const Value until = e.eval(ir.until, env);
    if (until.isError()) {
      x.sound = false;
    } else if (!isDate(until.str())) {
      e.report(Code::BadText, ir.until->span, fmt::format("an exception ends on a day, and \"{}\" is none", until.str().str())).hint("write it as `until \"2026-12-31\"`");
    } else {
      x.until = until.str().str();
    }
    return x;
  }

  void target(Exception& x, const Record& record) {
    if (!x.targets.insert(&record).second || x.targets.size() > 4) return;
    x.names += x.targets.size() == 4 ? ", …" : (x.names.empty() ? "" : ", ") + e.title(record);
  }

  void walk(const RuleGroupIr& group, size_t depth, const Env* env) {
    if (e.stopped_) return;
    if (depth == group.walks.size()) return rules(group, env);
    const Value v = e.eval(group.walks[depth], env);
    if (v.isError()) broken_ = true;
    auto each = [&](const Value& element) {
      if (e.stopped_ || !e.spend(1, group.walks[depth]->span)) return;
      auto* f = new (e.p.arena) Env{env, nullptr, nullptr, e.p.arena.Allocate<Value>(1)};
      f->locals[0] = element;
      walked_.push_back(element);
      walk(group, depth + 1, f);
      walked_.pop_back();
    };
    if (v.tag == Tag::List)
      for (const Value& element : v.list->items) each(element);
    if (v.tag == Tag::Map)
      for (const MapEntry& entry : v.map->entries()) each(entry.value);
  }

  void rules(const RuleGroupIr& group, const Env* env) {
    if (group.guard) {
      const Value c = e.eval(group.guard, env);
      if (c.isError()) broken_ = true;
      if (c.isError() || !c.boolean) return;
    }
    if (group.loops) env = lets(group.lets, env);
    for (const RuleIr& r : group.rules) {
      const Value holds = e.eval(r.condition, env);
      ruled_ = true;
      if (holds.isError()) broken_ = true;
      else if (holds.boolean) violation(r, env);
    }
  }

  Concern concern() const {
    Concern c;
    for (auto it = walked_.rbegin(); it != walked_.rend(); ++it) {
      if (it->tag != Tag::Record) continue;
      const Record* r = it->record;
      Span span = r->span;
      if (const auto emitted = e.emitted_.find(r); emitted != e.emitted_.end()) {
        span = emitted->second.span;
        c.records.insert(emitted->second.owner);
        r = emitted->second.part;
      } else if (!r->schema->named) {
        continue;
      }
      if (!c.span.valid()) c.span = span;
      for (; r; r = r->parent) c.records.insert(r);
    }
    return c;
  }

  void violation(const RuleIr& rule, const Env* env) {
    const Value text = e.eval(rule.message, env);
    if (text.isError()) {
      broken_ = true;
      return;
    }
    // Whom an exception was meant for is not known when it is wrong; that is told, and is enough for now.
    if (std::any_of(exceptions_.begin(), exceptions_.end(), [](const Exception& x) { return !x.sound; })) return;
    const Concern about = concern();
    const Span span = about.span.valid() ? about.span : rule.span;
    for (Exception& x : exceptions_) {
      if (!std::any_of(x.targets.begin(), x.targets.end(), [&](const Record* r) { return about.records.contains(r); })) continue;
      x.covered.push_back({span, text.str().str()});
      return;
    }
    const char* verb = rule.deny ? "denied by" : "a warning of";
    source::Diagnostic& d = e.report(rule.deny ? Code::PolicyDenied : Code::PolicyWarned, span, text.str().str(), rule.span);
    std::string label = fmt::format("{} the policy \"{}\"", verb, policy_.title);
    if (about.span.valid()) d.at(rule.span, std::move(label));
    else d.mark(std::move(label));
  }

  void judge(const Exception& x) {
    if (!x.sound || x.until.empty()) return;
    if (!date_.empty() && date_ >= x.until) return over(x);
    if (x.covered.empty()) {
      if (ruled_ && !broken_) unused(x);
    } else if (date_.empty()) {
      undated_.push_back(x.ir->span);
    }
  }

  void over(const Exception& x) {
    constexpr size_t kShown = 3;
    source::Diagnostic& d = e.report(Code::ExceptionOver, x.ir->span, fmt::format("{} has ended: it was given until {}, and today is {}", x.names.empty() ? "this exception" : "the exception for " + x.names, x.until, date_));
    for (size_t i = 0; i < x.covered.size() && i < kShown; ++i) d.at(x.covered[i].span, x.covered[i].message);
    if (x.covered.size() > kShown) d.note(fmt::format("and {} more that it covers", x.covered.size() - kShown));
    d.note(fmt::format("it is an exception from \"{}\", because: {}", policy_.title, x.ir->reason));
    d.hint(x.covered.empty() ? "nothing needs it any more: remove it" : "put right what it covers, or agree on another day");
  }

  void unused(const Exception& x) {
    e.report(Code::ExceptionUnused, x.ir->span, x.targets.empty() ? std::string("this exception names nothing") : fmt::format("{} needs no exception here", x.names))
        .note(fmt::format("no rule of \"{}\" would tell of it in this run", policy_.title))
        .hint("remove it; a rule for some environments has its condition at the `for`: `for … if env == \"prod\"`");
  }
};

void Evaluator::runPolicies(const std::string& date) {
  Undated undated;
  for (const auto& policy : p.policies)
    if (!stopped_) PolicyRun(*this, *policy, date, undated).run();
  if (undated.empty()) return;
  constexpr size_t kShown = 3;
  source::Diagnostic& d = report(Code::DateUnknown, undated.front(), "nobody said what day it is, so this exception counts, ended or not");
  for (size_t i = 1; i < undated.size() && i <= kShown; ++i) d.at(undated[i], "this one too");
  if (undated.size() > kShown + 1) d.note(fmt::format("and {} more", undated.size() - kShown - 1));
  d.note("there is no clock while evaluating: the same run gives the same result on any day").hint("say `--date YYYY-MM-DD`; in a pipeline `--date $(date +%F)`");
}

/// The records of `operations()`, once for each run.
void Evaluator::setOperations(const std::vector<Emitted>& list) {
  std::vector<Value> items;
  for (const Emitted& object : list) {
    Record* r = make(*object.schema, {}, nullptr, object.span);
    const auto text = [&](llvm::StringRef s) { return Value::text(Tag::String, p.keep(s)); };
    const auto set = [&](llvm::StringRef name, const Value& v) {
      const auto i = static_cast<uint32_t>(object.schema->find(name));
      r->slots[i] = v;
      r->states[i] = SlotState::Done;
    };
    set("kind", text(object.kind));
    set("apiVersion", text(object.apiVersion));
    set("name", text(object.name));
    set("namespace", object.ns.empty() ? Value::absent() : text(object.ns));
    set("cluster", Value::of(object.cluster));
    set("owner", text(fmt::format("{}.{}", object.owner->schema->name.str(), object.owner->name.str())));
    set("part", text(object.partName));
    set("object", Value::of(object.manifest));
    emitted_[r] = object;
    items.push_back(Value::of(r));
  }
  operations_ = listValue(items);
}

} // namespace chasi::eval

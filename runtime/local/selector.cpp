#include "runtime/local/selector.h"

#include "runtime/local/catalog.h"
#include "runtime/local/refusal.h"
#include "runtime/plan/json_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace chasi::local {

class LabelSelector::Reader {
public:
  explicit Reader(std::string_view text) : text_(text) {}

  /// False when the text does not follow the grammar; `problem` says what was wrong.
  bool read(std::vector<Requirement>& into) {
    skip();
    if (end()) return true;
    for (;;) {
      Requirement requirement;
      if (!readOne(requirement)) return false;
      into.push_back(std::move(requirement));
      skip();
      if (end()) return true;
      if (!take(',')) return fail("found '{}', expected: ',' or 'end of string'", rest());
    }
  }
  std::string problem;

private:
  std::string_view text_;
  size_t at_ = 0;

  bool end() const { return at_ >= text_.size(); }
  std::string_view rest() const { return text_.substr(at_, 20); }
  void skip() { while (!end() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_; }
  bool take(char c) {
    skip();
    if (end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  template <typename... Args> bool fail(fmt::format_string<Args...> text, Args&&... args) {
    problem = fmt::format(text, std::forward<Args>(args)...);
    return false;
  }
  std::string word() {
    skip();
    const size_t begin = at_;
    while (!end() && std::string_view(" \t,=!()<>").find(text_[at_]) == std::string_view::npos) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  bool readOne(Requirement& into) {
    if (take('!')) {
      into.op = Operator::Absent;
      into.key = word();
      return !into.key.empty() || fail("found '{}', expected: identifier", rest());
    }
    into.key = word();
    if (into.key.empty()) return fail("found '{}', expected: !, identifier, or 'end of string'", rest());
    skip();
    if (end() || text_[at_] == ',') return true;
    if (take('!')) {
      into.op = Operator::NotIn;
      return take('=') ? readValue(into) : fail("found '!', expected: '!='");
    }
    if (take('=')) {
      take('=');
      into.op = Operator::In;
      return readValue(into);
    }
    if (text_[at_] == '<' || text_[at_] == '>') {
      into.op = text_[at_++] == '<' ? Operator::Less : Operator::Greater;
      return readValue(into);
    }
    const std::string op = word();
    if (op != "in" && op != "notin") return fail("found '{}', expected: in, notin, =, ==, !=, gt, lt", op);
    into.op = op == "in" ? Operator::In : Operator::NotIn;
    return readList(into);
  }

  bool readValue(Requirement& into) {
    into.values.push_back(word());
    return true;
  }

  bool readList(Requirement& into) {
    if (!take('(')) return fail("found '{}', expected: '('", rest());
    for (;;) {
      into.values.push_back(word());
      if (take(')')) return true;
      if (!take(',')) return fail("found '{}', expected: ',' or ')'", rest());
    }
  }
};

Result<LabelSelector> LabelSelector::parse(const std::string& text) {
  LabelSelector selector;
  Reader reader(text);
  if (!reader.read(selector.requirements_)) return badRequest(fmt::format("unable to parse requirement: {}", reader.problem));
  return selector;
}

static std::optional<int64_t> toNumber(const std::string& text) {
  int64_t value = 0;
  auto [at, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || at != text.data() + text.size()) return {};
  return value;
}

bool LabelSelector::matches(const std::map<std::string, std::string, std::less<>>& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(), [&](const Requirement& each) {
    auto label = labels.find(each.key);
    const bool there = label != labels.end();
    auto among = [&] { return std::find(each.values.begin(), each.values.end(), label->second) != each.values.end(); };
    switch (each.op) {
    case Operator::Exists: return there;
    case Operator::Absent: return !there;
    case Operator::In: return there && among();
    case Operator::NotIn: return !there || !among();
    case Operator::Greater:
    case Operator::Less: {
      if (!there) return false;
      const auto left = toNumber(label->second), right = toNumber(each.values[0]);
      return left && right && (each.op == Operator::Greater ? *left > *right : *left < *right);
    }
    }
    return false;
  });
}

/// What may stand in a fieldSelector beside metadata.name and metadata.namespace.
static bool isSelectable(const Kind& kind, std::string_view field) {
  using Selectable = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Selectable, 26> rows = {{{"pods", "spec.nodeName"},
                                                {"pods", "spec.restartPolicy"},
                                                {"pods", "spec.schedulerName"},
                                                {"pods", "spec.serviceAccountName"},
                                                {"pods", "spec.hostNetwork"},
                                                {"pods", "status.phase"},
                                                {"pods", "status.podIP"},
                                                {"pods", "status.nominatedNodeName"},
                                                {"secrets", "type"},
                                                {"namespaces", "status.phase"},
                                                {"nodes", "spec.unschedulable"},
                                                {"services", "spec.clusterIP"},
                                                {"services", "spec.type"},
                                                {"replicasets.apps", "status.replicas"},
                                                {"replicationcontrollers", "status.replicas"},
                                                {"jobs.batch", "status.successful"},
                                                {"certificatesigningrequests.certificates.k8s.io", "spec.signerName"},
                                                {"events", "involvedObject.kind"},
                                                {"events", "involvedObject.namespace"},
                                                {"events", "involvedObject.name"},
                                                {"events", "involvedObject.uid"},
                                                {"events", "involvedObject.apiVersion"},
                                                {"events", "involvedObject.resourceVersion"},
                                                {"events", "involvedObject.fieldPath"},
                                                {"events", "reason"},
                                                {"events", "type"}}};
  if (field == "metadata.name" || field == "metadata.namespace") return true;
  const std::string name = kind.qualified();
  return std::any_of(rows.begin(), rows.end(), [&](const Selectable& row) { return row.first == name && row.second == field; });
}

Result<FieldSelector> FieldSelector::parse(const Kind& kind, const std::string& text) {
  FieldSelector selector;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string term = text.substr(begin, end - begin);
    begin = end + 1;
    if (term.empty()) continue;
    const size_t equal = term.find('=');
    if (equal == term.npos) return badRequest(fmt::format("invalid selector: '{}'; can't understand '{}'", text, term));
    Term each;
    each.equal = equal == 0 || term[equal - 1] != '!';
    each.field = term.substr(0, each.equal ? equal : equal - 1);
    each.value = term.substr(equal + (term.compare(equal, 2, "==") == 0 ? 2 : 1));
    if (!isSelectable(kind, each.field)) return badRequest(fmt::format("field label not supported: {}", each.field));
    selector.terms_.push_back(std::move(each));
  }
  return selector;
}

const std::string* FieldSelector::name() const {
  for (const Term& term : terms_)
    if (term.equal && term.field == "metadata.name") return &term.value;
  return nullptr;
}

static std::string valueOf(const plan::JsonView& view, const std::string& field) {
  plan::JsonValue at = view.root();
  for (size_t begin = 0; begin <= field.size();) {
    const size_t end = std::min(field.find('.', begin), field.size());
    at = at[field.substr(begin, end - begin)];
    begin = end + 1;
  }
  return at.isString() ? at.string() : std::string(at.raw());
}

bool FieldSelector::matches(const Entry& entry) const {
  std::optional<plan::JsonView> view;
  for (const Term& term : terms_) {
    std::string value;
    if (term.field == "metadata.name") value = entry.key().name;
    else if (term.field == "metadata.namespace") value = entry.key().ns;
    else {
      if (!view) view = llvm::cantFail(plan::JsonView::parse(entry.text()), "the server wrote it");
      value = valueOf(*view, term.field);
    }
    if ((value == term.value) != term.equal) return false;
  }
  return true;
}

} // namespace chasi::local

#include "runtime/plan/text.h"

#include "runtime/plan/waves.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace chasi::plan {

namespace {

constexpr const char* kGreen = "32";
constexpr const char* kYellow = "33";
constexpr const char* kRed = "31";
constexpr const char* kDim = "2";

class Printer {
public:
  Printer(const Plan& plan, const PlanTextStyle& style, llvm::raw_ostream& out)
      : plan_(plan), style_(style), out_(out) {}

  void run() {
    if (!plan_.desired.rollouts.empty()) waves_ = waveNames(plan_.desired);
    std::vector<std::string> owners;
    std::map<std::string, std::vector<size_t>> groups;
    for (size_t i = 0; i < plan_.steps.size(); ++i) {
      if (!shown(i)) continue;
      std::vector<size_t>& group = groups[plan_.desired.operations[i].owner];
      if (group.empty()) owners.push_back(plan_.desired.operations[i].owner);
      group.push_back(i);
    }
    for (const std::string& owner : owners) {
      out_ << (owner.empty() ? "(no declaration)" : owner) << "\n";
      for (size_t i : groups[owner]) operation(plan_.desired.operations[i], plan_.steps[i]);
      out_ << "\n";
    }
    prunes();
    leftOut();
    notices();
    unchecked();
    out_ << summaryLine(count(plan_));
    if (plan_.offline) out_ << " (offline: compared with nothing)";
    out_ << "\n";
  }

  /// Two environments, neither of which was there before the other.
  void run(const Difference& difference) {
    gone_ = "(not there)";
    std::map<std::string, std::vector<size_t>> groups;
    for (size_t i = 0; i < plan_.steps.size(); ++i)
      if (shown(i)) groups[plan_.desired.operations[i].owner].push_back(i);
    for (const DeclarationDifference& d : difference.declarations) {
      const std::vector<size_t>& operations = groups[d.id];
      if (d.action == Action::None && operations.empty()) continue;
      Step step;
      step.action = d.action;
      step.changes = d.changes;
      out_ << mark(step) << " " << d.id;
      place(d.source);
      out_ << "\n";
      fields({}, step);
      for (size_t i : operations) operation(plan_.desired.operations[i], plan_.steps[i]);
      out_ << "\n";
    }
    if (!difference.any()) {
      out_ << fmt::format("no differences between {} and {}\n", difference.first, difference.second);
      return;
    }
    std::array<size_t, 4> declarations{}, operations{};
    for (const DeclarationDifference& d : difference.declarations) ++declarations[column(d.action)];
    for (const Step& step : plan_.steps) ++operations[column(step.action)];
    out_ << fmt::format("declarations: {}\nobjects:      {}\n", counted(declarations, difference), counted(operations, difference));
  }

private:
  bool shown(size_t i) const {
    const Step& step = plan_.steps[i];
    // What is left out stands below, together; what waits for it stands here, because it is in the way of something.
    if (!step.leftOut.empty()) return step.problem && !isMissing(i);
    // That a virtual cluster is paused is worth a line, though nothing is done about it.
    const bool told = plan_.desired.operations[i].kind == OpKind::Vcluster && !step.reason.empty();
    return style_.unchanged || told || step.problem || step.action != Action::None;
  }
  bool isMissing(size_t i) const {
    return std::any_of(plan_.missing.begin(), plan_.missing.end(), [&](const MissingTarget& m) { return m.target == plan_.desired.operations[i].target; });
  }

  std::string paint(const char* color, const std::string& text) const {
    return style_.color ? fmt::format("\033[{}m{}\033[0m", color, text) : text;
  }

  std::string mark(const Step& step) const {
    if (step.problem) return paint(kRed, "!");
    switch (step.action) {
    case Action::Create: case Action::Build: return paint(kGreen, "+");
    case Action::Update: return paint(kYellow, "~");
    case Action::Replace: return paint(kRed, "-") + "/" + paint(kGreen, "+");
    case Action::Delete: return paint(kRed, "-");
    case Action::Unknown: return paint(kYellow, "?");
    case Action::None: return " ";
    }
    return " ";
  }

  void place(const SourceRef& source) {
    if (!source.file.empty()) out_ << paint(kDim, fmt::format("  {}:{}:{}", source.file, source.line, source.column));
  }

  static size_t column(Action action) { return action == Action::Delete ? 0 : action == Action::Create ? 1 : action == Action::Update ? 2 : 3; }

  static std::string counted(const std::array<size_t, 4>& n, const Difference& difference) {
    return fmt::format("{} only in {}, {} only in {}, {} different, {} the same", n[0], difference.first, n[1], difference.second, n[2], n[3]);
  }

  void operation(const Operation& op, const Step& step) {
    std::string line = "  " + mark(step) + " " + describe(op);
    if (!op.target.empty() && plan_.desired.targets.size() > 1) line += " on " + op.target;
    if (step.adopted) line += " (exists; will be taken over)";
    if (const auto index = static_cast<size_t>(&step - plan_.steps.data()); index < waves_.size() && !waves_[index].empty()) line += ", " + waves_[index];
    out_ << line;
    place(op.source);
    out_ << "\n";
    if (step.action != Action::Create) note(step.reason);
    if (!step.lost.empty()) note(paint(kRed, "lost with it: ") + step.lost);
    if (step.action != Action::None) fields(op, step);
    if (!step.problem) return;
    out_ << "      " << paint(kRed, "error[" + step.problem->code + "]") << ": " << step.problem->message << "\n";
    if (!step.problem->hint.empty()) out_ << "      help: " << step.problem->hint << "\n";
  }

  void note(const std::string& text) {
    if (!text.empty()) out_ << "      " << text << "\n";
  }

  static std::string shorten(const std::string& value) {
    constexpr size_t limit = 160;
    if (value.size() <= limit) return value;
    size_t cut = limit;
    while (cut > 0 && (static_cast<unsigned char>(value[cut]) & 0xC0) == 0x80) --cut;
    return fmt::format("{}… ({} bytes)", value.substr(0, cut), value.size());
  }

  void fields(const Operation& op, const Step& step) {
    size_t printed = 0;
    for (const FieldChange& change : step.changes) {
      if (printed++ == style_.maxChanges) {
        out_ << "      … and " << step.changes.size() - style_.maxChanges << " more fields\n";
        return;
      }
      out_ << "      " << field(op, step, change) << "\n";
    }
  }

  /// Nothing changes what another manager owns but by a `take`, or by taking over the whole object.
  static const char* verb(const Operation& op, const Step& step) {
    const bool takes = step.adopted || std::any_of(op.fields.begin(), op.fields.end(), [](const FieldAnswer& f) { return f.answer == Answer::Take; });
    return takes && !step.problem ? "taken from" : "owned by";
  }

  std::string field(const Operation& op, const Step& step, const FieldChange& change) const {
    std::string text;
    bool isNew = step.action == Action::Create;
    if (!change.later.empty()) text = (change.before.empty() ? "" : paint(kRed, shorten(change.before)) + " → ") + paint(kYellow, fmt::format("({})", change.later));
    else if (change.secret) text = isNew ? "(secret)" : "(secret, changed)";
    else if (change.before.empty()) text = paint(kGreen, shorten(change.after));
    else if (change.after.empty()) text = paint(kRed, shorten(change.before)) + " → " + gone_;
    else text = paint(kRed, shorten(change.before)) + " → " + paint(kGreen, shorten(change.after));
    std::string sign = isNew || !change.before.empty() || change.secret ? "" : "+ ";
    std::string owner = change.manager.empty() ? "" : fmt::format(" ({} {})", verb(op, step), change.manager);
    return sign + change.path + ": " + text + owner;
  }

  /// New objects of which the server cannot say anything yet; each by itself would say the same.
  void unchecked() {
    std::map<std::string, size_t> waits;
    for (const Step& step : plan_.steps)
      if (step.action == Action::Create && !step.until.empty()) ++waits[step.until.front()];
    if (waits.empty()) return;
    size_t objects = 0;
    for (const auto& [id, number] : waits) objects += number;
    const std::string more = waits.size() == 1 ? "" : fmt::format(" and {} more", waits.size() - 1);
    out_ << paint(kDim, fmt::format("What the cluster says of {} new object{} is unknown until {}{}.", objects, objects == 1 ? "" : "s", waits.begin()->first, more)) << "\n";
  }

  void notices() {
    for (const Notice& notice : plan_.notices) out_ << paint(kYellow, "note") << (plan_.desired.targets.size() > 1 && !notice.target.empty() ? fmt::format(" on {}", notice.target) : "") << ": " << notice.message << "\n";
    if (!plan_.notices.empty()) out_ << "\n";
  }

  void prunes() {
    if (std::all_of(plan_.prunes.begin(), plan_.prunes.end(), [](const Prune& prune) { return !prune.leftOut.empty(); })) return;
    out_ << (plan_.destroys ? "To be deleted:\n" : "No longer described, to be deleted:\n");
    for (const Prune& prune : plan_.prunes) {
      if (!prune.leftOut.empty()) continue;
      out_ << "  " << paint(kRed, "-") << " " << describe(prune.object);
      if (plan_.desired.targets.size() > 1) out_ << " on " << prune.target;
      if (!prune.owner.empty()) out_ << paint(kDim, "  was part of " + prune.owner);
      out_ << "\n";
    }
    out_ << "\n";
  }

  void leftOut() {
    for (const MissingTarget& missing : plan_.missing) {
      size_t operations = 0;
      for (const Operation& op : plan_.desired.operations) operations += op.target == missing.target;
      out_ << paint(kRed, "!") << fmt::format(" cluster {} is left out, with {}\n      ", missing.target, counted(operations, "operation"))
           << paint(kRed, "error[" + missing.problem.code + "]") << ": " << missing.problem.message << "\n";
      if (!missing.problem.hint.empty()) out_ << "      help: " << missing.problem.hint << "\n";
      out_ << "\n";
    }
    std::map<std::string, std::map<std::string, size_t>> reasons; // why, whose, how many
    for (size_t i = 0; i < plan_.steps.size(); ++i)
      if (const Step& step = plan_.steps[i]; !step.leftOut.empty() && !step.problem) ++reasons[step.leftOut][plan_.desired.operations[i].owner];
    for (const Prune& prune : plan_.prunes)
      if (!prune.leftOut.empty()) ++reasons[prune.leftOut][prune.owner.empty() ? describe(prune.object) : prune.owner];
    if (reasons.empty()) return;
    out_ << "Left out of this run:\n";
    for (const auto& [why, owners] : reasons)
      for (const auto& [owner, operations] : owners)
        out_ << fmt::format("    {}, {}", owner.empty() ? "(no declaration)" : owner, counted(operations, "operation")) << paint(kDim, "  " + why) << "\n";
    out_ << "\n";
  }

  static std::string counted(size_t number, const char* what) { return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s"); }

  const Plan& plan_;
  const PlanTextStyle& style_;
  llvm::raw_ostream& out_;
  std::vector<std::string> waves_; ///< of the operations; empty without rollouts
  std::string gone_ = "(removed)";
};

} // namespace

std::string summaryLine(const Counts& counts) {
  std::string text;
  if (counts.build) text += fmt::format("{} to build, ", counts.build);
  text += fmt::format("{} to create, {} to change, ", counts.create, counts.change);
  if (counts.replace) text += fmt::format("{} to replace, ", counts.replace);
  text += fmt::format("{} to delete, {} unchanged", counts.remove, counts.unchanged);
  if (counts.unknown) text += fmt::format(", {} unknown until applied", counts.unknown);
  if (counts.leftOut) text += fmt::format(", {} left out", counts.leftOut);
  if (counts.problems) text += fmt::format(", {} in the way", counts.problems);
  return text;
}

void printPlan(const Plan& plan, const PlanTextStyle& style, llvm::raw_ostream& out) { Printer(plan, style, out).run(); }

void printDifference(const Difference& difference, const PlanTextStyle& style, llvm::raw_ostream& out) {
  Printer(difference.operations, style, out).run(difference);
}

} // namespace chasi::plan

#include "runtime/plan/text.h"

#include <fmt/format.h>
#include <llvm/ADT/SmallVector.h>

#include <algorithm>
#include <string>
#include <vector>

namespace chasi::plan {

namespace {

/// Text of users in a line of Markdown: nothing in it is a mark, a tag, a mention or the end of a cell.
std::string escaped(llvm::StringRef text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') out += "&lt;";
    else if (c == '&') out += "&amp;";
    else if (c == '\n' || c == '\r') out += ' ';
    else {
      if (llvm::StringRef("\\`*_{}[]()#+!|~@>").contains(c)) out += '\\';
      out += c;
    }
  }
  return out;
}

/// A mark that stands in front of an object goes to the front of the line, where a diff has it; what changes is marked with `!`.
std::string asDiff(llvm::StringRef line) {
  const size_t indent = line.find_first_not_of(' ');
  if (indent == llvm::StringRef::npos || indent == 0) return line.str();
  const llvm::StringRef rest = line.drop_front(indent);
  for (const auto& [from, to] : {std::pair{"+ ", '+'}, {"- ", '-'}, {"~ ", '!'}, {"! ", '!'}})
    if (rest.starts_with(from)) return to + std::string(indent + 1, ' ') + rest.drop_front(2).str();
  for (const auto& [from, to] : {std::pair{"-/+ ", '!'}, {"? ", '!'}, {"error[", '-'}})
    if (rest.starts_with(from)) return to + std::string(indent - 1, ' ') + rest.str();
  return line.str();
}

/// More backquotes than anything inside has in a row (CommonMark, "Fenced code blocks").
std::string fenceFor(llvm::StringRef text) {
  size_t longest = 2, run = 0;
  for (const char c : text) longest = std::max(longest, run = c == '`' ? run + 1 : 0);
  return std::string(longest + 1, '`');
}

/// What people must not overlook: losses, what is in the way, clusters that did not answer.
std::string warnings(const Plan& plan) {
  std::vector<std::string> lines;
  const auto cut = [](const std::string& message) { return escaped(llvm::StringRef(message).take_front(400)) + (message.size() > 400 ? "…" : ""); };
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    const Operation& op = plan.desired.operations[i];
    if (!step.lost.empty()) lines.push_back(fmt::format("**{}** is made anew; lost with it: {}", escaped(describe(op)), cut(step.lost)));
    if (step.problem && step.leftOut.empty()) lines.push_back(fmt::format("**{}**: {} ({})", escaped(describe(op)), cut(step.problem->message), step.problem->code));
  }
  for (const MissingTarget& missing : plan.missing) lines.push_back(fmt::format("cluster **{}** is left out: {} ({})", escaped(missing.target), cut(missing.problem.message), missing.problem.code));
  for (const Notice& notice : plan.notices) lines.push_back(cut(notice.message));
  constexpr size_t most = 20;
  std::string out;
  for (size_t i = 0; i < lines.size() && i < most; ++i) out += fmt::format("> {}{}\n", i == 0 ? "⚠️ " : "\n> ", lines[i]);
  if (lines.size() > most) out += fmt::format(">\n> … and {} more\n", lines.size() - most);
  return out.empty() ? out : out + "\n";
}

/// By declaration, those first that something happens to first.
std::string table(const Plan& plan) {
  std::vector<std::pair<std::string, Counts>> rows;
  const auto of = [&](const std::string& owner) -> Counts& {
    auto at = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.first == owner; });
    return at == rows.end() ? rows.emplace_back(owner, Counts()).second : at->second;
  };
  for (size_t i = 0; i < plan.steps.size(); ++i)
    if (plan.steps[i].action != Action::None) add(of(plan.desired.operations[i].owner), plan.steps[i]);
  for (const Prune& prune : plan.prunes)
    if (prune.leftOut.empty()) ++of(prune.owner).remove;
  std::erase_if(rows, [](const auto& row) { return row.second.changes() == 0; });
  if (rows.empty()) return {};
  constexpr size_t most = 50;
  std::string out = "| declaration | create | change | replace | delete |\n| --- | --: | --: | --: | --: |\n";
  for (size_t i = 0; i < rows.size() && i < most; ++i) {
    const auto& [owner, counts] = rows[i];
    out += "| " + (owner.empty() ? "(no declaration)" : escaped(owner)) + " |";
    for (const size_t n : {counts.create + counts.build, counts.change + counts.unknown, counts.replace, counts.remove}) out += n ? fmt::format(" {} |", n) : std::string("  |");
    out += '\n';
  }
  if (rows.size() > most) out += fmt::format("| … and {} more |  |  |  |  |\n", rows.size() - most);
  return out + "\n";
}

} // namespace

void printPlanMarkdown(const Plan& plan, size_t limit, llvm::raw_ostream& out) {
  const Counts counts = count(plan);
  std::string head = fmt::format("### {} of {}", plan.destroys ? "Deletion" : "Plan", escaped(plan.desired.workspace));
  if (!plan.desired.environment.empty()) head += fmt::format(", environment {}", escaped(plan.desired.environment));
  head += fmt::format("\n\n**{}**{}\n\n", summaryLine(counts), plan.offline ? " (offline: compared with nothing)" : "");
  head += warnings(plan);
  const std::string rows = table(plan);
  if (head.size() + rows.size() < limit) head += rows;

  std::string text, body;
  llvm::raw_string_ostream stream(text);
  printPlan(plan, {}, stream);
  const std::string fence = fenceFor(text);
  const std::string before = fmt::format("<details><summary>field by field</summary>\n\n{}diff\n", fence), after = fmt::format("{}\n\n</details>\n", fence);
  constexpr size_t lastLine = 80; // of the words that say how much is missing
  const size_t room = limit - std::min(limit, head.size() + before.size() + after.size() + lastLine);
  size_t left = 0;
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(text).rtrim().split(lines, '\n');
  lines.pop_back(); // the summary, which stands above
  for (const llvm::StringRef line : lines) {
    const std::string next = asDiff(line) + "\n";
    if (left != 0 || body.size() + next.size() > room) ++left;
    else body += next;
  }
  out << head;
  if (lines.empty()) return;
  if (left != 0) body += fmt::format("… {} lines more; the plan itself has all\n", left);
  out << before << body << after;
}

} // namespace chasi::plan

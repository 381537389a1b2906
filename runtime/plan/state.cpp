#include "runtime/plan/state.h"

#include "runtime/plan/fault.h"
#include "runtime/plan/graph.h"
#include "runtime/plan/operation_json.h"
#include "runtime/plan/secrets.h"

#include <llvm/Support/raw_ostream.h>

#include <unordered_map>
#include <unordered_set>

namespace chasi::plan {

namespace {

constexpr std::string_view kVersion = "chasi.dev/state/v1";

llvm::Error unreadable(const std::string& why) { return fault("CH6001", "a recorded state cannot be read: " + why, "check out the commit of that run, and apply"); }

struct Draft {
  Operation op;
  std::vector<std::string> needs;
};

llvm::Error readLines(const std::string& text, Desired& desired, std::vector<Draft>& drafts) {
  bool head = true;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    llvm::Expected<JsonView> view = JsonView::parse(std::string_view(text).substr(begin, end - begin));
    if (!view) return unreadable(takeText(view.takeError()).message);
    const JsonValue root = view->root();
    begin = end + 1;
    if (head) {
      if (root["apiVersion"].chars() != kVersion) return unreadable("it does not say apiVersion: chasi.dev/state/v1");
      if (desired.workspace.empty()) {
        desired.workspace = root["workspace"].string();
        desired.environment = root["environment"].string();
        desired.sourceDigest = root["sourceDigest"].string();
        desired.paramsDigest = root["paramsDigest"].string();
      }
      for (JsonValue each = root["inside"].first(); each; each = each.next())
        desired.targets.push_back({each["name"].string(), "", {}, Inside{each["host"].string(), each["namespace"].string(), each["release"].string(), each["operation"].string()}});
      head = false;
      continue;
    }
    Draft draft;
    Step step;
    if (llvm::Error error = readOperation(root, draft.op, step)) return error;
    for (JsonValue need = root["needs"].first(); need; need = need.next()) draft.needs.push_back(need.string());
    drafts.push_back(std::move(draft));
  }
  return head ? unreadable("it is empty") : llvm::Error::success();
}

/// The virtual clusters that chosen operations make, or go to.
std::string insideOf(const Desired& desired, llvm::function_ref<bool(const Operation&)> chosen) {
  std::unordered_set<std::string> told;
  for (const Operation& op : desired.operations)
    if (op.kind == OpKind::Vcluster && chosen(op)) told.insert(op.id);
  std::string text;
  for (const Target& target : desired.targets) {
    if (!target.inside || !told.contains(target.inside->operation)) continue;
    const Inside& at = *target.inside;
    text += (text.empty() ? "{\"name\":" : ",{\"name\":") + quoteJson(target.name) + ",\"host\":" + quoteJson(at.host) + ",\"namespace\":" + quoteJson(at.ns) + ",\"release\":" + quoteJson(at.release) +
            ",\"operation\":" + quoteJson(at.operation) + "}";
  }
  return text;
}

} // namespace

std::string writeState(const Desired& desired, llvm::function_ref<bool(const Operation&)> chosen) {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << "{\"apiVersion\":\"" << kVersion << "\",\"workspace\":" << quoteJson(desired.workspace) << ",\"environment\":" << quoteJson(desired.environment)
      << ",\"sourceDigest\":" << quoteJson(desired.sourceDigest) << ",\"paramsDigest\":" << quoteJson(desired.paramsDigest);
  if (const std::string inside = insideOf(desired, chosen); !inside.empty()) out << ",\"inside\":[" << inside << "]";
  out << "}\n";
  Step step;
  step.action = Action::None;
  for (const Operation& op : desired.operations) {
    if (op.kind == OpKind::Image || !chosen(op)) continue;
    writeOperation(out, desired, op, step);
    out << '\n';
  }
  return out.str();
}

llvm::Expected<Desired> readStates(const std::vector<std::string>& states) {
  Desired desired;
  std::vector<Draft> all, drafts;
  for (const std::string& state : states)
    if (llvm::Error error = readLines(state, desired, all)) return error;
  std::unordered_map<std::string, uint32_t> places;
  for (Draft& draft : all)
    if (places.emplace(draft.op.id, static_cast<uint32_t>(drafts.size())).second) drafts.push_back(std::move(draft));
  std::vector<Operation> operations;
  for (Draft& draft : drafts) {
    for (const std::string& need : draft.needs)
      if (const auto place = places.find(need); place != places.end()) draft.op.needs.push_back(place->second);
    operations.push_back(std::move(draft.op));
  }
  // Parts of two clusters may need each other in both directions, and stand one behind the other here.
  llvm::Expected<std::vector<uint32_t>> order = topologicalOrder(operations);
  if (!order) return order.takeError();
  std::vector<uint32_t> rank(operations.size());
  for (uint32_t i = 0; i < order->size(); ++i) rank[(*order)[i]] = i;
  for (uint32_t index : *order) {
    desired.operations.push_back(std::move(operations[index]));
    for (uint32_t& need : desired.operations.back().needs) need = rank[need];
  }
  return desired;
}

std::vector<std::string> withheldIn(const Desired& desired) {
  std::vector<std::string> ids;
  for (const Operation& op : desired.operations)
    for (const SecretRef& ref : op.secrets)
      if (ref.provider == kWithheld) {
        ids.push_back(op.id);
        break;
      }
  return ids;
}

} // namespace chasi::plan

#include "runtime/plan/manifest_text.h"

#include "runtime/plan/fact.h"
#include "runtime/plan/plan.h"
#include "runtime/plan/secrets.h"
#include "runtime/plan/yaml_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace chasi::plan {

namespace {

using nlohmann::ordered_json;

/// The object as it can be shown: values of secrets are not there, and stay out.
ordered_json shown(const Operation& op) {
  ordered_json object = ordered_json::parse(op.payload, nullptr, false);
  for (const SecretRef& ref : op.secrets) {
    std::vector<std::string> tokens = splitPointer(ref.pointer);
    ordered_json* at = &object;
    for (size_t i = 0; i + 1 < tokens.size() && at; ++i) at = at->is_object() && at->contains(tokens[i]) ? &(*at)[tokens[i]] : nullptr;
    if (at && at->is_object()) at->erase(tokens.back());
  }
  return object;
}

std::string fileOf(const Operation& op, bool asJson) {
  const ObjectRef& o = op.object;
  std::string name = fmt::format("{}-{}", llvm::StringRef(o.kind).lower(), o.name);
  for (char& c : name)
    if (c == '/' || c == ':') c = '_';
  return fmt::format("{}/{}/{}.{}", op.target, o.ns.empty() ? "cluster" : o.ns, name, asJson ? "json" : "yaml");
}

} // namespace

std::string manifestText(const Operation& op, bool asJson) {
  if (asJson) return op.secrets.empty() ? op.payload : shown(op).dump();
  std::string text;
  llvm::raw_string_ostream out(text);
  // What a reader must know: these keys are filled in while applying.
  for (const SecretRef& ref : op.secrets) out << fmt::format("# {} comes from {} while applying\n", ref.pointer.substr(1), describeSource(ref));
  writeYaml(shown(op), out);
  return text;
}

llvm::Error refuseLater(const Operation& op) {
  if (op.later.empty()) return llvm::Error::success();
  const SecretRef& ref = op.later.front();
  return fault("CH6010", fmt::format("{} cannot be rendered: what stands at {} is {}", describe(op.object), ref.pointer.substr(1), knownAfter(ref)),
               "`chasic apply` fills it in; `chasic plan --offline` shows the rest", op.source);
}

std::map<std::string, std::string> manifestFiles(const std::vector<Operation>& operations, bool asJson) {
  std::map<std::string, std::string> files;
  for (const Operation& op : operations) {
    if (op.kind != OpKind::Object) continue;
    std::string name = fileOf(op, asJson);
    // Two groups may have kinds of one name.
    if (files.contains(name)) name.insert(name.rfind('.'), "-" + op.object.apiVersion.substr(0, op.object.apiVersion.find('/')));
    files[name] = asJson ? ordered_json::parse(manifestText(op, true), nullptr, false).dump(2) + "\n" : manifestText(op, false);
  }
  return files;
}

} // namespace chasi::plan

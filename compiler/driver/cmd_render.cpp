#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "compiler/driver/yaml.h"
#include "runtime/plan/fact.h"
#include "runtime/plan/secrets.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <nlohmann/json.hpp>

namespace chasi::driver {

namespace {

using nlohmann::ordered_json;

/// The object as it can be shown: values of secrets are not there, and stay out.
ordered_json shown(const plan::Operation& op) {
  ordered_json object = ordered_json::parse(op.payload, nullptr, false);
  for (const plan::SecretRef& ref : op.secrets) {
    std::vector<std::string> tokens = plan::splitPointer(ref.pointer);
    ordered_json* at = &object;
    for (size_t i = 0; i + 1 < tokens.size() && at; ++i) at = at->is_object() && at->contains(tokens[i]) ? &(*at)[tokens[i]] : nullptr;
    if (at && at->is_object()) at->erase(tokens.back());
  }
  return object;
}

/// What a reader of the output must know: these keys are filled in while applying.
std::vector<std::string> secretNotes(const plan::Operation& op) {
  std::vector<std::string> notes;
  for (const plan::SecretRef& ref : op.secrets) notes.push_back(fmt::format("{} comes from {} while applying", ref.pointer.substr(1), plan::describeSource(ref)));
  return notes;
}

void document(const plan::Operation& op, llvm::raw_ostream& out) {
  for (const std::string& note : secretNotes(op)) out << "# " << note << '\n';
  writeYaml(shown(op), out);
}

/// Words in its place could be taken for a value, and the object without its field for what is wanted: neither is printed.
llvm::Error refuseLater(const plan::Operation& op) {
  if (op.later.empty()) return llvm::Error::success();
  const plan::SecretRef& ref = op.later.front();
  return plan::fault("CH6010", fmt::format("{} cannot be rendered: what stands at {} is {}", describe(op.object), ref.pointer.substr(1), plan::knownAfter(ref)),
                     "`chasic apply` fills it in; `chasic plan --offline` shows the rest", op.source);
}

/// CLUSTER/NAMESPACE/KIND-NAME.yaml; what lies in no namespace stands in `cluster`.
std::string fileOf(const plan::Operation& op, bool json) {
  const plan::ObjectRef& o = op.object;
  std::string name = fmt::format("{}-{}", llvm::StringRef(o.kind).lower(), o.name);
  for (char& c : name)
    if (c == '/' || c == ':') c = '_';
  return fmt::format("{}/{}/{}.{}", op.target, o.ns.empty() ? "cluster" : o.ns, name, json ? "json" : "yaml");
}

int writeFolder(const Spec& spec, const std::string& folder, bool json, const Terminal& terminal) {
  size_t written = 0, same = 0;
  std::map<std::string, std::string> files;
  for (const plan::Operation& op : spec.compiled.desired.operations) {
    if (op.kind != plan::OpKind::Object) continue;
    std::string text;
    llvm::raw_string_ostream out(text);
    if (json) out << shown(op).dump(2) << '\n';
    else document(op, out);
    std::string name = fileOf(op, json);
    // Two groups may have kinds of one name.
    if (files.contains(name)) name.insert(name.rfind('.'), "-" + op.object.apiVersion.substr(0, op.object.apiVersion.find('/')));
    files[name] = std::move(text);
  }
  for (const auto& [name, text] : files) {
    llvm::SmallString<256> path(folder);
    llvm::sys::path::append(path, name);
    if (const std::error_code code = llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path)))
      return printError(plan::fault("CH6008", fmt::format("the folder {} cannot be made: {}", llvm::sys::path::parent_path(path).str(), code.message())), terminal);
    source::SourceSet before;
    if (auto id = before.open(path.str().str()); id && before.text(*id) == text) {
      ++same;
      continue;
    } else if (!id) {
      llvm::consumeError(id.takeError());
    }
    if (llvm::Error error = writeFile(path.str().str(), text)) return printError(std::move(error), terminal);
    ++written;
  }
  if (!terminal.quiet) llvm::errs() << fmt::format("{} files written, {} unchanged in {}\n", written, same, folder);
  return kDone;
}

} // namespace

int runRender(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  int exit = kDone;
  const auto spec = readSpec(invocation, 0, Depth::Policies, terminal, exit);
  if (!spec) return exit;
  const bool json = invocation.get("--format", "yaml") == "json";
  for (plan::Operation& op : spec->compiled.desired.operations) {
    plan::sealSecret(op);
    if (llvm::Error error = refuseLater(op)) return printError(std::move(error), terminal);
  }
  if (invocation.has("--out")) return writeFolder(*spec, invocation.get("--out"), json, terminal);
  constexpr size_t kBuffer = 64U << 10; // what a pipe takes at once
  if (!llvm::outs().is_displayed()) llvm::outs().SetBufferSize(kBuffer);
  bool first = true;
  size_t secrets = 0;
  if (json) llvm::outs() << '[';
  for (const plan::Operation& op : spec->compiled.desired.operations) {
    if (op.kind != plan::OpKind::Object) continue;
    secrets += op.secrets.size();
    if (json) {
      // Payloads are canonical JSON already; only secrets make a detour necessary.
      llvm::outs() << (first ? "\n" : ",\n");
      if (op.secrets.empty()) llvm::outs() << op.payload;
      else llvm::outs() << shown(op).dump();
    } else {
      if (!first) llvm::outs() << "---\n";
      document(op, llvm::outs());
    }
    first = false;
  }
  if (json) llvm::outs() << "\n]\n";
  if (secrets && !terminal.quiet) llvm::errs() << fmt::format("note: {} secret value{} left out; `chasic apply` fills them in\n", secrets, secrets == 1 ? " is" : "s are");
  return kDone;
}

} // namespace chasi::driver

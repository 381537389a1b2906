#include "runtime/plan/digest.h"
#include "runtime/plan/operation_json.h"
#include "runtime/plan/secrets.h"

#include <map>

namespace chasi::plan {

namespace {

// Members of one JSON object, written in order; empty strings and false flags are left out.
class Members {
public:
  explicit Members(llvm::raw_ostream& out) : out_(out) { out_ << '{'; }
  ~Members() { out_ << '}'; }
  llvm::raw_ostream& raw(const char* key) {
    out_ << (first_ ? "\"" : ",\"") << key << "\":";
    first_ = false;
    return out_;
  }
  void always(const char* key, const std::string& text) { raw(key) << quoteJson(text); }
  void text(const char* key, const std::string& text) { if (!text.empty()) always(key, text); }
  void flag(const char* key, bool set) { if (set) raw(key) << "true"; }
  void json(const char* key, const std::string& text) { if (!text.empty()) raw(key) << text; }

private:
  llvm::raw_ostream& out_;
  bool first_ = true;
};

const char* kindName(OpKind kind) {
  switch (kind) {
  case OpKind::Object: return "object";
  case OpKind::Image: return "image";
  case OpKind::Vcluster: return "vcluster";
  case OpKind::Wait: return "wait";
  }
  return "";
}

void write(llvm::raw_ostream& out, const SourceRef& source) {
  Members m(out);
  m.always("file", source.file);
  m.raw("line") << source.line;
  m.raw("column") << source.column;
}

void write(llvm::raw_ostream& out, const ObjectRef& object) {
  Members m(out);
  m.always("apiVersion", object.apiVersion);
  m.always("kind", object.kind);
  m.text("namespace", object.ns);
  m.always("name", object.name);
}

void write(llvm::raw_ostream& out, const Guard& guard) {
  Members m(out);
  m.text("uid", guard.uid);
  m.text("resourceVersion", guard.resourceVersion);
}

void write(llvm::raw_ostream& out, const FieldChange& change) {
  Members m(out);
  m.always("path", change.path);
  m.json("before", change.before);
  m.json("after", change.after);
  m.text("manager", change.manager);
  m.flag("secret", change.secret);
  m.text("later", change.later);
}

void write(llvm::raw_ostream& out, const SecretRef& ref) {
  // A literal is the value itself.
  bool literal = ref.provider == kLiteral;
  Members m(out);
  m.always("pointer", ref.pointer);
  m.always("provider", literal ? kWithheld : ref.provider);
  if (ref.provider == kTemplate) m.json("template", ref.key);
  else m.text("key", literal ? "" : ref.key);
}

void write(llvm::raw_ostream& out, const FieldAnswer& field) {
  Members m(out);
  m.always("path", field.path);
  m.always("answer", name(field.answer));
}

void write(llvm::raw_ostream& out, const Prune& prune) {
  Members m(out);
  m.always("target", prune.target);
  write(m.raw("object"), prune.object);
  write(m.raw("guard"), prune.guard);
  m.text("id", prune.id);
  m.text("owner", prune.owner);
  m.text("leftOut", prune.leftOut);
}

void write(llvm::raw_ostream& out, const Problem& problem) {
  Members m(out);
  m.always("code", problem.code);
  m.always("message", problem.message);
  m.text("hint", problem.hint);
}

void write(llvm::raw_ostream& out, const Notice& notice) {
  Members m(out);
  m.always("target", notice.target);
  m.always("message", notice.message);
}

void write(llvm::raw_ostream& out, const Rollout::Wave& wave) {
  Members m(out);
  m.always("name", wave.name);
  llvm::raw_ostream& list = m.raw("owners");
  list << '[';
  for (size_t i = 0; i < wave.owners.size(); ++i) list << (i ? "," : "") << quoteJson(wave.owners[i]);
  list << ']';
}

void write(llvm::raw_ostream& out, const Rollout& rollout);

template <typename T> void writeList(llvm::raw_ostream& out, const std::vector<T>& list) {
  out << '[';
  for (size_t i = 0; i < list.size(); ++i) {
    if (i) out << ',';
    write(out, list[i]);
  }
  out << ']';
}

void writeTexts(llvm::raw_ostream& out, const std::vector<std::string>& list) {
  for (size_t i = 0; i < list.size(); ++i) out << (i ? "," : "[") << quoteJson(list[i]);
  out << ']';
}

void write(llvm::raw_ostream& out, const Rollout& rollout) {
  Members m(out);
  m.always("name", rollout.name);
  writeList(m.raw("waves"), rollout.waves);
  if (rollout.pauseMilliseconds) m.raw("pauseMilliseconds") << rollout.pauseMilliseconds;
  if (!rollout.source.file.empty()) write(m.raw("source"), rollout.source);
}

} // namespace

void writeOperation(llvm::raw_ostream& out, const Desired& desired, const Operation& given, const Step& step) {
  Operation sealed;
  bool seals = given.kind == OpKind::Object && isSecretObject(given.object);
  if (seals) { sealed = given; sealSecret(sealed); }
  const Operation& op = seals ? sealed : given;
  Members m(out);
  m.always("id", op.id);
  m.always("kind", kindName(op.kind));
  m.always("action", name(step.action));
  m.text("owner", op.owner);
  m.text("target", op.target);
  if (!op.object.kind.empty()) write(m.raw("object"), op.object);
  m.json("payload", op.payload);
  if (!op.needs.empty()) {
    std::vector<std::string> ids;
    for (uint32_t need : op.needs) ids.push_back(desired.operations[need].id);
    writeTexts(m.raw("needs"), ids);
  }
  if (!op.secrets.empty()) writeList(m.raw("secrets"), op.secrets);
  if (!op.later.empty()) writeList(m.raw("later"), op.later);
  if (!op.fields.empty()) writeList(m.raw("fields"), op.fields);
  if (!op.source.file.empty()) write(m.raw("source"), op.source);
  m.text("reason", step.reason);
  m.text("lost", step.lost);
  if (!step.until.empty()) writeTexts(m.raw("until"), step.until);
  if (!step.changes.empty()) writeList(m.raw("changes"), step.changes);
  if (!step.guard.uid.empty()) write(m.raw("guard"), step.guard);
  m.flag("adopted", step.adopted);
  if (step.problem) write(m.raw("problem"), *step.problem);
  m.text("leftOut", step.leftOut);
}

namespace {

void writeTargets(llvm::raw_ostream& out, const Plan& plan) {
  std::map<std::string, const Pin*> pins;
  for (const Pin& pin : plan.pins) pins[pin.target] = &pin;
  out << '[';
  bool first = true;
  for (const Target& target : plan.desired.targets) {
    if (!first) out << ',';
    first = false;
    Members m(out);
    m.always("name", target.name);
    m.always("context", target.context);
    if (target.inside) {
      Members inside(m.raw("inside"));
      inside.always("host", target.inside->host);
      inside.always("namespace", target.inside->ns);
      inside.always("release", target.inside->release);
      inside.always("operation", target.inside->operation);
    }
    if (auto pin = pins.find(target.name); pin != pins.end()) {
      m.text("server", pin->second->server);
      m.text("clusterUid", pin->second->clusterUid);
    }
    for (const MissingTarget& missing : plan.missing)
      if (missing.target == target.name) write(m.raw("problem"), missing.problem);
    if (!target.source.file.empty()) write(m.raw("source"), target.source);
  }
  out << ']';
}

void writeSummary(llvm::raw_ostream& out, const Counts& counts) {
  Members m(out);
  m.raw("create") << counts.create;
  m.raw("update") << counts.change;
  m.raw("replace") << counts.replace;
  m.raw("delete") << counts.remove;
  m.raw("build") << counts.build;
  m.raw("unknown") << counts.unknown;
  m.raw("unchanged") << counts.unchanged;
  m.raw("problems") << counts.problems;
  m.raw("leftOut") << counts.leftOut;
}

} // namespace

std::string planDigest(const Plan& plan) {
  std::string text = plan.desired.workspace + "\n" + plan.desired.sourceDigest + "\n" + plan.desired.paramsDigest + "\n" + plan.restores + "\n";
  auto add = [&](const std::string& part) {
    text += std::to_string(part.size()); // so that no two plans give one text
    text += ':';
    text += part;
  };
  for (size_t i = 0; i < plan.steps.size() && i < plan.desired.operations.size(); ++i) {
    const Step& step = plan.steps[i];
    if (step.action == Action::None || !step.leftOut.empty()) continue;
    // Sealed as in a plan that is written: of the data of a Secret not even a digest is kept.
    Operation op = plan.desired.operations[i];
    sealSecret(op);
    for (const std::string& part : {op.id, op.target, step.guard.uid, step.guard.resourceVersion}) add(part);
    add(name(step.action));
    add(hex(sha256(op.payload)));
    for (const FieldAnswer& field : op.fields) add(std::string(name(field.answer)) + " " + field.path);
  }
  for (const Prune& prune : plan.prunes)
    if (prune.leftOut.empty())
      for (const std::string* part : {&prune.target, &prune.object.kind, &prune.object.ns, &prune.object.name, &prune.guard.uid}) add(*part);
  return "sha256:" + hex(sha256(text));
}

void writePlan(const Plan& plan, llvm::raw_ostream& out) {
  {
    Members m(out);
    m.always("apiVersion", "chasi.dev/plan/v1");
    m.text("tool", plan.toolVersion);
    m.always("digest", planDigest(plan));
    m.always("workspace", plan.desired.workspace);
    m.text("environment", plan.desired.environment);
    m.text("sourceDigest", plan.desired.sourceDigest);
    m.text("paramsDigest", plan.desired.paramsDigest);
    m.text("commit", plan.commit);
    m.flag("dirty", plan.dirty);
    m.text("module", plan.module);
    m.text("restores", plan.restores);
    m.flag("offline", plan.offline);
    m.flag("destroys", plan.destroys);
    writeSummary(m.raw("summary"), count(plan));
    writeTargets(m.raw("targets"), plan);
    if (!plan.desired.rollouts.empty()) writeList(m.raw("rollouts"), plan.desired.rollouts);
    llvm::raw_ostream& list = m.raw("operations");
    list << '[';
    for (size_t i = 0; i < plan.desired.operations.size(); ++i) {
      list << (i ? ",\n" : "\n");
      writeOperation(list, plan.desired, plan.desired.operations[i], i < plan.steps.size() ? plan.steps[i] : Step());
    }
    list << ']';
    writeList(m.raw("prunes"), plan.prunes);
    if (!plan.notices.empty()) writeList(m.raw("notices"), plan.notices);
  }
  out << '\n';
}

} // namespace chasi::plan

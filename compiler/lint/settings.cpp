#include "compiler/lint/lint.h"

#include "compiler/sema/workspace_file.h"
#include "compiler/syntax/plain_text.h"

namespace chasi::lint {

using namespace sema;
using source::Code;
using source::Severity;
using syntax::NodeKind;
using syntax::NodeRef;

static std::vector<std::string> warningCodes() {
  std::vector<std::string> ids;
  for (const source::CodeInfo& row : source::allCodes())
    if (row.severity == Severity::Warning) ids.emplace_back(row.id);
  return ids;
}

std::string add(Settings& settings, const std::string& what, bool deny) {
  if (what == "warnings") {
    (deny ? settings.denyAll : settings.allowAll) = true;
    (deny ? settings.allowAll : settings.denyAll) = false;
    return {};
  }
  const auto code = source::findCode(what);
  if (code && source::info(*code).severity == Severity::Warning) {
    (deny ? settings.denied : settings.allowed).insert(*code);
    (deny ? settings.allowed : settings.denied).erase(*code);
    return {};
  }
  if (code) return fmt::format("{} is an error, and errors have no switch", source::info(*code).id);
  const std::string near = source::nearest(llvm::StringRef(what).upper(), warningCodes());
  return fmt::format("no warning has the code \"{}\"{}", what, near.empty() ? "" : fmt::format("; did you mean {}?", near));
}

/// The texts of a list as it is written; nothing else is evaluated in workspace.chasi.
static void readList(Program& program, NodeRef list, bool deny, Settings& settings) {
  auto bad = [&](NodeRef at, const std::string& why) {
    program.diagnostics.report(Code::BadLintSwitch, at.span(), why).hint(fmt::format("write `set {} = [\"CH9001\"]`, or `[\"warnings\"]` for all of them", deny ? "deny" : "allow"));
  };
  if (!list.is(NodeKind::List)) return bad(list, "the codes stand in a list");
  for (NodeRef item : list.children()) {
    if (const auto code = syntax::plainText(item); !code) bad(item, "a code is written as a text");
    else if (const std::string why = add(settings, code->str(), deny); !why.empty()) bad(item, why);
  }
}

Settings workspaceSettings(Program& program) {
  Settings settings;
  if (const File* file = workspaceFile(program))
    for (NodeRef n : file->tree->root().children())
      if (setsWarnings(n)) readList(program, n.child(1), sets(n, "deny"), settings);
  return settings;
}

bool isAllowed(const Settings& settings, Code code) { return settings.allowed.contains(code) || (settings.allowAll && !settings.denied.contains(code)); }

void settle(source::Diagnostics& diagnostics, const Settings& settings) {
  diagnostics.settle([&](const source::Diagnostic& d) -> std::optional<Severity> {
    if (d.severity != Severity::Warning) return d.severity;
    if (isAllowed(settings, d.code)) return std::nullopt;
    return settings.denyAll || settings.denied.contains(d.code) ? Severity::Error : Severity::Warning;
  });
}

} // namespace chasi::lint

// Tests: which parameters they set, and what they claim about the workspace that comes of it.
#include "compiler/sema/checker.h"
#include "compiler/sema/policy_ir.h"

namespace chasi::sema {

static bool letterOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80; }

std::string testSlug(llvm::StringRef title) {
  constexpr size_t kLongest = 120; // a file name of a snapshot has 255 bytes
  std::string out;
  for (const char c : title.lower()) {
    if (letterOrDigit(c)) out += c;
    else if (!out.empty() && out.back() != '-') out += '-';
  }
  if (out.size() > kLongest) {
    size_t cut = kLongest;
    while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0) == 0x80) --cut; // not inside a character
    out.resize(cut);
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

/// `environment = "prod"`: the layer env/prod.chasi. It is read before anything is evaluated, so it is written out.
void Checker::testEnvironment(NodeRef node, const std::map<std::string, std::string>& environments, TestIr& test) {
  const NodeRef value = node.child(1);
  if (!value.is(NodeKind::String) || value.child(NodeKind::Interp)) {
    report(Code::TypeMismatch, value.span(), "the environment of a test is a plain text").hint("write `environment = \"NAME\"`");
    return;
  }
  const std::string name = plainText(value, p.diagnostics);
  if (!test.environment.empty()) {
    report(Code::DuplicateField, node.child(0).span(), "`environment` is set twice").at(test.environmentSpan, "first set here");
    return;
  }
  if (!environments.contains(name)) {
    std::vector<std::string> names;
    for (const auto& [known, file] : environments) names.push_back(known);
    Diagnostic& d = report(Code::UnknownEnvironment, value.span(), fmt::format("there is no environment `{}`", name));
    if (names.empty()) d.hint(fmt::format("environments are files: env/{}.chasi beside the module", name));
    else suggest(d, name, names, value.span());
    if (d.help.empty()) d.hint(fmt::format("there are {}", fmt::join(names, ", ")));
    return;
  }
  test.environment = name;
  test.environmentSpan = value.span();
}

void Checker::testSet(NodeRef node, TestIr& test) {
  const llvm::StringRef name = node.child(0).tokenText();
  const auto it = module().symbols.find(name);
  if (it == module().symbols.end() || it->second->kind != SymbolKind::Param) {
    Diagnostic& d = report(Code::UnknownName, node.child(0).span(), fmt::format("there is no parameter `{}` to set", name.str()));
    std::vector<std::string> names;
    for (const auto& [known, symbol] : module().symbols)
      if (symbol->kind == SymbolKind::Param) names.push_back(known.str());
    std::sort(names.begin(), names.end());
    suggest(d, name, names, node.child(0).span());
    if (name == "env" && d.help.empty()) d.hint("`environment = \"NAME\"` uses the file env/NAME.chasi");
    if (d.help.empty() && !names.empty()) d.hint(fmt::format("the parameters are {}", fmt::join(names, ", ")));
    return;
  }
  for (const WithIr& w : test.sets)
    if (w.name == name) {
      report(Code::DuplicateField, node.child(0).span(), fmt::format("`{}` is set twice", name.str())).at(w.span, "first set here");
      return;
    }
  const Type* type = typeOf(*it->second, node.child(0).span());
  noteSymbol(*it->second, node.child(0).span());
  test.sets.push_back({name, exprAs(node.child(1), type, fmt::format("parameter `{}`", name.str())), node.child(0).span()});
}

void Checker::testWith(NodeRef block, const std::map<std::string, std::string>& environments, TestIr& test) {
  const auto known = module().symbols.find("environment");
  const bool isParam = known != module().symbols.end() && known->second->kind == SymbolKind::Param;
  for (NodeRef n : block.children()) {
    if (n.is(NodeKind::Error)) continue;
    if (!n.is(NodeKind::Assign) || !n.child(0).is(NodeKind::Name)) {
      report(Code::WrongPlace, n.span(), "`with` sets parameters and nothing else").hint("write `with { NAME = VALUE }`");
    } else if (n.child(0).tokenText() != "environment") {
      testSet(n, test);
    } else if (!module().environment.empty()) {
      report(Code::WrongPlace, n.child(0).span(), "a test in an environment file runs in that environment").hint("move the test to the module");
    } else if (isParam) {
      report(Code::WrongPlace, n.child(0).span(), "in a test, `environment` names a file of env/, and this module has a parameter of that name")
          .at(known->second->span, "declared here")
          .hint("give the parameter another name, such as `env`");
    } else {
      testEnvironment(n, environments, test);
    }
  }
}

/// Only what depends on parameters can be expected; all else is wrong in every test, and in `chasic check`.
static bool canBeExpected(Code code) {
  const llvm::StringRef id = source::info(code).id;
  return (id.starts_with("CH4") && !id.starts_with("CH42")) || id.starts_with("CH5");
}

void Checker::testExpect(NodeRef node, TestIr& test) {
  const NodeRef name = node.child(0);
  const auto code = source::findCode(name.tokenText());
  if (!code) {
    Diagnostic& d = report(Code::UnknownName, name.span(), fmt::format("there is no diagnostic `{}`", name.tokenText().str()));
    std::vector<std::string> ids;
    for (const source::CodeInfo& row : source::allCodes())
      if (canBeExpected(row.code)) ids.emplace_back(row.id);
    suggest(d, name.tokenText(), ids, name.span());
    if (d.help.empty()) d.hint("codes look like CH4001; `chasic check` shows them");
    return;
  }
  if (!canBeExpected(*code)) {
    report(Code::WrongPlace, name.span(), fmt::format("a test cannot expect {}", source::info(*code).id))
        .note(fmt::format("{}: {}", source::info(*code).id, source::info(*code).title))
        .hint("tests expect what depends on parameters: evaluation, checks, policies, objects (CH4xxx and CH5xxx)");
    return;
  }
  TestStepIr step{.kind = TestStepIr::Expect, .code = *code, .span = node.span()};
  if (const NodeRef part = node.child(NodeKind::String)) {
    if (part.child(NodeKind::Interp)) report(Code::TypeMismatch, part.span(), "the part of a message is a plain text");
    step.part = plainText(part, p.diagnostics);
  }
  test.steps.push_back(std::move(step));
}

void Checker::test(NodeRef node, const std::map<std::string, std::string>& environments, std::map<std::string, Span>& slugs) {
  if (!node.child(0).is(NodeKind::String)) return; // without a title it was reported
  auto made = std::make_shared<TestIr>();
  made->title = plainText(node.child(0), p.diagnostics);
  made->span = node.child(0).span();
  made->module = &module();
  const std::string slug = testSlug(made->title);
  if (slug.empty()) {
    report(Code::BadText, made->span, "the title of a test has letters or digits").hint("say what should hold");
  } else if (const auto [it, fresh] = slugs.emplace(slug, made->span); !fresh) {
    report(Code::DuplicateName, made->span, "two tests go by this name")
        .at(it->second, "first used here")
        .note("spaces, signs and capital letters do not tell titles apart");
    return;
  }
  // Those of the module and those of its environment run together; those of the layers below belong to those environments.
  const bool runs = made->module == p.root || (!p.layers.empty() && made->module == p.layers.back());
  for (const auto& other : p.tests)
    if (runs && other->module != made->module && testSlug(other->title) == slug) {
      report(Code::DuplicateName, made->span, "a test of the module goes by this name").at(other->span, "first used here");
      return;
    }
  Scope* const outer = scope_;
  Scope frame{.kind = Scope::Locals, .up = outer};
  bool claims = false;
  for (NodeRef c : node.children()) {
    if (c.is(NodeKind::Error) || c.flag(syntax::kBroken)) continue;
    claims = claims || c.is(NodeKind::Expect) || c.is(NodeKind::Snapshot) || c.is(NodeKind::Assert);
    scope_ = c.is(NodeKind::With) ? outer : &frame;
    if (c.is(NodeKind::Let)) {
      policyLet(c, frame, made->lets);
    } else if (c.is(NodeKind::With) && c.child(0)) {
      testWith(c.child(0), environments, *made);
    } else if (c.is(NodeKind::Expect) && c.child(0)) {
      testExpect(c, *made);
    } else if (c.is(NodeKind::Snapshot) && c.child(0)) {
      made->steps.push_back({.kind = TestStepIr::Snapshot, .value = expr(c.child(0)), .span = c.child(0).span()});
    } else if (c.is(NodeKind::Assert) && c.child(0)) {
      // The word is marked, so that the parts of the condition can show their values.
      constexpr uint32_t kWord = 6;
      TestStepIr step{.value = condition(c.child(0)), .span = {c.span().begin, c.span().begin + kWord}};
      step.text = c.child(0).text();
      if (c.child(1)) step.message = exprAs(c.child(1), t.simple(TypeKind::String), "the message of an assertion");
      made->steps.push_back(step);
    }
  }
  scope_ = outer;
  if (!claims && !node.flag(syntax::kBroken))
    report(Code::WrongPlace, made->span, "this test claims nothing").hint("write `assert CONDITION`, `expect CODE \"part of the message\"` or `snapshot VALUE`");
  if (runs) p.tests.push_back(std::move(made));
}

} // namespace chasi::sema

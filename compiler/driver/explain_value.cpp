#include "compiler/driver/explain_value.h"

#include "compiler/driver/spec.h"
#include "compiler/eval/provenance.h"
#include "compiler/lower/stack.h"

#include <llvm/Support/Path.h>
#include <nlohmann/json.hpp>

namespace chasi::driver {

namespace {

using Json = nlohmann::ordered_json;

std::string environmentOf(const source::SourceSet& sources, const eval::Step& s) { return llvm::sys::path::stem(sources.name(sources.fileOf(s.span.begin))).str(); }

/// "environment prod": what said so.
std::string sayer(const source::SourceSet& sources, const eval::Step& s) {
  const std::string role = eval::roleName(s.role);
  return s.role == eval::Role::Environment ? role + " " + environmentOf(sources, s) : role;
}

/// Text of a place in one line, no longer than people read.
std::string oneLine(llvm::StringRef text) {
  std::string out;
  bool space = false;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      space = true;
      continue;
    }
    if (space && !out.empty()) out += ' ';
    space = false;
    out += c;
  }
  if (out.size() <= 90) return out;
  size_t cut = 87;
  while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0) == 0x80) --cut;
  return out.substr(0, cut) + "…";
}

class Printer {
public:
  Printer(Spec& spec, const Terminal& terminal) : spec_(spec), terminal_(terminal) {}

  void text(const eval::Explanation& e) {
    llvm::raw_ostream& out = llvm::outs();
    out << bold(e.path) << " = " << shown(e.value, true) << (e.type.empty() ? "" : fmt::format("    ({})", e.type)) << '\n';
    if (!e.steps.empty()) out << '\n';
    size_t widest = 0, first = 12;
    for (const eval::Step& s : e.steps) {
      widest = std::max(widest, place(s).size());
      first = std::max(first, sayer(spec_.sources, s).size());
    }
    for (const eval::Step& s : e.steps) step(e, s, first, widest, out);
    if (e.needs.empty()) return;
    out << "\nIt is worked out from\n\n";
    for (const eval::Need& n : e.needs) need(n, 1, out);
  }

  Json json(const eval::Explanation& e) {
    Json steps = Json::array();
    for (const eval::Step& s : e.steps) {
      Json one{{"role", eval::roleName(s.role)}, {"path", s.span.valid() ? s.path : e.path}, {"text", textOf(s)}, {"applies", s.applies}};
      if (s.role == eval::Role::Environment) one["environment"] = environmentOf(spec_.sources, s);
      if (s.value) one["value"] = data(*s.value);
      addPlace(one, s.span);
      steps.push_back(std::move(one));
    }
    return {{"path", e.path}, {"type", e.type}, {"value", data(e.value)}, {"steps", std::move(steps)}, {"needs", json(e.needs)}};
  }

private:
  Spec& spec_;
  const Terminal& terminal_;

  std::string bold(const std::string& text) const { return terminal_.outColor ? "\x1b[1m" + text + "\x1b[0m" : text; }
  std::string grey(const std::string& text) const { return terminal_.outColor ? "\x1b[2m" + text + "\x1b[0m" : text; }

  std::string placeOf(source::Span span) const {
    if (!span.valid()) return "";
    const source::Position at = spec_.sources.position(span.begin);
    return fmt::format("{}:{}:{}", spec_.sources.name(spec_.sources.fileOf(span.begin)).str(), at.line, at.column);
  }
  std::string place(const eval::Step& s) const { return s.span.valid() ? placeOf(s.span) : "command line"; }
  std::string textOf(const eval::Step& s) const { return s.span.valid() ? oneLine(spec_.sources.text(s.span)) : s.path; }

  void addPlace(Json& to, source::Span span) const {
    if (!span.valid()) return;
    const source::Position at = spec_.sources.position(span.begin);
    to["file"] = spec_.sources.name(spec_.sources.fileOf(span.begin)).str();
    to["line"] = at.line;
    to["column"] = at.column;
  }

  /// JSON of a value; what is secret is null, what is not there is null too.
  Json data(const sema::Value& v) {
    std::string out;
    if (v.isError() || v.isAbsent() || v.tag == sema::Tag::Secret || v.tag == sema::Tag::Function || v.tag == sema::Tag::Kind) return nullptr;
    if (!spec_.compiled.evaluator->writeJson(v, out)) return nullptr;
    return Json::parse(out, nullptr, false);
  }

  std::string shown(const sema::Value& v, bool whole) {
    switch (v.tag) {
    case sema::Tag::Absent: return "absent";
    case sema::Tag::Error: return "an error";
    case sema::Tag::Secret: return "a secret, which is never shown";
    case sema::Tag::Later: return data(v).get<std::string>();
    case sema::Tag::Function: return "a function";
    case sema::Tag::Record:
      if (!whole && v.record->schema->isKind) return fmt::format("{} {}", v.record->schema->name.str(), v.record->name.str());
      break;
    default: break;
    }
    const Json value = data(v);
    if (value.is_string() && v.tag != sema::Tag::String && v.tag != sema::Tag::ImageRef && v.tag != sema::Tag::Version && v.tag != sema::Tag::Path) return value.get<std::string>();
    const std::string compact = value.dump();
    return whole && compact.size() > 90 ? value.dump(2) : oneLine(compact);
  }

  void step(const eval::Explanation& e, const eval::Step& s, size_t first, size_t widest, llvm::raw_ostream& out) {
    const std::string at = place(s), text = textOf(s);
    out << fmt::format("  {:<{}} {}{}  {}", sayer(spec_.sources, s), first, grey(at), std::string(widest - at.size(), ' '), text);
    if (s.span.valid() && s.path != e.path) out << grey(fmt::format("  ({})", s.path));
    if (!s.applies) {
      out << grey("  (its condition does not hold)");
    } else if (s.value) {
      const std::string value = shown(*s.value, false);
      if (!llvm::StringRef(text).ends_with(value)) out << "  = " << value;
    }
    out << '\n';
  }

  void need(const eval::Need& n, size_t depth, llvm::raw_ostream& out) {
    out << std::string(depth * 2, ' ') << oneLine(n.text) << " = " << shown(n.value, false);
    if (!n.given.empty()) out << grey("    command line  " + n.given);
    if (n.span.valid()) {
      const std::string text = oneLine(spec_.sources.text(n.span));
      out << grey(fmt::format("    {}", placeOf(n.span))) << (text == n.text ? "" : "  " + text);
    }
    out << '\n';
    for (const eval::Need& inner : n.needs) need(inner, depth + 1, out);
  }

  Json json(const std::vector<eval::Need>& needs) {
    Json out = Json::array();
    for (const eval::Need& n : needs) {
      Json one{{"text", n.text}, {"value", data(n.value)}};
      if (!n.given.empty()) one["given"] = n.given;
      addPlace(one, n.span);
      one["needs"] = json(n.needs);
      out.push_back(std::move(one));
    }
    return out;
  }
};

} // namespace

int explainValue(const Invocation& invocation, const Terminal& terminal) {
  int exit = kDone;
  const auto spec = readSpec(invocation, 1, Depth::Check, terminal, exit);
  if (!spec) return exit;
  const std::string path = invocation.word(0);
  const source::FileId file = spec->sources.add("(value)", path);
  const uint32_t base = spec->sources.base(file);
  source::Diagnostics before;
  before.append(std::move(spec->diagnostics));
  lower::withLargeStack([&] {
    const auto found = eval::explain(*spec->compiled.program, *spec->compiled.evaluator, {base, base + static_cast<uint32_t>(path.size())});
    if (!found) return;
    Printer printer(*spec, terminal);
    if (invocation.get("--format", "text") == "json") llvm::outs() << printer.json(*found).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    else printer.text(*found);
  });
  if (!spec->diagnostics.hasErrors()) return kDone;
  printDiagnostics(spec->diagnostics, spec->sources, terminal, false);
  return kWrong;
}

} // namespace chasi::driver

#include "compiler/doc/book.h"
#include "compiler/doc/prose.h"

namespace chasi::doc {

namespace {

/// In a cell of a table, which is one line.
std::string cell(llvm::StringRef text) {
  std::string out = barsEscaped(text);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

std::string code(llvm::StringRef text) { return text.empty() ? "" : fmt::format("`{}`", cell(text)); }

std::string remarks(const FieldDoc& f) {
  std::string out = cell(f.doc);
  if (f.sensitive) out += " *Sensitive.*";
  if (!f.deprecated.empty()) out += fmt::format(" **Deprecated:** {}", cell(f.deprecated));
  if (!f.from.empty()) out += fmt::format(" (from `{}`)", f.from);
  return llvm::StringRef(out).trim().str();
}

void fields(const std::vector<FieldDoc>& list, llvm::raw_ostream& out) {
  out << "| field | type | default | |\n| --- | --- | --- | --- |\n";
  for (const FieldDoc& f : list)
    out << fmt::format("| `{}` | {} | {} | {} |\n", f.name, code(f.type), f.required ? "required" : code(f.fallback), remarks(f));
  out << '\n';
}

void schema(const SchemaDoc& s, llvm::raw_ostream& out) {
  out << fmt::format("### {} {}\n\n", s.word, s.name);
  if (!s.deprecated.empty()) out << fmt::format("**Deprecated:** {}\n\n", s.deprecated);
  if (!s.doc.empty()) out << s.doc << "\n\n";
  if (s.title != s.word + " " + s.name && s.word != "nested") out << "```chasi\n" << s.title << "\n```\n\n";
  if (!s.fields.empty()) fields(s.fields, out);
  if (!s.computed.empty()) {
    out << "Worked out, to be read and not set:\n\n| field | type | |\n| --- | --- | --- |\n";
    for (const FieldDoc& f : s.computed) out << fmt::format("| `{}` | {} | {} |\n", f.name, code(f.type), remarks(f));
    out << '\n';
  }
  if (!s.checks.empty()) out << "Checks:\n\n";
  for (const CheckDoc& c : s.checks) out << fmt::format("- `{}`{}\n", c.condition, c.message.empty() ? "" : " – " + c.message);
  if (!s.checks.empty()) out << '\n';
  for (const SchemaDoc& inner : s.nested) schema(inner, out);
}

void items(llvm::StringRef title, const std::vector<ItemDoc>& list, llvm::raw_ostream& out) {
  if (list.empty()) return;
  out << "## " << title << "\n\n";
  for (const ItemDoc& i : list) {
    out << fmt::format("### {}\n\n```chasi\n{}\n```\n\n", i.name, i.code);
    if (!i.doc.empty()) out << i.doc << "\n\n";
    if (!i.example.empty()) out << fmt::format("```chasi\n{}   // {}\n```\n\n", i.example, i.gives);
  }
}

void schemas(llvm::StringRef title, const std::vector<SchemaDoc>& list, llvm::raw_ostream& out) {
  if (list.empty()) return;
  out << "## " << title << "\n\n";
  for (const SchemaDoc& s : list) schema(s, out);
}

} // namespace

void printMarkdown(const Book& book, llvm::raw_ostream& out) {
  for (const ModuleDoc& m : book.modules) {
    out << fmt::format("# {}\n\n", m.name);
    if (!m.parts.empty()) out << "## Modules\n\n| module | what it describes |\n| --- | --- |\n";
    for (const ItemDoc& part : m.parts) out << fmt::format("| `{}` | {} |\n", part.name, cell(part.doc));
    if (!m.parts.empty()) out << '\n';
    items("Parameters", m.params, out);
    schemas("Kinds", m.kinds, out);
    schemas("Schemas", m.schemas, out);
    items("Types", m.types, out);
    items("Functions", m.functions, out);
    items("Values", m.values, out);
    items("Declarations", m.declarations, out);
  }
}

} // namespace chasi::doc

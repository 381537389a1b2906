#include "compiler/doc/book.h"
#include "compiler/doc/page.h"
#include "compiler/doc/prose.h"

#include <llvm/ADT/StringExtras.h>

#include <map>

namespace chasi::doc {

namespace {

class Page {
public:
  Page(const Book& book, llvm::raw_ostream& out) : book_(book), out_(out) {}

  void write() {
    for (const ModuleDoc& m : book_.modules) index(m);
    beginPage(book_.title, out_);
    navigation();
    out_ << "<main>\n";
    for (const ModuleDoc& m : book_.modules) module(m);
    endPage(out_);
  }

private:
  const Book& book_;
  llvm::raw_ostream& out_;
  std::map<std::string, std::string> anchors_; ///< names of types and where they are described

  static std::string anchor(llvm::StringRef module, llvm::StringRef word, llvm::StringRef name) {
    std::string out;
    for (const char c : (module + "-" + word + "-" + name).str()) out += llvm::isAlnum(c) || c == '.' || c == '-' || c == '_' ? c : '-';
    return out;
  }

  void index(const ModuleDoc& m) {
    auto add = [&](const SchemaDoc& s, auto&& self) -> void {
      anchors_.emplace(s.name, anchor(m.name, s.word, s.name));
      for (const SchemaDoc& inner : s.nested) self(inner, self);
    };
    for (const SchemaDoc& s : m.kinds) add(s, add);
    for (const SchemaDoc& s : m.schemas) add(s, add);
    for (const ItemDoc& t : m.types) anchors_.emplace(t.name, anchor(m.name, "type", t.name));
  }

  /// Code in which names of types lead to their description.
  std::string linked(llvm::StringRef code) const {
    std::string out;
    for (size_t i = 0; i < code.size();) {
      size_t end = i;
      while (end < code.size() && (llvm::isAlnum(code[end]) || code[end] == '_' || (code[end] == '.' && end > i))) ++end;
      if (end == i) {
        out += escaped(code.substr(i++, 1));
        continue;
      }
      const llvm::StringRef word = code.slice(i, end);
      const auto at = anchors_.find(word.str());
      out += at == anchors_.end() ? escaped(word) : fmt::format("<a href=\"#{}\">{}</a>", at->second, escaped(word));
      i = end;
    }
    return out.empty() ? "" : "<code>" + out + "</code>";
  }

  // --- navigation

  void links(llvm::StringRef title, const ModuleDoc& m, llvm::StringRef word, const std::vector<ItemDoc>& list) {
    if (list.empty()) return;
    out_ << "<h3>" << title << "</h3>\n<ul>\n";
    for (const ItemDoc& i : list) out_ << fmt::format("<li><a href=\"#{}\">{}</a></li>\n", anchor(m.name, word, i.name), escaped(i.name));
    out_ << "</ul>\n";
  }

  void links(llvm::StringRef title, const ModuleDoc& m, const std::vector<SchemaDoc>& list) {
    if (list.empty()) return;
    out_ << "<h3>" << title << "</h3>\n<ul>\n";
    auto add = [&](const SchemaDoc& s, auto&& self) -> void {
      out_ << fmt::format("<li><a href=\"#{}\">{}</a></li>\n", anchor(m.name, s.word, s.name), escaped(s.name));
      for (const SchemaDoc& inner : s.nested) self(inner, self);
    };
    for (const SchemaDoc& s : list) add(s, add);
    out_ << "</ul>\n";
  }

  void navigation() {
    out_ << "<nav aria-label=\"Contents\">\n";
    for (const ModuleDoc& m : book_.modules) {
      out_ << fmt::format("<h2><a href=\"#{}\">{}</a></h2>\n", anchor(m.name, "module", ""), escaped(m.name));
      links("Parameters", m, "param", m.params);
      links("Kinds", m, m.kinds);
      links("Schemas", m, m.schemas);
      links("Types", m, "type", m.types);
      links("Functions", m, "fn", m.functions);
      links("Values", m, "let", m.values);
      links("Declarations", m, "declaration", m.declarations);
    }
    out_ << "</nav>\n";
  }

  // --- contents

  void remarks(const FieldDoc& f) {
    out_ << prose(f.doc, true);
    if (f.sensitive) out_ << " <em>Sensitive.</em>";
    if (!f.deprecated.empty()) out_ << " <strong class=\"bad\">Deprecated:</strong> " << escaped(f.deprecated);
    if (!f.from.empty()) out_ << " <span class=\"soft\">from " << linked(f.from) << "</span>";
  }

  void fields(const std::vector<FieldDoc>& list, bool computed) {
    out_ << "<div class=\"scroll\"><table>\n<thead><tr><th>field</th><th>type</th>" << (computed ? "" : "<th>default</th>") << "<th></th></tr></thead>\n<tbody>\n";
    for (const FieldDoc& f : list) {
      out_ << "<tr><td><code>" << escaped(f.name) << "</code></td><td>" << linked(f.type) << "</td>";
      if (!computed) out_ << "<td>" << (f.required ? "<strong>required</strong>" : f.fallback.empty() ? "" : "<code>" + escaped(f.fallback) + "</code>") << "</td>";
      out_ << "<td>";
      remarks(f);
      out_ << "</td></tr>\n";
    }
    out_ << "</tbody></table></div>\n";
  }

  void schema(const ModuleDoc& m, const SchemaDoc& s, int level) {
    out_ << fmt::format("<h{} id=\"{}\"><span class=\"soft\">{}</span> {}</h{}>\n", level, anchor(m.name, s.word, s.name), s.word, escaped(s.name), level);
    if (!s.deprecated.empty()) out_ << "<p><strong class=\"bad\">Deprecated:</strong> " << escaped(s.deprecated) << "</p>\n";
    out_ << prose(s.doc, false);
    if (s.title != s.word + " " + s.name && s.word != "nested") out_ << "<pre>" << linked(s.title) << "</pre>\n";
    if (!s.fields.empty()) fields(s.fields, false);
    if (!s.computed.empty()) {
      out_ << "<p class=\"soft\">Worked out, to be read and not set:</p>\n";
      fields(s.computed, true);
    }
    if (!s.checks.empty()) {
      out_ << "<p class=\"soft\">Checks:</p>\n<ul>\n";
      for (const CheckDoc& c : s.checks) out_ << "<li><code>" << escaped(c.condition) << "</code>" << (c.message.empty() ? "" : "<br><span class=\"soft\">" + escaped(c.message) + "</span>") << "</li>\n";
      out_ << "</ul>\n";
    }
    for (const SchemaDoc& inner : s.nested) schema(m, inner, std::min(level + 1, 6));
  }

  void schemas(llvm::StringRef title, const ModuleDoc& m, const std::vector<SchemaDoc>& list) {
    if (list.empty()) return;
    out_ << "<h2>" << title << "</h2>\n";
    for (const SchemaDoc& s : list) schema(m, s, 3);
  }

  void items(llvm::StringRef title, const ModuleDoc& m, llvm::StringRef word, const std::vector<ItemDoc>& list) {
    if (list.empty()) return;
    out_ << "<h2>" << title << "</h2>\n";
    for (const ItemDoc& i : list) {
      out_ << fmt::format("<h3 id=\"{}\">{}</h3>\n<pre>", anchor(m.name, word, i.name), escaped(i.name)) << linked(i.code) << "</pre>\n" << prose(i.doc, false);
      if (!i.example.empty()) out_ << "<pre><code>" << escaped(i.example) << "\n<span class=\"soft\">// " << escaped(i.gives) << "</span></code></pre>\n";
    }
  }

  void module(const ModuleDoc& m) {
    out_ << fmt::format("<h1 id=\"{}\">{}</h1>\n", anchor(m.name, "module", ""), escaped(m.name));
    if (!m.parts.empty()) out_ << "<h2>Modules</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>module</th><th>what it describes</th></tr></thead>\n<tbody>\n";
    for (const ItemDoc& part : m.parts) out_ << "<tr><td><code>" << escaped(part.name) << "</code></td><td>" << prose(part.doc, true) << "</td></tr>\n";
    if (!m.parts.empty()) out_ << "</tbody></table></div>\n";
    items("Parameters", m, "param", m.params);
    schemas("Kinds", m, m.kinds);
    schemas("Schemas", m, m.schemas);
    items("Types", m, "type", m.types);
    items("Functions", m, "fn", m.functions);
    items("Values", m, "let", m.values);
    items("Declarations", m, "declaration", m.declarations);
  }
};

} // namespace

void printHtml(const Book& book, llvm::raw_ostream& out) { Page(book, out).write(); }

} // namespace chasi::doc

#include "compiler/doc/book.h"
#include "compiler/doc/prose.h"

#include <llvm/ADT/StringExtras.h>

#include <map>

namespace chasi::doc {

namespace {

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --back: #ffffff; --text: #1d2430; --soft: #5b6675; --line: #d9dee6; --code: #f3f5f8; --link: #1257b8; --bad: #a4261d; }
@media (prefers-color-scheme: dark) {
  :root { --back: #14181f; --text: #dfe5ee; --soft: #98a3b3; --line: #2c3441; --code: #1d232d; --link: #7db4ff; --bad: #ff9b90; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.55 system-ui, sans-serif; display: grid; grid-template-columns: 17rem minmax(0, 1fr); }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.2rem 1rem 2rem; border-right: 1px solid var(--line); font-size: .88rem; }
nav h2 { font-size: .95rem; margin: 1.2rem 0 .3rem; } nav h3 { font-size: .75rem; margin: .7rem 0 .15rem; color: var(--soft); text-transform: uppercase; letter-spacing: .05em; }
nav ul { list-style: none; margin: 0; padding: 0; } nav li { padding: .05rem 0; overflow-wrap: anywhere; }
main { padding: 1.5rem 2.5rem 5rem; max-width: 64rem; }
h1 { margin: 1.5rem 0 .5rem; } main h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem; } main h3 { margin: 2rem 0 .4rem; } main h4 { margin: 1.5rem 0 .3rem; }
a { color: var(--link); text-decoration: none; } a:hover, a:focus { text-decoration: underline; }
code, pre { font-family: ui-monospace, monospace; font-size: .875em; } code { background: var(--code); padding: .05em .3em; border-radius: 4px; overflow-wrap: anywhere; }
pre { background: var(--code); padding: .7rem .9rem; border-radius: 6px; overflow-x: auto; } pre code { padding: 0; background: none; overflow-wrap: normal; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .93rem; } th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; } .soft { color: var(--soft); } .bad { color: var(--bad); }
@media (max-width: 55rem) { body { display: block; } nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); } main { padding: 1rem; } }
)";

class Page {
public:
  Page(const Book& book, llvm::raw_ostream& out) : book_(book), out_(out) {}

  void write() {
    for (const ModuleDoc& m : book_.modules) index(m);
    out_ << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" << escaped(book_.title)
         << "</title>\n<style>" << kStyle << "</style>\n</head>\n<body>\n";
    navigation();
    out_ << "<main>\n";
    for (const ModuleDoc& m : book_.modules) module(m);
    out_ << "</main>\n</body>\n</html>\n";
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

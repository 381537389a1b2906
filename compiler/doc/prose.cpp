#include "compiler/doc/prose.h"

#include <llvm/ADT/StringExtras.h>

#include <tuple>

namespace chasi::doc {

std::string escaped(llvm::StringRef text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    default: out += c;
    }
  }
  return out;
}

std::string barsEscaped(llvm::StringRef text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string slug(llvm::StringRef text) {
  std::string out;
  for (const char c : text)
    if (llvm::isAlnum(c)) out += llvm::toLower(c);
    else if (!out.empty() && out.back() != '-') out += '-';
  return llvm::StringRef(out).rtrim('-').str();
}

namespace {

/// Text without code: `**strong**` and `[links](#place)`. A sign without a partner is a character.
std::string marked(llvm::StringRef text) {
  std::string out;
  while (!text.empty()) {
    const size_t at = text.find_first_of("*[");
    if (at == llvm::StringRef::npos) break;
    out += escaped(text.take_front(at));
    text = text.drop_front(at);
    const size_t strong = text.starts_with("**") ? text.find("**", 2) : llvm::StringRef::npos;
    const size_t middle = text.starts_with("[") ? text.find("](#") : llvm::StringRef::npos;
    const size_t end = middle == llvm::StringRef::npos ? middle : text.find(')', middle);
    if (strong != llvm::StringRef::npos) {
      out += "<strong>" + escaped(text.slice(2, strong)) + "</strong>";
      text = text.drop_front(strong + 2);
    } else if (end != llvm::StringRef::npos) {
      out += "<a href=\"" + escaped(text.slice(middle + 2, end)) + "\">" + escaped(text.slice(1, middle)) + "</a>";
      text = text.drop_front(end + 1);
    } else {
      out += text.front();
      text = text.drop_front();
    }
  }
  return out + escaped(text);
}

/// Pieces between backquotes are code; one without a partner is a character.
std::string inLine(llvm::StringRef text) {
  std::string out;
  while (!text.empty()) {
    const size_t open = text.find('`');
    const size_t close = open == llvm::StringRef::npos ? open : text.find('`', open + 1);
    if (close == llvm::StringRef::npos) return out + marked(text);
    out += marked(text.take_front(open)) + "<code>" + escaped(text.slice(open + 1, close)) + "</code>";
    text = text.drop_front(close + 1);
  }
  return out;
}

/// `| a | b \| c |`: a bar behind a backslash is a character of its cell.
std::vector<std::string> cells(llvm::StringRef row) {
  std::vector<std::string> out(1);
  row.consume_front("|");
  row.consume_back("|");
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '\\' && i + 1 < row.size() && row[i + 1] == '|') out.back() += row[++i];
    else if (row[i] == '|') out.emplace_back();
    else out.back() += row[i];
  }
  for (std::string& cell : out) cell = llvm::StringRef(cell).trim().str();
  return out;
}

class Writer {
public:
  explicit Writer(const ProseOptions& options) : options_(options) {}

  std::string run(llvm::StringRef text) {
    rest_ = text;
    while (!rest_.empty()) {
      llvm::StringRef line = next();
      if (line.starts_with("```")) {
        end();
        fence(line.drop_front(3).trim());
      } else if (line.trim().empty()) {
        end();
      } else if (line.starts_with("### ")) {
        end();
        heading(line.drop_front(4).trim());
      } else if (line.starts_with("| ")) {
        end();
        table(line);
      } else if (line.consume_front("> ")) {
        end();
        out_ += "<blockquote><p>" + inLine(line.trim()) + "</p></blockquote>\n";
      } else if (line.consume_front("- ")) {
        endText();
        if (!list_) out_ += "<ul>\n";
        list_ = true;
        text_ = line.str();
      } else {
        text_ += (text_.empty() ? "" : " ") + line.trim().str();
      }
    }
    end();
    return std::move(out_);
  }

private:
  const ProseOptions& options_;
  llvm::StringRef rest_;
  std::string out_, text_;
  bool list_ = false;

  llvm::StringRef next() {
    llvm::StringRef line;
    std::tie(line, rest_) = rest_.split('\n');
    return line;
  }

  void fence(llvm::StringRef info) {
    std::string code;
    while (!rest_.empty()) {
      const llvm::StringRef line = next();
      if (line.starts_with("```")) break;
      code += line.str() + "\n";
    }
    out_ += "<pre><code>" + (options_.fenced ? options_.fenced(info, code) : escaped(code)) + "</code></pre>\n";
  }

  void heading(llvm::StringRef title) {
    out_ += options_.anchors.empty() ? "<h3>" : fmt::format("<h3 id=\"{}-{}\">", options_.anchors, slug(title));
    out_ += inLine(title) + "</h3>\n";
  }

  void table(llvm::StringRef head) {
    out_ += "<div class=\"scroll\"><table>\n<thead><tr>";
    for (const std::string& cell : cells(head)) out_ += "<th>" + inLine(cell) + "</th>";
    out_ += "</tr></thead>\n<tbody>\n";
    if (rest_.starts_with("| ---")) next();
    while (rest_.starts_with("|")) {
      out_ += "<tr>";
      for (const std::string& cell : cells(next())) out_ += "<td>" + inLine(cell) + "</td>";
      out_ += "</tr>\n";
    }
    out_ += "</tbody></table></div>\n";
  }

  void endText() {
    if (!text_.empty()) out_ += list_ ? "<li>" + inLine(text_) + "</li>\n" : "<p>" + inLine(text_) + "</p>\n";
    text_.clear();
  }
  void end() {
    endText();
    if (list_) out_ += "</ul>\n";
    list_ = false;
  }
};

} // namespace

std::string prose(llvm::StringRef text, const ProseOptions& options) { return Writer(options).run(text); }

std::string prose(llvm::StringRef text, bool inCell) {
  if (!inCell) return prose(text, ProseOptions{});
  std::string joined = text.str();
  for (char& c : joined)
    if (c == '\n') c = ' ';
  return inLine(joined);
}

} // namespace chasi::doc

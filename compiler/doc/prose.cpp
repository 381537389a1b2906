#include "compiler/doc/prose.h"

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

namespace {

/// Pieces between backquotes are code; one without a partner is a character.
std::string inLine(llvm::StringRef text) {
  std::string out;
  while (!text.empty()) {
    const size_t open = text.find('`');
    const size_t close = open == llvm::StringRef::npos ? open : text.find('`', open + 1);
    if (close == llvm::StringRef::npos) return out + escaped(text);
    out += escaped(text.take_front(open)) + "<code>" + escaped(text.slice(open + 1, close)) + "</code>";
    text = text.drop_front(close + 1);
  }
  return out;
}

class Writer {
public:
  std::string run(llvm::StringRef text) {
    while (!text.empty()) {
      llvm::StringRef line;
      std::tie(line, text) = text.split('\n');
      if (line.starts_with("```")) {
        end();
        out_ += "<pre><code>";
        for (;;) {
          if (text.empty()) break;
          std::tie(line, text) = text.split('\n');
          if (line.starts_with("```")) break;
          out_ += escaped(line) + "\n";
        }
        out_ += "</code></pre>\n";
        continue;
      }
      if (line.trim().empty()) {
        end();
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
  std::string out_, text_;
  bool list_ = false;

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

std::string prose(llvm::StringRef text, bool inCell) {
  if (!inCell) return Writer().run(text);
  std::string joined = text.str();
  for (char& c : joined)
    if (c == '\n') c = ' ';
  return inLine(joined);
}

} // namespace chasi::doc

#include "compiler/driver/line_reader.h"

#include "compiler/driver/edit_library.h"

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <unistd.h>

namespace chasi::driver {

namespace {

constexpr int kHistory = 1000; ///< entries that are kept

class PipedLines : public LineReader {
public:
  End next(bool, std::string& line) override { return std::getline(std::cin, line) ? End::Line : End::Closed; }
  void remember(const std::string&) override {}
  bool interactive() const override { return false; }
};

volatile std::sig_atomic_t interrupted = 0;
void onInterrupt(int) { interrupted = 1; }

/// While a line is read, Ctrl-C drops it; a `SA_RESTART` would keep the read waiting.
class CatchInterrupt {
public:
  CatchInterrupt() {
    interrupted = 0;
    struct sigaction action {};
    action.sa_handler = onInterrupt;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &before_);
  }
  ~CatchInterrupt() { sigaction(SIGINT, &before_, nullptr); }
  CatchInterrupt(const CatchInterrupt&) = delete;
  CatchInterrupt& operator=(const CatchInterrupt&) = delete;

private:
  struct sigaction before_ {};
};

class EditedLines : public LineReader {
public:
  explicit EditedLines(std::function<LineCompletion(const std::string&)> complete) : complete_(std::move(complete)) {
    const Edit& e = libedit();
    edit_ = e.el_init("chasic", stdin, stdout, stderr);
    history_ = e.history_init();
    if (!edit_ || !history_) return;
    HistEvent event;
    e.history(history_, &event, H_SETSIZE, kHistory);
    e.history(history_, &event, H_SETUNIQUE, 1);
    e.el_set(edit_, EL_CLIENTDATA, this);
    e.el_set(edit_, EL_PROMPT, &EditedLines::prompt);
    e.el_set(edit_, EL_EDITOR, "emacs");
    e.el_set(edit_, EL_SIGNAL, 1);
    e.el_set(edit_, EL_HIST, e.history, history_);
    e.el_set(edit_, EL_ADDFN, "chasi-complete", "complete a name", &EditedLines::onTab);
    e.el_set(edit_, EL_BIND, "^I", "chasi-complete", nullptr);
    e.el_set(edit_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    // Between two lines the terminal gathers lines itself: a Ctrl-D of somebody who types ahead stays a key only when it has no meaning there.
    // libedit takes the keys that the terminal has switched off to be Ctrl-@, and gives it their meaning.
    e.el_set(edit_, EL_SETTY, "-x", "eof=", nullptr);
    e.el_set(edit_, EL_BIND, "^@", "em-set-mark", nullptr);
    openHistory();
  }
  ~EditedLines() override {
    if (history_) libedit().history_end(history_);
    if (edit_) libedit().el_end(edit_);
  }
  EditedLines(const EditedLines&) = delete;
  EditedLines& operator=(const EditedLines&) = delete;

  bool usable() const { return edit_ && history_; }

  End next(bool continues, std::string& line) override {
    const CatchInterrupt guard;
    continues_ = continues;
    int count = 0;
    const char* text = libedit().el_gets(edit_, &count);
    if (interrupted) {
      std::cout << '\n';
      return End::Interrupted;
    }
    if (!text || count <= 0) {
      std::cout << '\n';
      return End::Closed;
    }
    line.assign(text, static_cast<size_t>(count));
    if (line.ends_with('\n')) line.pop_back();
    return End::Line;
  }

  /// Written at once: a session may end without warning. Only its owner may read what was asked.
  void remember(const std::string& entry) override {
    HistEvent event;
    libedit().history(history_, &event, H_ENTER, entry.c_str());
    if (file_.empty()) return;
    libedit().history(history_, &event, H_SAVE, file_.c_str());
    llvm::sys::fs::setPermissions(file_, llvm::sys::fs::owner_read | llvm::sys::fs::owner_write);
  }

  bool interactive() const override { return true; }

private:
  std::function<LineCompletion(const std::string&)> complete_;
  EditLine* edit_ = nullptr;
  History* history_ = nullptr;
  std::string file_;
  bool continues_ = false;

  static EditedLines& self(EditLine* edit) {
    void* data = nullptr;
    libedit().el_get(edit, EL_CLIENTDATA, &data);
    return *static_cast<EditedLines*>(data);
  }

  static const char* prompt(EditLine* edit) { return self(edit).continues_ ? "  ...> " : "chasi> "; }

  void openHistory() {
    llvm::SmallString<256> path(userStateFolder());
    if (path.empty() || llvm::sys::fs::create_directories(path, true, llvm::sys::fs::owner_all)) return; // then there is none to keep
    llvm::sys::path::append(path, "history");
    file_ = path.str().str();
    HistEvent event;
    libedit().history(history_, &event, H_LOAD, file_.c_str());
  }

  static std::string commonBeginning(const std::vector<std::string>& words) {
    std::string out = words.front();
    for (const std::string& w : words) {
      size_t same = 0;
      while (same < out.size() && same < w.size() && out[same] == w[same]) ++same;
      out.resize(same);
    }
    return out;
  }

  static unsigned char onTab(EditLine* edit, int) {
    const LineInfo* info = libedit().el_line(edit);
    const LineCompletion found = self(edit).complete_(std::string(info->buffer, static_cast<size_t>(info->cursor - info->buffer)));
    if (found.candidates.empty()) return CC_ERROR;
    const std::string common = commonBeginning(found.candidates);
    if (common.size() > found.word.size()) {
      libedit().el_insertstr(edit, common.c_str() + found.word.size());
      return CC_REFRESH;
    }
    if (found.candidates.size() == 1) return CC_NORM;
    std::cout << '\n';
    for (size_t i = 0; i < found.candidates.size(); ++i) std::cout << found.candidates[i] << (i + 1 < found.candidates.size() ? "  " : "\n");
    std::cout.flush();
    return CC_REDISPLAY;
  }
};

} // namespace

std::string userStateFolder() {
  llvm::SmallString<256> out;
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && llvm::sys::path::is_absolute(state)) out = state;
  else if (const char* home = std::getenv("HOME"); home && *home) llvm::sys::path::append(out, home, ".local", "state");
  else return "";
  llvm::sys::path::append(out, "chasi");
  return out.str().str();
}

std::unique_ptr<LineReader> lineReader(std::function<LineCompletion(const std::string&)> complete, std::string& problem) {
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) return std::make_unique<PipedLines>();
  problem = libedit().why;
  if (!problem.empty()) return std::make_unique<PipedLines>();
  auto reader = std::make_unique<EditedLines>(std::move(complete));
  if (reader->usable()) return reader;
  problem = "the terminal cannot be edited on";
  return std::make_unique<PipedLines>();
}

} // namespace chasi::driver

// What has to be checked, and what came of it: first what is being edited, then, when there is time, the other modules of the workspace.
#pragma once

#include "compiler/lsp/board.h"
#include "compiler/lsp/methods.h"

#include <chrono>
#include <deque>

namespace chasi::lsp {

using Milliseconds = std::chrono::milliseconds;

/// Used by the thread of the server. Tells the client through `notify` what it finds.
class Checks {
public:
  using Notify = std::function<void(const char* method, json params)>;
  Checks(Session& session, Notify notify) : session_(session), notify_(std::move(notify)) {}

  bool pushes = true;     ///< diagnostics are told unasked
  bool everything = true; ///< modules that nobody has open are checked, too

  /// A file has another text.
  void changed(const std::string& path);
  /// The same of one that is open, with its text in the Session; `more` changes of it have come already.
  void edited(const std::string& path, bool more);
  void closed(const std::string& path);
  void deleted(const std::string& path);
  /// Everything may have changed: files, settings, folders.
  void again();

  /// Checks what has changed.
  void now();
  /// The same, and all other modules.
  void all();
  /// One piece of work for a moment in which nobody asks anything.
  void idle();
  /// How long nothing should have come before `idle` is called; nothing when there is no work.
  std::optional<Milliseconds> patience() const;
  /// Somebody asked something.
  void busy() { idle_ = false; }

private:
  Session& session_;
  Notify notify_;
  std::set<std::string> changed_;   ///< files that have not been checked since
  std::deque<std::string> waiting_; ///< a path of each module to be checked when there is time
  std::map<std::string, std::set<std::string>> reads_; ///< by a path of a module that was checked: the files that it and its environments consist of
  Milliseconds quiet_{0};
  bool compiled_ = false; ///< something was, so `quiet_` says how long it takes
  bool idle_ = false;     ///< the last thing that was done was checking what nobody has open

  bool isOfLibrary(const std::string& path) const;
  std::set<std::string> filesBehind(const std::string& module, const lower::Revision& revision) const;
  void check(const std::string& path);
  void checkWaiting();
  void tell(const std::string& module, Findings findings, std::set<std::string> anyway = {});
  void publish(const std::string& path);
  void wait(const std::string& path);
};

} // namespace chasi::lsp

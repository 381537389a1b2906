// The audit log: JSON lines of who changed what, appended to a file while it happens.
//
// {"time","run","event":"start","who","workspace","environment","commit","dirty","planDigest","sourceDigest","tool"}
// {"time","run","event":"write","operation","target","action","object":{…},"outcome":"done"|"failed"|"skipped","code","message"}
// {"time","run","event":"left out","target","code","message"}
// {"time","run","event":"end","outcome","message"}
#pragma once

#include "runtime/engine/engine.h"

#include <llvm/Support/Error.h>

#include <map>
#include <string>

namespace chasi::engine {

class AuditLog {
public:
  /// Opens the file for appending, and makes it when it is missing, for its owner alone. CH6229.
  static llvm::Expected<std::unique_ptr<AuditLog>> open(const std::string& path);
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  /// Each line is written with one call, so that lines of several runs do not mix. CH6229 when the first one cannot be written.
  llvm::Error start(const plan::Plan& plan, const std::string& run, const std::string& who);
  void add(const Event& event);
  void end(const std::string& outcome, const std::string& message);

  /// Why lines are missing; empty when none is. Once a line could not be written, no more are tried.
  const std::string& trouble() const { return trouble_; }

private:
  AuditLog(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  void write(std::string line);

  std::string path_;
  int fd_;
  std::string run_, trouble_;
  std::map<std::string, plan::ObjectRef> objects_; ///< by operation and target
};

} // namespace chasi::engine

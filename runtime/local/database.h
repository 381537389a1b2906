// The SQLite file: rows of objects and one counter. The only place that sees SQLite. Write-ahead log, synchronous=NORMAL: a
// committed transaction is with the operating system, so it outlives the process at any moment of its death.
#pragma once

#include <llvm/ADT/ArrayRef.h>
#include <llvm/Support/Error.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace chasi::local {

struct Row {
  std::string kind; ///< "deployments.apps"
  std::string ns;   ///< empty for what belongs to no namespace
  std::string name;
  uint64_t version = 0;
  std::string text;
};

/// One change; the texts must outlive the call.
struct RowChange {
  std::string_view kind, ns, name;
  uint64_t version = 0;
  std::string_view text; ///< empty: the row goes away
};

/// Why a transaction did not happen. Nothing of it is in the file.
struct WriteProblem {
  bool full = false; ///< no room on the disk
  std::string message;
};

class Database {
public:
  /// Makes the file when there is none. CH6302 when it cannot be opened, is damaged, or is something else.
  static llvm::Expected<std::unique_ptr<Database>> open(const std::string& file);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// All rows, in no particular order. CH6302 when the file is damaged.
  llvm::Error load(const std::function<void(Row)>& each);
  /// The highest version ever given out that `load` cannot see, because its object is gone.
  uint64_t counter() const { return counter_; }

  /// One transaction; one thread at a time. `counter` is the highest version in it.
  std::optional<WriteProblem> write(llvm::ArrayRef<RowChange> changes, uint64_t counter);
  /// Moves the log into the file when it has grown; on a connection of its own, beside a writer. One thread at a time.
  void checkpoint();

private:
  Database() = default;
  llvm::Error connect();
  llvm::Error prepare();
  llvm::Error damaged(const std::string& what) const;
  bool apply(llvm::ArrayRef<RowChange> changes, uint64_t counter);

  std::string file_;
  sqlite3* writer_ = nullptr;
  sqlite3* keeper_ = nullptr;
  sqlite3_stmt *begin_ = nullptr, *commit_ = nullptr, *put_ = nullptr, *erase_ = nullptr, *count_ = nullptr;
  uint64_t counter_ = 0;
};

} // namespace chasi::local

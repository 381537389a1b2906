#include "runtime/local/database.h"

#include "runtime/plan/fault.h"

#include <fmt/format.h>

#include <sqlite3.h>

#include <filesystem>

namespace chasi::local {

// "chas" in ASCII: tells our files from those of other programs.
static constexpr int kApplicationId = 0x63686173;
static constexpr int kLayout = 1;
// Clients send resourceVersion "1" as one that no object has; a real cluster has used up its first versions before anybody looks.
static constexpr int kFirstVersion = 100;
static constexpr uintmax_t kLogBytes = 4 << 20;

static bool run(sqlite3* connection, const char* sql) { return sqlite3_exec(connection, sql, nullptr, nullptr, nullptr) == SQLITE_OK; }

/// The first column of the first row as a number; -1 when that fails.
static int64_t ask(sqlite3* connection, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  int64_t value = -1;
  if (sqlite3_prepare_v2(connection, sql, -1, &statement, nullptr) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
    value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

llvm::Error Database::damaged(const std::string& what) const {
  const char* hint = "restore it from a copy, or choose another file";
  switch (writer_ ? sqlite3_errcode(writer_) : SQLITE_CANTOPEN) {
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_CANTOPEN: hint = "check the owner and the permissions of the file and its folder"; break;
  case SQLITE_FULL:
  case SQLITE_IOERR: hint = "check the disk: it may be full"; break;
  default: break;
  }
  return plan::fault("CH6302", fmt::format("the cluster's file {} {}", file_, what), hint);
}

llvm::Expected<std::unique_ptr<Database>> Database::open(const std::string& file) {
  std::unique_ptr<Database> database(new Database());
  database->file_ = file;
  if (llvm::Error error = database->connect()) return error;
  if (llvm::Error error = database->prepare()) return error;
  return database;
}

llvm::Error Database::connect() {
  constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  auto failed = [&](const char* doing) { return damaged(fmt::format("cannot be {}: {}", doing, writer_ ? sqlite3_errmsg(writer_) : "out of memory")); };
  if (sqlite3_open_v2(file_.c_str(), &writer_, flags, nullptr) != SQLITE_OK) return failed("opened");
  const int64_t id = ask(writer_, "PRAGMA application_id"), layout = ask(writer_, "PRAGMA user_version");
  const int64_t tables = ask(writer_, "SELECT count(*) FROM sqlite_master");
  if (tables < 0) return failed("read");
  if (tables > 0 && id != kApplicationId) return damaged("is a database of another program");
  if (tables > 0 && layout != kLayout) return damaged(fmt::format("has the layout {}, this version knows {}", layout, kLayout));
  // Nobody else may look inside while we serve (the lock says so), but SQLite need not ask for each transaction.
  const bool made = run(writer_, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-4000;") &&
                    (tables > 0 || run(writer_, fmt::format("BEGIN IMMEDIATE; PRAGMA application_id={}; PRAGMA user_version={};"
                                                            "CREATE TABLE objects(kind TEXT NOT NULL, ns TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,"
                                                            " body TEXT NOT NULL, PRIMARY KEY(kind, ns, name)) WITHOUT ROWID;"
                                                            "CREATE TABLE counter(one INTEGER PRIMARY KEY CHECK(one = 1), version INTEGER NOT NULL);"
                                                            "INSERT INTO counter VALUES(1, {}); COMMIT;",
                                                            kApplicationId, kLayout, kFirstVersion).c_str()));
  if (!made || sqlite3_db_readonly(writer_, "main") == 1) return failed("written");
  return llvm::Error::success();
}

llvm::Error Database::prepare() {
  auto statement = [&](const char* sql, sqlite3_stmt*& into) {
    return sqlite3_prepare_v3(writer_, sql, -1, SQLITE_PREPARE_PERSISTENT, &into, nullptr) == SQLITE_OK;
  };
  const bool ready = statement("BEGIN IMMEDIATE", begin_) && statement("COMMIT", commit_) &&
                     statement("INSERT OR REPLACE INTO objects VALUES(?1, ?2, ?3, ?4, ?5)", put_) &&
                     statement("DELETE FROM objects WHERE kind = ?1 AND ns = ?2 AND name = ?3", erase_) &&
                     statement("UPDATE counter SET version = ?1 WHERE one = 1", count_);
  const int64_t counter = ready ? ask(writer_, "SELECT version FROM counter") : -1;
  if (counter < 0) return damaged(fmt::format("cannot be read: {}", sqlite3_errmsg(writer_)));
  counter_ = static_cast<uint64_t>(counter);
  // A connection that has read nothing yet has not seen that there is a log, and would not move it.
  if (sqlite3_open_v2(file_.c_str(), &keeper_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK || ask(keeper_, "SELECT version FROM counter") < 0)
    return damaged(fmt::format("cannot be opened: {}", sqlite3_errmsg(keeper_)));
  return llvm::Error::success();
}

Database::~Database() {
  for (sqlite3_stmt* statement : {begin_, commit_, put_, erase_, count_}) sqlite3_finalize(statement);
  sqlite3_close(keeper_);
  sqlite3_close(writer_); // the last one moves the log into the file
}

llvm::Error Database::load(const std::function<void(Row)>& each) {
  sqlite3_stmt* statement = nullptr;
  auto text = [&](int column) {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
    return std::string(bytes ? bytes : "", static_cast<size_t>(sqlite3_column_bytes(statement, column)));
  };
  int step = sqlite3_prepare_v2(writer_, "SELECT kind, ns, name, version, body FROM objects", -1, &statement, nullptr);
  if (step == SQLITE_OK)
    while ((step = sqlite3_step(statement)) == SQLITE_ROW)
      each({text(0), text(1), text(2), static_cast<uint64_t>(sqlite3_column_int64(statement, 3)), text(4)});
  const std::string message = step == SQLITE_DONE ? "" : sqlite3_errmsg(writer_);
  sqlite3_finalize(statement);
  if (step == SQLITE_DONE) return llvm::Error::success();
  return damaged("is damaged: " + message);
}

static void bind(sqlite3_stmt* statement, int at, std::string_view text) {
  sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

static bool step(sqlite3_stmt* statement) {
  const bool done = sqlite3_step(statement) == SQLITE_DONE;
  sqlite3_reset(statement);
  return done;
}

bool Database::apply(llvm::ArrayRef<RowChange> changes, uint64_t counter) {
  if (!step(begin_)) return false;
  bool counted = false;
  for (const RowChange& change : changes) {
    sqlite3_stmt* statement = change.text.empty() ? erase_ : put_;
    bind(statement, 1, change.kind);
    bind(statement, 2, change.ns);
    bind(statement, 3, change.name);
    if (!change.text.empty()) {
      sqlite3_bind_int64(statement, 4, static_cast<int64_t>(change.version));
      bind(statement, 5, change.text);
    }
    if (!step(statement)) return false;
    // Rows carry their version; only one that goes away must be remembered elsewhere.
    counted = counted || change.text.empty();
  }
  sqlite3_bind_int64(count_, 1, static_cast<int64_t>(counter));
  return (!counted || step(count_)) && step(commit_);
}

std::optional<WriteProblem> Database::write(llvm::ArrayRef<RowChange> changes, uint64_t counter) {
  if (apply(changes, counter)) return {};
  WriteProblem problem{false, sqlite3_errmsg(writer_)};
  const int code = sqlite3_errcode(writer_) & 0xff;
  problem.full = code == SQLITE_FULL || code == SQLITE_IOERR;
  if (!sqlite3_get_autocommit(writer_)) run(writer_, "ROLLBACK");
  return problem;
}

void Database::checkpoint() {
  std::error_code missing;
  const uintmax_t size = std::filesystem::file_size(file_ + "-wal", missing);
  if (missing || size < kLogBytes) return;
  sqlite3_wal_checkpoint_v2(keeper_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

} // namespace chasi::local

// All objects, in memory and in the file: reads from any thread, one writer at a time, and the log of changes for watches.
// An object is kept as the JSON text that is sent to clients; it is parsed only when somebody needs to look inside.
#pragma once

#include "runtime/local/access.h"
#include "runtime/local/database.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace chasi::local {

struct Key {
  std::string kind; ///< "deployments.apps", for the core group "pods": one place for all versions of a kind
  std::string ns;
  std::string name;
  auto operator<=>(const Key&) const = default;
};

/// What lists and watches ask about an object.
struct Meta {
  std::string uid;
  std::map<std::string, std::string, std::less<>> labels;
  std::vector<std::string> owners; ///< uids
  std::string_view metadata;       ///< the text of `metadata`
  size_t versionBegin = 0, versionEnd = 0; ///< the number of the resourceVersion in the text
  bool deleting = false;
};

/// One state of one object. Immutable; safe to share between threads.
class Entry {
public:
  Entry(Key key, uint64_t version, std::string text) : key_(std::move(key)), version_(version), text_(std::move(text)) {}
  const Key& key() const { return key_; }
  uint64_t version() const { return version_; }
  const std::string& text() const { return text_; }
  const Meta& meta() const; ///< parsed when first asked for
  Json json() const { return parseTrusted(text_); }

private:
  Key key_;
  uint64_t version_;
  std::string text_;
  mutable std::once_flag once_;
  mutable Meta meta_;
};
using EntryPtr = std::shared_ptr<const Entry>;

/// The text of an object, ready for a resourceVersion to be put in.
struct Draft {
  std::string text;
  size_t versionAt = 0;
};
Draft draftOf(const Json& object);

struct Event {
  uint64_t version = 0;
  EntryPtr now;    ///< null when the object went away
  EntryPtr before; ///< null when it was created
  /// What a DELETED event shows: the last state with the version of the deletion.
  EntryPtr last;
};

/// The objects of one kind at one moment, sorted by namespace and name.
struct Snapshot {
  std::vector<EntryPtr> entries;
  uint64_t version = 0;
};

class Store {
public:
  /// CH6302.
  static llvm::Expected<std::unique_ptr<Store>> open(const std::string& file);

  EntryPtr get(const Key& key) const;
  /// An empty namespace stands for all.
  Snapshot list(const std::string& kind, const std::string& ns) const;
  uint64_t version() const;
  size_t count(const std::string& kind, const std::string& ns) const;
  /// Kinds with objects in that namespace.
  std::vector<std::string> kindsIn(const std::string& ns) const;
  std::vector<EntryPtr> ownedBy(const std::string& uid) const;

  /// What happened after `cursor`, which moves on to the newest version. False: too old, the log does not reach back that far.
  bool changes(const std::string& kind, uint64_t& cursor, std::vector<Event>& into) const;
  /// Waits until the kind may have changed since `seen`, which is brought up to date, or for half a second.
  void await(const std::string& kind, uint64_t& seen) const;
  /// Wakes all who wait.
  void wakeAll() const;

  void checkpoint() { database_->checkpoint(); }

private:
  friend class Change;
  struct Table {
    std::map<std::string, std::map<std::string, EntryPtr>> byNamespace;
    std::deque<Event> log;
    uint64_t floor = 0; ///< everything after this version is in the log
  };
  struct Channel {
    std::mutex mutex;
    std::condition_variable changed;
    uint64_t count = 0;
  };
  Store() = default;
  void place(EntryPtr entry);
  void publish(std::vector<Event> events);
  Channel& channel(const std::string& kind) const;

  std::unique_ptr<Database> database_;
  mutable std::shared_mutex index_; ///< guards what follows
  std::unordered_map<std::string, Table> tables_;
  std::multimap<std::string, Key> owned_; ///< by the owner's uid
  uint64_t version_ = 0, start_ = 0;
  std::mutex writer_;
  mutable std::mutex channelsMutex_;
  mutable std::map<std::string, std::unique_ptr<Channel>> channels_;
};

/// A transaction: keeps all other writers out while it lives, sees its own changes, and does nothing unless it is committed.
class Change {
public:
  explicit Change(Store& store) : store_(store), lock_(store.writer_), version_(store.version()) {}

  EntryPtr get(const Key& key) const;
  size_t count(const std::string& kind, const std::string& ns) const;
  /// All of a kind in a namespace.
  std::vector<EntryPtr> list(const std::string& kind, const std::string& ns) const;

  EntryPtr put(const Key& key, Draft draft);
  EntryPtr put(const Key& key, const Json& object) { return put(key, draftOf(object)); }
  void erase(const Key& key);
  bool empty() const { return events_.empty(); }
  /// Nothing on success.
  std::optional<WriteProblem> commit();

private:
  Store& store_;
  std::unique_lock<std::mutex> lock_;
  uint64_t version_;
  std::map<Key, EntryPtr> staged_; ///< null: erased
  std::vector<Event> events_;
};

} // namespace chasi::local

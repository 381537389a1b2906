#include "runtime/local/store.h"

#include "runtime/plan/json_view.h"

#include <chrono>

namespace chasi::local {

// How many changes of one kind a watch may have missed before it must list again.
static constexpr size_t kLogLength = 4096;

// Most objects have no owner; those are not parsed for it.
static bool mayHaveOwner(const Entry& entry) { return entry.text().find("\"ownerReferences\":[{") != std::string::npos; }

static Meta parseMeta(const std::string& text) {
  Meta meta;
  llvm::Expected<plan::JsonView> view = plan::JsonView::parse(text);
  if (!view) {
    llvm::consumeError(view.takeError());
    return meta;
  }
  const plan::JsonValue metadata = view->root()["metadata"];
  meta.metadata = metadata.raw();
  meta.uid = metadata["uid"].string();
  meta.deleting = bool(metadata["deletionTimestamp"]);
  const plan::JsonValue version = metadata["resourceVersion"];
  if (version.isString()) {
    meta.versionBegin = version.offset() + 1;
    meta.versionEnd = meta.versionBegin + version.chars().size();
  }
  for (plan::JsonValue label = metadata["labels"].first(); label; label = label.next()) meta.labels.emplace(label.key(), label.string());
  for (plan::JsonValue owner = metadata["ownerReferences"].first(); owner; owner = owner.next()) meta.owners.push_back(owner["uid"].string());
  return meta;
}

const Meta& Entry::meta() const {
  std::call_once(once_, [&] { meta_ = parseMeta(text_); });
  return meta_;
}

Draft draftOf(const Json& object) {
  Draft draft;
  std::string& out = draft.text;
  out.reserve(1024);
  auto member = [&](const std::string& key, char before) {
    out += before;
    out += dumpJson(key);
    out += ':';
  };
  char separator = '{';
  for (const auto& [key, value] : object.items()) {
    member(key, separator);
    separator = ',';
    if (key != "metadata" || !value.is_object()) {
      out += dumpJson(value);
      continue;
    }
    out += "{\"resourceVersion\":\"";
    draft.versionAt = out.size();
    out += '"';
    for (const auto& [name, part] : value.items()) {
      if (name == "resourceVersion") continue;
      member(name, ',');
      out += dumpJson(part);
    }
    out += '}';
  }
  out += '}';
  return draft;
}

llvm::Expected<std::unique_ptr<Store>> Store::open(const std::string& file) {
  std::unique_ptr<Store> store(new Store());
  llvm::Expected<std::unique_ptr<Database>> database = Database::open(file);
  if (!database) return database.takeError();
  store->database_ = std::move(*database);
  store->version_ = store->database_->counter();
  if (llvm::Error error = store->database_->load([&](Row row) {
        store->version_ = std::max(store->version_, row.version);
        store->place(std::make_shared<Entry>(Key{std::move(row.kind), std::move(row.ns), std::move(row.name)}, row.version, std::move(row.text)));
      }))
    return error;
  store->start_ = store->version_;
  for (auto& [kind, table] : store->tables_) table.floor = store->start_;
  return store;
}

void Store::place(EntryPtr entry) {
  if (mayHaveOwner(*entry))
    for (const std::string& owner : entry->meta().owners) owned_.emplace(owner, entry->key());
  const Key& key = entry->key();
  auto [table, fresh] = tables_.try_emplace(key.kind);
  if (fresh) table->second.floor = start_;
  table->second.byNamespace[key.ns][key.name] = std::move(entry);
}

EntryPtr Store::get(const Key& key) const {
  std::shared_lock lock(index_);
  auto table = tables_.find(key.kind);
  if (table == tables_.end()) return {};
  auto ns = table->second.byNamespace.find(key.ns);
  if (ns == table->second.byNamespace.end()) return {};
  auto entry = ns->second.find(key.name);
  return entry == ns->second.end() ? nullptr : entry->second;
}

Snapshot Store::list(const std::string& kind, const std::string& ns) const {
  std::shared_lock lock(index_);
  Snapshot snapshot;
  snapshot.version = version_;
  auto table = tables_.find(kind);
  if (table == tables_.end()) return snapshot;
  const auto& all = table->second.byNamespace;
  auto begin = ns.empty() ? all.begin() : all.find(ns);
  auto end = ns.empty() || begin == all.end() ? all.end() : std::next(begin);
  for (auto each = begin; each != end; ++each)
    for (const auto& [name, entry] : each->second) snapshot.entries.push_back(entry);
  return snapshot;
}

uint64_t Store::version() const {
  std::shared_lock lock(index_);
  return version_;
}

size_t Store::count(const std::string& kind, const std::string& ns) const {
  std::shared_lock lock(index_);
  auto table = tables_.find(kind);
  if (table == tables_.end()) return 0;
  auto at = table->second.byNamespace.find(ns);
  return at == table->second.byNamespace.end() ? 0 : at->second.size();
}

std::vector<std::string> Store::kindsIn(const std::string& ns) const {
  std::shared_lock lock(index_);
  std::vector<std::string> kinds;
  for (const auto& [kind, table] : tables_)
    if (auto at = table.byNamespace.find(ns); at != table.byNamespace.end() && !at->second.empty()) kinds.push_back(kind);
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

std::vector<EntryPtr> Store::ownedBy(const std::string& uid) const {
  std::vector<Key> keys;
  {
    std::shared_lock lock(index_);
    for (auto [at, end] = owned_.equal_range(uid); at != end; ++at) keys.push_back(at->second);
  }
  std::vector<EntryPtr> entries;
  for (const Key& key : keys)
    if (EntryPtr entry = get(key)) entries.push_back(std::move(entry));
  return entries;
}

bool Store::changes(const std::string& kind, uint64_t& cursor, std::vector<Event>& into) const {
  std::shared_lock lock(index_);
  auto table = tables_.find(kind);
  if (table == tables_.end()) {
    if (cursor < start_) return false;
    cursor = std::max(cursor, version_);
    return true;
  }
  if (cursor < table->second.floor) return false;
  const std::deque<Event>& log = table->second.log;
  auto at = std::upper_bound(log.begin(), log.end(), cursor, [](uint64_t version, const Event& event) { return version < event.version; });
  into.insert(into.end(), at, log.end());
  cursor = std::max(cursor, version_);
  return true;
}

Store::Channel& Store::channel(const std::string& kind) const {
  std::lock_guard lock(channelsMutex_);
  std::unique_ptr<Channel>& slot = channels_[kind];
  if (!slot) slot = std::make_unique<Channel>();
  return *slot;
}

void Store::await(const std::string& kind, uint64_t& seen) const {
  Channel& at = channel(kind);
  std::unique_lock lock(at.mutex);
  at.changed.wait_for(lock, std::chrono::milliseconds(500), [&] { return at.count != seen; });
  seen = at.count;
}

void Store::wakeAll() const {
  std::lock_guard all(channelsMutex_);
  for (auto& [kind, at] : channels_) {
    std::lock_guard lock(at->mutex);
    ++at->count;
    at->changed.notify_all();
  }
}

void Store::publish(std::vector<Event> events) {
  std::vector<std::string> touched;
  {
    std::unique_lock lock(index_);
    for (Event& event : events) {
      const Key& key = (event.now ? event.now : event.before)->key();
      version_ = std::max(version_, event.version);
      if (event.before && mayHaveOwner(*event.before))
        for (const std::string& owner : event.before->meta().owners)
          for (auto [at, end] = owned_.equal_range(owner); at != end;) at = at->second == key ? owned_.erase(at) : std::next(at);
      if (event.now) place(event.now);
      Table& table = tables_.try_emplace(key.kind).first->second;
      if (!event.now) {
        auto ns = table.byNamespace.find(key.ns);
        ns->second.erase(key.name);
        if (ns->second.empty()) table.byNamespace.erase(ns);
      }
      if (std::find(touched.begin(), touched.end(), key.kind) == touched.end()) touched.push_back(key.kind);
      table.log.push_back(std::move(event));
      if (table.log.size() > kLogLength) {
        table.floor = table.log.front().version;
        table.log.pop_front();
      }
    }
  }
  for (const std::string& kind : touched) {
    Channel& at = channel(kind);
    std::lock_guard lock(at.mutex);
    ++at.count;
    at.changed.notify_all();
  }
}

EntryPtr Change::get(const Key& key) const {
  auto at = staged_.find(key);
  return at == staged_.end() ? store_.get(key) : at->second;
}

size_t Change::count(const std::string& kind, const std::string& ns) const {
  size_t total = store_.count(kind, ns);
  for (const auto& [key, entry] : staged_) {
    if (key.kind != kind || key.ns != ns) continue;
    const bool was = bool(store_.get(key)), is = bool(entry);
    total = total + is - was;
  }
  return total;
}

std::vector<EntryPtr> Change::list(const std::string& kind, const std::string& ns) const {
  std::vector<EntryPtr> entries;
  for (EntryPtr& entry : store_.list(kind, ns).entries)
    if (!staged_.contains(entry->key())) entries.push_back(std::move(entry));
  for (const auto& [key, entry] : staged_)
    if (entry && key.kind == kind && (ns.empty() || key.ns == ns)) entries.push_back(entry);
  return entries;
}

EntryPtr Change::put(const Key& key, Draft draft) {
  ++version_;
  draft.text.insert(draft.versionAt, std::to_string(version_));
  EntryPtr before = get(key);
  EntryPtr now = std::make_shared<Entry>(key, version_, std::move(draft.text));
  staged_[key] = now;
  events_.push_back({version_, now, std::move(before), nullptr});
  return now;
}

void Change::erase(const Key& key) {
  EntryPtr before = get(key);
  if (!before) return;
  ++version_;
  std::string text = before->text();
  const Meta& meta = before->meta();
  text.replace(meta.versionBegin, meta.versionEnd - meta.versionBegin, std::to_string(version_));
  auto last = std::make_shared<Entry>(key, version_, std::move(text));
  staged_[key] = nullptr;
  events_.push_back({version_, nullptr, std::move(before), std::move(last)});
}

std::optional<WriteProblem> Change::commit() {
  if (events_.empty()) return {};
  std::vector<RowChange> rows;
  rows.reserve(staged_.size());
  for (const auto& [key, entry] : staged_) {
    if (entry) rows.push_back({key.kind, key.ns, key.name, entry->version(), entry->text()});
    else rows.push_back({key.kind, key.ns, key.name, version_, {}});
  }
  if (std::optional<WriteProblem> problem = store_.database_->write(rows, version_)) return problem;
  store_.publish(std::move(events_));
  events_.clear();
  staged_.clear();
  return {};
}

} // namespace chasi::local

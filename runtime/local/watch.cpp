// Watches: first what is there, when asked for, then each change of one kind, as lines of JSON.
#include "runtime/local/read.h"
#include "runtime/local/selector.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace chasi::local {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kBookmarkPause{60};

struct WatchPlan {
  Call call; ///< its request is gone when the stream runs
  std::string includeObject;
  LabelSelector labels;
  FieldSelector fields;
  uint64_t cursor = 0;
  bool bookmarks = false, initial = false, initialBookmark = false;
  Clock::time_point end;
};

class WatchStream : public Stream {
public:
  WatchStream(Cluster& cluster, WatchPlan plan) : cluster_(cluster), plan_(std::move(plan)), nextBookmark_(Clock::now() + kBookmarkPause) {}

  bool next(std::string& piece) override {
    if (over_ || cluster_.stopping()) return false;
    if (!begun_) {
      begun_ = true;
      if (plan_.initial) first(piece);
      if (!piece.empty()) return true;
    }
    const std::string kind = plan_.call.kind().qualified();
    std::vector<Event> events;
    if (!read(kind, events, piece)) return true;
    for (const Event& event : events) add(event, piece);
    if (piece.empty() && !events.empty()) return true;
    if (piece.empty()) {
      const bool late = Clock::now() >= plan_.end;
      if (plan_.bookmarks && (late || Clock::now() >= nextBookmark_)) bookmark(piece, false);
      if (late) {
        over_ = true;
        return !piece.empty();
      }
      if (piece.empty()) cluster_.store().await(kind, seen_);
    }
    return true;
  }

private:
  Cluster& cluster_;
  WatchPlan plan_;
  Clock::time_point nextBookmark_;
  uint64_t seen_ = 0;
  bool begun_ = false, over_ = false, described_ = false;

  bool selected(const Entry& entry) const {
    if (!plan_.call.at.ns.empty() && entry.key().ns != plan_.call.at.ns) return false;
    if (!plan_.call.at.name.empty() && entry.key().name != plan_.call.at.name) return false;
    return plan_.fields.matches(entry) && (plan_.labels.empty() || plan_.labels.matches(entry.meta().labels));
  }

  void first(std::string& piece) {
    Snapshot snapshot = cluster_.store().list(plan_.call.kind().qualified(), plan_.call.at.ns);
    plan_.cursor = snapshot.version;
    for (const EntryPtr& entry : snapshot.entries)
      if (selected(*entry)) line(piece, "ADDED", entry);
    if (plan_.initialBookmark) bookmark(piece, true);
  }

  bool read(const std::string& kind, std::vector<Event>& events, std::string& piece) {
    const uint64_t asked = plan_.cursor;
    if (cluster_.store().changes(kind, plan_.cursor, events)) return true;
    const Refusal old = expired(fmt::format("too old resource version: {} ({})", asked, cluster_.store().version()));
    piece = fmt::format("{{\"type\":\"ERROR\",\"object\":{}}}\n", dumpJson(statusOf(old)));
    over_ = true;
    return false;
  }

  /// An object that comes into the selection is added, one that leaves it is deleted, whatever happened to it.
  void add(const Event& event, std::string& piece) {
    const bool was = event.before && selected(*event.before), is = event.now && selected(*event.now);
    if (is) line(piece, was ? "MODIFIED" : "ADDED", event.now);
    else if (was) line(piece, "DELETED", event.now ? event.now : event.last);
  }

  void line(std::string& piece, const char* type, const EntryPtr& entry) {
    std::string object;
    if (plan_.call.form == Form::Table) {
      Json table = tableOf(plan_.call.kind(), {entry}, plan_.includeObject);
      table["metadata"]["resourceVersion"] = std::to_string(entry->version());
      if (described_) table["columnDefinitions"] = nullptr;
      described_ = true;
      object = dumpJson(table);
    } else {
      object = show(plan_.call.kind(), *entry, plan_.call.form);
    }
    piece += fmt::format("{{\"type\":\"{}\",\"object\":{}}}\n", type, object);
  }

  void bookmark(std::string& piece, bool initial) {
    nextBookmark_ = Clock::now() + kBookmarkPause;
    const Kind& kind = plan_.call.kind();
    const bool partial = plan_.call.form == Form::Metadata;
    Json object = {{"kind", partial ? "PartialObjectMetadata" : kind.kind}, {"apiVersion", partial ? "meta.k8s.io/v1" : kind.apiVersion()}};
    object["metadata"] = {{"resourceVersion", std::to_string(plan_.cursor)}, {"creationTimestamp", nullptr}};
    if (initial) object["metadata"]["annotations"] = {{"k8s.io/initial-events-end", "true"}};
    piece += fmt::format("{{\"type\":\"BOOKMARK\",\"object\":{}}}\n", dumpJson(object));
  }
};

} // namespace

Answer watchObjects(Cluster& cluster, const Call& call) {
  const Request& request = *call.request;
  Result<LabelSelector> labels = LabelSelector::parse(request.param("labelSelector"));
  if (auto* refusal = std::get_if<Refusal>(&labels)) return answerOf(*refusal);
  Result<FieldSelector> fields = FieldSelector::parse(call.kind(), request.param("fieldSelector"));
  if (auto* refusal = std::get_if<Refusal>(&fields)) return answerOf(*refusal);
  WatchPlan plan{call, request.param("includeObject"), std::get<LabelSelector>(labels), std::get<FieldSelector>(fields)};
  plan.call.request = nullptr;
  plan.bookmarks = request.flag("allowWatchBookmarks");
  plan.initialBookmark = request.flag("sendInitialEvents") && plan.bookmarks;
  const std::string& version = request.param("resourceVersion");
  auto [at, problem] = std::from_chars(version.data(), version.data() + version.size(), plan.cursor);
  if (!version.empty() && (problem != std::errc() || at != version.data() + version.size()))
    return answerOf(invalid("meta.k8s.io", "ListOptions", "", {fmt::format("resourceVersion: Invalid value: \"{}\"", version)}));
  plan.initial = version.empty() || version == "0" || request.flag("sendInitialEvents");
  if (request.query.contains("sendInitialEvents") && !request.flag("sendInitialEvents") && plan.cursor == 0) {
    plan.initial = false;
    plan.cursor = cluster.store().version();
  }
  // Kubernetes takes a random time between half an hour and an hour when none is given.
  int64_t seconds = 1800;
  const std::string& timeout = request.param("timeoutSeconds");
  if (!timeout.empty()) std::from_chars(timeout.data(), timeout.data() + timeout.size(), seconds);
  plan.end = Clock::now() + std::chrono::seconds(seconds > 0 ? std::min<int64_t>(seconds, 86400) : 1800);
  Answer answer;
  answer.stream = std::make_unique<WatchStream>(cluster, std::move(plan));
  return answer;
}

} // namespace chasi::local

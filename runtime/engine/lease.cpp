#include "runtime/engine/lease.h"

#include "runtime/engine/intent.h"
#include "runtime/engine/inventory.h"
#include "runtime/plan/fault.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace chasi::engine {

using kube::Request;
using kube::Response;
using nlohmann::json;
using plan::fault;
using std::chrono::milliseconds;

namespace {

constexpr const char* kMachine = "chasi.dev/machine";

std::string microTime() {
  auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), (now - seconds).count());
}

} // namespace

struct Lease::Record {
  std::string uid, version;
  Holder holder;
  milliseconds duration{0};
  int64_t transitions = 0;

  static Record read(plan::JsonValue lease) {
    plan::JsonValue metadata = lease["metadata"], spec = lease["spec"];
    Record record;
    record.uid = metadata["uid"].string();
    record.version = metadata["resourceVersion"].string();
    record.holder = {spec["holderIdentity"].string(), metadata["annotations"][kMachine].string()};
    // A record of another program may say anything; waiting for an hour and more helps nobody.
    record.duration = std::chrono::seconds(std::clamp<int64_t>(spec["leaseDurationSeconds"].integer().value_or(15), 1, 3600));
    record.transitions = spec["leaseTransitions"].integer().value_or(0);
    return record;
  }
};

Lease::Lease(Site& site, std::string name, LeaseOptions options)
    : site_(site), loop_(site.client->loop()), name_(std::move(name)), options_(std::move(options)) {}

Lease::~Lease() {
  *exists_ = false;
  if (timer_) loop_.cancel(timer_);
}

std::string Lease::path(bool collection) const {
  return fmt::format("/apis/coordination.k8s.io/v1/namespaces/{}/leases{}{}", kNamespace, collection ? "" : "/", collection ? "" : name_);
}

std::string Lease::body(const std::string& resourceVersion, int64_t transitions, const std::string& acquired) const {
  json lease = {{"apiVersion", "coordination.k8s.io/v1"}, {"kind", "Lease"}};
  lease["metadata"] = {{"name", name_}, {"namespace", kNamespace}, {"annotations", {{kMachine, options_.holder.machine}}}};
  if (!resourceVersion.empty()) lease["metadata"]["resourceVersion"] = resourceVersion;
  lease["spec"] = {{"holderIdentity", options_.holder.identity},
                   {"leaseDurationSeconds", std::chrono::ceil<std::chrono::seconds>(options_.duration).count()},
                   {"acquireTime", acquired},
                   {"renewTime", microTime()},
                   {"leaseTransitions", transitions}};
  return lease.dump(-1, ' ', false, json::error_handler_t::replace);
}

llvm::Error Lease::acquire() {
  kube::Transport::Time begin = loop_.now();
  for (;;) {
    if (options_.cancel && options_.cancel->load() != 0) return fault("CH6210", "interrupted while waiting for the lock; nothing was changed");
    Request request;
    request.path = path(false);
    request.what = fmt::format("reading the lock of the workspace at {}", site_.server);
    std::string what = request.what;
    llvm::Expected<Response> response = site_.client->call(std::move(request));
    if (!response) return response.takeError();
    if (!response->ok() && response->http != 404) return toFault(response->status, what);
    llvm::Expected<bool> done = false;
    if (response->http == 404) {
      done = create();
    } else {
      llvm::Expected<plan::JsonView> view = plan::JsonView::parse(response->body);
      if (!view) return view.takeError();
      Record record = Record::read(view->root());
      if (mayTake(record)) {
        done = take(record);
      } else {
        bool patient = loop_.now() - begin < options_.patience;
        if (alive_ && !patient) return refuse(record);
        pause();
        continue;
      }
    }
    if (!done) return done.takeError();
    if (*done) return llvm::Error::success();
  }
}

// True when it is ours now, false when somebody was quicker.
llvm::Expected<bool> Lease::create() {
  kube::Transport::Time since = loop_.now();
  since_ = microTime();
  Request request;
  request.method = kube::Method::Post;
  request.path = path(true);
  request.contentType = "application/json";
  request.body = body("", 0, since_);
  request.what = fmt::format("taking the lock of the workspace at {}", site_.server);
  std::string what = request.what;
  llvm::Expected<Response> response = site_.client->call(std::move(request));
  if (!response) return response.takeError();
  if (response->ok()) {
    hold(*response, since);
    return true;
  }
  if (response->http == 409) return false;
  if (response->http != 404) return toFault(response->status, what);
  if (response->status.plainText)
    return fault("CH6107", fmt::format("the cluster at {} serves no leases, so runs cannot be kept apart", site_.server));
  if (llvm::Error error = createNamespace()) return error;
  return false;
}

llvm::Error Lease::createNamespace() {
  Request request;
  request.method = kube::Method::Patch;
  request.path = fmt::format("/api/v1/namespaces/{}?fieldManager={}&force=true", kNamespace, kManager);
  request.contentType = "application/apply-patch+yaml";
  request.body = fmt::format(R"({{"apiVersion":"v1","kind":"Namespace","metadata":{{"name":"{}"}}}})", kNamespace);
  request.what = fmt::format("creating Namespace/{} for the inventory", kNamespace);
  std::string what = request.what;
  llvm::Expected<Response> response = site_.client->call(std::move(request));
  if (!response) return response.takeError();
  return response->ok() ? llvm::Error::success() : toFault(response->status, what);
}

bool Lease::mayTake(const Record& record) {
  const std::string& holder = record.holder.identity;
  if (holder.empty() || holder == options_.holder.identity || hasEnded(record.holder)) return true;
  kube::Transport::Time now = loop_.now();
  if (record.version != seenVersion_) {
    alive_ = !seenVersion_.empty() && seenHolder_ == holder;
    if (seenHolder_ != holder && options_.waiting) options_.waiting(holder);
    seenVersion_ = record.version;
    seenHolder_ = holder;
    seenAt_ = now;
  }
  return now - seenAt_ >= record.duration;
}

llvm::Expected<bool> Lease::take(const Record& record) {
  kube::Transport::Time since = loop_.now();
  since_ = microTime();
  transitions_ = record.transitions + 1;
  Request request;
  request.method = kube::Method::Put;
  request.path = path(false);
  request.contentType = "application/json";
  request.body = body(record.version, transitions_, since_);
  request.what = fmt::format("taking over the lock of {} at {}", record.holder.identity, site_.server);
  std::string what = request.what;
  llvm::Expected<Response> response = site_.client->call(std::move(request));
  if (!response) return response.takeError();
  if (response->http == 409 || response->http == 404) return false;
  if (!response->ok()) return toFault(response->status, what);
  hold(*response, since);
  return true;
}

llvm::Error Lease::refuse(const Record& record) const {
  return fault("CH6207", fmt::format("another run is writing to {}: {}", site_.server, record.holder.identity),
               "wait until it has ended, or let this run wait with --lock-timeout");
}

void Lease::pause() {
  bool over = false;
  loop_.after(milliseconds(500), [&over] { over = true; });
  loop_.runUntil([&] { return over; });
}

void Lease::hold(const Response& response, kube::Transport::Time since) {
  llvm::Expected<plan::JsonView> view = plan::JsonView::parse(response.body);
  if (view) {
    uid_ = view->root()["metadata"]["uid"].string();
    version_ = view->root()["metadata"]["resourceVersion"].string();
  } else {
    llvm::consumeError(view.takeError());
    version_.clear();
  }
  acquired_ = held_ = true;
  renewed_ = since;
  renewIn(options_.duration / 3);
}

// Two thirds of the duration: whoever takes over must wait for the whole of it, so what is in flight has time to end.
bool Lease::mayWrite() const { return held_ && loop_.now() - renewed_ < options_.duration * 2 / 3; }

void Lease::renewIn(milliseconds delay) {
  if (timer_) loop_.cancel(timer_);
  timer_ = loop_.after(delay, [this] {
    timer_ = 0;
    renew();
  });
}

void Lease::renew() {
  if (!mayWrite()) {
    held_ = false;
    return;
  }
  kube::Transport::Time since = loop_.now();
  Request request;
  request.method = kube::Method::Put;
  request.path = path(false);
  request.contentType = "application/json";
  request.body = body(version_, transitions_, since_);
  request.what = "renewing the lock";
  request.urgent = true; // a server that has too much to do would make the run end otherwise
  request.deadline = options_.duration / 3;
  renewing_ = true;
  site_.client->send(std::move(request), [this, since, exists = exists_](llvm::Expected<Response> response) {
    if (!*exists) { llvm::consumeError(response.takeError()); return; }
    renewing_ = false;
    if (!response) {
      llvm::consumeError(response.takeError());
      renewIn(options_.duration / 15);
    } else if (response->ok()) {
      hold(*response, since);
    } else if (response->http == 409) {
      readAgain(); // a renewal whose answer was lost looks the same as a thief
    } else if (response->http == 404) {
      held_ = false;
    } else {
      renewIn(options_.duration / 15);
    }
  });
}

void Lease::readAgain() {
  Request request;
  request.path = path(false);
  request.what = "reading the lock";
  request.urgent = true;
  request.deadline = options_.duration / 3;
  site_.client->send(std::move(request), [this, exists = exists_](llvm::Expected<Response> response) {
    if (!*exists) { llvm::consumeError(response.takeError()); return; }
    if (!response) {
      llvm::consumeError(response.takeError());
      renewIn(options_.duration / 15);
      return;
    }
    llvm::Expected<plan::JsonView> view = plan::JsonView::parse(response->body);
    Record record;
    if (view) record = Record::read(view->root());
    else llvm::consumeError(view.takeError());
    held_ = record.holder.identity == options_.holder.identity;
    version_ = record.version;
    if (held_) renew();
  });
}

void Lease::release() {
  if (!acquired_) return;
  // A renewal that is on its way changes the version that the deletion asks for.
  loop_.runUntil([this] { return !renewing_; });
  if (timer_) loop_.cancel(timer_);
  timer_ = 0;
  bool ours = held_;
  acquired_ = held_ = false;
  if (!ours) return;
  Request request;
  request.method = kube::Method::Delete;
  request.path = path(false);
  request.contentType = "application/json";
  request.body = deleteBody(uid_, version_);
  request.what = "releasing the lock";
  request.deadline = std::chrono::seconds(5);
  llvm::Expected<Response> response = site_.client->call(std::move(request));
  if (!response) llvm::consumeError(response.takeError());
}

} // namespace chasi::engine

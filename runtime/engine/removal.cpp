#include "runtime/engine/removal.h"

#include "runtime/engine/link.h"

#include <fmt/format.h>

namespace chasi::engine {

using kube::Request;
using kube::Response;
using plan::fault;
using plan::JsonValue;
using plan::JsonView;
using std::chrono::milliseconds;

llvm::Error lockLost(const SiteRun& site) {
  return fault("CH6208", fmt::format("the lock at {} could not be renewed in time, so no new writes are started", site.site->server),
               "run again; it continues");
}

namespace {

struct Removal : std::enable_shared_from_this<Removal> {
  Removal(Run& aRun, SiteRun& aSite, plan::ObjectRef anObject, std::string aUid, RemovalAnswer anAnswer)
      : run(aRun), site(aSite), object(std::move(anObject)), uid(std::move(aUid)), answer(std::move(anAnswer)),
        until(aRun.connections.loop().now() + aRun.options.readyTimeout) {}

  Run& run;
  SiteRun& site;
  plan::ObjectRef object;
  std::string uid;
  RemovalAnswer answer;
  kube::Transport::Time until;
  milliseconds pause{50};

  std::string path() const {
    const kube::Resource* resource = site.site->discovery.find(object.apiVersion, object.kind);
    return resource ? pathOf(*resource, object.ns, object.name) : std::string();
  }

  void ask() {
    Request request;
    request.method = kube::Method::Delete;
    request.path = path();
    if (request.path.empty()) return answer(llvm::Error::success()); // the kind is gone, and its objects with it
    request.contentType = "application/json";
    request.body = fmt::format(R"({{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Background","preconditions":{{"uid":{}}}}})",
                               plan::quoteJson(uid));
    request.what = "deleting " + describe(object);
    sendWrite(run, site, std::move(request), [self = shared_from_this()](llvm::Expected<Response> response) {
      if (!response) return self->answer(response.takeError());
      if (response->http == 404) return self->answer(llvm::Error::success());
      if (response->http == 409) return self->answer(self->another());
      if (!response->ok()) return self->answer(toFault(response->status, "deleting " + describe(self->object)));
      // A Status says that it is gone; the object itself may say either.
      llvm::Expected<JsonView> view = JsonView::parse(response->body);
      bool gone = view && view->root()["kind"].chars() == "Status";
      if (!view) llvm::consumeError(view.takeError());
      if (gone) self->answer(llvm::Error::success());
      else self->look();
    });
  }

  llvm::Error another() const {
    return fault("CH6007",
                 fmt::format("{} was deleted and created again by somebody else since the plan was made; it was not touched", describe(object)),
                 "plan again");
  }

  void look() {
    Request request;
    request.path = path();
    if (request.path.empty()) return answer(llvm::Error::success());
    request.what = "waiting until " + describe(object) + " is gone";
    send(run, site, std::move(request), [self = shared_from_this()](llvm::Expected<Response> response) {
      if (!response) return self->answer(response.takeError());
      if (response->http == 404) return self->answer(llvm::Error::success());
      if (!response->ok()) return self->answer(toFault(response->status, "reading " + describe(self->object)));
      llvm::Expected<JsonView> view = JsonView::parse(response->body);
      if (!view) return self->answer(view.takeError());
      self->judge(view->root());
    });
  }

  void judge(JsonValue live) {
    if (live["metadata"]["uid"].chars() != uid) return answer(llvm::Error::success()); // somebody made a new one
    if (run.cancelled() != 0)
      return answer(fault("CH6210", fmt::format("interrupted while {} was being deleted", describe(object)), "the next run looks again"));
    if (run.connections.loop().now() >= until) return answer(kept(live));
    later(run, pause, [self = shared_from_this()] { self->look(); });
    pause = std::min(pause * 2, milliseconds(2000));
  }

  llvm::Error kept(JsonValue live) const {
    std::string holders;
    for (const char* part : {"metadata", "spec"}) // a namespace has its own in spec
      for (JsonValue each = live[part]["finalizers"].first(); each; each = each.next())
        holders += (holders.empty() ? "" : ", ") + each.string();
    std::string why = holders.empty() ? "" : fmt::format("; its finalizers are {}", holders);
    return fault("CH6216", fmt::format("{} is being deleted but does not go away{}", describe(object), why),
                 "look at what should remove the finalizers; the next run looks again");
  }
};

} // namespace

void removeObject(Run& run, SiteRun& site, const plan::ObjectRef& object, const std::string& uid, RemovalAnswer answer) {
  std::make_shared<Removal>(run, site, object, uid, std::move(answer))->ask();
}

void awaitAbsence(Run& run, SiteRun& site, const plan::ObjectRef& object, const std::string& uid, RemovalAnswer answer) {
  std::make_shared<Removal>(run, site, object, uid, std::move(answer))->look();
}

} // namespace chasi::engine

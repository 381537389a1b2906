#include "runtime/kube/list.h"

#include "runtime/plan/digest.h"

#include <fmt/format.h>

namespace chasi::kube {

using plan::JsonValue;
using plan::JsonView;

namespace {

constexpr const char* kMetadataList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
constexpr int kPageSize = 1000;

struct ListRun : std::enable_shared_from_this<ListRun> {
  ListRun(Client& aClient, ListRequest aRequest, ListAnswer anAnswer)
      : client(aClient), request(std::move(aRequest)), answer(std::move(anAnswer)) {}
  Client& client;
  ListRequest request;
  ListAnswer answer;
  Listing result;
  int restarts = 0;

  void page(const std::string& token) {
    Request get;
    get.path = request.path + fmt::format("?limit={}", kPageSize);
    if (!request.labelSelector.empty()) get.path += "&labelSelector=" + plan::percentEncoded(request.labelSelector);
    if (!token.empty()) get.path += "&continue=" + plan::percentEncoded(token);
    get.accept = request.metadataOnly ? kMetadataList : nullptr;
    get.what = request.what;
    client.send(std::move(get), [self = shared_from_this(), token](llvm::Expected<Response> response) {
      if (!response) self->answer(response.takeError());
      else self->use(std::move(*response), token);
    });
  }

  void use(Response response, const std::string& token) {
    if (response.http == 410 && !token.empty() && restarts++ < 3) {
      result = Listing();
      page("");
      return;
    }
    if (response.http == 404) {
      result.refused = 404;
      answer(std::move(result));
      return;
    }
    if (!response.ok()) { answer(toFault(response.status, request.what)); return; }
    auto piece = std::make_unique<Listing::Page>();
    piece->text = std::move(response.body);
    llvm::Expected<JsonView> view = JsonView::parse(piece->text);
    if (!view) { answer(view.takeError()); return; }
    piece->view = std::move(*view);
    JsonValue root = piece->view.root();
    // Lists of metadata have null for no items at all.
    if (!root["items"].isArray() && root["items"].type() != JsonValue::Type::Null) {
      answer(plan::fault("CH6106", fmt::format("{}: the answer is no list", request.what)));
      return;
    }
    JsonValue metadata = root["metadata"];
    result.resourceVersion = metadata["resourceVersion"].string();
    std::string next = metadata["continue"].string();
    result.pages.push_back(std::move(piece));
    if (next.empty()) answer(std::move(result));
    else page(next);
  }
};

} // namespace

void list(Client& client, ListRequest request, ListAnswer answer) {
  std::make_shared<ListRun>(client, std::move(request), std::move(answer))->page("");
}

Watch::Watch(Client& client, ListRequest request, Seen seen)
    : client_(client), request_(std::move(request)), seen_(std::move(seen)) {
  relist();
}

Watch::~Watch() {
  *alive_ = false;
  if (stream_) client_.stopStream(stream_);
  if (timer_) client_.loop().cancel(timer_);
}

void Watch::relist() {
  list(client_, request_, [this, alive = alive_](llvm::Expected<Listing> listing) {
    if (!*alive) { llvm::consumeError(listing.takeError()); return; }
    if (!listing) {
      // Whoever waits has a deadline of its own; until then this may pass.
      llvm::consumeError(listing.takeError());
      again();
      return;
    }
    listing->each([&](JsonValue item) { if (*alive) seen_("ADDED", item); });
    if (*alive) follow(listing->resourceVersion);
  });
}

void Watch::again() {
  stream_ = 0;
  timer_ = client_.loop().after(std::chrono::milliseconds(std::min(200 * ++failures_, 5000)), [this] {
    timer_ = 0;
    relist();
  });
}

void Watch::follow(std::string resourceVersion) {
  version_ = std::move(resourceVersion);
  std::string path = request_.path + "?watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=" + plan::percentEncoded(version_);
  if (!request_.labelSelector.empty()) path += "&labelSelector=" + plan::percentEncoded(request_.labelSelector);
  auto onLine = [this, alive = alive_](std::string_view line) {
    llvm::Expected<JsonView> view = JsonView::parse(line);
    if (!view) { llvm::consumeError(view.takeError()); return; }
    JsonValue object = view->root()["object"];
    std::string_view type = view->root()["type"].chars();
    if (type == "ERROR") return; // the stream ends now, and the list begins anew
    failures_ = 0;
    version_ = object["metadata"]["resourceVersion"].string();
    if (type != "BOOKMARK") seen_(type, object);
  };
  stream_ = client_.stream(path, onLine, [this](int) { again(); });
}

} // namespace chasi::kube

#include "runtime/vcluster/helm_release.h"

#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"
#include "runtime/plan/plan.h"
#include "runtime/vcluster/requests.h"

#include <fmt/format.h>
#include <zlib.h>

namespace chasi::vcluster {

using kube::Response;
using nlohmann::ordered_json;
using plan::JsonValue;
using plan::JsonView;

namespace {

constexpr size_t kLargest = 64u << 20; // a Secret holds 1 MiB; charts pack tenfold

/// False when the bytes are no gzip, or too many come out of them.
bool unpacked(std::string_view bytes, std::string& out) {
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return false;
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::vector<char> chunk(256u << 10);
  int state = Z_OK;
  while (state == Z_OK && out.size() < kLargest) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(chunk.data(), chunk.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return state == Z_STREAM_END;
}

} // namespace

llvm::Expected<HelmRelease> readHelmRelease(JsonValue secret) {
  const auto broken = [&](const char* why) {
    return plan::fault("CH6106", fmt::format("Secret/{} is no release of Helm: {}", secret["metadata"]["name"].string(), why), "`helm history` tells whether Helm can read it");
  };
  std::string outer, inner, text;
  if (!plan::fromBase64(secret["data"]["release"].string(), outer) || !plan::fromBase64(outer, inner)) return broken("it is no base64");
  if (inner.starts_with("\x1f\x8b")) {
    if (!unpacked(inner, text)) return broken("it is not packed as it should be");
  } else {
    text = std::move(inner); // as very old ones are
  }
  const ordered_json release = ordered_json::parse(text, nullptr, false);
  if (!release.is_object()) return broken("it is no JSON");
  HelmRelease out;
  out.revision = release.value("version", int64_t(0));
  out.chartVersion = release.value(ordered_json::json_pointer("/chart/metadata/version"), std::string());
  out.manifest = release.value("manifest", std::string());
  if (const auto config = release.find("config"); config != release.end() && config->is_object()) out.config = *config;
  return out;
}

llvm::Expected<std::optional<HelmRelease>> latestHelmRelease(kube::Client& host, const Release& release) {
  const std::string path = selected(fmt::format("/api/v1/namespaces/{}/secrets", release.ns), "owner=helm,name=" + release.name);
  llvm::Expected<Response> response = must(host, get(path, "looking for what Helm knows of virtual cluster " + release.name));
  if (!response) return response.takeError();
  llvm::Expected<JsonView> list = JsonView::parse(response->body);
  if (!list) return list.takeError();
  std::optional<HelmRelease> newest;
  for (JsonValue each = list->root()["items"].first(); each; each = each.next()) {
    llvm::Expected<HelmRelease> one = readHelmRelease(each);
    if (!one) return one.takeError();
    if (!newest || one->revision > newest->revision) newest = std::move(*one);
  }
  return newest;
}

llvm::Expected<std::string> mergedValues(kube::Client& host, const Release& release) {
  const plan::ObjectRef secret = configSecret(release);
  llvm::Expected<Response> response = must(host, get(fmt::format("/api/v1/namespaces/{}/secrets/{}", release.ns, secret.name), "reading " + plan::describe(secret)));
  if (!response) return response.takeError();
  llvm::Expected<JsonView> view = JsonView::parse(response->body);
  if (!view) return view.takeError();
  std::string text;
  if (!plan::fromBase64(view->root()["data"]["config.yaml"].string(), text) || text.empty())
    return plan::fault("CH6106", fmt::format("Secret/{} in {} has no config.yaml", secret.name, release.ns), "the chart writes it; `helm upgrade` would again");
  return text;
}

} // namespace chasi::vcluster

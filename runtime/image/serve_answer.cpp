#include "runtime/image/serve_answer.h"

#include "runtime/image/json_text.h"
#include "runtime/image/referrer.h"
#include "runtime/plan/digest.h"

#include <fmt/format.h>

#include <algorithm>

namespace chasi::image {

using nlohmann::json;

ServeAnswer serveError(int status, const char* code, const std::string& message) {
  ServeAnswer out;
  out.status = status;
  out.body = canonical(json{{"errors", json::array({{{"code", code}, {"message", message}}})}});
  return out;
}

namespace {

ServeAnswer jsonAnswer(const json& value, const char* contentType = "application/json") {
  ServeAnswer out;
  out.contentType = contentType;
  out.body = canonical(value);
  return out;
}

struct Part {
  uint64_t begin = 0, size = 0;
};

/// RFC 9110, 14.1.2: one range of bytes. Nothing for what is none or several: then all is sent. `outside` when no byte of it is there.
std::optional<Part> partOf(llvm::StringRef range, uint64_t total, bool& outside) {
  if (!range.consume_front("bytes=") || range.contains(',')) return std::nullopt;
  const auto [from, to] = range.split('-');
  uint64_t begin = 0, end = 0;
  if (!range.contains('-')) return std::nullopt;
  if (from.empty()) { // the last so many
    if (to.getAsInteger(10, end)) return std::nullopt;
    outside = end == 0 || total == 0;
    const uint64_t size = std::min(end, total);
    return Part{total - size, size};
  }
  if (from.getAsInteger(10, begin)) return std::nullopt;
  if (to.empty()) end = UINT64_MAX;
  else if (to.getAsInteger(10, end) || end < begin) return std::nullopt;
  outside = begin >= total;
  return outside ? Part{} : Part{begin, std::min(end, total - 1) - begin + 1};
}

/// A page of sorted names: those behind `last`, at most `n`, and a link to the next.
json pageOf(const std::vector<std::string>& names, const ServeRequest& request, ServeAnswer& out) {
  auto begin = request.last ? std::upper_bound(names.begin(), names.end(), *request.last) : names.begin();
  size_t count = names.size();
  if (request.n) llvm::StringRef(*request.n).getAsInteger(10, count);
  count = std::min(count, static_cast<size_t>(names.end() - begin));
  const json page = std::vector<std::string>(begin, begin + static_cast<std::ptrdiff_t>(count));
  if (count > 0 && begin + static_cast<std::ptrdiff_t>(count) != names.end()) {
    const std::string ns = request.ns ? "&ns=" + plan::percentEncoded(*request.ns) : "";
    out.headers.emplace_back("Link", fmt::format("<{}?n={}&last={}{}>; rel=\"next\"", request.path, count, plan::percentEncoded(*(begin + static_cast<std::ptrdiff_t>(count) - 1)), ns));
  }
  return page;
}

class Answering {
public:
  Answering(const std::string& layout, const Offer& offer, const ServeRequest& request) : layout_(layout), offer_(offer), request_(request) {}

  ServeAnswer give() {
    llvm::StringRef path = request_.path;
    if (path != "/v2" && !path.starts_with("/v2/")) return serveError(404, "UNSUPPORTED", "this is a registry: everything is below /v2/");
    if (request_.method != "GET" && request_.method != "HEAD") {
      ServeAnswer out = serveError(405, "UNSUPPORTED", "this registry only gives: it is a layout on disk, which `chasic image build`, `pull` and `load` write");
      out.headers.emplace_back("Allow", "GET, HEAD");
      return out;
    }
    if (request_.n && badCount(*request_.n)) return serveError(400, "PAGINATION_NUMBER_INVALID", fmt::format("n is a number, not \"{}\"", *request_.n));
    path = path.drop_front(3);
    if (path.empty() || path == "/") return jsonAnswer(json::object());
    if (path == "/_catalog") return catalog();
    path = path.drop_front();
    if (path.consume_back("/tags/list")) return withTags(path, [&](const OfferedTags& tags) { return list(path, tags); });
    // The last word is the reference; names have slashes too.
    const auto [rest, reference] = path.rsplit('/');
    const auto [name, what] = rest.rsplit('/');
    if (what == "manifests") return withTags(name, [&](const OfferedTags& tags) { return manifest(name, reference, tags); });
    if (what == "blobs") return withTags(name, [&](const OfferedTags&) { return blob(reference); });
    if (what == "referrers") return withTags(name, [&](const OfferedTags&) { return referrers(reference); });
    return serveError(404, "UNSUPPORTED", fmt::format("{} is nothing that a registry has", request_.path));
  }

private:
  const std::string& layout_;
  const Offer& offer_;
  const ServeRequest& request_;

  static bool badCount(llvm::StringRef n) {
    size_t count = 0;
    return n.getAsInteger(10, count);
  }

  ServeAnswer withTags(llvm::StringRef name, llvm::function_ref<ServeAnswer(const OfferedTags&)> then) const {
    const OfferedTags* tags = offer_.find(request_.ns.value_or(""), name.str());
    if (tags) return then(*tags);
    return serveError(404, "NAME_UNKNOWN", request_.ns ? fmt::format("no image of {}/{} is here", *request_.ns, name.str()) : fmt::format("no image of {} is here", name.str()));
  }

  ServeAnswer catalog() const {
    std::vector<std::string> names;
    for (const auto& [name, tags] : offer_.repositories)
      if (std::any_of(tags.begin(), tags.end(), [](const auto& row) { return row.second.rank != Rank::Mirrored; })) names.push_back(name);
    ServeAnswer out;
    out.body = canonical(json{{"repositories", pageOf(names, request_, out)}});
    return out;
  }

  ServeAnswer list(llvm::StringRef name, const OfferedTags& tags) const {
    std::vector<std::string> names;
    for (const auto& [tag, offered] : tags)
      if (!offered.ambiguous) names.push_back(tag);
    ServeAnswer out;
    out.body = canonical(json{{"name", name.str()}, {"tags", pageOf(names, request_, out)}});
    return out;
  }

  ServeAnswer manifest(llvm::StringRef name, llvm::StringRef reference, const OfferedTags& tags) const {
    const auto unknown = [&](const std::string& message) { return serveError(404, "MANIFEST_UNKNOWN", message); };
    if (reference.contains(':')) {
      auto digest = Digest::parse(reference);
      if (!digest) return llvm::consumeError(digest.takeError()), serveError(404, "MANIFEST_UNKNOWN", fmt::format("{} is not a digest", reference.str()));
      const auto at = offer_.manifests.find(*digest);
      return at == offer_.manifests.end() ? unknown(fmt::format("{} has no manifest {}", name.str(), reference.str())) : stored(at->second, at->second.mediaType);
    }
    const auto at = tags.find(reference.str());
    if (at == tags.end()) return unknown(fmt::format("{} has no tag {}", name.str(), reference.str()));
    if (at->second.ambiguous) return unknown(fmt::format("{}:{} is the name of several images that are not the same: ask for one by its digest", name.str(), reference.str()));
    return stored(at->second.image, at->second.image.mediaType);
  }

  ServeAnswer blob(llvm::StringRef reference) const {
    auto digest = Digest::parse(reference);
    if (!digest) return llvm::consumeError(digest.takeError()), serveError(400, "DIGEST_INVALID", fmt::format("{} is not a digest", reference.str()));
    Descriptor d;
    d.digest = std::move(*digest);
    return stored(d, "application/octet-stream");
  }

  ServeAnswer referrers(llvm::StringRef reference) const {
    auto digest = Digest::parse(reference);
    if (!digest) return llvm::consumeError(digest.takeError()), serveError(400, "DIGEST_INVALID", fmt::format("{} is not a digest", reference.str()));
    std::vector<Descriptor> found;
    const auto [begin, end] = offer_.referrers.equal_range(*digest);
    for (auto at = begin; at != end; ++at)
      if (!request_.artifactType || at->second.artifactType == *request_.artifactType) found.push_back(at->second);
    ServeAnswer out = jsonAnswer(referrersIndex(found), media::index);
    if (request_.artifactType) out.headers.emplace_back("OCI-Filters-Applied", "artifactType");
    return out;
  }

  /// A blob as it lies on the disk, or the part of it that was asked for. Nothing of it is read here.
  ServeAnswer stored(const Descriptor& d, const std::string& contentType) const {
    const std::string path = blobPath(layout_, d.digest);
    auto file = openForReading(path, FaultCode::BadLayout);
    struct stat info {};
    if (!file || ::fstat(file->fd(), &info) != 0 || !S_ISREG(info.st_mode)) {
      if (!file) llvm::consumeError(file.takeError());
      return serveError(404, "BLOB_UNKNOWN", fmt::format("{} is not here", d.digest.str()));
    }
    const auto total = static_cast<uint64_t>(info.st_size);
    ServeAnswer out;
    bool outside = false;
    const std::optional<Part> part = request_.range.empty() ? std::nullopt : partOf(request_.range, total, outside);
    if (outside) {
      out = serveError(416, "RANGE_INVALID", fmt::format("{} has {} bytes", d.digest.str(), total));
      out.headers.emplace_back("Content-Range", fmt::format("bytes */{}", total));
      return out;
    }
    if (part) {
      out.status = 206;
      out.headers.emplace_back("Content-Range", fmt::format("bytes {}-{}/{}", part->begin, part->begin + part->size - 1, total));
    }
    out.contentType = contentType;
    out.headers.emplace_back("Accept-Ranges", "bytes");
    out.headers.emplace_back("Docker-Content-Digest", d.digest.str());
    out.headers.emplace_back("ETag", fmt::format("\"{}\"", d.digest.str()));
    out.file = std::move(*file);
    out.offset = part ? part->begin : 0;
    out.size = part ? part->size : total;
    return out;
  }
};

} // namespace

ServeAnswer answer(const std::string& layout, const Offer& offer, const ServeRequest& request) { return Answering(layout, offer, request).give(); }

} // namespace chasi::image

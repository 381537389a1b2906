#include "runtime/image/registry.h"

#include "runtime/image/json_text.h"
#include "runtime/os/loopback.h"
#include "runtime/plan/digest.h"

#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>

#include <chrono>
#include <thread>

namespace chasi::image {

using nlohmann::json;
using os::isLoopback;
using plan::percentEncoded;

namespace {

constexpr size_t kMaxTags = 100'000;
constexpr int kBreaks = 6; ///< in a row, without a byte more

/// distribution-spec, "Pulling manifests": <name>.
bool isRepositoryPath(llvm::StringRef path) {
  llvm::SmallVector<llvm::StringRef> parts;
  path.split(parts, '/');
  return llvm::all_of(parts, [](llvm::StringRef part) {
    const auto plain = [](char c) { return llvm::isDigit(c) || (c >= 'a' && c <= 'z'); };
    return !part.empty() && plain(part.front()) && plain(part.back()) && llvm::all_of(part, [&](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
  });
}

/// Null for what is no JSON.
json parsed(const std::string& text) {
  auto document = parseJson(text, "", FaultCode::RegistryAnswer);
  if (document) return std::move(*document);
  llvm::consumeError(document.takeError());
  return nullptr;
}

/// The registry's own words, when it has some: {"errors": [{"code", "message"}]}.
std::string wordsOf(const WebAnswer& answer) {
  const json document = parsed(answer.body);
  if (document.is_object() && document.contains("errors") && document["errors"].is_array() && !document["errors"].empty()) {
    const json& first = document["errors"][0];
    for (const char* name : {"message", "code"})
      if (first.is_object() && first.contains(name) && first[name].is_string() && !first[name].get<std::string>().empty()) return first[name].get<std::string>();
  }
  return fmt::format("HTTP {}", answer.status);
}

std::string acceptManifests() { return fmt::format("Accept: {}, {}, {}, {}", media::manifest, media::index, media::dockerManifest, media::dockerList); }

} // namespace

llvm::Expected<RepositoryAddress> parseRepository(llvm::StringRef text) {
  llvm::StringRef rest = text;
  const bool schemed = rest.consume_front(kRegistryScheme);
  const auto [host, path] = rest.split('/');
  const bool hostIsOne = !host.empty() && llvm::all_of(host, [](char c) { return llvm::isAlnum(c) || llvm::StringRef(".-:[]").contains(c); });
  if (schemed && hostIsOne && isRepositoryPath(path)) return RepositoryAddress{host.str(), path.str()};
  return fault(FaultCode::RegistryUnknown, fmt::format("\"{}\" is no address of a repository", text.str()), "it is written oci://HOST/PATH in lower case, as in oci://registry.acme.io/platform");
}

std::string Repository::origin() const {
  const std::string host = address_.host == "docker.io" ? "registry-1.docker.io" : address_.host;
  return fmt::format("{}://{}/", isLoopback(host) ? "http" : "https", host);
}

std::string Repository::url(const std::string& rest) const { return fmt::format("{}v2/{}/{}", origin(), address_.path, rest); }

llvm::Error Repository::unreached(const std::string& who, const WebAnswer& answer) const {
  if (answer.tooLarge) return fault(FaultCode::RegistryAnswer, fmt::format("the answer of {} is too large: {}", who, answer.why), "something between here and the registry changes what it sends");
  if (answer.untrusted) return fault(FaultCode::RegistryUnreachable, fmt::format("the certificate of {} is not trusted: {}", who, answer.why), "SSL_CERT_FILE names a file with the certificates of your own authorities");
  return fault(FaultCode::RegistryUnreachable, fmt::format("no answer from {}: {}", who, answer.why), "see whether the name is right and a proxy is needed (https_proxy)");
}

llvm::Error Repository::refused(const std::string& what, const WebAnswer& answer) const {
  const std::string words = wordsOf(answer);
  if (answer.status == 401 || answer.status == 403) {
    const char* hint = authorization_.empty() ? "log in first: `skopeo login {0}` or `docker login {0}`" : "the login for {0} does not allow this; ask its owners, or log in as somebody else";
    return fault(FaultCode::RegistryAccess, fmt::format("{} {}: {}", address_.host, what, words), fmt::format(fmt::runtime(hint), address_.host));
  }
  if (answer.status == 404) return fault(FaultCode::RegistryUnknown, fmt::format("{} {}: {}", address_.host, what, words));
  if (answer.status == 429 || answer.status >= 500) return fault(FaultCode::RegistryUnreachable, fmt::format("{} is too busy or broken: {}", address_.host, words), "try again later");
  return fault(FaultCode::RegistryAnswer, fmt::format("{} {}: {}", address_.host, what, words));
}

llvm::Expected<std::string> Repository::token(const Challenge& challenge, const Credentials& credentials) {
  const std::string realm = challenge.get("realm"), service = challenge.get("service");
  const std::string scope = fmt::format("repository:{}:{}", address_.path, access_ == Access::Push ? "pull,push" : "pull");
  const std::string other = alsoRead_.empty() ? "" : fmt::format("repository:{}:pull", alsoRead_);
  // A password goes nowhere in the clear, wherever the registry sends us.
  const llvm::StringRef host = llvm::StringRef(realm).split("://").second.split('/').first;
  if (!llvm::StringRef(realm).starts_with("https://") && !isLoopback(host)) return fault(FaultCode::RegistryAnswer, fmt::format("{} sends to \"{}\" for a token, which is no https address", address_.host, realm));
  WebRequest request;
  std::string form;
  if (credentials.identityToken.empty()) {
    request.url = fmt::format("{}{}service={}&scope={}", realm, llvm::StringRef(realm).contains('?') ? "&" : "?", percentEncoded(service), percentEncoded(scope));
    if (!other.empty()) request.url += "&scope=" + percentEncoded(other);
    if (credentials.any()) request.headers.push_back(credentials.basic());
  } else {
    form = fmt::format("grant_type=refresh_token&client_id=chasic&service={}&scope={}&refresh_token={}", percentEncoded(service), percentEncoded(scope + (other.empty() ? "" : " " + other)), percentEncoded(credentials.identityToken));
    request.method = "POST";
    request.url = realm;
    request.body = form;
    request.headers.emplace_back("Content-Type: application/x-www-form-urlencoded");
  }
  const WebAnswer answer = web_.send(request);
  if (answer.status == 0) return unreached(realm, answer);
  if (answer.status != 200) return refused("gives no token", answer);
  const json document = parsed(answer.body);
  for (const char* name : {"token", "access_token"})
    if (document.is_object() && document.contains(name) && document[name].is_string()) return document[name].get<std::string>();
  return fault(FaultCode::RegistryAnswer, fmt::format("{} answered without a token", realm));
}

llvm::Error Repository::logIn(const WebAnswer& answer) {
  const Challenge challenge = parseChallenge(answer.header("www-authenticate"));
  auto credentials = credentialsFor(address_.str());
  if (!credentials) return credentials.takeError();
  if (challenge.scheme == "bearer") {
    auto got = token(challenge, *credentials);
    if (!got) return got.takeError();
    authorization_ = "Authorization: Bearer " + *got;
  } else if (challenge.scheme == "basic" && !credentials->user.empty()) {
    authorization_ = credentials->basic();
  }
  return llvm::Error::success();
}

llvm::Expected<WebAnswer> Repository::ask(WebRequest request, bool mayBreak) {
  for (bool first = true;; first = false) {
    WebRequest sent = request;
    // An upload may lead elsewhere, where nobody needs to know who we are.
    if (!authorization_.empty() && llvm::StringRef(request.url).starts_with(origin())) sent.headers.push_back(authorization_);
    WebAnswer answer = web_.send(sent);
    if (answer.status == 0 && !(mayBreak && !answer.untrusted && !answer.tooLarge)) return unreached(address_.host, answer);
    // Tokens end; one that was refused is replaced once.
    if (answer.status != 401 || !first) return answer;
    if (llvm::Error error = logIn(answer)) return error;
    if (authorization_.empty()) return answer;
  }
}

llvm::Expected<std::vector<std::string>> Repository::tags() {
  std::vector<std::string> out;
  std::string next = url("tags/list?n=1000");
  while (!next.empty()) {
    auto answer = ask({.url = next});
    if (!answer) return answer.takeError();
    if (answer->status == 404) return out;
    if (answer->status != 200) return refused(fmt::format("does not list the tags of {}", address_.path), *answer);
    auto document = parseJson(answer->body, address_.host + "'s list of tags", FaultCode::RegistryAnswer);
    if (!document) return document.takeError();
    const size_t before = out.size();
    if (document->is_object() && document->contains("tags") && (*document)["tags"].is_array())
      for (const json& tag : (*document)["tags"])
        if (tag.is_string()) out.push_back(tag.get<std::string>());
    if (out.size() > kMaxTags) return fault(FaultCode::RegistryAnswer, fmt::format("{} has more than {} tags", address_.str(), kMaxTags));
    // RFC 5988: <…/tags/list?last=x&n=1000>; rel="next"
    const std::string link = answer->header("link");
    const llvm::StringRef to = llvm::StringRef(link).split('<').second.split('>').first;
    const bool more = llvm::StringRef(link).contains("rel=\"next\"") && !to.empty() && out.size() > before;
    next = !more ? "" : url("tags/list" + (to.contains('?') ? "?" + to.split('?').second.str() : ""));
  }
  return out;
}

llvm::Expected<std::optional<std::string>> Repository::manifest(const std::string& reference) {
  auto answer = ask({.url = url("manifests/" + reference), .headers = {acceptManifests()}, .most = maxManifestSize});
  if (!answer) return answer.takeError();
  if (answer->status == 404) return std::nullopt;
  const std::string name = fmt::format("{}{}{}", address_.path, llvm::StringRef(reference).contains(':') ? "@" : ":", reference);
  if (answer->status != 200) return refused(fmt::format("does not give {}", name), *answer);
  std::string said = llvm::StringRef(reference).contains(':') ? reference : answer->header("docker-content-digest");
  if (said.empty()) return std::move(answer->body);
  auto digest = Digest::parse(said);
  if (!digest) return digest.takeError();
  if (hasDigest(answer->body, *digest)) return std::move(answer->body);
  return fault(FaultCode::RegistryAnswer, fmt::format("{}/{} does not have the digest {}", address_.host, name, said), "something between here and the registry changes or cuts what it sends");
}

Descriptor RegistryManifest::descriptor() const {
  Descriptor out;
  out.mediaType = mediaType;
  out.digest = digest;
  out.size = text.size();
  return out;
}

llvm::Expected<std::optional<RegistryManifest>> Repository::fetchManifest(const std::string& reference) {
  auto text = manifest(reference);
  if (!text) return text.takeError();
  if (!*text) return std::nullopt;
  RegistryManifest out{std::move(**text), {}, {}};
  if (llvm::StringRef(reference).contains(':')) {
    auto digest = Digest::parse(reference);
    if (!digest) return digest.takeError();
    out.digest = std::move(*digest);
  } else {
    out.digest = sha256(out.text);
  }
  const json document = parsed(out.text);
  if (!document.is_object()) return fault(FaultCode::RegistryAnswer, fmt::format("{}/{} {} is no JSON object", address_.host, address_.path, reference));
  // Both formats say what they are, but for the oldest images of OCI, which have the form of a manifest or an index.
  out.mediaType = document.contains("mediaType") && document["mediaType"].is_string() ? document["mediaType"].get<std::string>() : document.contains("manifests") ? media::index : media::manifest;
  if (media::isIndex(out.mediaType) || media::isManifest(out.mediaType)) return out;
  return fault(FaultCode::RegistryAnswer, fmt::format("{}/{} {} has the type {}", address_.host, address_.path, reference, out.mediaType), "images of the format before 2017 have to be pushed anew by a current tool");
}

llvm::Error Repository::pause(int& breaks, const WebAnswer& answer, const std::string& doing) const {
  if (++breaks > kBreaks) return fault(FaultCode::RegistryUnreachable, fmt::format("{} broke off {} times in a row: {}", doing, kBreaks, answer.status ? wordsOf(answer) : answer.why.empty() ? "the answer is too short" : answer.why), "run again when the line is better: what came stays, and the rest follows");
  std::this_thread::sleep_for(std::chrono::milliseconds(100 << breaks));
  return llvm::Error::success();
}

llvm::Error Repository::fetchBlob(const Descriptor& descriptor, uint64_t from, llvm::function_ref<llvm::Error(llvm::StringRef)> take) {
  const std::string& digest = descriptor.digest.str();
  uint64_t got = from;
  for (int breaks = 0; got < descriptor.size;) {
    const uint64_t begin = got;
    uint64_t skipped = 0;
    llvm::Error failed = llvm::Error::success();
    const auto sink = [&](int status, llvm::StringRef bytes) {
      // Who does not know ranges begins at the beginning.
      if (status == 200 && skipped < begin) {
        const size_t known = static_cast<size_t>(std::min<uint64_t>(begin - skipped, bytes.size()));
        skipped += known;
        bytes = bytes.drop_front(known);
      }
      if (bytes.size() > descriptor.size - got) {
        failed = llvm::joinErrors(std::move(failed), fault(FaultCode::RegistryAnswer, fmt::format("{} of {} has more than the {} bytes recorded", digest, address_.str(), descriptor.size), "something between here and the registry changes what it sends"));
        return false;
      }
      got += bytes.size();
      failed = llvm::joinErrors(std::move(failed), take(bytes));
      return !failed;
    };
    WebRequest request{.url = url("blobs/" + digest), .most = UINT64_MAX, .sink = sink};
    if (begin) request.headers.push_back(fmt::format("Range: bytes={}-", begin));
    auto answer = ask(std::move(request), true);
    if (failed) {
      llvm::consumeError(answer.takeError());
      return failed;
    }
    if (!answer) return answer.takeError();
    const bool came = answer->status == 200 || answer->status == 206;
    if (answer->status != 0 && !came && answer->status != 416 && answer->status != 429 && answer->status < 500) return refused(fmt::format("does not give {} of {}", digest, address_.path), *answer);
    if (got == descriptor.size) break;
    if (got > begin) breaks = 0;
    if (llvm::Error error = pause(breaks, *answer, fmt::format("fetching {} of {}", digest, address_.str()))) return error;
  }
  return llvm::Error::success();
}

llvm::Expected<std::string> Repository::blob(const Descriptor& descriptor, uint64_t most) {
  const std::string& digest = descriptor.digest.str();
  if (descriptor.size > most) return fault(FaultCode::RegistryAnswer, fmt::format("{} of {} has {} bytes, more than the {} that are taken", digest, address_.str(), descriptor.size, most));
  auto answer = ask({.url = url("blobs/" + digest), .most = descriptor.size});
  if (!answer) return answer.takeError();
  if (answer->status != 200) return refused(fmt::format("does not give {} of {}", digest, address_.path), *answer);
  if (answer->body.size() == descriptor.size && hasDigest(answer->body, descriptor.digest)) return std::move(answer->body);
  return fault(FaultCode::RegistryAnswer, fmt::format("{} of {} does not have the recorded size and digest", digest, address_.str()), "something between here and the registry changes or cuts what it sends");
}

llvm::Expected<bool> Repository::hasBlob(const Digest& digest) {
  auto there = ask({.method = "HEAD", .url = url("blobs/" + digest.str())});
  if (!there) return there.takeError();
  if (there->status == 200 || there->status == 404) return there->status == 200;
  return refused(fmt::format("does not say whether it has {} of {}", digest.str(), address_.path), *there);
}

/// Where an answer leads to; registries may leave out who they are.
std::string Repository::placeOf(const WebAnswer& answer) const {
  const std::string place = answer.header("location");
  return llvm::StringRef(place).starts_with("/") ? origin() + place.substr(1) : place;
}

static std::string withDigest(const std::string& place, const Digest& digest) {
  return place + (llvm::StringRef(place).contains('?') ? "&" : "?") + "digest=" + percentEncoded(digest.str());
}

llvm::Expected<std::string> Repository::beginUpload() {
  auto begun = ask({.method = "POST", .url = url("blobs/uploads/"), .headers = {"Content-Type: application/octet-stream"}});
  if (!begun) return begun.takeError();
  if (begun->status != 202) return refused(fmt::format("takes nothing for {}", address_.path), *begun);
  std::string place = placeOf(*begun);
  if (!place.empty()) return place;
  return fault(FaultCode::RegistryAnswer, fmt::format("{} begins an upload for {} without saying where", address_.host, address_.path));
}

llvm::Expected<bool> Repository::mountBlob(const Digest& digest, const std::string& fromPath) {
  auto asked = ask({.method = "POST", .url = url(fmt::format("blobs/uploads/?mount={}&from={}", percentEncoded(digest.str()), percentEncoded(fromPath))), .headers = {"Content-Type: application/octet-stream"}});
  if (!asked) return asked.takeError();
  if (asked->status == 202) // an upload was begun instead; nobody goes on with it
    if (auto dropped = ask({.method = "DELETE", .url = placeOf(*asked)}); !dropped) llvm::consumeError(dropped.takeError());
  return asked->status == 201;
}

llvm::Expected<bool> Repository::uploadBlob(const Descriptor& descriptor, int fd) {
  auto there = hasBlob(descriptor.digest);
  if (!there) return there.takeError();
  if (*there) return false;
  const std::string doing = fmt::format("sending {} to {}", descriptor.digest.str(), address_.str());
  const std::string refusal = fmt::format("does not take {} for {}", descriptor.digest.str(), address_.path);
  std::string place;
  uint64_t sent = 0;
  for (int breaks = 0;;) {
    if (place.empty()) {
      auto begun = beginUpload();
      if (!begun) return begun.takeError();
      place = std::move(*begun);
      sent = 0;
    }
    // All that is left in one piece; the registry's word counts for how much of it came.
    WebRequest request{.method = "PATCH", .url = place, .headers = {"Content-Type: application/octet-stream"}};
    request.file = WebFile{fd, sent, descriptor.size - sent};
    if (sent) request.headers.push_back(fmt::format("Content-Range: {}-{}", sent, descriptor.size - 1));
    auto answer = sent == descriptor.size ? llvm::Expected<WebAnswer>(WebAnswer{.status = 202}) : ask(request, true);
    if (!answer) return answer.takeError();
    if (answer->status == 202) {
      if (std::string next = placeOf(*answer); !next.empty()) place = std::move(next);
      auto put = ask({.method = "PUT", .url = withDigest(place, descriptor.digest), .headers = {"Content-Type: application/octet-stream"}}, true);
      if (!put) return put.takeError();
      if (put->status == 201) return true;
      if (put->status != 0 && put->status != 404 && put->status < 500) return refused(refusal, *put);
      answer = std::move(*put);
    } else if (answer->status != 0 && answer->status != 404 && answer->status != 416 && answer->status != 429 && answer->status < 500) {
      return refused(refusal, *answer);
    }
    if (llvm::Error error = pause(breaks, *answer, doing)) return error;
    // How far it came: "Range: 0-1023". One that is forgotten begins anew.
    auto state = ask({.url = place}, true);
    if (!state) return state.takeError();
    uint64_t last = 0;
    if (state->status == 404) place.clear();
    else if (state->status == 204 && !llvm::StringRef(state->header("range")).split('-').second.getAsInteger(10, last) && last < descriptor.size) {
      if (last + 1 > sent) breaks = 0;
      sent = last + 1;
      if (std::string next = placeOf(*state); !next.empty()) place = std::move(next);
    } else if (state->status == 204) sent = 0;
  }
}

llvm::Error Repository::pushBlob(const Digest& digest, llvm::StringRef content) {
  auto there = hasBlob(digest);
  if (!there) return there.takeError();
  if (*there) return llvm::Error::success();
  auto place = beginUpload();
  if (!place) return place.takeError();
  auto put = ask({.method = "PUT", .url = withDigest(*place, digest), .headers = {"Content-Type: application/octet-stream"}, .body = content});
  if (!put) return put.takeError();
  return put->status == 201 ? llvm::Error::success() : refused(fmt::format("does not take {} for {}", digest.str(), address_.path), *put);
}

llvm::Expected<WebAnswer> Repository::putManifest(const std::string& reference, const std::string& mediaType, llvm::StringRef text) {
  auto put = ask({.method = "PUT", .url = url("manifests/" + reference), .headers = {"Content-Type: " + mediaType}, .body = text});
  if (!put || put->status == 201) return put;
  return refused(fmt::format("does not take {}{}{}", address_.path, llvm::StringRef(reference).contains(':') ? "@" : ":", reference), *put);
}

llvm::Error Repository::pushManifest(const std::string& tag, const std::string& mediaType, llvm::StringRef text) { return putManifest(tag, mediaType, text).takeError(); }

} // namespace chasi::image

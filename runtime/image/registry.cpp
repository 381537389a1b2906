#include "runtime/image/registry.h"

#include "runtime/image/json_text.h"
#include "runtime/os/loopback.h"
#include "runtime/plan/digest.h"

#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>

namespace chasi::image {

using nlohmann::json;
using os::isLoopback;
using plan::percentEncoded;

namespace {

constexpr size_t kMaxTags = 100'000;

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
  // A password goes nowhere in the clear, wherever the registry sends us.
  const llvm::StringRef host = llvm::StringRef(realm).split("://").second.split('/').first;
  if (!llvm::StringRef(realm).starts_with("https://") && !isLoopback(host)) return fault(FaultCode::RegistryAnswer, fmt::format("{} sends to \"{}\" for a token, which is no https address", address_.host, realm));
  WebRequest request;
  std::string form;
  if (credentials.identityToken.empty()) {
    request.url = fmt::format("{}{}service={}&scope={}", realm, llvm::StringRef(realm).contains('?') ? "&" : "?", percentEncoded(service), percentEncoded(scope));
    if (credentials.any()) request.headers.push_back(credentials.basic());
  } else {
    form = fmt::format("grant_type=refresh_token&client_id=chasic&service={}&scope={}&refresh_token={}", percentEncoded(service), percentEncoded(scope), percentEncoded(credentials.identityToken));
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

llvm::Expected<WebAnswer> Repository::ask(WebRequest request) {
  for (bool first = true;; first = false) {
    WebRequest sent = request;
    // An upload may lead elsewhere, where nobody needs to know who we are.
    if (!authorization_.empty() && llvm::StringRef(request.url).starts_with(origin())) sent.headers.push_back(authorization_);
    WebAnswer answer = web_.send(sent);
    if (answer.status == 0) return unreached(address_.host, answer);
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

llvm::Expected<std::string> Repository::blob(const Descriptor& descriptor, uint64_t most) {
  const std::string& digest = descriptor.digest.str();
  if (descriptor.size > most) return fault(FaultCode::RegistryAnswer, fmt::format("{} of {} has {} bytes, more than the {} that are taken", digest, address_.str(), descriptor.size, most));
  auto answer = ask({.url = url("blobs/" + digest), .most = descriptor.size});
  if (!answer) return answer.takeError();
  if (answer->status != 200) return refused(fmt::format("does not give {} of {}", digest, address_.path), *answer);
  if (answer->body.size() == descriptor.size && hasDigest(answer->body, descriptor.digest)) return std::move(answer->body);
  return fault(FaultCode::RegistryAnswer, fmt::format("{} of {} does not have the recorded size and digest", digest, address_.str()), "something between here and the registry changes or cuts what it sends");
}

llvm::Error Repository::pushBlob(const Digest& digest, llvm::StringRef content) {
  auto there = ask({.method = "HEAD", .url = url("blobs/" + digest.str())});
  if (!there) return there.takeError();
  if (there->status == 200) return llvm::Error::success();
  auto begun = ask({.method = "POST", .url = url("blobs/uploads/"), .headers = {"Content-Type: application/octet-stream"}});
  if (!begun) return begun.takeError();
  if (begun->status != 202) return refused(fmt::format("takes nothing for {}", address_.path), *begun);
  std::string place = begun->header("location");
  if (llvm::StringRef(place).starts_with("/")) place = origin() + place.substr(1);
  place += (llvm::StringRef(place).contains('?') ? "&" : "?") + ("digest=" + percentEncoded(digest.str()));
  auto put = ask({.method = "PUT", .url = place, .headers = {"Content-Type: application/octet-stream"}, .body = content});
  if (!put) return put.takeError();
  return put->status == 201 ? llvm::Error::success() : refused(fmt::format("does not take {} for {}", digest.str(), address_.path), *put);
}

llvm::Error Repository::pushManifest(const std::string& tag, const std::string& mediaType, llvm::StringRef text) {
  auto put = ask({.method = "PUT", .url = url("manifests/" + tag), .headers = {"Content-Type: " + mediaType}, .body = text});
  if (!put) return put.takeError();
  return put->status == 201 ? llvm::Error::success() : refused(fmt::format("does not take {}:{}", address_.path, tag), *put);
}

} // namespace chasi::image

#include "runtime/image/registry_auth.h"

#include "runtime/image/json_text.h"
#include "runtime/os/program.h"

#include <fmt/format.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/Base64.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

#include <cstdlib>
#include <vector>

namespace chasi::image {

using nlohmann::json;

namespace {

constexpr const char* kHub = "https://index.docker.io/v1/"; ///< how docker.io is written in these files

llvm::Error badFile(const std::string& where, const std::string& why) {
  return fault(FaultCode::RegistryAccess, fmt::format("{}: {}", where, why), "log in anew, for instance with `skopeo login`");
}

std::string textAt(const json& object, const char* name) {
  const auto at = object.is_object() ? object.find(name) : object.end();
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

const json* memberOf(const json& object, const char* name) {
  const auto at = object.is_object() ? object.find(name) : object.end();
  return at == object.end() ? nullptr : &*at;
}

/// How files may name the repository, the most precise first.
std::vector<std::string> namesOf(const std::string& repository) {
  std::vector<std::string> out;
  llvm::StringRef rest(repository);
  while (!rest.empty()) {
    out.push_back(rest.str());
    rest = rest.contains('/') ? rest.rsplit('/').first : llvm::StringRef();
  }
  const std::string host = out.empty() ? "" : out.back();
  for (const char* end : {"", "/", "/v1/", "/v2/"}) out.push_back("https://" + host + end);
  if (host == "docker.io") out.emplace_back(kHub);
  return out;
}

/// `docker-credential-NAME get`: the server on standard input, JSON on standard output.
llvm::Expected<Credentials> askHelper(const std::string& helper, const std::string& server) {
  const std::string program = "docker-credential-" + helper;
  const os::ProgramOutcome outcome = os::run({.arguments = {program, "get"}, .input = server});
  if (!outcome.why.empty()) {
    if (llvm::StringRef(outcome.output).contains("credentials not found")) return Credentials{};
    return fault(FaultCode::RegistryAccess, fmt::format("the credential helper {} {}", program, outcome.why), "run `" + program + " list` to see why");
  }
  auto answer = parseJson(outcome.output, "the answer of " + program, FaultCode::RegistryAccess);
  if (!answer) return answer.takeError();
  const std::string user = textAt(*answer, "Username"), secret = textAt(*answer, "Secret");
  if (user == "<token>") return Credentials{"", "", secret};
  return Credentials{user, secret, ""};
}

llvm::Expected<Credentials> fromEntry(const json& entry, const std::string& where) {
  Credentials out{textAt(entry, "username"), textAt(entry, "password"), textAt(entry, "identitytoken")};
  const std::string both = textAt(entry, "auth");
  if (both.empty()) return out;
  std::vector<char> decoded;
  if (llvm::Error error = llvm::decodeBase64(both, decoded)) {
    llvm::consumeError(std::move(error));
    return badFile(where, "`auth` of an entry is no base64");
  }
  const auto [user, password] = llvm::StringRef(decoded.data(), decoded.size()).split(':');
  out.user = user.str();
  out.password = password.rtrim('\0').str();
  return out;
}

std::string under(const char* folder, llvm::ArrayRef<const char*> names) {
  llvm::SmallString<256> path(folder);
  for (const char* name : names) llvm::sys::path::append(path, name);
  return path.str().str();
}

std::vector<std::string> files() {
  const auto given = [](const char* name) -> const char* {
    const char* value = std::getenv(name);
    return value && *value ? value : nullptr;
  };
  if (const char* one = given("REGISTRY_AUTH_FILE")) return {one};
  std::vector<std::string> out;
  if (const char* folder = given("DOCKER_CONFIG")) out.push_back(under(folder, {"config.json"}));
  else if (const char* home = given("HOME")) out.push_back(under(home, {".docker", "config.json"}));
  if (const char* runtime = given("XDG_RUNTIME_DIR")) out.push_back(under(runtime, {"containers", "auth.json"}));
  return out;
}

/// The end of a word or of a quoted text at the beginning of `rest`, which is moved behind it.
std::string takeValue(llvm::StringRef& rest) {
  std::string out;
  if (!rest.consume_front("\"")) {
    const llvm::StringRef word = rest.take_until([](char c) { return c == ',' || c == ' '; });
    rest = rest.drop_front(word.size());
    return word.str();
  }
  while (!rest.empty() && rest.front() != '"') {
    if (rest.front() == '\\' && rest.size() > 1) rest = rest.drop_front();
    out += rest.front();
    rest = rest.drop_front();
  }
  rest.consume_front("\"");
  return out;
}

} // namespace

std::string Credentials::basic() const { return "Authorization: Basic " + llvm::encodeBase64(user + ":" + password); }

llvm::Expected<Credentials> credentialsIn(llvm::StringRef text, const std::string& where, const std::string& repository) {
  auto file = parseJson(text, where, FaultCode::RegistryAccess);
  if (!file) return file.takeError();
  const std::vector<std::string> names = namesOf(repository);
  const std::string host = llvm::StringRef(repository).split('/').first.str();
  const std::string server = host == "docker.io" ? kHub : host;
  if (const json* helpers = memberOf(*file, "credHelpers"))
    for (const std::string& name : names)
      if (const std::string helper = textAt(*helpers, name.c_str()); !helper.empty()) return askHelper(helper, server);
  if (const json* entries = memberOf(*file, "auths"))
    for (const std::string& name : names)
      if (const json* entry = memberOf(*entries, name.c_str())) {
        auto found = fromEntry(*entry, where);
        if (!found || found->any()) return found;
      }
  if (const std::string store = textAt(*file, "credsStore"); !store.empty()) return askHelper(store, server);
  return Credentials{};
}

llvm::Expected<Credentials> credentialsFor(const std::string& repository) {
  for (const std::string& file : files()) {
    auto buffer = llvm::MemoryBuffer::getFile(file);
    if (!buffer && buffer.getError() == std::errc::no_such_file_or_directory) continue;
    if (!buffer) return badFile(file, buffer.getError().message());
    auto found = credentialsIn((*buffer)->getBuffer(), file, repository);
    if (!found || found->any()) return found;
  }
  return Credentials{};
}

Challenge parseChallenge(llvm::StringRef header) {
  Challenge out;
  const auto [scheme, rest] = header.trim().split(' ');
  out.scheme = scheme.lower();
  llvm::StringRef left = rest.ltrim();
  while (!left.empty()) {
    const llvm::StringRef name = left.take_until([](char c) { return c == '='; });
    left = left.drop_front(name.size());
    if (!left.consume_front("=")) break;
    out.parameters[name.trim().lower()] = takeValue(left);
    left = left.ltrim(" ,");
  }
  return out;
}

} // namespace chasi::image

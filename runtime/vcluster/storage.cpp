// The URL of a snapshot is read as v0.36.1 of the vendor's tools reads it (pkg/snapshot/options.go, and the `url` tags of the API's
// S3Options and OCIOptions).
#include "runtime/vcluster/storage.h"

#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/StringRef.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace chasi::vcluster {

using nlohmann::ordered_json;
using plan::fault;

namespace {

constexpr const char* kForms = "write s3://BUCKET/KEY, oci://REGISTRY/REPOSITORY:TAG, container:///data/FILE.tar.gz, or the https address of a blob in Azure";

struct Url {
  std::string scheme, user, host, path; // `host` with its port
  std::vector<std::pair<std::string, std::string>> query;
  std::string bare; // without user and query
};

std::string decoded(llvm::StringRef text, bool form) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && llvm::isHexDigit(text[i + 1]) && llvm::isHexDigit(text[i + 2])) {
      out += static_cast<char>(llvm::hexFromNibbles(text[i + 1], text[i + 2]));
      i += 2;
    } else {
      out += form && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

Url split(llvm::StringRef text) {
  Url url;
  const auto [scheme, rest] = text.split("://");
  url.scheme = scheme.lower();
  const auto [place, query] = rest.split('?');
  auto [authority, path] = place.split('/');
  if (const size_t at = authority.rfind('@'); at != authority.npos) {
    url.user = authority.take_front(at).str();
    authority = authority.drop_front(at + 1);
  }
  url.host = authority.str();
  url.path = place.contains('/') ? "/" + decoded(path, false) : "";
  url.bare = fmt::format("{}://{}{}", url.scheme, url.host, place.contains('/') ? "/" + path.str() : "");
  llvm::SmallVector<llvm::StringRef> parts;
  query.split(parts, '&', -1, false);
  for (const llvm::StringRef part : parts) {
    const auto [key, value] = part.split('=');
    url.query.emplace_back(decoded(key, true), decoded(value, true));
  }
  return url;
}

enum class Form : uint8_t { Plain, Base64, Switch, Credential };
struct Option {
  const char* name;
  Form form;
};
constexpr Option kS3[] = {{"skip-client-credentials", Form::Switch}, {"access-key-id", Form::Credential}, {"secret-access-key", Form::Credential}, {"session-token", Form::Credential},
                          {"region", Form::Plain}, {"profile", Form::Plain}, {"url", Form::Base64}, {"public-url", Form::Base64}, {"kms-key-id", Form::Base64},
                          {"tagging", Form::Base64}, {"force-path-style", Form::Switch}, {"insecure-skip-tls-verify", Form::Switch},
                          {"custom-key-encryption-file", Form::Base64}, {"credentials-file", Form::Base64}, {"server-side-encryption", Form::Base64},
                          {"ca-cert", Form::Base64}, {"checksum-algorithm", Form::Plain}};
constexpr Option kOci[] = {{"username", Form::Credential}, {"password", Form::Credential}, {"skip-client-credentials", Form::Switch}};

llvm::Error wrong(const std::string& url, const std::string& why, const std::string& next = kForms) {
  return fault("CH6411", fmt::format("{}: {}", url, why), next);
}

constexpr const char* kEnvironment = "leave them out of the URL; they are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, from `docker login`, or from AZURE_STORAGE_BLOB_SAS";

llvm::Error takeOptions(const Url& url, llvm::ArrayRef<Option> known, ordered_json& out) {
  for (const auto& [key, text] : url.query) {
    const Option* option = llvm::find_if(known, [&key = key](const Option& each) { return key == each.name; });
    if (option == known.end()) {
      std::vector<std::string> names;
      for (const Option& each : known)
        if (each.form != Form::Credential) names.push_back(each.name);
      return wrong(url.bare, fmt::format("there is no option `{}`", key), fmt::format("the options are {}", fmt::join(names, ", ")));
    }
    if (option->form == Form::Credential) return wrong(url.bare, fmt::format("`{}` in a URL is seen by everybody on this machine", key), kEnvironment);
    const llvm::StringRef value = llvm::StringRef(text).trim();
    if (option->form == Form::Switch) {
      if (llvm::is_contained({"1", "t", "T", "true", "TRUE", "True"}, value)) out[key] = true;
      else if (!llvm::is_contained({"0", "f", "F", "false", "FALSE", "False"}, value)) return wrong(url.bare, fmt::format("`{}` is true or false, and not `{}`", key, value.str()));
      continue;
    }
    std::string plain = value.str();
    if (option->form == Form::Base64) {
      std::replace(plain.begin(), plain.end(), ' ', '+'); // a plus sign of base64 reads as a blank in a query
      std::string bytes;
      if (!plan::fromBase64(plain, bytes)) return wrong(url.bare, fmt::format("`{}` is no base64", key), fmt::format("for example ?{}=$(printf %s VALUE | base64 -w0)", key));
      plain = llvm::StringRef(bytes).trim().str();
    }
    if (!plain.empty()) out[key] = plain;
  }
  return llvm::Error::success();
}

/// Of one profile in a file of the AWS tools: "[default]", "key = value".
std::string profileValue(llvm::StringRef text, llvm::StringRef profile, llvm::StringRef key) {
  bool inside = false;
  while (!text.empty()) {
    llvm::StringRef line;
    std::tie(line, text) = text.split('\n');
    line = line.trim();
    if (line.starts_with("[")) inside = line.drop_front().drop_back(line.ends_with("]")).trim() == profile;
    const auto [name, value] = line.split('=');
    if (inside && name.trim() == key) return value.trim().str();
  }
  return {};
}

// The environment first, then the file of the AWS tools. Without any the control plane's own account is used, which is a way to do it.
void fillS3(const Surrounds& surrounds, ordered_json& s3) {
  const auto variable = [&](const char* name) { return surrounds.variable(name); };
  std::string id = variable("AWS_ACCESS_KEY_ID"), key = variable("AWS_SECRET_ACCESS_KEY"), session = variable("AWS_SESSION_TOKEN");
  if (id.empty() || key.empty()) {
    std::string path = variable("AWS_SHARED_CREDENTIALS_FILE");
    if (path.empty()) path = variable("HOME") + "/.aws/credentials";
    std::string profile = s3.value("profile", variable("AWS_PROFILE"));
    if (profile.empty()) profile = "default";
    const std::string text = surrounds.file(path).value_or("");
    id = profileValue(text, profile, "aws_access_key_id");
    key = profileValue(text, profile, "aws_secret_access_key");
    session = profileValue(text, profile, "aws_session_token");
  }
  if (id.empty() || key.empty()) return;
  s3["access-key-id"] = id;
  s3["secret-access-key"] = key;
  if (!session.empty()) s3["session-token"] = session;
}

llvm::Error readS3(const Url& url, const Surrounds& surrounds, ordered_json& options, Storage& out) {
  if (url.host.empty() || url.path.size() < 2) return wrong(url.bare, "it needs a bucket and a key", "write s3://BUCKET/KEY");
  ordered_json& s3 = options["s3"];
  s3["bucket"] = url.host;
  s3["key"] = llvm::StringRef(url.path).drop_front().str();
  if (llvm::Error error = takeOptions(url, kS3, s3)) return error;
  if (!s3.value("skip-client-credentials", false)) fillS3(surrounds, s3);
  out.url = fmt::format("s3://{}{}", url.host, url.path);
  for (const char* name : {"secret-access-key", "session-token"})
    if (s3.contains(name)) out.secrets.push_back(s3[name]);
  return llvm::Error::success();
}

llvm::Error readOci(const Url& url, const Surrounds& surrounds, ordered_json& options, Storage& out) {
  if (url.host.empty() || url.path.size() < 2) return wrong(url.bare, "it needs a registry and a repository", "write oci://REGISTRY/REPOSITORY:TAG");
  ordered_json& oci = options["oci"];
  oci["repository"] = url.host + url.path;
  if (llvm::Error error = takeOptions(url, kOci, oci)) return error;
  out.url = fmt::format("oci://{}{}", url.host, url.path);
  if (oci.value("skip-client-credentials", false)) return llvm::Error::success();
  const std::string repository = url.host + llvm::StringRef(url.path).split(':').first.str();
  llvm::Expected<std::pair<std::string, std::string>> login = surrounds.registry(repository);
  if (!login) return login.takeError();
  if (login->first.empty() && login->second.empty()) return llvm::Error::success();
  if (!login->first.empty()) oci["username"] = login->first;
  oci["password"] = login->second;
  out.secrets.push_back(login->second);
  return llvm::Error::success();
}

llvm::Error readAzure(const Url& url, const Surrounds& surrounds, ordered_json& options, Storage& out) {
  if (url.host.empty() || url.path.size() < 2) return wrong(url.bare, "it needs a container and a name", "write https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME");
  if (!url.query.empty()) return wrong(url.bare, "what follows the `?` gives access, and is seen by everybody on this machine", kEnvironment);
  const std::string sas = surrounds.variable("AZURE_STORAGE_BLOB_SAS");
  // The vendor's tools make a token with the key of the account; here the token is asked for, which can do less.
  if (sas.empty()) return wrong(url.bare, "there is no token for it", "put a SAS token of that blob into AZURE_STORAGE_BLOB_SAS; `az storage blob generate-sas` makes one");
  options["azure"] = {{"blob-url", url.bare}, {"sas", llvm::StringRef(sas).ltrim('?').str()}};
  out.secrets.push_back(options["azure"]["sas"]);
  out.url = url.bare;
  return llvm::Error::success();
}

} // namespace

llvm::Expected<Storage> readStorage(const std::string& text, const Surrounds& surrounds) {
  const Url url = split(text);
  Storage out;
  ordered_json options = {{"type", ""}, {"s3", ordered_json::object()}, {"container", ordered_json::object()}, {"oci", ordered_json::object()},
                          {"azure", ordered_json::object()}, {"file", ordered_json::object()}};
  out.type = url.scheme == "https" ? "azure" : url.scheme;
  options["type"] = out.type;
  if (text.find("://") == text.npos) return wrong(llvm::StringRef(text).split('?').first.str(), "it is no address of a snapshot");
  if (!url.user.empty()) return wrong(url.bare, "credentials in a URL are seen by everybody on this machine", kEnvironment);
  llvm::Error error = llvm::Error::success();
  if (url.scheme == "s3") error = readS3(url, surrounds, options, out);
  else if (url.scheme == "oci") error = readOci(url, surrounds, options, out);
  else if (url.scheme == "https") error = readAzure(url, surrounds, options, out);
  else if (url.scheme != "container") error = wrong(url.bare, fmt::format("`{}` is no kind of storage that a control plane knows", url.scheme));
  else if (!url.host.empty() || url.path.size() < 2) error = wrong(url.bare, "a path in the pod begins with a slash", "write container:///data/FILE.tar.gz");
  else if (!url.query.empty()) error = wrong(url.bare, "a file in the pod has no options", "leave out the `?`");
  else {
    out.path = url.path;
    options["container"]["path"] = url.path;
    out.url = "container://" + url.path;
  }
  if (error) return error;
  out.options = options.dump();
  return out;
}

std::string withRelease(const std::string& options, const ReleaseNote& note) {
  ordered_json out = ordered_json::parse(options);
  out["release"] = {{"releaseName", note.name}, {"releaseNamespace", note.ns}, {"chartName", "vcluster"}, {"chartVersion", note.chartVersion}, {"values", plan::base64(note.values)}};
  return out.dump();
}

std::string hidden(std::string text, const Storage& storage) {
  for (const std::string& secret : storage.secrets)
    for (size_t at = text.find(secret); at != text.npos && !secret.empty(); at = text.find(secret, at)) text.replace(at, secret.size(), "***");
  return text;
}

} // namespace chasi::vcluster

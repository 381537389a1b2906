#include "compiler/manifest/image_text.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringExtras.h>

namespace chasi::manifest {

namespace {

using llvm::StringRef;

constexpr size_t kLongest = 512; ///< a path may have 255 characters, a tag 128, a digest of SHA-512 135

bool isDigit(char c) { return llvm::isDigit(c); }
bool isSmall(char c) { return (c >= 'a' && c <= 'z') || llvm::isDigit(c); }

/// Small letters and digits, with `.`, `_`, `__` or dashes between them.
bool isComponent(StringRef text) {
  if (text.empty() || !isSmall(text.front()) || !isSmall(text.back())) return false;
  for (size_t i = 1; i < text.size(); ++i) {
    const char c = text[i], before = text[i - 1];
    if (isSmall(c) || c == '-') {
      if (c == '-' && (before == '.' || before == '_')) return false;
    } else if (c == '_') {
      if (before == '.' || before == '-' || (before == '_' && i > 1 && text[i - 2] == '_')) return false;
    } else if (c != '.' || !isSmall(before)) {
      return false;
    }
  }
  return true;
}

bool isHost(StringRef text) {
  const auto [name, port] = text.split(':');
  if (text.contains(':') && (port.empty() || port.size() > 5 || !llvm::all_of(port, isDigit))) return false;
  llvm::SmallVector<StringRef, 6> labels;
  name.split(labels, '.');
  const bool fine = llvm::all_of(labels, [](StringRef label) {
    return !label.empty() && llvm::isAlnum(label.front()) && llvm::isAlnum(label.back()) && llvm::all_of(label, [](char c) { return llvm::isAlnum(c) || c == '-'; });
  });
  // A last label of digits is an address, or a version.
  return fine && (!port.empty() || !llvm::all_of(labels.back(), isDigit));
}

/// Domains that labels, taints and Go packages begin with, and that no image comes from.
bool namesNoRegistry(StringRef host) {
  if (host == "registry.k8s.io" || host.ends_with(".registry.k8s.io")) return false;
  return host == "k8s.io" || host.ends_with(".k8s.io") || host == "kubernetes.io" || host.ends_with(".kubernetes.io") || host == "github.com" || host == "golang.org";
}

bool isTag(StringRef text) {
  return !text.empty() && text.size() <= 128 && (llvm::isAlnum(text.front()) || text.front() == '_') && llvm::all_of(text, [](char c) { return llvm::isAlnum(c) || c == '_' || c == '.' || c == '-'; });
}

bool isDigest(StringRef text) {
  const bool sha256 = text.consume_front("sha256:"), sha512 = !sha256 && text.consume_front("sha512:");
  return (sha256 || sha512) && text.size() == (sha256 ? 64U : 128U) && llvm::all_of(text, [](char c) { return llvm::isDigit(c) || (c >= 'a' && c <= 'f'); });
}

bool isEffect(StringRef tag) { return tag == "NoSchedule" || tag == "NoExecute" || tag == "PreferNoSchedule"; }

} // namespace

std::optional<ImageText> readImage(StringRef text) {
  text.consume_front("docker://");
  if (text.empty() || text.size() > kLongest) return std::nullopt;
  ImageText out;
  if (const size_t at = text.find('@'); at != StringRef::npos) {
    out.digest = text.substr(at + 1);
    if (!isDigest(out.digest)) return std::nullopt;
    text = text.take_front(at);
  }
  const size_t slash = text.rfind('/'), colon = text.rfind(':');
  if (colon != StringRef::npos && (slash == StringRef::npos || colon > slash)) {
    out.tag = text.substr(colon + 1);
    if (!isTag(out.tag) || isEffect(out.tag)) return std::nullopt;
    text = text.take_front(colon);
  }
  if (const StringRef first = text.split('/').first; first.size() < text.size() && (first.contains('.') || first.contains(':') || first == "localhost")) {
    out.host = first;
    if (!isHost(out.host) || namesNoRegistry(out.host.split(':').first)) return std::nullopt;
    text = text.drop_front(first.size() + 1);
  }
  out.path = text;
  llvm::SmallVector<StringRef, 4> components;
  text.split(components, '/');
  if (!llvm::all_of(components, isComponent)) return std::nullopt;
  const bool port = out.host.empty() && !text.contains('/') && !out.tag.empty() && llvm::all_of(out.tag, isDigit) && (text == "localhost" || text.contains('.'));
  return port ? std::nullopt : std::optional(out);
}

std::string canonicalImage(StringRef text) {
  const std::optional<ImageText> read = readImage(text);
  if (!read) return text.str();
  const bool hub = read->host.empty() || read->host == "docker.io" || read->host == "index.docker.io";
  std::string out = (hub ? "docker.io" : read->host.str()) + "/" + (hub && !read->path.contains('/') ? "library/" : "") + read->path.str();
  if (!read->digest.empty()) return out + "@" + read->digest.str(); // a tag beside it says nothing
  return out + ":" + (read->tag.empty() ? "latest" : read->tag.str());
}

bool saysImage(StringRef name) {
  std::string last;
  bool says = false;
  const auto end = [&] {
    says = says || last == "image" || last == "images" || last == "baseimage" || last == "dockerimage";
  };
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool begins = llvm::isUpper(c) && i > 0 && !llvm::isUpper(name[i - 1]); // fluentdImage
    if (begins || !llvm::isAlnum(c)) {
      if (!last.empty()) end();
      last.clear();
    }
    if (llvm::isAlnum(c)) last += llvm::toLower(c);
  }
  end();
  return says || last == "reloader";
}

void eachWord(StringRef text, llvm::function_ref<void(StringRef, StringRef)> each) {
  constexpr StringRef kBetween = " \t\r\n\"'`,;|&()<>[]{}=\\";
  StringRef name, before;
  for (size_t at = 0; (at = text.find_first_not_of(kBetween, at)) != StringRef::npos;) {
    const size_t end = std::min(text.find_first_of(kBetween, at), text.size());
    StringRef word = text.slice(at, end);
    const StringRef after = text.substr(end);
    at = end;
    if (word == ":") { // "name": "word"
      name = before;
      continue;
    }
    const bool names = word.consume_back(":") || after.starts_with("=") || (word.starts_with("-") && !word.contains(':'));
    if (names) name = word;
    else each(name, word);
    if (!names) name = {};
    before = word;
  }
}

} // namespace chasi::manifest

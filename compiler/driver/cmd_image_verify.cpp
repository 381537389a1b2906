#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "runtime/image/signature.h"
#include "runtime/image/verify_registry.h"

#include <llvm/Support/FileSystem.h>

namespace chasi::driver {

namespace {

llvm::Expected<std::vector<image::Key>> readKeys(const Invocation& invocation) {
  std::vector<image::Key> out;
  for (const std::string& file : invocation.all("--key")) {
    auto text = image::readWhole(file, 1 << 20, image::FaultCode::BadKey);
    if (!text) return text.takeError();
    auto key = image::Key::readPublic(*text, file);
    if (!key) return key.takeError();
    out.push_back(std::move(*key));
  }
  return out;
}

/// What was found; false when something is wrong.
bool tell(const image::Verification& result, bool whole, const Terminal& terminal) {
  for (const image::Problem& p : result.problems) llvm::outs() << p.path << ": " << p.text << '\n';
  if (!terminal.quiet)
    llvm::errs() << fmt::format("{} blobs, {} bytes, {} problems{}\n", result.blobs, result.bytes, result.problems.size(), whole ? fmt::format(", {} files that nothing points at", result.unreferenced.size()) : "");
  return result.problems.empty();
}

/// Every key has to have signed it.
llvm::Error checkKeys(const std::string& name, const image::Digest& digest, const std::vector<image::Signature>& signatures, const std::vector<image::Key>& keys, const Terminal& terminal) {
  for (const image::Key& key : keys) {
    if (llvm::Error error = image::checkSigned(name, digest, signatures, key)) return error;
    if (!terminal.quiet) llvm::errs() << fmt::format("{} is signed with {}\n", name, key.where());
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<image::Descriptor>> namedImages(const std::string& layout, const std::string& name) {
  if (!name.empty()) {
    auto one = image::findReference(layout, name);
    if (!one) return one.takeError();
    return std::vector{std::move(*one)};
  }
  auto index = image::readIndex(layout);
  if (!index) return index.takeError();
  auto all = image::children(*index, layout + "/index.json");
  if (all) llvm::erase_if(*all, [](const image::Descriptor& d) { return !d.annotations.contains(image::annotation::refName); });
  return all;
}

int verifyLayout(const std::string& layout, const std::string& name, const std::vector<image::Key>& keys, const Terminal& terminal) {
  auto result = image::verify(layout, name);
  if (!result) return printError(result.takeError(), terminal);
  bool right = tell(*result, name.empty(), terminal);
  if (keys.empty()) return right ? kDone : kWrong;
  auto images = namedImages(layout, name);
  if (!images) return printError(images.takeError(), terminal);
  for (const image::Descriptor& d : *images) {
    auto signatures = image::signaturesIn(layout, d.digest);
    if (!signatures) return printError(signatures.takeError(), terminal);
    const auto at = d.annotations.find(image::annotation::refName);
    if (llvm::Error error = checkKeys(at == d.annotations.end() ? name : at->second, d.digest, *signatures, keys, terminal)) {
      printError(std::move(error), terminal);
      right = false;
    }
  }
  return right ? kDone : kWrong;
}

int verifyAddress(const image::ImageAddress& address, const std::vector<image::Key>& keys, const Terminal& terminal) {
  image::Repository repository(address.repository, image::Repository::Access::Pull);
  auto found = image::verifyInRegistry(repository, address);
  if (!found) return printError(found.takeError(), terminal);
  const bool right = tell(found->result, false, terminal);
  if (keys.empty()) return right ? kDone : kWrong;
  auto signatures = image::signaturesAt(repository, found->image);
  if (!signatures) return printError(signatures.takeError(), terminal);
  if (llvm::Error error = checkKeys(address.str(), found->image, *signatures, keys, terminal)) return printError(std::move(error), terminal);
  return right ? kDone : kWrong;
}

} // namespace

/// A folder is a layout. What is none, and has a host and a tag or digest, is an address.
bool isImageAddress(llvm::StringRef word) {
  if (word.starts_with("oci://") || word.starts_with("docker://")) return true;
  const auto [host, path] = word.split('/');
  const bool hosted = !host.empty() && host.front() != '.' && (host.contains('.') || host.contains(':') || host == "localhost");
  return hosted && path.substr(path.rfind('/') + 1).find_first_of(":@") != llvm::StringRef::npos && !llvm::sys::fs::exists(word);
}

int runImageVerify(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto keys = readKeys(invocation);
  if (!keys) return printError(keys.takeError(), terminal);
  if (!isImageAddress(invocation.word(0))) return verifyLayout(invocation.word(0), invocation.word(1), *keys, terminal);
  if (invocation.words.size() > 1) {
    llvm::errs() << "chasic: an address has the name of the image in it; a second name is for layouts\n";
    return kUsage;
  }
  auto address = image::parseImageAddress(invocation.word(0));
  if (!address) return printError(address.takeError(), terminal);
  return verifyAddress(*address, *keys, terminal);
}

} // namespace chasi::driver

#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "runtime/image/attest.h"
#include "runtime/image/signature.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace chasi::driver {

namespace {

/// From a file, without the end of its line, or from the environment; empty when there is none.
llvm::Expected<std::string> passphrase(const Invocation& invocation) {
  if (!invocation.has("--passphrase-file")) {
    const char* text = std::getenv("CHASI_KEY_PASSPHRASE");
    return text ? text : "";
  }
  auto text = image::readWhole(invocation.get("--passphrase-file"), 4096, image::FaultCode::BadKey);
  if (!text) return text.takeError();
  return llvm::StringRef(*text).take_until([](char c) { return c == '\n' || c == '\r'; }).str();
}

/// A new file; one that is there is somebody's key.
llvm::Error writeNew(const std::string& path, llvm::StringRef text, mode_t mode) {
  const image::File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!file && errno == EEXIST) return image::fault(image::FaultCode::BadKey, fmt::format("{} is there already", path), "a key that is lost cannot be made again: choose another name, or move it away");
  if (!file) return image::systemFault(image::FaultCode::BadKey, "create " + path, errno);
  return image::writeAll(file, text, path);
}

} // namespace

int runImageKeygen(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto secret = passphrase(invocation);
  if (!secret) return printError(secret.takeError(), terminal);
  auto pair = image::makeKeyPair(*secret);
  if (!pair) return printError(pair.takeError(), terminal);
  const std::string prefix = invocation.word(0, "chasi"), open = prefix + ".pub", hidden = prefix + ".key";
  if (image::exists(open)) return printError(image::fault(image::FaultCode::BadKey, fmt::format("{} is there already", open), "choose another name, or move it away"), terminal);
  if (llvm::Error error = writeNew(hidden, pair->privatePem, 0600)) return printError(std::move(error), terminal);
  if (llvm::Error error = writeNew(open, pair->publicPem, 0644)) return printError(std::move(error), terminal);
  llvm::outs() << hidden << '\n' << open << '\n';
  if (!terminal.quiet && secret->empty()) llvm::errs() << fmt::format("{} has no passphrase: whoever reads it signs as you\n", hidden);
  return kDone;
}

int runImageSign(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  if (!invocation.has("--key")) {
    llvm::errs() << "chasic: --key is needed: a private key, as `chasic image keygen` makes it\n";
    return kUsage;
  }
  auto secret = passphrase(invocation);
  if (!secret) return printError(secret.takeError(), terminal);
  auto text = image::readWhole(invocation.get("--key"), 1 << 20, image::FaultCode::BadKey);
  if (!text) return printError(text.takeError(), terminal);
  auto key = image::Key::readPrivate(*text, *secret, invocation.get("--key"));
  if (!key) return printError(key.takeError(), terminal);
  const std::string place = invocation.word(0), name = invocation.word(1);
  if (name.empty() != isImageAddress(place)) {
    llvm::errs() << (name.empty() ? "chasic: which image of the layout? `chasic image inspect` names them; an address has a tag or a digest\n" : "chasic: an address has the name of the image in it; a second name is for layouts\n");
    return kUsage;
  }
  llvm::Expected<image::SignResult> done = [&]() -> llvm::Expected<image::SignResult> {
    if (!name.empty()) return image::sign(place, name, invocation.get("--identity", llvm::StringRef(name).split('@').first.rsplit(':').first.str().c_str()), *key);
    auto address = image::parseImageAddress(place);
    if (!address) return address.takeError();
    return image::sign(*address, invocation.get("--identity", address->repository.str().c_str()), *key);
  }();
  if (!done) return printError(done.takeError(), terminal);
  llvm::outs() << fmt::format("{}  {}  {}\n", name.empty() ? place : name, done->image.str(), done->changed ? "signed" : "unchanged: this key has signed it");
  return kDone;
}

int runImageAttest(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto done = image::attest(invocation.word(0), invocation.word(1));
  if (!done) return printError(done.takeError(), terminal);
  llvm::outs() << fmt::format("{}  {}  {}\n", invocation.word(1), done->image.str(), done->changed ? "attested" : "unchanged");
  return kDone;
}

} // namespace chasi::driver

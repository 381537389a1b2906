#include "runtime/image/transfer.h"

#include "runtime/image/attached.h"
#include "runtime/image/json_text.h"
#include "runtime/image/layout_writer.h"

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>

#include <atomic>
#include <mutex>
#include <thread>

namespace chasi::image {

using nlohmann::json;

std::string ImageAddress::str() const { return repository.str() + (tag.empty() ? "" : ":" + tag) + (digest.empty() ? "" : "@" + digest.str()); }

/// distribution-spec, "Pulling manifests": <reference> as a tag.
static bool isTag(llvm::StringRef text) {
  const auto word = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  return !text.empty() && text.size() <= 128 && word(text.front()) && llvm::all_of(text, [&](char c) { return word(c) || c == '.' || c == '-'; });
}

llvm::Expected<ImageAddress> parseImageAddress(llvm::StringRef text) {
  llvm::StringRef rest = text;
  if (!rest.consume_front("oci://")) rest.consume_front("docker://");
  const auto wrong = [&](llvm::StringRef why) {
    return fault(FaultCode::RegistryUnknown, fmt::format("\"{}\" is no address of an image: {}", text.str(), why.str()), "it is written HOST/PATH:TAG or HOST/PATH@sha256:…, as in registry.acme.io/team/shop:1.2");
  };
  ImageAddress out;
  const auto [named, digest] = rest.split('@');
  if (named.size() != rest.size()) {
    auto parsed = Digest::parse(digest);
    if (!parsed) return llvm::consumeError(parsed.takeError()), wrong("the digest is none");
    out.digest = std::move(*parsed);
  }
  llvm::StringRef path = named;
  if (const size_t colon = named.rfind(':'); colon != named.npos && !named.drop_front(colon).contains('/')) {
    path = named.take_front(colon);
    out.tag = named.drop_front(colon + 1).str();
    if (!isTag(out.tag)) return wrong("the tag is none");
  }
  if (out.tag.empty() && out.digest.empty()) out.tag = "latest";
  const llvm::StringRef first = path.split('/').first;
  const bool hosted = path.contains('/') && (first.contains('.') || first.contains(':') || first == "localhost");
  auto repository = parseRepository(kRegistryScheme.str() + (hosted ? "" : path.contains('/') ? "docker.io/" : "docker.io/library/") + path.str());
  if (!repository) return llvm::consumeError(repository.takeError()), wrong("names have lower-case letters, digits and `.`, `_`, `-` between them");
  out.repository = std::move(*repository);
  return out;
}

llvm::Expected<ImageAddress> parsePushAddress(llvm::StringRef text, llvm::StringRef tag) {
  const bool tagged = text.substr(text.rfind('/') + 1).contains(':');
  auto address = parseImageAddress(tagged || text.contains('@') || tag.empty() ? text.str() : text.str() + ":" + tag.str());
  if (address && !address->digest.empty()) return fault(FaultCode::RegistryUnknown, fmt::format("nothing can be pushed to {}: which digest an image has follows from what is in it", text.str()), "leave the digest out");
  return address;
}

llvm::Expected<RegistryManifest> manifestAt(Repository& repository, const ImageAddress& address) {
  auto found = repository.fetchManifest(address.reference());
  if (!found) return found.takeError();
  if (*found) return std::move(**found);
  return fault(FaultCode::RegistryUnknown, fmt::format("there is no image {}", address.str()), "see whether name and tag are right; a registry may also answer so to whoever is not logged in");
}

namespace {

/// Does something with each blob, several at a time; the first error ends it, after what is on its way.
llvm::Error inParallel(const std::vector<Descriptor>& blobs, size_t parallel, llvm::function_ref<llvm::Error(Repository&, const Descriptor&)> each, const RepositoryAddress& address, Repository::Access access, const std::string& alsoRead = {}) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  llvm::Error errors = llvm::Error::success();
  std::atomic<bool> failed{false};
  const auto work = [&] {
    std::optional<Repository> repository;
    for (size_t i = next++; i < blobs.size() && !failed; i = next++) {
      if (!repository) repository.emplace(address, access).alsoRead(alsoRead);
      if (llvm::Error error = each(*repository, blobs[i])) {
        const std::lock_guard guard(mutex);
        errors = failed.exchange(true) ? (llvm::consumeError(std::move(error)), std::move(errors)) : llvm::joinErrors(std::move(errors), std::move(error));
      }
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(parallel, blobs.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return errors;
}

class Transfer {
public:
  explicit Transfer(const TransferOptions& options) : options_(options) {}
  TransferResult result;

  /// Whether the address leads to this very image; a registry takes no manifest before what it points at.
  llvm::Expected<bool> isThere(Repository& repository, const ImageAddress& to, const Descriptor& root) {
    auto there = repository.fetchManifest(to.tag.empty() ? root.digest.str() : to.tag);
    if (!there) return there.takeError();
    result.image = root;
    result.changed = !*there || (*there)->digest != root.digest;
    if (!result.changed) result.there = blobs().size();
    return !result.changed;
  }

  /// The manifest that an address leads to, in the layout with all that hangs on it, blobs aside.
  llvm::Expected<Descriptor> fetchManifests(Repository& repository, const ImageAddress& from, const LayoutLock& lock) {
    auto found = manifestAt(repository, from);
    if (!found) return found.takeError();
    Descriptor root = found->descriptor();
    if (auto put = putBlob(lock, root.digest, found->text); !put) return put.takeError();
    if (options_.platform && media::isIndex(root.mediaType)) {
      auto chosen = ofPlatform(root, from, lock);
      if (!chosen) return chosen.takeError();
      root = std::move(*chosen);
    }
    auto all = reachable(from.repository.str(), root, [&](const Descriptor& d) { return keptManifest(repository, d, lock); });
    if (!all) return all.takeError();
    all_ = std::move(*all);
    return root;
  }

  /// What hangs on them goes along.
  llvm::Error fetchAttachedManifests(Repository& repository, const Descriptor& root, const LayoutLock& lock) {
    auto found = fetchAttached(repository, all_, root, lock);
    if (!found) return found.takeError();
    attached_ = std::move(*found);
    return llvm::Error::success();
  }
  llvm::Error findAttached(const std::string& layout) {
    auto found = attachedIn(layout, all_);
    if (!found) return found.takeError();
    attached_ = std::move(*found);
    return llvm::Error::success();
  }
  const std::vector<Attached>& attached() const { return attached_; }

  /// What a registry lacks: the image with what hangs on it, or only some of the latter.
  llvm::Error chooseMissing(Repository& repository, const ImageAddress& to, const Descriptor& root) {
    auto there = isThere(repository, to, root);
    if (!there) return there.takeError();
    auto missing = missingAt(repository, std::move(attached_));
    if (!missing) return missing.takeError();
    attached_ = std::move(*missing);
    if (!*there) return llvm::Error::success();
    all_.clear();
    result.attached = attached_.size();
    return llvm::Error::success();
  }

  void setAll(std::vector<Descriptor> all) { all_ = std::move(all); }
  std::vector<Descriptor> blobs() const {
    std::vector<Descriptor> out;
    llvm::copy_if(all_, std::back_inserter(out), [](const Descriptor& d) { return !pointsAtMore(d); });
    llvm::copy_if(contentOf(attached_), std::back_inserter(out), [&](const Descriptor& d) { return llvm::none_of(out, [&](const Descriptor& known) { return known.digest == d.digest; }); });
    return out;
  }

  llvm::Error fetch(Repository& repository, const Descriptor& d, const LayoutLock& lock) {
    if (hasBlob(lock.layout(), d)) return count(result.there), llvm::Error::success();
    Hasher hasher(d.digest.algorithm());
    auto writer = BlobWriter::resume(lock, d, hasher);
    if (!writer) return writer.takeError();
    const uint64_t had = writer->size();
    llvm::Error error = repository.fetchBlob(d, had, [&](llvm::StringRef bytes) {
      hasher.update(bytes);
      return writer->write(bytes);
    });
    if (error) return error;
    if (hasher.finish() != d.digest) {
      writer->discard();
      return fault(FaultCode::RegistryAnswer, fmt::format("{} of {} does not have the recorded digest", d.digest.str(), repository.address().str()), "something between here and the registry changes what it sends; nothing of it was kept");
    }
    if (auto done = writer->commit(d.digest); !done) return done.takeError();
    moved(d, d.size - had, "fetched");
    return llvm::Error::success();
  }

  llvm::Error send(Repository& repository, const Descriptor& d, const std::string& layout) {
    const std::string path = blobPath(layout, d.digest);
    auto file = openForReading(path, FaultCode::BadLayout);
    if (!file) return file.takeError();
    struct stat info {};
    if (::fstat(file->fd(), &info) != 0 || static_cast<uint64_t>(info.st_size) != d.size) return fault(FaultCode::BadLayout, fmt::format("{} does not have the {} bytes recorded", path, d.size), "`chasic image verify` finds all that is damaged");
    auto sent = repository.uploadBlob(d, file->fd());
    if (!sent) return sent.takeError();
    if (*sent) moved(d, d.size, "sent");
    else count(result.there);
    return llvm::Error::success();
  }

  llvm::Error sendManifests(Repository& repository, const ImageAddress& to, const std::string& layout, const Descriptor& root) {
    for (const Descriptor& d : all_) {
      if (!pointsAtMore(d)) continue;
      auto text = readWhole(blobPath(layout, d.digest), maxManifestSize, FaultCode::BadLayout);
      if (!text) return text.takeError();
      const std::string reference = d.digest == root.digest && !to.tag.empty() ? to.tag : d.digest.str();
      if (llvm::Error error = repository.pushManifest(reference, d.mediaType, *text)) return error;
    }
    result.attached = attached_.size();
    return sendAttached(repository, layout, attached_);
  }

  void count(size_t& what) {
    const std::lock_guard guard(mutex_);
    ++what;
  }
  void moved(const Descriptor& d, uint64_t bytes, const char* verb) {
    const std::lock_guard guard(mutex_);
    ++result.moved;
    result.bytes += bytes;
    if (options_.event) options_.event(fmt::format("{} {}, {} bytes", verb, d.digest.str(), bytes));
  }

private:
  const TransferOptions& options_;
  std::mutex mutex_;
  std::vector<Descriptor> all_;
  std::vector<Attached> attached_;

  llvm::Expected<Descriptor> ofPlatform(const Descriptor& root, const ImageAddress& from, const LayoutLock& lock) {
    auto index = readJsonBlob(lock.layout(), root, maxManifestSize);
    if (!index) return index.takeError();
    auto entries = children(*index, from.str());
    if (!entries) return entries.takeError();
    std::string known;
    for (Descriptor& each : *entries) {
      if (!each.platform) continue;
      Platform plain = *each.platform;
      if (options_.platform->variant.empty()) plain.variant.clear();
      if (plain == *options_.platform) return std::move(each);
      known += (known.empty() ? "" : ", ") + each.platform->str();
    }
    return fault(FaultCode::UnknownReference, fmt::format("{} is for no {}", from.str(), options_.platform->str()), known.empty() ? "it names no platform at all" : "it is for " + known);
  }
};

} // namespace

llvm::Expected<TransferResult> pull(const ImageAddress& from, const std::string& layout, const std::string& name, const TransferOptions& options) {
  auto lock = LayoutLock::take(layout, options.lockPatience, [&] { if (options.event) options.event("waiting for another writer of " + layout); });
  if (!lock) return lock.takeError();
  Repository repository(from.repository, Repository::Access::Pull);
  Transfer transfer(options);
  auto root = transfer.fetchManifests(repository, from, *lock);
  if (!root) return root.takeError();
  if (llvm::Error error = transfer.fetchAttachedManifests(repository, *root, *lock)) return error;
  if (llvm::Error error = inParallel(transfer.blobs(), options.parallel, [&](Repository& r, const Descriptor& d) { return transfer.fetch(r, d, *lock); }, from.repository, Repository::Access::Pull)) return error;
  // The image before what hangs on it: nothing may hang on what is not there.
  auto changed = setReference(*lock, name, *root);
  if (!changed) return changed.takeError();
  auto more = changeReferrers(*lock, manifestsOf(transfer.attached()));
  if (!more) return more.takeError();
  transfer.result.attached = transfer.attached().size();
  transfer.result.changed = *changed || *more;
  transfer.result.image = std::move(*root);
  return std::move(transfer.result);
}

llvm::Expected<TransferResult> fetchBlobs(const RepositoryAddress& from, const LayoutLock& lock, const std::vector<Descriptor>& blobs, const TransferOptions& options) {
  Transfer transfer(options);
  if (llvm::Error error = inParallel(blobs, options.parallel, [&](Repository& r, const Descriptor& d) { return transfer.fetch(r, d, lock); }, from, Repository::Access::Pull)) return error;
  return std::move(transfer.result);
}

llvm::Expected<TransferResult> push(const std::string& layout, const std::string& name, const ImageAddress& to, const TransferOptions& options) {
  auto root = findReference(layout, name);
  if (!root) return root.takeError();
  if (!to.digest.empty() && to.digest != root->digest) return fault(FaultCode::UnknownReference, fmt::format("{} in {} has the digest {}, and not {}", name, layout, root->digest.str(), to.digest.str()), "leave the digest out, or name the image that has it");
  auto all = reachable(layout, *root);
  if (!all) return all.takeError();
  Repository repository(to.repository, Repository::Access::Push);
  Transfer transfer(options);
  transfer.setAll(std::move(*all));
  if (llvm::Error error = transfer.findAttached(layout)) return error;
  if (llvm::Error error = transfer.chooseMissing(repository, to, *root)) return error;
  if (llvm::Error error = inParallel(transfer.blobs(), options.parallel, [&](Repository& r, const Descriptor& d) { return transfer.send(r, d, layout); }, to.repository, Repository::Access::Push)) return error;
  if (llvm::Error error = transfer.sendManifests(repository, to, layout, *root)) return error;
  return std::move(transfer.result);
}

llvm::Expected<TransferResult> copy(const ImageAddress& from, const ImageAddress& to, const std::string& layout, const TransferOptions& options) {
  auto lock = LayoutLock::take(layout, options.lockPatience, [&] { if (options.event) options.event("waiting for another copy by way of " + layout); });
  if (!lock) return lock.takeError();
  Repository source(from.repository, Repository::Access::Pull), target(to.repository, Repository::Access::Push);
  Transfer transfer(options);
  auto root = transfer.fetchManifests(source, from, *lock);
  if (!root) return root.takeError();
  if (llvm::Error error = transfer.fetchAttachedManifests(source, *root, *lock)) return error;
  if (llvm::Error error = transfer.chooseMissing(target, to, *root)) return error;
  const bool oneRegistry = from.repository.host == to.repository.host;
  const auto one = [&](Repository& r, const Descriptor& d) -> llvm::Error {
    auto there = r.hasBlob(d.digest);
    if (!there) return there.takeError();
    if (*there) return transfer.count(transfer.result.there), llvm::Error::success();
    if (oneRegistry) {
      auto mounted = r.mountBlob(d.digest, from.repository.path);
      if (!mounted) return mounted.takeError();
      if (*mounted) return transfer.count(transfer.result.mounted), llvm::Error::success();
    }
    Transfer way(options); // counts what comes; what goes is the result
    Repository reader(from.repository, Repository::Access::Pull);
    if (llvm::Error error = way.fetch(reader, d, *lock)) return error;
    return transfer.send(r, d, layout);
  };
  if (llvm::Error error = inParallel(transfer.blobs(), options.parallel, one, to.repository, Repository::Access::Push, oneRegistry ? from.repository.path : "")) return error;
  if (llvm::Error error = transfer.sendManifests(target, to, layout, *root)) return error;
  return std::move(transfer.result);
}

} // namespace chasi::image

#include "compiler/package/vendored.h"

#include "compiler/package/content.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace chasi::package {

namespace {

using source::Code;
using source::Diagnostic;
using source::Diagnostics;
using source::Span;

constexpr llvm::StringLiteral kMend = "`chasic mod vendor` makes chasi.lock and vendor/ fit workspace.chasi";

class Finder {
public:
  Finder(const std::string& root, const Lock& lock, Diagnostics& diagnostics) : root_(root), lock_(lock), diagnostics_(diagnostics) {}

  /// `asker` is empty for the workspace; `place` is where the workspace requires what leads here.
  void need(const std::string& name, const Requirement& least, const std::string& asker, Span place, Span version) {
    const Locked* locked = lock_.find(name);
    const std::string who = asker.empty() ? "" : asker + " needs ";
    if (!locked) {
      if (out.all.try_emplace(name).second)
        diagnostics_.report(Code::NotLocked, place, asker.empty() ? fmt::format("chasi.lock has no package {}", name) : fmt::format("{} needs {} {}, which chasi.lock does not have", asker, name, least.str())).hint(kMend.str());
      return;
    }
    if (!least.admits(locked->version)) {
      diagnostics_.report(Code::LockStale, asker.empty() ? version : place, fmt::format("{}{} is required{}, and chasi.lock has {} {}", asker.empty() ? name + " " : "", asker.empty() ? least.str() : fmt::format("{} {}", name, least.str()), asker.empty() ? "" : " by " + asker, name, locked->version.str()))
          .note(fmt::format("{} is met by what is {}", least.str(), least.words()))
          .hint(kMend.str());
    }
    if (!out.all.try_emplace(name).second) return;
    if (usable(*locked, place)) out.all[name].folder = vendorFolder(root_, name);
    for (const auto& [needed, text] : locked->needs) {
      out.all[name].needs.push_back(needed);
      need(needed, *Requirement::parse(text), fmt::format("{} {}", name, locked->version.str()), place, version);
    }
  }

  VendoredPackages out;

private:
  const std::string& root_;
  const Lock& lock_;
  Diagnostics& diagnostics_;

  bool usable(const Locked& locked, Span place) {
    const std::string folder = vendorFolder(root_, locked.name);
    if (!llvm::sys::fs::is_directory(folder)) {
      diagnostics_.report(Code::PackageMissing, place, fmt::format("vendor/{} is missing; chasi.lock has {} {}", locked.name, locked.name, locked.version.str()))
          .hint(locked.from.empty() ? fmt::format("put the package into vendor/{} again; it was not fetched by chasic", locked.name) : fmt::format("`chasic mod vendor` gets it from {}", locked.from));
      return false;
    }
    auto content = readContent(folder);
    if (!content) {
      diagnostics_.report(Code::PackageChanged, place, fmt::format("vendor/{} cannot be read", locked.name)).note(llvm::toString(content.takeError()));
      return false;
    }
    const std::string digest = digestOf(*content);
    if (digest == locked.digest) return true;
    Diagnostic& d = diagnostics_.report(Code::PackageChanged, place, fmt::format("vendor/{} is not {} {} as chasi.lock has it", locked.name, locked.name, locked.version.str()));
    d.note(fmt::format("locked is {}", locked.digest)).note(fmt::format("there is  {}", digest));
    if (locked.from.empty()) d.hint(fmt::format("undo the change, or accept it with `chasic mod update {}`", locked.name));
    else d.hint(fmt::format("`chasic mod vendor` gets it from {} again; a change belongs into the package itself", locked.from));
    return false;
  }
};

} // namespace

std::string vendorFolder(const std::string& root, const std::string& name) {
  llvm::SmallString<256> out(root);
  llvm::sys::path::append(out, "vendor", name);
  return out.str().str();
}

VendoredPackages vendoredPackages(const std::string& root, const Manifest& manifest, Diagnostics& diagnostics) {
  if (manifest.requires_.empty()) return {};
  auto lock = readLock(root);
  if (!lock) {
    VendoredPackages out;
    llvm::handleAllErrors(lock.takeError(), [&](const WorkspaceError& e) { diagnostics.report(e.code, manifest.requires_.front().nameSpan, e.message).hint(e.hint); });
    for (const Required& r : manifest.requires_) {
      out.direct.push_back(r.name);
      out.all[r.name];
    }
    return out;
  }
  Finder finder(root, *lock, diagnostics);
  for (const Required& r : manifest.requires_) {
    finder.out.direct.push_back(r.name);
    finder.need(r.name, r.least, "", r.nameSpan, r.versionSpan);
  }
  return std::move(finder.out);
}

} // namespace chasi::package

#include "compiler/driver/mod_workspace.h"

#include "compiler/driver/command.h"
#include "compiler/sema/load.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

namespace chasi::driver {

namespace {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;
using package::workspaceError;
using source::Code;

std::string under(const std::string& folder, llvm::StringRef name) {
  llvm::SmallString<256> out(folder);
  path::append(out, name);
  return out.str().str();
}

std::string formatted(const std::string& text) {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  return syntax::format(syntax::parse(sources, sources.add("workspace.chasi", text), diagnostics));
}

package::Manifest manifestIn(const std::string& text, source::SourceSet& sources) {
  source::Diagnostics diagnostics;
  const syntax::Tree tree = syntax::parse(sources, sources.add("workspace.chasi", text), diagnostics);
  return package::readManifest(tree.root(), diagnostics);
}

} // namespace

std::unique_ptr<ModWorkspace> ModWorkspace::open(const std::string& given, const Terminal& terminal, int& exit) {
  auto out = std::make_unique<ModWorkspace>();
  auto root = package::findRoot(given);
  if (!root) {
    exit = printError(root.takeError(), terminal);
    return nullptr;
  }
  out->root = *root;
  llvm::SmallString<256> here;
  const std::string file = under(*root, "workspace.chasi");
  out->shown = fs::current_path(here) ? file : package::relativePath(here, file);
  if (fs::exists(file)) {
    auto buffer = llvm::MemoryBuffer::getFile(file, true, false);
    if (!buffer) {
      exit = printError(workspaceError(Code::NoSuchPath, fmt::format("cannot read {}: {}", out->shown, buffer.getError().message())), terminal);
      return nullptr;
    }
    out->text = out->before_ = (*buffer)->getBuffer().str();
  }
  exit = kWrong;
  if (!out->parse(terminal)) return nullptr;
  auto lock = package::readLock(*root);
  if (!lock) {
    exit = printError(lock.takeError(), terminal);
    return nullptr;
  }
  out->lock = std::move(*lock);
  exit = kDone;
  return out;
}

bool ModWorkspace::parse(const Terminal& terminal) {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  const syntax::Tree tree = syntax::parse(sources, sources.add(shown, text), diagnostics);
  manifest = package::readManifest(tree.root(), diagnostics);
  if (!diagnostics.hasErrors()) return true;
  diagnostics.sort();
  printDiagnostics(diagnostics, sources, terminal, false);
  return false;
}

void ModWorkspace::require(const std::string& name, const package::Version& least, const std::string& from) {
  source::SourceSet sources;
  const package::Manifest there = manifestIn(text, sources);
  if (const package::Required* old = there.find(name)) {
    // From the back to the front, so that places stay right.
    std::vector<std::pair<source::Span, std::string>> edits = {{old->versionSpan, fmt::format("\"{}\"", least.str())}};
    if (old->fromSpan.valid() && old->from != from) edits.emplace_back(old->fromSpan, fmt::format("\"{}\"", from));
    if (!old->fromSpan.valid() && !from.empty()) edits[0].second += fmt::format(", from = \"{}\"", from);
    llvm::sort(edits, [](const auto& a, const auto& b) { return a.first.begin > b.first.begin; });
    for (const auto& [span, replacement] : edits) text.replace(span.begin - sources.base(0), span.end - span.begin, replacement);
  } else {
    if (text.empty()) text = sema::editionLine();
    if (!llvm::StringRef(text).ends_with("\n")) text += '\n';
    if (there.requires_.empty()) text += '\n';
    text += fmt::format("require \"{}\" {{ version = \"{}\"{} }}\n", name, least.str(), from.empty() ? "" : fmt::format(", from = \"{}\"", from));
  }
  text = formatted(text);
  source::SourceSet again;
  manifest = manifestIn(text, again);
}

llvm::Expected<package::Lock> ModWorkspace::collect(PackageSources& sources, const std::vector<package::Selected>& selected, const std::vector<std::string>& fresh, std::map<std::string, package::Content>& contents) {
  package::Lock next;
  next.images = lock.images;
  for (const package::Selected& each : selected) {
    auto content = sources.content(each.name, each.version, each.from);
    if (!content) return content.takeError();
    const std::string digest = package::digestOf(*content);
    const package::Locked* locked = lock.find(each.name);
    // A version that was published does not change. A folder is worked on, and says so by being one.
    const bool bound = locked && locked->version == each.version && locked->from == each.from && (sources.isPublished(each.from) || !llvm::is_contained(fresh, each.name));
    if (bound && locked->digest != digest) {
      const std::string where = each.from.empty() ? "vendor/" + each.name : each.from;
      return workspaceError(Code::PackageChanged, fmt::format("{} {} in {} is not what chasi.lock has", each.name, each.version.str(), where),
                            sources.isPublished(each.from) ? "a published version keeps its content: ask its owners for a new version" : fmt::format("undo the change, or accept it with `chasic mod update {}`", each.name));
    }
    next.packages.push_back({each.name, each.version, digest, each.from, each.needs});
    contents[each.name] = std::move(*content);
  }
  return next;
}

llvm::Error ModWorkspace::write(const package::Lock& next, const std::map<std::string, package::Content>& contents) {
  for (const package::Locked& p : next.packages)
    if (!p.from.empty())
      if (llvm::Error error = package::writeContent(package::vendorFolder(root, p.name), contents.at(p.name))) return error;
  // Only what chasic put there; a folder that somebody else made is theirs.
  for (const package::Locked& old : lock.packages)
    if (!old.from.empty() && !next.find(old.name)) fs::remove_directories(package::vendorFolder(root, old.name));
  const std::string text_ = package::writeLock(next), file = under(root, package::kLockFile);
  auto there = llvm::MemoryBuffer::getFile(file, true, false);
  if (!there ? !next.packages.empty() : (*there)->getBuffer() != text_)
    if (llvm::Error error = writeFile(file, text_)) return error;
  if (text == before_) return llvm::Error::success();
  return writeFile(under(root, "workspace.chasi"), text);
}

void ModWorkspace::tell(const package::Lock& next, const Terminal& terminal) const {
  if (terminal.quiet) return;
  size_t changes = 0;
  const auto say = [&](const std::string& line) {
    llvm::errs() << "  " << line << '\n';
    ++changes;
  };
  for (const package::Locked& p : next.packages) {
    const package::Locked* old = lock.find(p.name);
    if (!old) say(fmt::format("+ {} {}", p.name, p.version.str()));
    else if (old->version != p.version) say(fmt::format("~ {} {} -> {}", p.name, old->version.str(), p.version.str()));
    else if (old->digest != p.digest) say(fmt::format("~ {} {}, with other content", p.name, p.version.str()));
  }
  for (const package::Locked& old : lock.packages)
    if (!next.find(old.name)) say(fmt::format("- {} {}", old.name, old.version.str()));
  llvm::errs() << fmt::format("{} package{}{}\n", next.packages.size(), next.packages.size() == 1 ? "" : "s", changes == 0 ? ", nothing changed" : "");
}

llvm::Error ModWorkspace::settle(const std::vector<std::string>& fresh, const Terminal& terminal) {
  package::Lock bound = lock;
  std::erase_if(bound.packages, [&](const package::Locked& p) { return llvm::is_contained(fresh, p.name); });
  PackageSources sources(root, bound);
  auto selected = package::select(manifest, bound, sources);
  if (!selected) return selected.takeError();
  std::map<std::string, package::Content> contents;
  auto next = collect(sources, *selected, fresh, contents);
  if (!next) return next.takeError();
  if (llvm::Error error = write(*next, contents)) return error;
  tell(*next, terminal);
  return llvm::Error::success();
}

} // namespace chasi::driver

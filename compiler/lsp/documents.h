// The texts that the editor has open, and what the modules that they belong to come to.
#pragma once

#include "compiler/lint/lint.h"
#include "compiler/lsp/library_files.h"
#include "compiler/lsp/position.h"
#include "compiler/lsp/server.h"
#include "compiler/lsp/snapshot.h"

#include <llvm/Support/Chrono.h>

#include <set>

namespace chasi::lsp {

struct Document {
  std::string text;
  std::optional<int64_t> version;
};

/// What the user has chosen: an environment, and values for parameters.
struct Choice {
  std::string environment;
  std::map<std::string, sema::ParamValue> params; ///< win over those of the file
  std::string parametersFile; ///< as the settings name it; empty for none
};

/// Where a parameter of the settings says it comes from.
inline constexpr const char* kSettings = "the settings of the editor";

/// A module that is being edited, and what it came to when it was compiled last.
struct Edited {
  std::string name; ///< its folder and environment
  lower::Revisions revisions;
  uint64_t number = 0; ///< of the revision that `kept` is about
  lint::Kept kept;
};

/// Used by one thread.
class Documents {
public:
  explicit Documents(const Host& host) : library(host.cacheFolder), host_(host) {}

  LibraryFiles library; ///< documents of its files are no modules of the user's: they answer by what the library itself is

  std::map<std::string, Document> open; ///< by path
  Choice choice;                    ///< changed by `choose`
  std::vector<std::string> folders; ///< of the workspace

  const Host& host() const { return host_; }
  void choose(Choice chosen);
  /// Paths that the parameters file may have: one, or one for each folder when it is named relative to them.
  std::vector<std::string> parametersFiles() const;
  /// Something is wrong that belongs to no document, with something of this name; empty when it is right. It is told once for each choice.
  void complain(const std::string& about, const std::string& why);
  /// What is to be told since the last call.
  std::vector<std::string> news() { return std::exchange(news_, {}); }

  /// What is compiled for a file: its module, with what the editor has open and what the user has chosen.
  llvm::Expected<const lower::CompileInput*> inputFor(const std::string& path);
  /// Compiles the module of a file as the texts are now, with the warnings that `chasic check` gives. `checked` as in Revisions.
  llvm::Expected<Edited*> compile(const std::string& path, lower::Revisions::Show checked = nullptr);
  /// What is known of a file: compiled when something has changed since, unless what was known before is good enough.
  std::optional<Snapshot> snapshot(const std::string& path, bool fresh = true);
  /// Modules of the workspace that have a file with this word and are not the one of `path`. Each is compiled and shown; what was
  /// found is kept until something changes, for a rename asks what looking for references asked before.
  void others(const std::string& path, llvm::StringRef word, llvm::function_ref<void(const Snapshot&)> show);
  /// A path of each module in the folders of the workspace.
  std::vector<std::string> modules() const;
  /// What tells a module from others: its folder and environment. "" when the path is of none.
  std::string nameOf(const std::string& path);
  /// Files, environments or settings are others: names are found again.
  void forgetNames() { names_.clear(); }
  /// Compiles the module of a path as `compile` does, shows it, and forgets it.
  void glance(const std::string& path, llvm::function_ref<void(const lower::Revision&)> show);
  /// Reads the files of the module of a path, without checking them.
  void read(const std::string& path, llvm::function_ref<void(const source::SourceSet&, source::FileId, const syntax::Tree&)> show);
  /// Texts of all files of the workspace that a file belongs to, as the editor has them or as they lie there, in the order of their names.
  void eachText(const std::string& path, llvm::function_ref<void(const std::string& file, llvm::StringRef text)> show);
  /// Other modules of the workspace, as an import in this file names them.
  std::vector<std::string> importable(const std::string& path);
  /// Images that the lock of that workspace has.
  std::vector<PinnedImage> pinnedImages(const std::string& path);
  /// A file has changed, here or on the disk.
  void touch() {
    ++changes_;
    inputs_.clear();
    others_.clear();
  }
  /// Environments of the module of a file.
  std::vector<std::string> environments(const std::string& path);

private:
  const Host& host_;
  const std::shared_ptr<syntax::KnownTrees> known_ = std::make_shared<syntax::KnownTrees>();
  std::vector<std::unique_ptr<Edited>> edited_; ///< the one that was asked about last first
  std::map<std::string, uint64_t> compiled_; ///< at which change each was compiled
  uint64_t changes_ = 0;
  std::map<std::string, lower::CompileInput> inputs_; ///< by file, since the last change: finding a workspace reads folders
  std::map<std::string, std::string> names_; ///< by path: typing changes none, and finding one reads folders
  std::map<std::string, lower::Revisions> others_; ///< by name, since the last change
  /// A parameters file as it was read last.
  struct ReadParameters {
    llvm::sys::TimePoint<> modified;
    uint64_t size = 0;
    std::map<std::string, sema::ParamValue> params;
  };
  std::map<std::string, ReadParameters> read_;
  std::map<std::string, std::string> told_; ///< what is wrong now, by what it is about
  std::vector<std::string> news_;

  /// Modules of the library, each checked as a whole and by itself; the one that was asked about last first.
  std::vector<std::pair<std::string, std::unique_ptr<lower::Revisions>>> libraryModules_;

  Edited& editedOf(const std::string& name);
  void addParameters(lower::CompileInput& input, const std::string& path);
  void addParametersFile(const lower::CompileInput& input, const std::string& path, std::map<std::string, sema::ParamValue>& given);
  std::optional<Snapshot> librarySnapshot(const std::string& path);
};

} // namespace chasi::lsp

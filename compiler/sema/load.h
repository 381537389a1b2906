// From files to a checked Program: reading modules, following imports, checking.
#pragma once

#include "compiler/sema/program.h"
#include "compiler/syntax/known_trees.h"

#include <fmt/format.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/FileSystem.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace chasi::sema {

/// The edition of the language; a file without one is read as this.
inline constexpr llvm::StringLiteral kEdition = "2026";
/// What workspace.chasi says of it.
inline std::string editionLine() { return fmt::format("edition {}\n", kEdition.str()); }

/// Packages as the lock has them; sema knows nothing of locks and versions.
struct Package {
  std::string folder;             ///< absolute; empty for one that cannot be used, which was reported then
  std::vector<std::string> needs; ///< names of the packages that its own files may import
};
struct Packages {
  std::vector<std::string> direct; ///< what files of the workspace may import
  std::map<std::string, Package> all;
};

/// What to read. Nothing else is ever opened: imports name folders below `workspaceRoot`, packages or the standard library.
struct LoadInput {
  std::string workspaceRoot;      ///< absolute
  std::string modulePath;         ///< shown in messages
  std::string folder;             ///< imports like "./x" start here; absolute
  std::vector<std::string> files; ///< of the root module, in order
  std::string environmentFile;    ///< env/NAME.chasi, or empty
  std::map<std::string, std::string> environments; ///< name to file; what `with { environment = … }` of a test can name
  std::optional<std::string> test; ///< the slug of the test that this run is for: what it says `with` counts before all else
  std::map<std::string, ParamValue> params;
  std::map<std::string, std::string> overlay; ///< texts of files that an editor has changed and not saved, by path
  std::shared_ptr<syntax::KnownTrees> known; ///< files that were read before, when the caller reads them again and again; or null
  /// Finds the packages that workspace.chasi requires, and reports what is wrong with them. Without it there are none.
  std::function<Packages(syntax::NodeRef workspaceFile, source::Diagnostics&)> packages;
};

/// A file of a folder that belongs to its module.
bool isOfModule(const llvm::sys::fs::directory_entry& file);

/// Reads and checks everything. Mistakes are in program.diagnostics; the program is complete enough to be evaluated
/// where it is right, so that one run finds what evaluation finds too.
void load(Program& program, const LoadInput& input);

/// An expression of its own, checked against the names of the root module; its text becomes a file of the SourceSet.
Expr* loadExpression(Program& program, std::string text, std::string name);

/// The modules of the standard library, by name: "std.core", …
std::vector<std::string> libraryNames();
/// What an import stands for; a module inside of another one is read now. Null when it could not be read.
Module* opened(Program& program, Symbol& import);
/// A module of the standard library, read and not checked; null when there is none of that name.
Module* readLibrary(Program& program, const std::string& name);
/// One of them, read and checked as a whole, for a program that `load` has seen; null when there is none of that name.
Module* loadLibrary(Program& program, const std::string& name);

/// Functions of std.core that stand in a file with imports are `late`: neither their bodies are checked nor what they import is
/// read until somebody calls one, so that a spec pays for std.vcluster only when a tenant has a virtual cluster. Does both.
void checkLate(Program& program, Symbol& function);

/// Order of imported modules: every module after those that it imports.
std::vector<Module*> userModules(Program& program);

} // namespace chasi::sema

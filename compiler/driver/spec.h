// Reads the specification that a command line names: workspace, environment, parameters, compilation.
#pragma once

#include "compiler/driver/report.h"
#include "compiler/lower/compile.h"
#include "compiler/package/workspace.h"

#include <memory>

namespace chasi::driver {

struct Spec {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  package::Workspace workspace;
  lower::Compiled compiled;
  /// Where the embedded cluster, caches and layouts live: CHASI_STATE, or `.chasi` in the workspace's root.
  std::string state;
};

/// Where a workspace keeps what it makes. With CHASI_STATE set, image layouts lie there too, and the workspace is only read.
std::string stateFolder(const package::Workspace& workspace);

/// The same for the workspace around the current folder, or for that folder when there is none.
std::string stateHere();

/// A folder of what may be forgotten: "images" for the layers of builds, "kinds" for what clusters serve.
std::string cacheFolder(const std::string& state, llvm::StringRef name);

enum class Depth {
  Check,    ///< evaluates, and runs the checks of schemas
  Lower,    ///< makes the operations, too
  Policies, ///< and applies the policies
  Lint      ///< and, when nothing is wrong, warns about what is most likely not meant
};

/// What PATH (the word `i`) and the flags name, not read yet; `environment` may be empty. Errors are of the workspace.
llvm::Expected<lower::CompileInput> describeSpec(const Invocation& invocation, size_t i, package::Workspace& workspace, const std::string& environment);

/// A specification of a hundred thousand objects takes longer to free than to check. A process that ends right after leaves
/// that to the system; see `leaveSpecsToTheSystem`.
struct SpecRelease {
  void operator()(Spec* spec) const;
};
using SpecPtr = std::unique_ptr<Spec, SpecRelease>;
/// From now on, specifications are not freed. For programs that run one command and end.
void leaveSpecsToTheSystem();

/// Compiles what PATH (the word `i`) and the flags name, for those who go on with one that is wrong: its diagnostics are sorted, and not
/// printed. Null when there is nothing to compile; that was printed then, and `exit` is set.
SpecPtr compileSpec(const Invocation& invocation, size_t i, Depth depth, const Terminal& terminal, int& exit, Form form);

/// Compiles what PATH (the word `i`) and the flags name. Null when it is wrong; everything was printed then, and `exit` is set.
/// Warnings are printed too, unless `json`: then the caller prints all diagnostics itself.
SpecPtr readSpec(const Invocation& invocation, size_t i, Depth depth, const Terminal& terminal, int& exit, bool json = false);

/// The module of one folder, without environment and parameters.
llvm::Expected<lower::CompileInput> inputForFolder(const std::string& folder);

/// The same for a file, or the folder of a module, without flags: what an editor asks for.
llvm::Expected<lower::CompileInput> inputFor(const std::string& file);

/// The values in a parameters file, which are told at their places in it.
llvm::Expected<std::map<std::string, sema::ParamValue>> parametersIn(const std::string& file);

} // namespace chasi::driver

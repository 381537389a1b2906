#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "compiler/sema/load.h"
#include "compiler/sema/workspace_file.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace chasi::driver {

namespace {

constexpr const char* kWorkspaceComment = "// Marks the root of this workspace: imports and files stay below it, and `.chasi/` lies here.\n";

constexpr const char* kSpec = R"(/// A first specification. `chasic plan` shows what it would do, `chasic apply` does it.

param env: "dev" | "prod" = "dev"

/// `local` is the embedded cluster; write a context of your kubeconfig to go elsewhere.
cluster home {
  context  = "local"
  capacity { cpu = 8, memory = 16Gi, storage = 100Gi }
}

tenant team {
  on     = home
  owners = ["group:team"]
  quota  { cpu = 2, memory = 4Gi, storage = 10Gi, pods = 20 }
}

system shop {
  tenant = team

  component web {
    image    = "docker.io/library/nginx:1.27.3"
    replicas = if env == "prod" { 3 } else { 1 }
    ports    { http = 8080 }
    probe    { http = "/", port = ports.http }
  }

  expose { "shop.example.com" { to = web } }
}
)";

/// The name that the clusters will know it by, whatever the folder is called on the next machine.
std::string workspaceText(const std::string& folder) {
  llvm::SmallString<256> whole(folder);
  if (llvm::sys::fs::make_absolute(whole)) whole.clear();
  llvm::sys::path::remove_dots(whole, true);
  const llvm::StringRef name = llvm::sys::path::filename(whole);
  return kWorkspaceComment + sema::editionLine() + (sema::isWorkspaceName(name) ? fmt::format("set name = \"{}\"\n", name.str()) : "");
}

} // namespace

int runInit(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const std::string folder = invocation.word(0, ".");
  if (const std::error_code code = llvm::sys::fs::create_directories(folder))
    return printError(plan::fault("CH6008", fmt::format("the folder {} cannot be made: {}", folder, code.message())), terminal);
  const std::pair<const char*, std::string> files[] = {{"workspace.chasi", workspaceText(folder)}, {"main.chasi", kSpec}, {".gitignore", ".chasi/\n"}};
  std::error_code code;
  for (llvm::sys::fs::directory_iterator it(folder, code), end; it != end && !code; it.increment(code))
    if (llvm::StringRef(it->path()).ends_with(".chasi") && !llvm::sys::fs::is_directory(it->path())) {
      llvm::errs() << fmt::format("chasic: {} holds a specification already: {}\n", folder, it->path());
      return kWrong;
    }
  for (const auto& [name, text] : files) {
    llvm::SmallString<256> path(folder);
    llvm::sys::path::append(path, name);
    if (llvm::sys::fs::exists(path)) continue;
    if (llvm::Error error = writeFile(path.str().str(), text)) return printError(std::move(error), terminal);
    if (!terminal.quiet) llvm::errs() << "wrote " << path << '\n';
  }
  if (!terminal.quiet) llvm::errs() << fmt::format("\nnext: chasic plan{0}\n      chasic apply{0}\n", folder == "." ? "" : " " + folder);
  return kDone;
}

} // namespace chasi::driver

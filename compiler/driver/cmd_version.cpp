#include "compiler/driver/charts.h"
#include "compiler/driver/run.h"
#include "compiler/sema/load.h"
#include "runtime/plan/kube_schema.h"

#include <llvm/Support/raw_ostream.h>
#include <nlohmann/json.hpp>

namespace chasi::driver {

int runVersion(const Invocation& invocation) {
  const std::string kubernetes(k8s::Schema::builtin().release());
  if (invocation.get("--format", "text") == "json")
    llvm::outs() << nlohmann::ordered_json{{"version", CHASI_VERSION}, {"edition", sema::kEdition.str()}, {"kubernetes", {kubernetes}}, {"vclusterCharts", chartVersions()}}.dump() << '\n';
  else llvm::outs() << "chasic " << CHASI_VERSION << "\nlanguage edition " << sema::kEdition << "\nKubernetes " << kubernetes << "\nvcluster charts " << fmt::format("{}", fmt::join(chartVersions(), ", ")) << '\n';
  return kDone;
}

} // namespace chasi::driver

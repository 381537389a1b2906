// The public chart of a version over values, by std.vcluster; and YAML as Helm reads it.
#pragma once

#include "compiler/lower/compile.h"
#include "compiler/source/diagnostic.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace chasi::driver {

struct ChartRequest {
  std::string chart, name, ns;
  std::string kubernetes; ///< of the host
  bool upgrade = false;
};

class ChartRender {
public:
  ChartRender();

  source::SourceSet sources;
  source::Diagnostics diagnostics;

  /// The versions that are known, the newest first.
  std::vector<std::string> versions();
  /// The objects; nothing when something is wrong, which is in the diagnostics then. `values` is a file of `sources`.
  std::optional<nlohmann::ordered_json> objects(const ChartRequest& request, source::FileId values);
  /// A document of YAML; nothing when it is none.
  std::optional<nlohmann::ordered_json> data(source::FileId file);
  /// The diagnostics, in order; of places only those in the values, which are what the user can mend.
  const source::Diagnostics& told();

private:
  sema::Value call(llvm::StringRef name, llvm::ArrayRef<sema::Value> arguments);
  std::optional<nlohmann::ordered_json> plain(const sema::Value& value);
  void refuse(const nlohmann::ordered_json& refusals, const sema::Value& values);

  lower::Compiled compiled_;
};

} // namespace chasi::driver

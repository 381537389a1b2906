// Files of Kubernetes objects as data, with the place of each text: for those who look into files that no expression reads.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chasi::eval {

struct ManifestDocument {
  nlohmann::ordered_json object;    ///< scalars are texts as they are written, null is left out
  std::shared_ptr<const void> node; ///< of the reader
};

struct ManifestText {
  std::vector<ManifestDocument> objects; ///< those with apiVersion and kind
  size_t others = 0;                     ///< documents that are something else
  std::string problem;                   ///< why it could not be read to its end; empty when it was
  uint32_t at = 0;                       ///< where the problem is, in bytes
};

/// Reads YAML or JSON. What comes before a problem is there.
ManifestText readManifests(llvm::StringRef text);

/// Where the text at a JSON pointer begins, in bytes; that of the last step that is there.
uint32_t offsetOf(const ManifestDocument& document, llvm::StringRef pointer);

/// A file that may hold objects.
struct ManifestFile {
  std::string name; ///< from the workspace's root on
  std::string text;
  std::string problem; ///< why there is no text; empty when there is
  bool inlined = false; ///< it stands in the specification itself
};

/// The files of that kind at a path, or below it, by name. None when there is nothing at the path.
using ManifestReader = std::function<std::vector<ManifestFile>(llvm::StringRef path)>;

/// Whether a file may hold objects, by its name: .yaml, .yml, .json, and templates of those.
bool isManifestName(llvm::StringRef name);

} // namespace chasi::eval

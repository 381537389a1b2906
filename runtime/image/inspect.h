// Looks into a layout: what it holds, whether it is whole, and what two images differ in. Reads only, takes no lock.
#pragma once

#include "runtime/image/sealer.h"
#include "runtime/image/tree.h"

namespace chasi::image {

struct ImageInfo {
  Platform platform;
  Descriptor manifest;
  Descriptor config;
  std::vector<Descriptor> layers;
  uint64_t size = 0; ///< bytes of manifest, config and layers, as stored
  std::string created;
  std::map<std::string, std::string> labels;
  nlohmann::json settings; ///< how it is run: the object `config` of the image's config, as it stands there; null without one
};

struct CarriedInfo {
  std::string ref;
  Descriptor image;
  std::vector<Platform> platforms; ///< empty for a single image that states none
  uint64_t size = 0;               ///< bytes of all its blobs
};

struct ReferenceInfo {
  std::string name; ///< empty for an entry without a name
  Descriptor target;
  std::map<std::string, std::string> annotations; ///< of the image itself
  std::vector<std::string> launch;
  std::map<std::string, std::string> parameters; ///< of the commands in `launch`, with what they are unless said otherwise
  std::vector<ImageInfo> images; ///< one for each platform
  std::vector<CarriedInfo> carried;
  std::optional<SealerInfo> sealer; ///< of the first platform that has it
  std::vector<Descriptor> attached; ///< what hangs on the image: manifests, with artifactType
};

/// All entries of a layout, or the one named `ref` when it is not empty.
llvm::Expected<std::vector<ReferenceInfo>> inspect(const std::string& layout, const std::string& ref = {});
std::string toText(const std::vector<ReferenceInfo>& references);
nlohmann::json toJson(const std::vector<ReferenceInfo>& references);

struct Problem {
  std::string path; ///< the file
  std::string text; ///< what is wrong with it
};

struct Verification {
  std::vector<Problem> problems;
  uint64_t blobs = 0;                    ///< referenced and read
  uint64_t bytes = 0;
  std::vector<std::string> unreferenced; ///< blob files that nothing points at; no problem, `collectGarbage` removes them
};

/// Reads every blob that is pointed at: digest, size, JSON shape; layers are decompressed and compared with the config.
/// Reports all problems, not the first; an error only when there is no layout to read at all. With `ref` only that image, with what it
/// carries and what hangs on it; files that nothing points at are not looked for then.
llvm::Expected<Verification> verify(const std::string& layout, const std::string& ref = {});

struct Difference {
  enum class Kind : uint8_t { Added, Removed, Changed };
  Kind kind;
  std::string path; ///< absolute in the image
  std::string text; ///< what changed: "content, 12 → 14 bytes", "mode 0644 → 0755"
};

/// The files in which two images differ, by path. Both must have the platform.
llvm::Expected<std::vector<Difference>> diff(const std::string& layoutA, const std::string& refA, const std::string& layoutB,
                                             const std::string& refB, const Platform& platform);

struct Garbage {
  std::vector<std::string> files;
  uint64_t bytes = 0;
};

/// Deletes the blobs that no entry of index.json needs, and entries that hung on an image that is gone (with `dryRun`: only lists them), under the layout's lock. A
/// layout in which anything is damaged is left alone: what cannot be read could point at anything.
llvm::Expected<Garbage> collectGarbage(const std::string& layout, bool dryRun, std::chrono::milliseconds patience = std::chrono::minutes(10));

} // namespace chasi::image

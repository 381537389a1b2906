// What an image shall contain: the build description. It stands as JSON in the payload of an Image operation; the
// JSON form is described in README.md of this folder.
#pragma once

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chasi::image {

/// "linux/arm64" or "linux/arm/v7".
struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;

  std::string str() const;
  static llvm::Expected<Platform> parse(llvm::StringRef text);
  auto operator<=>(const Platform&) const = default;
};

/// An image in an OCI layout, in an archive of one, or in a registry; one of the three is said. Paths are taken from the workspace root when
/// relative.
struct ImageSource {
  std::string layout;        ///< a folder
  std::string ref;           ///< the name in the index of the layout or archive, or "@sha256:…"; an archive with one image needs none
  std::string archive = {};  ///< a file
  std::string registry = {}; ///< the address as it was written: "registry.acme.io/team/shop:1.2"
  std::string digest = {};   ///< that counts, whatever the address leads to today

  /// How messages name it.
  /// What it is called, wherever it lies on this machine.
  std::string name() const { return !registry.empty() ? registry : !ref.empty() ? ref : archive; }
  std::string str() const { return !registry.empty() ? registry : layout + archive + (ref.empty() ? "" : ":" + ref); }
};

/// One thing that a layer puts into the image.
struct FileItem {
  enum class Kind : uint8_t {
    Copy,    ///< a file, or the contents of a folder, of the workspace
    Inline,  ///< a file with the given content
    Folder,  ///< an empty folder with a mode of its own
    Symlink, ///< a symbolic link
  };
  Kind kind = Kind::Copy;
  std::string from;                 ///< Copy: below the workspace root; "" for the root itself
  std::string content;              ///< Inline
  std::string link;                 ///< Symlink: where it points
  std::string to;                   ///< absolute; a file copied to "x/" becomes "x/<its name>"
  std::optional<uint32_t> mode;     ///< permission bits; files default to 0644, or 0755 if executable
  std::vector<std::string> exclude; ///< Copy of a folder: shell patterns; without "/" they match names at any depth
};

struct LayerDescription {
  std::vector<FileItem> files;
  std::vector<std::string> remove;   ///< absolute paths of lower layers that shall be gone
  std::vector<Platform> platforms;   ///< empty: in all of the image's platforms
};

/// What a container runs with; absent fields come from the base image.
struct RunConfig {
  std::optional<std::vector<std::string>> entrypoint; ///< setting it drops the base's cmd, as in Dockerfiles
  std::optional<std::vector<std::string>> cmd;
  std::map<std::string, std::string> env;
  std::map<std::string, std::string> labels;
  std::string workdir;
  std::string user;
  std::vector<std::string> exposedPorts; ///< "8080/tcp"
  std::vector<std::string> volumes;      ///< absolute paths
};

enum class Compression : uint8_t { None, Gzip, Zstd };

struct BuildDescription {
  std::string name;
  std::string tag;
  std::optional<ImageSource> base; ///< none is "scratch"
  std::vector<Platform> platforms; ///< at least one
  std::vector<LayerDescription> layers;
  RunConfig config;
  std::map<std::string, std::string> annotations;
  std::vector<ImageSource> carry;  ///< container images that travel inside
  std::vector<std::string> launch; ///< commands that start what the image carries
  std::map<std::string, std::string> parameters; ///< variables that those commands find, and what they are unless somebody says otherwise
  Compression compression = Compression::Gzip;
  bool sbom = false, provenance = false; ///< what is hung on the image
  int64_t created = 0; ///< seconds since 1970 for every time in the image

  /// The name in the layout's index: "name" or "name:tag".
  std::string reference() const { return tag.empty() ? name : name + ":" + tag; }
};

/// Reads the JSON form; unknown fields, wrong types and missing fields are faults that name the place ("layers[1].to").
llvm::Expected<BuildDescription> parseDescription(llvm::StringRef json);
/// The canonical compact JSON form; parsing it gives the same description.
std::string toJson(const BuildDescription& description);

} // namespace chasi::image

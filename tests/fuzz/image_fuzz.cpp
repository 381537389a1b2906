// Whatever the bytes: what reads images ends, and writes nothing but where it was told to.
#include "runtime/image/base.h"
#include "runtime/image/inspect.h"
#include "runtime/image/json_text.h"
#include "runtime/image/oci_archive.h"
#include "runtime/image/unpack.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <unistd.h>

namespace chasi::fuzz {

namespace {

namespace fs = std::filesystem;
using namespace image;
using nlohmann::json;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "this does not hold: %s\n", what);
  std::abort();
}

void writeFile(const std::string& path, llvm::StringRef text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

/// A folder with a layout, a victim beside it, and nothing else.
class Place {
public:
  Place() {
    std::string pattern = (fs::path(fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path().c_str()) / "chasi-fuzz-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    writeFile(root_ + "/victim", "whole");
    writeFile(root_ + "/l/oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  }
  ~Place() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::string operator/(const std::string& name) const { return root_ + "/" + name; }

  Descriptor plant(llvm::StringRef content, const char* mediaType) const {
    Descriptor d;
    d.mediaType = mediaType;
    d.digest = sha256(content);
    d.size = content.size();
    writeFile(blobPath(root_ + "/l", d.digest), content);
    return d;
  }
  void name(Descriptor d) const {
    d.annotations[annotation::refName] = "it:1";
    writeFile(root_ + "/l/index.json", canonical(json{{"schemaVersion", 2}, {"manifests", {image::toJson(d)}}}));
  }

  /// Everything that reads; the results do not matter.
  void use() const {
    const std::string layout = root_ + "/l";
    llvm::consumeError(inspect(layout).takeError());
    llvm::consumeError(verify(layout).takeError());
    llvm::consumeError(collectGarbage(layout, true).takeError());
    llvm::consumeError(unpack(layout, "it:1", {"linux", "amd64", ""}, root_ + "/out").takeError());
    llvm::consumeError(save(layout, {"it:1"}, root_ + "/saved.tar", {}).takeError());
    std::set<std::string> known = {"l", "loaded", "out", "saved.tar", "victim", "input"};
    for (const auto& each : fs::directory_iterator(root_)) require(known.contains(each.path().filename().string()), "nothing is left behind");
    std::ifstream victim(root_ + "/victim");
    require(std::string(std::istreambuf_iterator<char>(victim), {}) == "whole", "nothing is written elsewhere");
  }

private:
  std::string root_;
};

} // namespace

} // namespace chasi::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chasi;
  using namespace chasi::fuzz;
  const llvm::StringRef input(reinterpret_cast<const char*>(data), size);
  const Place place;
  if (input.ltrim().starts_with("{")) {
    // As each kind of document that an image has.
    for (const char* type : {media::manifest, media::index, media::dockerList}) {
      place.name(place.plant(input, type));
      place.use();
    }
    writeFile(place / "l/index.json", input);
    place.use();
    return 0;
  }
  const Descriptor layer = place.plant(input, media::layer);
  const Descriptor config = place.plant(R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[")" + layer.digest.str() + R"("]}})", media::config);
  const json manifest = {{"schemaVersion", 2}, {"mediaType", media::manifest}, {"config", image::toJson(config)}, {"layers", {image::toJson(layer)}}};
  place.name(place.plant(canonical(manifest), media::manifest));
  place.use();
  writeFile(place / "input", input);
  llvm::consumeError(load(place / "input", place / "loaded", "it:1").takeError());
  return 0;
}

// The container images that a Kubernetes object needs, found by its structure.
//
// Sure are
// - containers of every pod, wherever it stands: the items of `containers`, `initContainers` and `ephemeralContainers`, and the volumes that are images;
// - the fields of well-known custom resources (image_fields.h);
// - values of options in `command` and `args`, and of variables in `env`, whose name says that they are images (`--engine-image`,
//   `CSI_ATTACHER_IMAGE`, `--prometheus-config-reloader`), when they have a tag or a digest.
//
// Doubtful is what looks like an image, and may be something else:
// - what such an option or variable has without a tag, and what a container has that no image can be named (`{{ .Values.image }}`);
// - entries and fields whose name says image, in ConfigMaps, annotations and custom resources that are not known;
// - `repository` and `tag` beside each other there;
// - any other text, or word of a longer one, with a host, a path, and a tag or digest; without a host only as a whole text, with a path of
//   several parts and a tag that is a version (`longhornio/csi-attacher:v3.2.1`).
//
// No text is looked at in CustomResourceDefinitions, in `status`, and in what kubectl and the server write into metadata. The defaults that
// are built into an operator stand in no manifest, and nobody can find them there.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace chasi::manifest {

struct FoundImage {
  std::string reference; ///< as written; put together where the object says it in parts
  std::string pointer;   ///< JSON pointer to the text, or to the first of them
  bool sure = false;
  std::string why;       ///< "container api", "the option --engine-image"
  size_t from = 0;       ///< which of several objects; whoever asks for them sets it
};

/// Known fields first, the rest in the order of the object. Lists of objects count as what they hold.
std::vector<FoundImage> imagesIn(const nlohmann::ordered_json& object);

/// "Deployment/web", for people.
std::string titleOf(const nlohmann::ordered_json& object);

/// Takes away what is doubtful in one place and sure in another one: it is carried anyway.
void settle(std::vector<FoundImage>& found);

} // namespace chasi::manifest

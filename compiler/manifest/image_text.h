// Texts that name container images, told from all that look nearly like them.
#pragma once

#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/StringRef.h>

#include <optional>
#include <string>

namespace chasi::manifest {

/// [HOST/]PATH[:TAG][@DIGEST], as the distribution reference grammar has it. The texts live where the whole one does.
struct ImageText {
  llvm::StringRef host, path, tag, digest;

  bool isFixed() const { return !tag.empty() || !digest.empty(); }
  /// A host, a path, and a tag or digest: hardly anything else is written like that.
  bool isFull() const { return !host.empty() && isFixed(); }
};

/// Nothing when the text can name no image. What is written exactly so and means something else is none either: taints and labels
/// (`node-role.kubernetes.io/master:NoSchedule`), and a host with its port (`localhost:8080`).
std::optional<ImageText> readImage(llvm::StringRef text);

/// The reference in full, as Docker reads short ones: `nginx` is docker.io/library/nginx:latest. The text itself when it names no image.
std::string canonicalImage(llvm::StringRef text);

/// Whether an option, variable, field or entry of that name is there for an image: `image` is one of its words, or it ends with `reloader`.
bool saysImage(llvm::StringRef name);

/// The words of a text of any kind (a script, YAML, JSON), each with the name in front of it: `--base-image` of `--base-image=x:1`, `image` of
/// `image: x:1` and `"image": "x:1"`; empty when there is none.
void eachWord(llvm::StringRef text, llvm::function_ref<void(llvm::StringRef name, llvm::StringRef word)> each);

} // namespace chasi::manifest

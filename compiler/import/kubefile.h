// Kubefiles, from which sealer builds cluster images: their lines, and the image that they describe.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chasi::import {

/// One instruction, its lines put together.
struct KubefileLine {
  uint32_t line = 0;
  std::string word;               ///< in capitals
  std::string rest;               ///< what follows it, as written
  std::vector<std::string> words; ///< the rest: between blanks, without quotes; or the texts of a JSON list
  std::vector<std::string> flags; ///< words in front that begin with `--`
};

struct KubefileMistake {
  uint32_t line = 0;
  std::string what, help;
};

/// Nothing when a line makes no sense; `mistake` says which then.
std::optional<std::vector<KubefileLine>> parseKubefile(llvm::StringRef text, KubefileMistake& mistake);

/// What a pattern means in the folder of the Kubefile.
struct KubefileSource {
  std::string path;
  bool folder = false;
};

struct KubefileInput {
  std::string name, tag = "latest";
  std::vector<std::string> platforms;
  std::map<std::string, std::string> arguments; ///< of ARG, over the defaults in the file
  std::function<std::vector<KubefileSource>(const std::string& pattern)> look;
  std::function<bool(const std::string& text)> isImage;          ///< whether a text can name an image
  std::function<std::string(const std::string& path)> read; ///< a file beside the Kubefile; empty when it cannot be read
};

/// What has no equivalent, or another one than expected.
struct KubefileNote {
  uint32_t line = 0;
  std::string what, help;
};

struct KubefileImage {
  std::string module; ///< in canonical layout
  std::vector<KubefileNote> notes;
  size_t copied = 0, carried = 0;
};

KubefileImage kubefileImage(const std::vector<KubefileLine>& lines, const KubefileInput& input);

} // namespace chasi::import

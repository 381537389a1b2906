// Where the boxes of a picture of the graph stand. A box is a declaration with its operations; boxes stand in columns, each
// to the right of what it needs, and every target has a band of its own.
#pragma once

#include "runtime/plan/operation.h"

#include <string>
#include <utility>
#include <vector>

namespace chasi::plan {

/// Lengths are pixels of the picture.
struct GraphBox {
  std::string owner; ///< "tenant.retail"
  std::vector<uint32_t> operations;
  size_t band = 0;
  int x = 0, y = 0, width = 0, height = 0;
};

struct GraphBand {
  std::string title; ///< "cluster core"; "images" for what goes to no cluster
  int y = 0, height = 0;
};

struct GraphLayout {
  std::vector<GraphBox> boxes; ///< in the order of their first operation
  std::vector<GraphBand> bands;
  std::vector<std::pair<size_t, size_t>> edges; ///< a box, and one that it needs; each pair once
  int width = 0, height = 0;
};

inline constexpr int kRowHeight = 18, kTitleHeight = 26;
/// Characters of a row; a longer one is cut.
inline constexpr size_t kRowCharacters = 46;

/// The same for the same graph. `rows` has the text of each operation. Linear but for sorting.
GraphLayout layOutGraph(const std::vector<Operation>& operations, const std::vector<std::string>& rows);

} // namespace chasi::plan

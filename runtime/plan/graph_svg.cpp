// The graph as SVG 1.1: boxes, curves and texts, styles inside, nothing that runs or is fetched.
#include "runtime/plan/graph_svg.h"

#include "runtime/plan/graph_layout.h"
#include "runtime/plan/xml_text.h"

#include <fmt/format.h>

#include <map>
#include <set>

namespace chasi::plan {

namespace {

constexpr const char* kStyle = R"(
  .back { fill: #ffffff; } .band { fill: #f3f5f8; stroke: #d9dee6; } .box { fill: #ffffff; stroke: #8a96a8; } .head { fill: #e4ecf8; }
  .edge { fill: none; stroke: #5b6675; stroke-opacity: .55; } .link { fill: none; stroke: #a4591b; stroke-dasharray: 5 4; } .tip { fill: #5b6675; }
  text { fill: #1d2430; font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; } .title { font-size: 13px; font-weight: 600; } .name { font-size: 15px; font-weight: 600; fill: #5b6675; }
  @media (prefers-color-scheme: dark) {
    .back { fill: #14181f; } .band { fill: #1a2029; stroke: #2c3441; } .box { fill: #222a36; stroke: #5f6c80; } .head { fill: #2b3a52; }
    .edge { stroke: #98a3b3; } .link { stroke: #e0a06a; } .tip { fill: #98a3b3; } text { fill: #dfe5ee; } .name { fill: #98a3b3; }
  }
)";

/// At most so many characters, never half of one.
std::string cut(llvm::StringRef text) {
  size_t count = 0, end = 0;
  while (end < text.size()) {
    const size_t begin = end++;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    if (++count == kRowCharacters && end < text.size()) return text.take_front(begin).str() + "…";
  }
  return text.str();
}

void printBox(const GraphBox& box, const std::vector<Operation>& operations, const std::vector<std::string>& rows, llvm::raw_ostream& out) {
  out << fmt::format("<g><rect class=\"box\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>", box.x, box.y, box.width, box.height)
      << fmt::format("<path class=\"head\" d=\"M{} {}v-{}a5 5 0 0 1 5 -5h{}a5 5 0 0 1 5 5v{}z\"/>", box.x + 1, box.y + kTitleHeight - 1, kTitleHeight - 7, box.width - 12, kTitleHeight - 7)
      << fmt::format("<text class=\"title\" x=\"{}\" y=\"{}\">{}</text>\n", box.x + 10, box.y + 18, xmlText(box.owner, false));
  int y = box.y + kTitleHeight + 13;
  for (const uint32_t i : box.operations) {
    out << fmt::format("<text x=\"{}\" y=\"{}\">{}<title>{}</title></text>\n", box.x + 10, y, xmlText(cut(rows[i]), false), xmlText(operations[i].id, false));
    y += kRowHeight;
  }
  out << "</g>\n";
}

/// From the left side of a box to the right side of what it needs, where the tip is.
void printEdge(const GraphBox& from, const GraphBox& to, const char* kind, const char* verb, llvm::raw_ostream& out) {
  const int x1 = from.x, y1 = from.y + kTitleHeight / 2, x2 = to.x + to.width, y2 = to.y + kTitleHeight / 2;
  const int bend = std::max(30, std::abs(x1 - x2) / 2);
  out << fmt::format("<path class=\"{}\" d=\"M{} {}C{} {} {} {} {} {}\"><title>{} {} {}</title></path>", kind, x1, y1, x1 - bend, y1, x2 + bend, y2, x2 + 6, y2, xmlText(from.owner, false), verb, xmlText(to.owner, false))
      << fmt::format("<path class=\"tip\" d=\"M{} {}l7 -4v8z\"/>\n", x2 + 1, y2);
}

/// Pairs of boxes between which there are links.
std::set<std::pair<size_t, size_t>> boxLinks(const GraphLayout& layout, const std::vector<Link>& links) {
  std::map<uint32_t, size_t> boxOf;
  for (size_t b = 0; b < layout.boxes.size(); ++b)
    for (const uint32_t i : layout.boxes[b].operations) boxOf[i] = b;
  std::set<std::pair<size_t, size_t>> pairs;
  for (const Link& l : links) pairs.emplace(boxOf.at(l.from), boxOf.at(l.to));
  return pairs;
}

} // namespace

void printGraphSvg(const Desired& desired, const std::vector<Link>& links, const std::vector<std::string>& rows, llvm::raw_ostream& out) {
  const GraphLayout layout = layOutGraph(desired.operations, rows);
  out << fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n", layout.width, layout.height)
      << "<title>" << xmlText(desired.workspace, false) << "</title>\n<style>" << kStyle << "</style>\n"
      << fmt::format("<rect class=\"back\" width=\"{}\" height=\"{}\"/>\n", layout.width, layout.height);
  for (const GraphBand& band : layout.bands)
    out << fmt::format("<rect class=\"band\" x=\"12\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"10\"/>", band.y, layout.width - 24, band.height)
        << fmt::format("<text class=\"name\" x=\"26\" y=\"{}\">{}</text>\n", band.y + 22, xmlText(band.title, false));
  for (const auto& [from, to] : layout.edges) printEdge(layout.boxes[from], layout.boxes[to], "edge", "needs", out);
  for (const auto& [from, to] : boxLinks(layout, links)) printEdge(layout.boxes[from], layout.boxes[to], "link", "calls", out);
  for (const GraphBox& box : layout.boxes) printBox(box, desired.operations, rows, out);
  out << "</svg>\n";
}

} // namespace chasi::plan

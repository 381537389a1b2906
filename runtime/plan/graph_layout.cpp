#include "runtime/plan/graph_layout.h"

#include <llvm/ADT/StringRef.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace chasi::plan {

namespace {

// A character of the monospaced letters, 12 px high, is at most this wide; a title is larger.
constexpr double kCharacterWidth = 7.3, kTitleCharacterWidth = 8.3;
constexpr int kPadding = 10, kGap = 22, kColumnGap = 70, kMargin = 24, kBandTitle = 34;

size_t characters(llvm::StringRef text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class Layout {
public:
  Layout(const std::vector<Operation>& operations, const std::vector<std::string>& rows) : operations_(operations), rows_(rows) {}

  GraphLayout run() {
    boxes();
    edges();
    levels();
    columns();
    place();
    return std::move(out_);
  }

private:
  const std::vector<Operation>& operations_;
  const std::vector<std::string>& rows_;
  GraphLayout out_;
  std::vector<size_t> boxOf_;             ///< of each operation
  std::vector<std::vector<size_t>> needs_; ///< of each box, those that stand before it
  std::vector<size_t> level_;
  std::vector<std::vector<size_t>> columns_;

  void boxes() {
    std::map<std::pair<std::string, std::string>, size_t> known;
    std::map<std::string, size_t> bands;
    for (uint32_t i = 0; i < operations_.size(); ++i) {
      const Operation& op = operations_[i];
      const auto [band, newBand] = bands.try_emplace(op.target, out_.bands.size());
      if (newBand) out_.bands.push_back({.title = op.target.empty() ? "images" : "cluster " + op.target});
      // What one declaration has on two clusters is two boxes.
      const auto [at, added] = known.try_emplace({op.target, op.owner}, out_.boxes.size());
      if (added) out_.boxes.push_back({.owner = op.owner, .operations = {}, .band = band->second});
      boxOf_.push_back(at->second);
      out_.boxes[at->second].operations.push_back(i);
    }
    for (GraphBox& box : out_.boxes) {
      double width = static_cast<double>(characters(box.owner)) * kTitleCharacterWidth;
      for (const uint32_t i : box.operations) width = std::max(width, static_cast<double>(std::min(characters(rows_[i]), kRowCharacters)) * kCharacterWidth);
      box.width = static_cast<int>(std::ceil(width)) + 2 * kPadding;
      box.height = kTitleHeight + static_cast<int>(box.operations.size()) * kRowHeight + kPadding;
    }
  }

  void edges() {
    std::set<std::pair<size_t, size_t>> seen;
    needs_.resize(out_.boxes.size());
    for (size_t i = 0; i < operations_.size(); ++i)
      for (const uint32_t need : operations_[i].needs) {
        const size_t from = boxOf_[i], to = boxOf_[need];
        if (from == to || !seen.emplace(from, to).second) continue;
        out_.edges.emplace_back(from, to);
        // Operations have no circle, but two boxes may need each other: only the edge against the order is left out.
        if (to < from) needs_[from].push_back(to);
      }
    std::sort(out_.edges.begin(), out_.edges.end());
  }

  void levels() {
    level_.resize(out_.boxes.size(), 0);
    for (size_t b = 0; b < out_.boxes.size(); ++b)
      for (const size_t need : needs_[b]) level_[b] = std::max(level_[b], level_[need] + 1);
  }

  /// A level is one column, or several when it would be far higher than the picture is wide.
  void columns() {
    std::map<size_t, std::vector<size_t>> byLevel;
    double area = 0;
    int highest = 0;
    for (size_t b = 0; b < out_.boxes.size(); ++b) {
      byLevel[level_[b]].push_back(b);
      area += static_cast<double>(out_.boxes[b].width + kColumnGap) * (out_.boxes[b].height + kGap);
      highest = std::max(highest, out_.boxes[b].height);
    }
    const int limit = std::max({900, highest, static_cast<int>(std::sqrt(area))});
    std::vector<double> place(out_.boxes.size(), 0); // where a box stands in its level, from 0 to 1
    for (auto& [level, members] : byLevel) {
      auto middle = [&](size_t b) {
        double sum = 0;
        for (const size_t need : needs_[b]) sum += place[need];
        return needs_[b].empty() ? 0.5 : sum / static_cast<double>(needs_[b].size());
      };
      std::stable_sort(members.begin(), members.end(), [&](size_t a, size_t b) { return std::pair(out_.boxes[a].band, middle(a)) < std::pair(out_.boxes[b].band, middle(b)); });
      for (size_t i = 0; i < members.size(); ++i) place[members[i]] = (static_cast<double>(i) + 0.5) / static_cast<double>(members.size());
      columns_.emplace_back();
      int height = 0;
      for (const size_t b : members) {
        if (height != 0 && height + out_.boxes[b].height > limit) {
          columns_.emplace_back();
          height = 0;
        }
        columns_.back().push_back(b);
        height += out_.boxes[b].height + kGap;
      }
    }
  }

  void place() {
    int x = kMargin + kPadding;
    std::vector<int> inside(out_.bands.size(), 0); // height of each band
    for (const std::vector<size_t>& column : columns_) {
      std::vector<int> filled(out_.bands.size(), 0);
      int width = 0;
      for (const size_t b : column) {
        GraphBox& box = out_.boxes[b];
        box.x = x;
        box.y = filled[box.band];
        filled[box.band] += box.height + kGap;
        width = std::max(width, box.width);
      }
      for (const size_t b : column) out_.boxes[b].width = width;
      for (size_t i = 0; i < inside.size(); ++i) inside[i] = std::max(inside[i], filled[i]);
      x += width + kColumnGap;
    }
    out_.width = std::max(x - kColumnGap + kPadding + kMargin, 320);
    int y = kMargin;
    for (size_t i = 0; i < out_.bands.size(); ++i) {
      out_.bands[i].y = y;
      out_.bands[i].height = kBandTitle + inside[i] - kGap + kPadding + 4;
      y += out_.bands[i].height + kMargin;
    }
    for (GraphBox& box : out_.boxes) box.y += out_.bands[box.band].y + kBandTitle;
    out_.height = std::max(y, 80);
  }
};

} // namespace

GraphLayout layOutGraph(const std::vector<Operation>& operations, const std::vector<std::string>& rows) { return Layout(operations, rows).run(); }

} // namespace chasi::plan

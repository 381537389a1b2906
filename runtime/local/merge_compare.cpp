// What is different between two objects, field by field.
#include "runtime/local/merge_typed.h"

#include <algorithm>

namespace chasi::local {

using k8s::Type;

namespace {

enum class Mark : uint8_t { Same, Removed, Modified, Added };

void append(Comparison& out, const Step& step, Mark mark, Comparison&& below) {
  append(out.removed, step, mark == Mark::Removed, std::move(below.removed));
  append(out.modified, step, mark == Mark::Modified, std::move(below.modified));
  append(out.added, step, mark == Mark::Added, std::move(below.added));
}

class Walk {
public:
  explicit Walk(Texts& texts) : texts_(texts) {}

  /// `l` and `r` may be null, not both. `kept`: the place is never absent (see alwaysWritten), so an absent side is an empty value.
  Mark compare(const Type* type, const Json* l, const Json* r, bool kept, Comparison& below) {
    Mark whole = l ? (r ? Mark::Same : Mark::Removed) : Mark::Added;
    Shape left = l ? shapeOf(type, *l) : Shape::Leaf, right = r ? shapeOf(type, *r) : left;
    // Null takes whatever form the other side has.
    if (!l || l->is_null()) left = right;
    if (r && r->is_null()) right = left;
    if (left != right) { // only where nobody described the type
      if (left == Shape::Map) map(type, l, nullptr, false, below);
      if (right == Shape::Map) map(type, nullptr, r, false, below);
      return Mark::Modified;
    }
    if (left == Shape::Leaf || (hollow(l) && hollow(r))) {
      if (l && r) return *l == *r ? Mark::Same : Mark::Modified;
      return kept && left != Shape::Leaf ? Mark::Same : whole;
    }
    if (left == Shape::Map) map(type, l, r, kept, below);
    else list(*type, l, r, below);
    return kept ? Mark::Same : whole;
  }

private:
  Texts& texts_;

  static bool hollow(const Json* v) { return !v || !v->is_structured() || v->empty(); }

  void map(const Type* type, const Json* l, const Json* r, bool kept, Comparison& below) {
    static const Json::object_t kNone;
    const auto& a = l && l->is_object() ? l->get_ref<const Json::object_t&>() : kNone;
    const auto& b = r && r->is_object() ? r->get_ref<const Json::object_t&>() : kNone;
    // Inside of an object that is there, absent structs are empty ones; inside of a new one everything is new.
    bool both = (l && r) || kept;
    auto i = a.begin();
    auto j = b.begin();
    while (i != a.end() || j != b.end()) {
      int order = i == a.end() ? 1 : j == b.end() ? -1 : i->first.compare(j->first);
      const std::string& key = order <= 0 ? i->first : j->first;
      const Json* x = order <= 0 ? &(i++)->second : nullptr;
      const Json* y = order >= 0 ? &(j++)->second : nullptr;
      const k8s::Field* field = type ? type->field(key) : nullptr;
      Comparison inner;
      Mark mark = compare(field ? field->type : memberType(type, key), x, y, both && field && (!x || !y) && alwaysWritten(type, key), inner);
      if (mark == Mark::Same && inner.removed.empty() && inner.modified.empty() && inner.added.empty()) continue;
      append(below, {Step::Kind::Field, field ? field->name : texts_.keep(key)}, mark, std::move(inner));
    }
  }

  void list(const Type& type, const Json* l, const Json* r, Comparison& below) {
    static const Json kNone = Json::array();
    // The texts of steps are only needed where something is different.
    if (l && r && *l == *r) return;
    Elements a = elementsOf(type, l ? *l : kNone, texts_), b = elementsOf(type, r ? *r : kNone, texts_);
    size_t i = 0, j = 0;
    while (i < a.order.size() || j < b.order.size()) {
      bool left = j == b.order.size() || (i < a.order.size() && a.steps[a.order[i]] <= b.steps[b.order[j]]);
      Step step = left ? a.steps[a.order[i]] : b.steps[b.order[j]];
      size_t x = i, y = j;
      while (i < a.order.size() && a.steps[a.order[i]] == step) ++i;
      while (j < b.order.size() && b.steps[b.order[j]] == step) ++j;
      Comparison inner;
      Mark mark = Mark::Same;
      auto at = [](const Json* v, const Elements& e, size_t from, size_t to) { return from < to ? &(*v)[e.order[from]] : nullptr; };
      const Json *first = at(l, a, x, i), *second = at(r, b, y, j);
      if (i - x <= 1 && j - y <= 1) mark = compare(type.element, first, second, false, inner);
      else if (i - x >= 2 && j - y >= 2) {
        bool same = i - x == j - y;
        for (size_t n = 0; same && n < i - x; ++n) same = (*l)[a.order[x + n]] == (*r)[b.order[y + n]];
        if (!same) mark = Mark::Modified;
      } else { // once on one side, more often on the other: all of one are gone, all of the other new
        if (first) mark = i - x >= 2 ? Mark::Removed : compare(type.element, first, nullptr, false, inner);
        append(below.removed, step, mark == Mark::Removed, std::move(inner.removed));
        if (second) mark = j - y >= 2 ? Mark::Added : compare(type.element, nullptr, second, false, inner);
        append(below.added, step, mark == Mark::Added, std::move(inner.added));
        continue;
      }
      append(below, step, mark, std::move(inner));
    }
  }
};

} // namespace

Comparison compare(const Type* type, const Json* before, const Json& after, Texts& texts) {
  Comparison out;
  Walk(texts).compare(type, before, &after, before == nullptr, out);
  return out;
}

} // namespace chasi::local

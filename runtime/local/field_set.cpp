#include "runtime/local/field_set.h"

#include <fmt/format.h>

#include <algorithm>

namespace chasi::local {

using nlohmann::json;
using Node = FieldSet::Node;

const Node* FieldSet::find(const Step& step) const {
  auto at = std::lower_bound(nodes.begin(), nodes.end(), step, [](const Node& n, const Step& s) { return n.step < s; });
  return at != nodes.end() && at->step == step ? &*at : nullptr;
}

void append(FieldSet& set, const Step& step, bool member, FieldSet&& below) {
  if (member || !below.empty()) set.nodes.push_back({step, member, std::move(below)});
}

FieldSet unite(const FieldSet& a, const FieldSet& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  FieldSet out;
  out.nodes.reserve(std::max(a.nodes.size(), b.nodes.size()));
  size_t i = 0, j = 0;
  while (i < a.nodes.size() && j < b.nodes.size()) {
    const Node &x = a.nodes[i], &y = b.nodes[j];
    auto order = x.step <=> y.step;
    if (order == 0) {
      out.nodes.push_back({x.step, x.member || y.member, unite(x.below, y.below)});
      ++i, ++j;
    } else if (order < 0) out.nodes.push_back(a.nodes[i++]);
    else out.nodes.push_back(b.nodes[j++]);
  }
  out.nodes.insert(out.nodes.end(), a.nodes.begin() + static_cast<ptrdiff_t>(i), a.nodes.end());
  out.nodes.insert(out.nodes.end(), b.nodes.begin() + static_cast<ptrdiff_t>(j), b.nodes.end());
  return out;
}

FieldSet intersect(const FieldSet& a, const FieldSet& b) {
  FieldSet out;
  size_t i = 0, j = 0;
  while (i < a.nodes.size() && j < b.nodes.size()) {
    const Node &x = a.nodes[i], &y = b.nodes[j];
    auto order = x.step <=> y.step;
    if (order == 0) append(out, x.step, x.member && y.member, intersect(x.below, y.below));
    if (order <= 0) ++i;
    if (order >= 0) ++j;
  }
  return out;
}

FieldSet subtract(const FieldSet& a, const FieldSet& b) {
  if (b.empty()) return a;
  FieldSet out;
  size_t j = 0;
  for (const Node& x : a.nodes) {
    while (j < b.nodes.size() && b.nodes[j].step < x.step) ++j;
    if (j < b.nodes.size() && b.nodes[j].step == x.step)
      append(out, x.step, x.member && !b.nodes[j].member, subtract(x.below, b.nodes[j].below));
    else out.nodes.push_back(x);
  }
  return out;
}

bool within(const FieldSet& a, const FieldSet& b) {
  size_t j = 0;
  for (const Node& x : a.nodes) {
    while (j < b.nodes.size() && b.nodes[j].step < x.step) ++j;
    if (j == b.nodes.size() || !(b.nodes[j].step == x.step)) return false;
    if ((x.member && !b.nodes[j].member) || !within(x.below, b.nodes[j].below)) return false;
  }
  return true;
}

void dropRoot(FieldSet& set, std::string_view field) {
  std::erase_if(set.nodes, [&](const Node& n) { return n.step.kind == Step::Kind::Field && n.step.text == field; });
}

void dropUnowned(FieldSet& set) {
  static constexpr std::string_view kRoot[] = {"apiVersion", "kind", "metadata"};
  static constexpr std::string_view kMetadata[] = {"name",       "namespace",     "creationTimestamp", "selfLink",       "uid",
                                                   "clusterName", "generation", "managedFields",     "resourceVersion"};
  auto strip = [](FieldSet& from, const auto& names) {
    for (Node& node : from.nodes)
      if (node.step.kind == Step::Kind::Field && std::find(std::begin(names), std::end(names), node.step.text) != std::end(names))
        node.member = false;
    std::erase_if(from.nodes, [](const Node& n) { return !n.member && n.below.empty(); });
  };
  for (Node& node : set.nodes)
    if (node.step == Step{Step::Kind::Field, "metadata"}) strip(node.below, kMetadata);
  strip(set, kRoot);
}

namespace {

constexpr std::string_view kLetters = "fikv";

json tree(const FieldSet& set, bool member) {
  json out = json::object();
  auto& map = out.get_ref<json::object_t&>();
  if (member && !set.empty()) map.emplace(".", json::object());
  for (const Node& node : set.nodes) {
    std::string key;
    key.reserve(node.step.text.size() + 2);
    key += kLetters[static_cast<size_t>(node.step.kind)];
    key += ':';
    key += node.step.text;
    map.emplace_hint(map.end(), std::move(key), tree(node.below, node.member));
  }
  return out;
}

/// Keys of an element may come in any order and spacing from a client that edits managedFields.
std::optional<std::string> normalKeys(std::string_view text) {
  json keys = json::parse(text, nullptr, false);
  if (!keys.is_object()) return std::nullopt;
  std::string out = "{";
  for (auto& [name, value] : keys.items()) {
    if (value.is_structured()) return std::nullopt;
    if (out.size() > 1) out += ',';
    appendScalar(out, name);
    out += ':';
    appendScalar(out, value);
  }
  out += '}';
  return out;
}

std::optional<Step> readStep(std::string_view key, Texts& texts) {
  size_t letter = key.size() >= 2 && key[1] == ':' ? kLetters.find(key[0]) : kLetters.npos;
  if (letter == kLetters.npos) return std::nullopt;
  Step step{static_cast<Step::Kind>(letter), key.substr(2)};
  if (step.kind == Step::Kind::Key) {
    auto normal = normalKeys(step.text);
    if (!normal) return std::nullopt;
    if (*normal != step.text) step.text = texts.keep(*normal);
  } else if (step.kind == Step::Kind::Value) {
    json value = json::parse(step.text, nullptr, false);
    if (value.is_discarded() || value.is_structured()) return std::nullopt;
    std::string normal;
    appendScalar(normal, value);
    if (normal != step.text) step.text = texts.keep(normal);
  }
  return step;
}

/// A step of a kind that a later version may know is left out; anything else that cannot be read is an error.
bool known(std::string_view key) { return key.size() < 2 || key[1] != ':' || kLetters.find(key[0]) != kLetters.npos; }

bool read(const json& fields, FieldSet& out, Texts& texts) {
  for (auto it = fields.begin(); it != fields.end(); ++it) {
    const std::string& key = it.key();
    if (key == ".") continue;
    if (!it->is_object()) return false;
    auto step = readStep(key, texts);
    if (!step) {
      if (known(key)) return false;
      continue;
    }
    FieldSet below;
    if (!read(*it, below, texts)) return false;
    bool member = below.empty() || it->contains(".");
    out.nodes.push_back({*step, member, std::move(below)});
  }
  // Written by us they are in order; normalised keys may not be.
  auto before = [](const Node& a, const Node& b) { return a.step < b.step; };
  if (!std::is_sorted(out.nodes.begin(), out.nodes.end(), before)) std::sort(out.nodes.begin(), out.nodes.end(), before);
  for (size_t i = 1; i < out.nodes.size();) {
    Node &a = out.nodes[i - 1], &b = out.nodes[i];
    if (!(a.step == b.step)) { ++i; continue; }
    a.member |= b.member;
    a.below = unite(a.below, b.below);
    out.nodes.erase(out.nodes.begin() + static_cast<ptrdiff_t>(i));
  }
  return true;
}

void collect(const FieldSet& set, const std::string& prefix, std::vector<std::string>& out) {
  for (const Node& node : set.nodes) {
    std::string path = prefix + written(node.step);
    if (node.member) out.push_back(path);
    collect(node.below, path, out);
  }
}

} // namespace

json toFieldsV1(const FieldSet& set) { return tree(set, false); }

std::optional<FieldSet> fromFieldsV1(const json& fields, Texts& texts) {
  FieldSet out;
  if (!fields.is_object() || !read(fields, out, texts)) return std::nullopt;
  return out;
}

std::string written(const Step& step) {
  switch (step.kind) {
  case Step::Kind::Field: return "." + std::string(step.text);
  case Step::Kind::Index: return fmt::format("[{}]", step.text);
  case Step::Kind::Value: return fmt::format("[={}]", step.text);
  case Step::Kind::Key: break;
  }
  std::string out = "[";
  json keys = json::parse(step.text, nullptr, false);
  for (auto& [name, value] : keys.items()) out += fmt::format("{}{}={}", out.size() > 1 ? "," : "", name, value.dump());
  return out + "]";
}

std::vector<std::string> writtenPaths(const FieldSet& set) {
  std::vector<std::string> out;
  collect(set, "", out);
  return out;
}

void appendScalar(std::string& out, const json& scalar) {
  if (!scalar.is_string()) {
    out += scalar.dump();
    return;
  }
  const std::string& text = scalar.get_ref<const std::string&>();
  auto plain = [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'; };
  if (std::all_of(text.begin(), text.end(), plain)) {
    out += '"';
    out += text;
    out += '"';
    return;
  }
  for (char c : scalar.dump(-1, ' ', false, json::error_handler_t::replace)) {
    if (c == '<') out += "\\u003c";
    else if (c == '>') out += "\\u003e";
    else if (c == '&') out += "\\u0026";
    else out += c;
  }
}

} // namespace chasi::local

// Sets of fields of an object, as metadata.managedFields records them (KEP-555): a tree whose nodes are fields, elements of lists that
// merge, and members of sets.
#pragma once

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Allocator.h>
#include <llvm/Support/Allocator.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chasi::local {

/// Holds the texts that steps point to; lives as long as the sets of one write.
class Texts {
public:
  std::string_view keep(std::string_view text) {
    // Not llvm::StringSaver: it is compiled into the library without sanitizers, and does not know of the allocator's poisoned memory.
    char* kept = memory_.Allocate<char>(text.size());
    std::copy(text.begin(), text.end(), kept);
    return {kept, text.size()};
  }

private:
  llvm::BumpPtrAllocator memory_;
};

/// One step of a path. The text is a field's name, the keys of an element as compact JSON (`{"name":"web"}`), a value as JSON, or an
/// index. Steps are equal when they are written the same.
struct Step {
  enum class Kind : uint8_t { Field, Index, Key, Value }; // in the order of their letters in fieldsV1: f, i, k, v
  Kind kind = Kind::Field;
  std::string_view text;

  friend std::strong_ordering operator<=>(const Step& a, const Step& b) {
    if (a.kind != b.kind) return a.kind <=> b.kind;
    return a.text <=> b.text;
  }
  friend bool operator==(const Step& a, const Step& b) { return a.kind == b.kind && a.text == b.text; }
};

/// What is below one field. Nodes are sorted by step, each step once; a node is a member, or has members below it, or both. No node says
/// "everything below": owning a map does not mean owning its entries.
struct FieldSet {
  struct Node;
  std::vector<Node> nodes;

  bool empty() const { return nodes.empty(); }
  /// Null when there is none.
  const Node* find(const Step& step) const;
  bool operator==(const FieldSet& other) const;
};

struct FieldSet::Node {
  Step step;
  bool member = false;
  FieldSet below;
};

inline bool FieldSet::operator==(const FieldSet& other) const {
  if (nodes.size() != other.nodes.size()) return false;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const Node &a = nodes[i], &b = other.nodes[i];
    if (a.member != b.member || !(a.step == b.step) || !(a.below == b.below)) return false;
  }
  return true;
}

/// Adds a node behind the last one, which must come before it; nothing when it would say nothing.
void append(FieldSet& set, const Step& step, bool member, FieldSet&& below);

FieldSet unite(const FieldSet& a, const FieldSet& b);
FieldSet intersect(const FieldSet& a, const FieldSet& b);
/// Without the members of `b`; what is below a member of `b` stays.
FieldSet subtract(const FieldSet& a, const FieldSet& b);
/// Whether every member of `a` is one of `b`.
bool within(const FieldSet& a, const FieldSet& b);
/// Takes a field of the root and everything below it out of the set.
void dropRoot(FieldSet& set, std::string_view field);
/// Takes out what nobody ever owns: apiVersion, kind, and the metadata that the server itself keeps.
void dropUnowned(FieldSet& set);

/// The tree that the API serves: {"f:spec":{"f:replicas":{}}}.
nlohmann::json toFieldsV1(const FieldSet& set);
/// Nothing when it is no such tree; steps of a kind that is not known are left out. Steps point into `fields` or into `texts`.
std::optional<FieldSet> fromFieldsV1(const nlohmann::json& fields, Texts& texts);

/// How paths are written in messages: .spec.containers[name="web"].ports[containerPort=80,protocol="TCP"], .finalizers[="a"].
std::string written(const Step& step);
/// All members, depth first, a node before what is below it.
std::vector<std::string> writtenPaths(const FieldSet& set);

/// A scalar as the API server writes it into steps: compact JSON with <, > and & escaped.
void appendScalar(std::string& out, const nlohmann::json& scalar);

} // namespace chasi::local

// Values: 16 bytes, trivially copyable; what they point to lives in the Program's arena and never changes once made
// (a record fills its slots on demand; nobody can tell).
#pragma once

#include "compiler/source/span.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/ADT/iterator.h>
#include <llvm/ADT/iterator_range.h>
#include <llvm/Support/Allocator.h>
#include <llvm/Support/MathExtras.h>
#include <llvm/Support/TrailingObjects.h>
#include <llvm/Support/xxhash.h>

#include <cstdint>
#include <memory>

namespace chasi::sema {

struct Schema;
struct ListValue;
class MapValue;
struct Record;
struct SecretValue;
struct FunctionValue;

enum class Tag : uint8_t {
  Absent, ///< an optional that is not there; never printed
  Error,  ///< a mistake that was reported: whatever uses it stays silent
  Bool,
  Int,
  Float,
  String,
  Cpu,      ///< nanocores
  Bytes,    ///< bytes
  Percent,  ///< millionths of a percent
  Duration, ///< nanoseconds
  Version,  ///< text, checked
  ImageRef, ///< text, checked
  Path,     ///< text, checked
  Secret,
  Later, ///< `secret` too: a text or a fact that only the cluster knows
  List,
  Map,
  Record,
  Kind, ///< the name of a kind, as in all(tenant)
  Function,
};

struct Value {
  Tag tag = Tag::Absent;
  uint32_t size = 0; ///< texts: length in bytes; quantities: length of the spelling
  union {
    bool boolean;
    int64_t integer = 0;
    double number;
    const char* chars;
    const struct Quantity* quantity;
    const SecretValue* secret;
    const ListValue* list;
    const MapValue* map;
    Record* record;
    const Schema* kind;
    const FunctionValue* function;
  };

  static Value absent() { return {}; }
  static Value error() { Value v; v.tag = Tag::Error; return v; }
  static Value of(bool b) { Value v; v.tag = Tag::Bool; v.integer = 0; v.boolean = b; return v; }
  static Value of(int64_t i) { Value v; v.tag = Tag::Int; v.integer = i; return v; }
  static Value of(double d) { Value v; v.tag = Tag::Float; v.number = d; return v; }
  /// The characters must outlive the value.
  static Value text(Tag tag, llvm::StringRef s) {
    Value v;
    v.tag = tag;
    v.size = static_cast<uint32_t>(s.size());
    v.chars = s.data();
    return v;
  }
  static Value of(const ListValue* l) { Value v; v.tag = Tag::List; v.list = l; return v; }
  static Value of(const MapValue* m) { Value v; v.tag = Tag::Map; v.map = m; return v; }
  static Value of(Record* r) { Value v; v.tag = Tag::Record; v.record = r; return v; }
  static Value of(const FunctionValue* f) { Value v; v.tag = Tag::Function; v.function = f; return v; }
  static Value later(const SecretValue* s) { Value v; v.tag = Tag::Later; v.secret = s; return v; }
  static Value of(const SecretValue* s) { Value v; v.tag = Tag::Secret; v.secret = s; return v; }

  bool isError() const { return tag == Tag::Error; }
  bool isAbsent() const { return tag == Tag::Absent; }
  bool isText() const { return tag == Tag::String || tag == Tag::Version || tag == Tag::ImageRef || tag == Tag::Path; }
  bool isQuantity() const { return tag >= Tag::Cpu && tag <= Tag::Duration; }
  llvm::StringRef str() const { return {chars, size}; }
};
static_assert(sizeof(Value) == 16);

/// An exact amount and, when it was written by a person and not computed, how it was written.
struct Quantity {
  int64_t amount; ///< in the unit of its Tag
  llvm::StringRef spelling; ///< by a person; empty for computed ones
};

/// What the cluster will tell: a field of an object that the specification makes.
struct LaterSource {
  Record* object = nullptr; ///< std.core's Object
  llvm::StringRef path;     ///< as a plan writes it: status.loadBalancer.ingress[0].ip
  llvm::StringRef type;     ///< "String", "Int", "Float", "Bool", "Any"; inside a text "Text"
  source::Span span;        ///< where it is asked for
};

/// A piece of a text that is known while applying: what is written in the specification, what a provider has, a function over more
/// of them, or a fact that the cluster tells.
struct SecretPart {
  enum class Kind : uint8_t { Text, Looked, Function, Fact };
  Kind kind = Kind::Text;
  llvm::StringRef name; ///< Looked: the provider; Function: as in the language: "base64"
  llvm::StringRef text; ///< Text: itself; Looked: what the provider knows the value by
  llvm::ArrayRef<SecretPart> of = {}; ///< Function: over the text of these
  const LaterSource* fact = nullptr;  ///< Fact

  friend bool operator==(const SecretPart& a, const SecretPart& b) {
    return a.kind == b.kind && a.name == b.name && a.text == b.text && a.of == b.of && a.fact == b.fact;
  }
};

/// A text that is known only while applying: its parts put together. Two that stand side by side are never both Text.
struct SecretValue {
  llvm::ArrayRef<SecretPart> parts;
  uint32_t weight = 1; ///< parts, those inside functions too; bounded, for values may share their parts
  uint32_t depth = 0;  ///< functions inside each other; bounded
};

/// A lambda with the frames around it, or the name of a function.
struct FunctionValue {
  const struct Expr* lambda = nullptr;
  const void* frames = nullptr; ///< eval::Env
  struct Symbol* symbol = nullptr;
};

struct ListValue {
  llvm::ArrayRef<Value> items;
  llvm::ArrayRef<source::Span> spans; ///< where each item was written; same length as items
};

/// An entry as it is looked at. In a map, values stand by themselves, beside what the shape says of all.
struct MapEntry {
  llvm::StringRef key;
  Value value;
  source::Span span; ///< where the entry was written
};

/// What maps have in common that one block makes: the same keys, in the same order, written in the same places. What follows from
/// them is found out once (see eval/json.cpp and lower/validate.cpp), and not for each of ten thousand maps.
struct MapShape {
  struct Key {
    llvm::StringRef text;
    source::Span span;
  };
  llvm::ArrayRef<Key> keys; ///< in the order in which they were written; unique
  const uint32_t* table = nullptr; ///< of many keys: as many places in `keys` plus one as `tableSize` says, 0 for nothing, collisions in the next place
  llvm::ArrayRef<llvm::StringRef> leads; ///< of blocks of constant keys: JSON in front of each value, `{"name":`, `,"labels":`; then no entry is absent

  /// A power of two with room for as many collisions as are likely.
  static size_t tableSize(size_t keys) { return llvm::PowerOf2Ceil(keys * 2); }

  /// The place of a key, or the number of keys.
  size_t find(llvm::StringRef key) const {
    if (table) {
      const size_t mask = tableSize(keys.size()) - 1;
      for (size_t at = llvm::xxh3_64bits(key);; ++at) {
        const uint32_t index = table[at & mask];
        if (!index || keys[index - 1].text == key) return index ? index - 1 : keys.size();
      }
    }
    size_t i = 0;
    while (i < keys.size() && keys[i].text != key) ++i;
    return i;
  }
};

/// A shape, and behind it in memory a value for each of its keys.
class MapValue final : llvm::TrailingObjects<MapValue, Value> {
public:
  class Iterator : public llvm::iterator_facade_base<Iterator, std::random_access_iterator_tag, MapEntry, std::ptrdiff_t, const MapEntry*, MapEntry> {
  public:
    Iterator(const MapValue& map, size_t at) : map_(&map), at_(at) {}
    MapEntry operator*() const { return (*map_)[at_]; }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }
    bool operator<(const Iterator& other) const { return at_ < other.at_; }
    std::ptrdiff_t operator-(const Iterator& other) const { return static_cast<std::ptrdiff_t>(at_ - other.at_); }
    Iterator& operator+=(std::ptrdiff_t n) { return at_ += static_cast<size_t>(n), *this; }
    Iterator& operator-=(std::ptrdiff_t n) { return at_ -= static_cast<size_t>(n), *this; }

  private:
    const MapValue* map_;
    size_t at_;
  };

  const MapShape* shape;

  /// The values are to be written then, before anybody else sees the map.
  static MapValue* make(llvm::BumpPtrAllocator& arena, const MapShape& shape) {
    auto* made = new (arena.Allocate(totalSizeToAlloc<Value>(shape.keys.size()), alignof(MapValue))) MapValue(shape);
    std::uninitialized_default_construct_n(made->values(), shape.keys.size());
    return made;
  }
  Value* values() { return getTrailingObjects<Value>(); }
  llvm::ArrayRef<Value> values() const { return {getTrailingObjects<Value>(), size()}; }

  size_t size() const { return shape->keys.size(); }
  bool empty() const { return shape->keys.empty(); }
  MapEntry operator[](size_t i) const { return {shape->keys[i].text, values()[i], shape->keys[i].span}; }
  llvm::iterator_range<Iterator> entries() const { return {Iterator(*this, 0), Iterator(*this, size())}; }

  /// The value of a key; null when there is none.
  const Value* find(llvm::StringRef key) const {
    const size_t i = shape->find(key);
    return i < size() ? &values()[i] : nullptr;
  }

private:
  friend TrailingObjects;
  explicit MapValue(const MapShape& s) : shape(&s) {}
};

/// A map with a shape of its own.
const MapValue* makeMap(llvm::BumpPtrAllocator& arena, llvm::ArrayRef<MapEntry> entries);

} // namespace chasi::sema

// Names and types of the Kubernetes API, read from compact text (format: stdlib/k8s/README.md). The compiler checks emitted objects
// with it, the plan compares with it, and the embedded cluster merges, serves and validates by it.
#pragma once

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chasi::k8s {

enum class TypeKind : uint8_t {
  Object,      ///< named fields
  Map,         ///< any keys, all values of one type
  List,
  String,
  Integer,
  Number,
  Bool,
  IntOrString,
  Quantity,    ///< a string such as "500m", or a number
  Any,         ///< any JSON value
  FreeObject,  ///< any JSON object
};
enum class Format : uint8_t { None, Int32, Int64, Time, Byte };
/// x-kubernetes-list-type; what nobody marked is atomic.
enum class ListType : uint8_t { Atomic, Set, Map };

struct Type;

struct Field {
  std::string_view name;
  const Type* type = nullptr;
  std::string_view defaultJson;   ///< empty: none
  std::string_view patchMergeKey; ///< strategic merge patch: merges lists of objects by this key
  bool required = false;
  bool patchMerge = false;        ///< strategic merge patch: merges the list
  bool patchRetainKeys = false;   ///< strategic merge patch: drops keys that the patch leaves out
};

struct Type {
  TypeKind kind = TypeKind::Any;
  Format format = Format::None;
  ListType listType = ListType::Atomic;
  bool atomic = false;          ///< Object and Map: x-kubernetes-map-type: atomic
  bool preserveUnknown = false; ///< Object: unknown fields are kept
  std::string_view name;        ///< of named types: "apps.v1.DeploymentSpec"
  const Type* element = nullptr;              ///< List and Map
  std::vector<std::string_view> mapKeys;      ///< List of ListType::Map
  std::vector<Field> fields;                  ///< Object: sorted by name
  std::vector<std::string_view> enumValues;   ///< String: empty when all are allowed

  /// Null when there is none; always null for other kinds than Object.
  const Field* field(std::string_view fieldName) const;
  /// The type of a member: of a field, of a map's values; null when unknown.
  const Type* member(std::string_view key) const;
};

struct Resource {
  std::string_view group;   ///< empty for core
  std::string_view version; ///< "v1"
  std::string_view plural;  ///< "deployments"
  std::string_view kind;
  std::string_view typeName;
  bool namespaced = true;
  std::vector<std::string_view> verbs;        ///< sorted
  std::vector<std::string_view> subresources; ///< sorted: "scale", "status"

  bool hasVerb(std::string_view verb) const;
  bool hasSubresource(std::string_view subresource) const;
  std::string apiVersion() const; ///< "v1", "apps/v1"
};

/// Immutable and safe to share between threads; types are parsed when first asked for. Everything handed out lives as long as the Schema.
class Schema {
public:
  /// The newest schema that is part of the program: Kubernetes 1.36. The first call costs some ten microseconds.
  static const Schema& builtin();
  /// That of a release such as "1.34"; null when the program has none of it. As cheap, and only those asked for cost anything.
  static const Schema* ofRelease(std::string_view release);
  /// That of a version such as "1.34.2", or of the nearest release known; the newest for what is no version.
  static const Schema& nearest(std::string_view version);
  /// Of which the program has schemas, oldest first.
  static std::vector<std::string_view> releases();
  /// Takes the text; an error names the line.
  static llvm::Expected<std::unique_ptr<Schema>> parse(std::string text);

  ~Schema();
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  std::string_view release() const; ///< "1.36"
  /// Sorted by group, version, plural.
  llvm::ArrayRef<Resource> resources() const;
  const Resource* resource(std::string_view group, std::string_view version, std::string_view plural) const;
  const Resource* resourceOf(std::string_view apiVersion, std::string_view kind) const;

  /// Null when the kind is unknown.
  const Type* type(std::string_view apiVersion, std::string_view kind) const;
  const Type* typeNamed(std::string_view name) const;
  /// Names of all types, sorted.
  std::vector<std::string_view> typeNames() const;
  /// Kinds of any version with this name: to tell people what they may have meant.
  std::vector<const Resource*> resourcesOfKind(std::string_view kind) const;

private:
  struct Parts;
  explicit Schema(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

} // namespace chasi::k8s

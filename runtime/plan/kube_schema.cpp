#include "runtime/plan/kube_schema.h"

#include "runtime/plan/kube_schema_parse.h"

#include <fmt/format.h>

#include <algorithm>

// kube_schema_data.cpp
extern "C" const char chasi_k8s_schema_begin[];
extern "C" const char chasi_k8s_schema_end[];

namespace chasi::k8s {

const Field* Type::field(std::string_view fieldName) const {
  auto at = std::lower_bound(fields.begin(), fields.end(), fieldName, [](const Field& f, std::string_view n) { return f.name < n; });
  return at != fields.end() && at->name == fieldName ? &*at : nullptr;
}

const Type* Type::member(std::string_view key) const {
  if (kind == TypeKind::Map) return element;
  const Field* found = field(key);
  return found ? found->type : nullptr;
}

bool Resource::hasVerb(std::string_view verb) const { return std::find(verbs.begin(), verbs.end(), verb) != verbs.end(); }

bool Resource::hasSubresource(std::string_view subresource) const {
  return std::find(subresources.begin(), subresources.end(), subresource) != subresources.end();
}

std::string Resource::apiVersion() const {
  return group.empty() ? std::string(version) : fmt::format("{}/{}", group, version);
}

Schema::Schema(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Schema::~Schema() = default;

const Schema& Schema::builtin() {
  static const std::unique_ptr<const Schema> schema = [] {
    auto parts = std::make_unique<Parts>();
    parts->text = {chasi_k8s_schema_begin, static_cast<size_t>(chasi_k8s_schema_end - chasi_k8s_schema_begin)};
    llvm::cantFail(parts->index(), "the built-in schema is well formed; a test reads all of it");
    return std::unique_ptr<const Schema>(new Schema(std::move(parts)));
  }();
  return *schema;
}

llvm::Expected<std::unique_ptr<Schema>> Schema::parse(std::string text) {
  auto parts = std::make_unique<Parts>();
  parts->owned = std::move(text);
  parts->text = parts->owned;
  if (llvm::Error error = parts->index()) return error;
  if (llvm::Error error = parts->check()) return error;
  return std::unique_ptr<Schema>(new Schema(std::move(parts)));
}

std::string_view Schema::release() const { return parts_->release; }

llvm::ArrayRef<Resource> Schema::resources() const { return parts_->resources; }

const Resource* Schema::resource(std::string_view group, std::string_view version, std::string_view plural) const {
  auto key = std::tie(group, version, plural);
  const std::vector<Resource>& all = parts_->resources;
  auto at = std::lower_bound(all.begin(), all.end(), key, [](const Resource& r, const auto& k) {
    return std::tie(r.group, r.version, r.plural) < k;
  });
  return at != all.end() && std::tie(at->group, at->version, at->plural) == key ? &*at : nullptr;
}

std::vector<const Resource*> Schema::resourcesOfKind(std::string_view kind) const {
  std::vector<const Resource*> found;
  const std::vector<uint32_t>& order = parts_->byKind;
  auto at = std::lower_bound(order.begin(), order.end(), kind,
                             [&](uint32_t i, std::string_view k) { return parts_->resources[i].kind < k; });
  for (; at != order.end() && parts_->resources[*at].kind == kind; ++at) found.push_back(&parts_->resources[*at]);
  return found;
}

const Resource* Schema::resourceOf(std::string_view apiVersion, std::string_view kind) const {
  size_t slash = apiVersion.find('/');
  std::string_view group = slash == apiVersion.npos ? std::string_view() : apiVersion.substr(0, slash);
  std::string_view version = slash == apiVersion.npos ? apiVersion : apiVersion.substr(slash + 1);
  for (const Resource* resource : resourcesOfKind(kind))
    if (resource->group == group && resource->version == version) return resource;
  return nullptr;
}

const Type* Schema::typeNamed(std::string_view name) const {
  std::lock_guard lock(parts_->mutex);
  return parts_->load(name);
}

const Type* Schema::type(std::string_view apiVersion, std::string_view kind) const {
  const Resource* resource = resourceOf(apiVersion, kind);
  return resource ? typeNamed(resource->typeName) : nullptr;
}

std::vector<std::string_view> Schema::typeNames() const {
  std::vector<std::string_view> names;
  for (const Parts::Block& block : parts_->blocks) names.push_back(block.name);
  return names;
}

} // namespace chasi::k8s

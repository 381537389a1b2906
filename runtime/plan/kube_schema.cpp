#include "runtime/plan/kube_schema.h"

#include "runtime/plan/kube_schema_parse.h"

#include <fmt/format.h>
#include <llvm/Support/VersionTuple.h>

#include <algorithm>
#include <array>

// kube_schema_data.cpp
extern "C" const char chasi_k8s_1_33_begin[], chasi_k8s_1_33_end[];
extern "C" const char chasi_k8s_1_34_begin[], chasi_k8s_1_34_end[];
extern "C" const char chasi_k8s_1_35_begin[], chasi_k8s_1_35_end[];
extern "C" const char chasi_k8s_1_36_begin[], chasi_k8s_1_36_end[];

namespace chasi::k8s {

namespace {

struct Data {
  std::string_view release;
  const char *begin, *end;
};
constexpr std::array<Data, 4> kData{{
    {"1.33", chasi_k8s_1_33_begin, chasi_k8s_1_33_end},
    {"1.34", chasi_k8s_1_34_begin, chasi_k8s_1_34_end},
    {"1.35", chasi_k8s_1_35_begin, chasi_k8s_1_35_end},
    {"1.36", chasi_k8s_1_36_begin, chasi_k8s_1_36_end},
}};

} // namespace

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

const Schema& Schema::builtin() { return *ofRelease(kData.back().release); }

const Schema* Schema::ofRelease(std::string_view release) {
  const auto* data = std::find_if(kData.begin(), kData.end(), [&](const Data& d) { return d.release == release; });
  if (data == kData.end()) return nullptr;
  static std::array<std::unique_ptr<const Schema>, kData.size()> schemas;
  static std::array<std::once_flag, kData.size()> once;
  const auto i = static_cast<size_t>(data - kData.begin());
  std::call_once(once[i], [&] {
    auto parts = std::make_unique<Parts>();
    parts->text = {data->begin, static_cast<size_t>(data->end - data->begin)};
    llvm::cantFail(parts->index(), "the built-in schemas are well formed; a test reads all of them");
    schemas[i].reset(new Schema(std::move(parts)));
  });
  return schemas[i].get();
}

const Schema& Schema::nearest(std::string_view version) {
  llvm::VersionTuple wanted, known;
  if (wanted.tryParse(llvm::StringRef(version)) || version.empty()) return builtin();
  for (const Data& d : kData)
    if (!known.tryParse(llvm::StringRef(d.release)) && llvm::VersionTuple(wanted.getMajor(), wanted.getMinor().value_or(0)) <= known) return *ofRelease(d.release);
  return builtin();
}

std::vector<std::string_view> Schema::releases() {
  std::vector<std::string_view> list;
  for (const Data& d : kData) list.push_back(d.release);
  return list;
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

#include "runtime/local/managed_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace chasi::local {

namespace {

/// How many Update entries an object keeps; the number is the API server's.
constexpr size_t kMaxUpdaters = 10;
constexpr const char* kAncient = "ancient-changes";

const std::string& text(const Json& entry, const char* key) {
  static const std::string kNone;
  auto at = entry.find(key);
  return at != entry.end() && at->is_string() ? at->get_ref<const std::string&>() : kNone;
}

Json written(const Owner& owner) {
  if (owner.origin) return *owner.origin;
  Json out = {{"manager", owner.manager},
              {"operation", owner.applied ? "Apply" : "Update"},
              {"apiVersion", owner.apiVersion},
              {"fieldsType", "FieldsV1"},
              {"fieldsV1", toFieldsV1(owner.fields)}};
  if (!owner.time.empty()) out["time"] = owner.time;
  if (!owner.subresource.empty()) out["subresource"] = owner.subresource;
  return out;
}

} // namespace

bool Owner::is(const Writer& writer, bool apply) const {
  return applied == apply && manager == writer.manager && subresource == writer.subresource && (apply || apiVersion == writer.apiVersion);
}

Owner* Owners::find(const Writer& writer, bool apply) {
  auto at = std::find_if(all.begin(), all.end(), [&](const Owner& o) { return o.is(writer, apply); });
  return at == all.end() ? nullptr : &*at;
}

void Owners::dropEmpty() {
  std::erase_if(all, [](const Owner& o) { return o.fields.empty(); });
}

std::variant<Owners, std::string> readOwners(const Json* managedFields, Texts& texts) {
  Owners out;
  if (!managedFields || managedFields->is_null()) return out;
  if (!managedFields->is_array()) return "managedFields must be a list";
  out.all.reserve(managedFields->size() + 1);
  size_t i = 0;
  for (const Json& entry : *managedFields) {
    if (!entry.is_object()) return fmt::format("managed fields entry {} is not an object", i);
    const std::string& operation = text(entry, "operation");
    if (operation != "Apply" && operation != "Update") return "operation must be `Apply` or `Update`";
    if (text(entry, "apiVersion").empty()) return "apiVersion must not be empty";
    const std::string& format = text(entry, "fieldsType");
    if (format.empty()) return fmt::format("missing fieldsType in managed fields entry {}", i);
    if (format != "FieldsV1") return fmt::format("invalid fieldsType {:?} in managed fields entry {}", format, i);
    auto fields = entry.find("fieldsV1");
    std::optional<FieldSet> set = fields == entry.end() ? FieldSet() : fromFieldsV1(*fields, texts);
    if (!set) return fmt::format("error decoding fieldsV1 in managed fields entry {}", i);
    Owner owner{text(entry, "manager"), text(entry, "apiVersion"), text(entry, "subresource"), text(entry, "time"), operation == "Apply", std::move(*set), &entry};
    // A later entry of the same writer takes the place of an earlier one.
    std::erase_if(out.all, [&](const Owner& o) { return o.is({owner.manager, owner.apiVersion, owner.subresource, ""}, owner.applied); });
    out.all.push_back(std::move(owner));
    ++i;
  }
  return out;
}

bool isReset(const Json* managedFields) {
  if (!managedFields || !managedFields->is_array()) return false;
  return managedFields->empty() || (managedFields->size() == 1 && managedFields->front().is_object() && managedFields->front().empty());
}

Json writeOwners(Owners& owners) {
  if (owners.all.empty()) return nullptr;
  auto key = [](const Owner& o) { return std::tuple(!o.applied, std::string_view(o.time), std::string_view(o.manager), std::string_view(o.apiVersion), std::string_view(o.subresource)); };
  std::sort(owners.all.begin(), owners.all.end(), [&](const Owner& a, const Owner& b) { return key(a) < key(b); });
  Json out = Json::array();
  for (const Owner& owner : owners.all) out.push_back(written(owner));
  return out;
}

void foldAncient(Owners& owners) {
  std::vector<size_t> updaters;
  for (size_t i = 0; i < owners.all.size(); ++i)
    if (!owners.all[i].applied) updaters.push_back(i);
  if (updaters.size() <= kMaxUpdaters) return;
  auto key = [&](size_t i) { return std::tuple(std::string_view(owners.all[i].time), std::string_view(owners.all[i].manager), std::string_view(owners.all[i].subresource)); };
  std::sort(updaters.begin(), updaters.end(), [&](size_t a, size_t b) { return key(a) < key(b); });
  std::map<std::string, size_t> buckets; // by apiVersion: the first entry seen becomes the bucket with the second
  size_t left = updaters.size();
  for (size_t i = 0; i < updaters.size() && left > kMaxUpdaters; ++i) {
    Owner& owner = owners.all[updaters[i]];
    auto [at, first] = buckets.emplace(owner.apiVersion, updaters[i]);
    if (first) continue;
    Owner& bucket = owners.all[at->second];
    bucket.manager = kAncient;
    bucket.subresource.clear();
    bucket.fields = unite(bucket.fields, owner.fields);
    bucket.time = owner.time;
    bucket.origin = nullptr;
    owner.fields = {};
    --left;
  }
  owners.dropEmpty();
}

std::string named(const Owner& owner) {
  std::string out = fmt::format("{:?}", owner.manager);
  if (!owner.subresource.empty()) out += fmt::format(" with subresource {:?}", owner.subresource);
  if (!owner.applied) out += " using " + owner.apiVersion;
  return out;
}

const Json* managedFieldsOf(const Json& object) {
  auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return nullptr;
  auto fields = metadata->find("managedFields");
  return fields == metadata->end() ? nullptr : &*fields;
}

Json withoutManagedFields(const Json& object) {
  Json out = Json::object();
  for (auto it = object.begin(); it != object.end(); ++it) {
    if (it.key() != "metadata" || !it->is_object()) { out[it.key()] = *it; continue; }
    Json& metadata = out["metadata"] = Json::object();
    for (auto field = it->begin(); field != it->end(); ++field)
      if (field.key() != "managedFields") metadata[field.key()] = *field;
  }
  return out;
}

} // namespace chasi::local

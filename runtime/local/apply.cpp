// Who owns what after a write, and what an apply makes of an object. The order of steps is that of the API server's field manager:
// decode owners, merge, prune, find conflicts, take over, encode owners.
#include "runtime/local/managed_fields.h"
#include "runtime/local/merge_typed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace chasi::local {

using k8s::Type;

namespace {

constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

Refusal refuse(int http, std::string reason, std::string message) { return {http, std::move(reason), std::move(message), Json::object()}; }

std::string textAt(const Json& object, const char* key) {
  if (!object.is_object()) return "";
  auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

/// "default/web; apps/v1, Kind=Deployment", as messages name an object.
std::string nameOf(const Json& object) {
  static const Json kNone = Json::object();
  auto at = object.find("metadata");
  const Json& metadata = at != object.end() && at->is_object() ? *at : kNone;
  std::string version = textAt(object, "apiVersion");
  if (version.find('/') == version.npos) version = "/" + version;
  return fmt::format("{}/{}; {}, Kind={}", textAt(metadata, "namespace"), textAt(metadata, "name"), version, textAt(object, "kind"));
}

/// Fields that a write through this (sub)resource does not touch, and therefore neither gives nor takes: the status for the object
/// itself, the spec for its status.
std::string_view resetField(const Type* type, const std::string& subresource) {
  if (subresource.empty() && type && type->field("status")) return "status";
  return subresource == "status" ? "spec" : "";
}

constexpr std::string_view kServerMetadata[] = {"resourceVersion", "uid", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields"};

/// The part of the configuration that takes part in the merge; nothing when that is all of it.
std::optional<Json> configOf(const Json& applied, std::string_view reset) {
  auto metadata = applied.find("metadata");
  bool plain = metadata == applied.end() || !metadata->is_object() ||
               std::none_of(std::begin(kServerMetadata), std::end(kServerMetadata), [&](std::string_view key) { return metadata->contains(key); });
  if (plain && (reset.empty() || !applied.contains(reset))) return std::nullopt;
  Json out = applied;
  if (!reset.empty()) out.erase(std::string(reset));
  if (!plain)
    for (std::string_view key : kServerMetadata) out["metadata"].erase(std::string(key));
  return out;
}

/// Whether an object is the live one, managedFields aside.
bool sameButOwners(const Json& live, const Json& object) {
  if (!live.is_object()) return false;
  auto same = [](const Json& a, const Json& b, std::string_view but, auto&& equal) {
    size_t count = a.size() - (a.contains(but) ? 1 : 0);
    if (count != b.size() - (b.contains(but) ? 1 : 0)) return false;
    for (auto it = b.begin(); it != b.end(); ++it) {
      if (it.key() == but) continue;
      auto at = a.find(it.key());
      if (at == a.end() || !equal(*at, *it)) return false;
    }
    return true;
  };
  auto equal = [](const Json& a, const Json& b) { return a == b; };
  if (!same(live, object, "metadata", equal)) return false;
  static const Json kNone = Json::object();
  auto metadata = [](const Json& o) -> const Json& { auto at = o.find("metadata"); return at != o.end() && at->is_object() ? *at : kNone; };
  return same(metadata(live), metadata(object), "managedFields", equal);
}

/// Type of an object without one: its metadata is that of all objects.
struct Deduced {
  Type type;
  Deduced() {
    static const Type any{k8s::TypeKind::FreeObject};
    type.kind = k8s::TypeKind::Object;
    type.preserveUnknown = true;
    static const Type text{k8s::TypeKind::String};
    type.fields = {{"apiVersion", &text, {}, {}}, {"kind", &text, {}, {}}};
    if (const Type* metadata = k8s::Schema::builtin().typeNamed("meta.v1.ObjectMeta")) type.fields.push_back({"metadata", metadata, {}, {}});
  }
};
const Type* typed(const Type* type) {
  static const Deduced deduced;
  return type ? type : &deduced.type;
}

void filter(Comparison& difference, std::string_view reset) {
  if (reset.empty()) return;
  dropRoot(difference.removed, reset);
  dropRoot(difference.modified, reset);
  dropRoot(difference.added, reset);
}

/// Takes what was changed or removed from everybody but `self`.
void dispossess(Owners& owners, const Comparison& difference, const Owner* self) {
  FieldSet taken = unite(unite(difference.modified, difference.added), difference.removed);
  if (taken.empty()) return;
  for (Owner& owner : owners.all) {
    if (&owner == self) continue;
    FieldSet left = subtract(owner.fields, taken);
    if (left == owner.fields) continue;
    owner.fields = std::move(left);
    owner.origin = nullptr;
  }
}

struct Conflicts {
  std::vector<std::pair<const Owner*, FieldSet>> all;
};

Conflicts conflictsOf(const Owners& owners, const Comparison& difference, const Owner* self) {
  Conflicts out;
  FieldSet set = unite(difference.modified, difference.added);
  if (set.empty()) return out;
  for (const Owner& owner : owners.all) {
    if (&owner == self) continue;
    FieldSet common = intersect(owner.fields, set);
    if (!common.empty()) out.all.emplace_back(&owner, std::move(common));
  }
  auto key = [](const Owner* o) { return std::tuple(std::string_view(o->manager), !o->applied, std::string_view(o->apiVersion), std::string_view(o->subresource)); };
  std::sort(out.all.begin(), out.all.end(), [&](const auto& a, const auto& b) { return key(a.first) < key(b.first); });
  return out;
}

Refusal refusalOf(const Conflicts& conflicts) {
  Json causes = Json::array();
  std::string several;
  for (auto& [owner, fields] : conflicts.all) {
    std::string name = named(*owner);
    several += fmt::format("{}conflicts with {}:", several.empty() ? "" : "\n", name);
    for (const std::string& path : writtenPaths(fields)) {
      causes.push_back({{"reason", "FieldManagerConflict"}, {"message", "conflict with " + name}, {"field", path}});
      several += "\n- " + path;
    }
  }
  std::string message = causes.size() == 1 ? fmt::format("Apply failed with 1 conflict: {}: {}", causes[0]["message"].get<std::string>(), causes[0]["field"].get<std::string>())
                                           : fmt::format("Apply failed with {} conflicts: {}", causes.size(), several);
  Refusal refusal = refuse(409, "Conflict", std::move(message));
  refusal.details["causes"] = std::move(causes);
  return refusal;
}

/// Removes what the applier owned before, does not apply now, and nobody else owns. True when the object changed.
bool prune(const Type* type, Json& merged, const FieldSet& last, const Owners& owners, Texts& texts) {
  FieldSet owned;
  for (const Owner& owner : owners.all) owned = unite(owned, owner.fields);
  if (within(last, owned)) return false;
  FieldSet lastNamed = withNamedFields(type, last);
  Json pruned = merged;
  removeFields(type, pruned, lastNamed, texts);
  if (!pruned.is_object()) pruned = Json::object();
  // Back comes what anybody owns, with the elements and objects that hold it …
  FieldSet mergedNamed = withNamedFields(type, fieldsOf(type, merged, texts));
  FieldSet keep = unite(withNamedFields(type, fieldsOf(type, pruned, texts)), withNamedFields(type, owned));
  pruned = merged;
  removeFields(type, pruned, subtract(mergedNamed, keep), texts);
  if (!pruned.is_object()) pruned = Json::object();
  // … and what went with its parent although the applier never owned it.
  FieldSet gone = intersect(subtract(mergedNamed, withNamedFields(type, fieldsOf(type, pruned, texts))), lastNamed);
  if (gone.empty()) return false;
  removeFields(type, merged, gone, texts);
  if (!merged.is_object()) merged = Json::object();
  return true;
}

/// kubectl's own way from client-side to server-side apply: conflicts over fields that its last-applied annotation gives as they are do
/// not count.
bool allowedByLastApplied(const Type* type, const Json& live, const Writer& writer, Conflicts& conflicts, Texts& texts) {
  auto metadata = live.find("metadata");
  if (metadata == live.end() || !metadata->is_object()) return false;
  auto annotations = metadata->find("annotations");
  if (annotations == metadata->end()) return false;
  Json last = Json::parse(textAt(*annotations, kLastApplied), nullptr, false);
  if (!last.is_object() || tooDeep(last) || textAt(last, "apiVersion") != writer.apiVersion) return false;
  std::vector<Misfit> misfits;
  FieldSet allowed = fieldsOf(type, last, texts, &misfits);
  if (!misfits.empty()) return false;
  Comparison difference = compare(type, &last, live, texts);
  allowed = subtract(subtract(subtract(allowed, difference.modified), difference.added), difference.removed);
  std::erase_if(conflicts.all, [&](auto& c) {
    c.second = subtract(c.second, allowed);
    return c.second.empty();
  });
  return conflicts.all.empty();
}

std::optional<Refusal> checked(const Json& live, const Json& applied, const Writer& writer) {
  if (!applied.is_object()) return refuse(400, "BadRequest", "error decoding YAML: an apply patch must be an object");
  if (tooDeep(applied)) return refuse(400, "BadRequest", fmt::format("exceeded max depth of {}", kMaxDepth));
  if (!live.is_null() && (!live.is_object() || tooDeep(live, kMaxStoredDepth))) return refuse(500, "InternalError", "the stored object is not well formed");
  std::string version = textAt(applied, "apiVersion");
  if (version != writer.apiVersion)
    return refuse(400, "BadRequest", fmt::format("Incorrect version specified in apply patch. Specified patch version: {}, expected: {}", version, writer.apiVersion));
  const Json* fields = managedFieldsOf(applied);
  if (fields && !fields->is_null()) return refuse(400, "BadRequest", "metadata.managedFields must be nil");
  return std::nullopt;
}

Refusal refusalOf(const std::vector<Misfit>& misfits, const Json& applied) {
  std::string all;
  for (const Misfit& m : misfits) {
    std::string line = m.path.empty() ? m.message : m.path + ": " + m.message;
    all += misfits.size() == 1 ? line : "\n  " + line;
  }
  return refuse(500, "", fmt::format("failed to create typed patch object ({}): {}{}", nameOf(applied), misfits.size() == 1 ? "" : "errors:", all));
}

/// Keeps the annotation that client-side apply compares with in step, as the API server does for kubectl.
void syncLastApplied(Json& object, const Json& applied) {
  Json& metadata = object["metadata"];
  auto annotations = metadata.find("annotations");
  if (annotations == metadata.end() || textAt(*annotations, kLastApplied).empty()) return;
  Json copy = applied;
  if (copy.contains("metadata") && copy["metadata"].is_object() && copy["metadata"].contains("annotations") && copy["metadata"]["annotations"].is_object())
    copy["metadata"]["annotations"].erase(kLastApplied);
  (*annotations)[kLastApplied] = copy.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// Whatever is in an object that nobody was recorded for belongs to one who wrote before the first apply.
void startOwnership(const Type* type, const Json& live, const Writer& writer, std::string_view reset, Owners& owners, Texts& texts) {
  Comparison all = compare(type, nullptr, live, texts);
  filter(all, reset);
  Owner before{"before-first-apply", writer.apiVersion, writer.subresource, writer.time, false, unite(all.added, all.modified)};
  dropUnowned(before.fields);
  if (!before.fields.empty()) owners.all.push_back(std::move(before));
}

void setOwners(Json& object, Owners& owners) {
  Json list = writeOwners(owners);
  Json& metadata = object["metadata"];
  if (!metadata.is_object()) metadata = Json::object();
  if (list.is_null()) metadata.erase("managedFields");
  else metadata["managedFields"] = std::move(list);
}

} // namespace

Result<Json> applyPatch(const Type* given, const Json& live, const Json& applied, const Writer& who, bool force) {
  if (auto refusal = checked(live, applied, who)) return *refusal;
  const Type* type = typed(given);
  Writer writer = who;
  if (writer.manager.empty()) writer.manager = "unknown";
  std::string_view reset = resetField(given, writer.subresource);
  std::optional<Json> part = configOf(applied, reset);
  const Json& config = part ? *part : applied;
  Texts texts;
  std::vector<Misfit> misfits;
  FieldSet set = fieldsOf(type, config, texts, &misfits);
  if (!misfits.empty()) return refusalOf(misfits, applied);

  auto read = readOwners(live.is_null() ? nullptr : managedFieldsOf(live), texts);
  if (auto* problem = std::get_if<std::string>(&read)) return refuse(500, "", "failed to decode managed fields: " + *problem);
  Owners owners = std::get<Owners>(std::move(read));
  Owner* self = owners.find(writer, true);
  FieldSet kept; // what will be written; pruning goes by all of the set
  if (self) kept = set;
  else std::swap(kept, set);
  dropUnowned(kept);
  bool sameOwners = self ? self->apiVersion == writer.apiVersion && self->fields == kept : kept.empty() && live.is_object();
  if (sameOwners && settled(type, live, config)) return live;
  if (owners.all.empty() && !live.is_null()) startOwnership(type, live, writer, reset, owners, texts);

  FieldSet last;
  if (!self) {
    owners.all.push_back({writer.manager, writer.apiVersion, writer.subresource, "", true, {}});
    self = &owners.all.back();
  } else {
    last = std::move(self->fields);
    self->fields = std::move(set);
  }
  Json merged = live.is_null() ? Json::object() : withoutManagedFields(live);
  bool touched = mergeInto(type, merged, config, texts);
  if (prune(type, merged, last, owners, texts)) {
    touched = true;
    // What lost all it held is null now; an empty object that is applied comes back, so that applying again finds it.
    mergeInto(type, merged, config, texts);
  }
  if (touched && !live.is_null()) {
    Comparison difference = compare(type, &live, merged, texts);
    filter(difference, reset);
    Conflicts conflicts = conflictsOf(owners, difference, self);
    if (!conflicts.all.empty() && !force && !(writer.manager == "kubectl" && allowedByLastApplied(type, live, writer, conflicts, texts))) return refusalOf(conflicts);
    dispossess(owners, difference, self);
  }
  // Nulls that stood for nothing do not make a change.
  if (touched) dropNulls(merged);
  if (sameOwners && sameButOwners(live, merged)) return live;
  self->fields = std::move(kept);
  self->apiVersion = writer.apiVersion;
  self->origin = nullptr;
  if (touched) self->time = writer.time; // like the API server: who only joins in owning what is there has no time
  owners.dropEmpty();
  setOwners(merged, owners);
  if (writer.manager == "kubectl") syncLastApplied(merged, applied);
  return merged;
}

Json trackUpdate(const Type* given, const Json& live, Json next, const Writer& who) {
  const Type* type = typed(given);
  if (!next.is_object()) return next; // refused elsewhere
  Writer writer = who;
  if (writer.manager.empty()) writer.manager = "unknown";
  Json sent; // holds what owners point to
  if (auto metadata = next.find("metadata"); metadata != next.end() && metadata->is_object() && metadata->contains("managedFields")) {
    sent = std::move((*metadata)["managedFields"]);
    metadata->erase("managedFields");
  }
  Texts texts;
  Owners owners;
  bool asked = writer.subresource.empty() && !sent.is_null();
  if (!(asked && isReset(&sent))) {
    auto read = asked ? readOwners(&sent, texts) : std::variant<Owners, std::string>(Owners());
    auto* fresh = std::get_if<Owners>(&read);
    if (!fresh || fresh->all.empty()) {
      // Clients that do not know the list leave it out, and must not lose it.
      read = readOwners(live.is_object() ? managedFieldsOf(live) : nullptr, texts);
      fresh = std::get_if<Owners>(&read);
    }
    if (fresh) owners = std::move(*fresh);
  }
  // Ownership starts with a create or an apply; what was made is told by its uid.
  if (owners.all.empty() && live.is_object() && live.contains("metadata") && !textAt(live["metadata"], "uid").empty()) return next;
  std::optional<Json> before;
  if (live.is_object()) before = withoutManagedFields(live);
  Comparison difference = compare(type, before ? &*before : nullptr, next, texts);
  filter(difference, resetField(given, writer.subresource));
  dispossess(owners, difference, nullptr);
  FieldSet mine = unite(difference.modified, difference.added);
  dropUnowned(mine);
  if (!mine.empty()) {
    Owner* self = owners.find(writer, false);
    if (!self) {
      owners.all.push_back({writer.manager, writer.apiVersion, writer.subresource, "", false, {}});
      self = &owners.all.back();
    }
    self->fields = unite(self->fields, mine);
    self->time = writer.time;
    self->origin = nullptr;
  }
  owners.dropEmpty();
  foldAncient(owners);
  setOwners(next, owners);
  return next;
}

bool equalButForTimes(const Json& live, const Json& next) {
  const Json *a = managedFieldsOf(live), *b = managedFieldsOf(next);
  if (!a || !b || !a->is_array() || !b->is_array() || a->size() != b->size()) return live == next;
  if (!sameButOwners(live, next)) return false;
  if (*a == *b) return true;
  auto timeless = [](const Json& list) {
    std::vector<Json> out(list.begin(), list.end());
    for (Json& entry : out)
      if (entry.is_object()) entry.erase("time");
    std::sort(out.begin(), out.end());
    return out;
  };
  return timeless(*a) == timeless(*b);
}

} // namespace chasi::local

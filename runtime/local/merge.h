// What a write does to an object: server-side apply, patches, and who owns which field afterwards. Pure functions over JSON;
// the schema decides how lists merge. Rules: Kubernetes KEP-555 and sigs.k8s.io/structured-merge-diff as observed on 1.36.
#pragma once

#include "runtime/plan/kube_schema.h"

#include <nlohmann/json.hpp>

#include <string>
#include <variant>
#include <vector>

namespace chasi::local {

using Json = nlohmann::json;

/// A refusal, as the API server words it: becomes a metav1.Status. Values, not exceptions.
struct Refusal {
  int http = 400;
  std::string reason;  ///< "Conflict", "Invalid", "NotFound", …
  std::string message;
  Json details = Json::object(); ///< metav1.StatusDetails: name, group, kind, causes
};
template <typename T> using Result = std::variant<T, Refusal>;

/// Who writes, in the terms of a managedFields entry.
struct Writer {
  std::string manager;     ///< fieldManager of the request
  std::string apiVersion;  ///< of the object as it is written
  std::string subresource; ///< "status", or empty
  std::string time;        ///< RFC 3339, UTC, whole seconds
};

/// Objects nested deeper than this are refused. Every function here calls itself once per level, so what comes from a client is to be
/// looked at with `tooDeep` before anything else is done with it (copies and comparisons of Json go as deep, too): applyPatch, jsonPatch and
/// strategicPatch do so themselves and refuse with 400; the others expect it done.
constexpr size_t kMaxDepth = 400;
/// Ownership of the deepest field lies some levels deeper than the field.
constexpr size_t kMaxStoredDepth = kMaxDepth + 8;
/// Costs one walk over the value, never more than kMaxDepth levels of stack.
bool tooDeep(const Json& value, size_t limit = kMaxDepth);

/// Server-side apply. `live` is null when the object does not exist. `type` may be null for kinds without a schema (custom
/// resources): maps merge, lists are atomic. Gives the object with metadata.managedFields brought up to date and nothing else of the
/// metadata touched (no resourceVersion, uid or generation). When nothing but time stamps would change, the result equals `live`,
/// time stamps included. Refuses with 409 and a cause for each field that another manager owns with another value, unless `force`;
/// with 500 for what does not fit the type ("failed to create typed patch object …"), naming the path.
Result<Json> applyPatch(const k8s::Type* type, const Json& live, const Json& applied, const Writer& writer, bool force);

/// Ownership after a write that is not an apply (POST, PUT, PATCH): `next` with managedFields computed from what changed from
/// `live` (null on create). Fields removed leave all owners; fields changed go to the writer's Update entry.
Json trackUpdate(const k8s::Type* type, const Json& live, Json next, const Writer& writer);

/// Whether two objects are the same but for the `time` of managedFields entries: such a write is not stored (the API server keeps the old
/// object). To be asked last, after defaults are set.
bool equalButForTimes(const Json& live, const Json& next);

/// RFC 7386.
Json mergePatch(const Json& target, const Json& patch);
/// RFC 6902. Refuses with 422 when it does not fit, 400 when it is no JSON patch.
Result<Json> jsonPatch(const Json& target, const Json& patch);
/// Strategic merge patch with patchMergeKey and $patch/$retainKeys/$setElementOrder/$deleteFromPrimitiveList directives.
Result<Json> strategicPatch(const k8s::Type* type, const Json& target, const Json& patch);

/// Fills in the defaults of the schema, and those of Kubernetes' own code that people see at once (a Service port's protocol and
/// targetPort, a pod's restartPolicy, …). Never changes what is set, but for zeros that the API server loses: empty maps, lists and texts,
/// and false and 0 where Go has no pointer.
void setDefaults(const k8s::Type* type, Json& object);

/// What the API server refuses about a complete object with 422: missing required fields, wrong enum values, immutable fields changed
/// (`live` null on create), names and labels that are not well formed, selectors that do not match their template. Unknown fields and wrong
/// JSON types come from `decodeProblems`.
std::vector<std::string> validationProblems(const k8s::Resource& resource, const k8s::Type* type, const Json& live, const Json& next);

/// Strict decoding (fieldValidation=Strict or Warn): unknown and duplicate fields, wrong JSON types, as messages like
/// `unknown field "spec.replicsa"`. `wrongTypes` are refused at any level of fieldValidation.
struct DecodeProblems {
  std::vector<std::string> unknown, wrongTypes;
};
DecodeProblems decodeProblems(const k8s::Type& type, const Json& object);

} // namespace chasi::local

// What a specification asks for, as the runtime sees it: operations and the graph between them. This is the contract
// between the two halves of chasi; it knows nothing of the language, and nothing of HTTP.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chasi::plan {

enum class OpKind : uint8_t {
  Object,   ///< a Kubernetes object exists as described
  Image,    ///< an OCI image with this content exists in a layout
  Vcluster, ///< a virtual cluster exists in this state
  Wait,     ///< a readiness condition holds
};

/// Where in the specification an operation comes from. Lines and columns from 1, columns in bytes.
struct SourceRef {
  std::string file;
  uint32_t line = 0;
  uint32_t column = 0;
};

/// Names a Kubernetes object. `ns` is empty for cluster-scoped kinds.
struct ObjectRef {
  std::string apiVersion;
  std::string kind;
  std::string ns;
  std::string name;

  auto operator<=>(const ObjectRef&) const = default;
};

/// A value that is known only while applying. The payload holds null at `pointer` (RFC 6901).
/// Secret data is sent in base64: the engine encodes what it resolved for pointers below /data of a v1 Secret.
struct SecretRef {
  std::string pointer;
  std::string provider; ///< "env", "file", "k8s", "exec", or one of those in secrets.h and fact.h
  std::string key;      ///< name of the variable, path of the file, NAMESPACE/NAME/KEY, program and argument
};

/// What happens with a field that others write as well.
enum class Answer : uint8_t {
  Take,   ///< ours, also where somebody else set it
  Share,  ///< theirs as long as they set it, and we own it with them
  Ignore, ///< ours when the object is created; afterwards whoever writes it decides
};
/// The word of the specification: "take".
const char* name(Answer answer);

/// An answer for a field and all that is below it.
struct FieldAnswer {
  std::string path; ///< as field_path.h reads it
  Answer answer = Answer::Ignore;
};

struct Operation {
  std::string id;    ///< identity over time, such as "tenant.retail/ResourceQuota/retail/quota"; unique in a Desired
  OpKind kind = OpKind::Object;
  std::string owner; ///< the declaration that it is part of: "tenant.retail"
  std::string target; ///< name of the Target; empty for images
  ObjectRef object;   ///< kind Object and Wait
  std::string payload; ///< canonical compact JSON: the manifest of an Object; the build description of an Image
  std::vector<uint32_t> needs; ///< indices of operations that come first
  std::vector<SecretRef> secrets;
  std::vector<SecretRef> later; ///< what the cluster tells while applying, as "later" or as a template with such places; no secret
  std::vector<FieldAnswer> fields; ///< who decides about what others write as well
  SourceRef source;
};

/// Where a virtual cluster lives.
struct Inside {
  std::string host;      ///< name of the Target
  std::string ns;        ///< on the host
  std::string release;   ///< its name there
  std::string operation; ///< id of the one that makes it run
};

/// A cluster that operations go to.
struct Target {
  std::string name;    ///< as declared; HOST/TENANT for the virtual cluster of a tenant
  std::string context; ///< a kubeconfig context; "local" is the embedded cluster; empty for a virtual cluster
  SourceRef source;
  std::optional<Inside> inside = {}; ///< a virtual cluster: its host knows how it is reached
};

/// Operations of some declarations change wave by wave: those of a wave begin when all of the waves before are done and were ready for
/// as long as `pause`.
struct Rollout {
  std::string name; ///< the declaration: "rollout.payments"
  struct Wave {
    std::string name;
    std::vector<std::string> owners; ///< declarations: "tenant.retail"; each in one wave only
  };
  std::vector<Wave> waves;
  uint64_t pauseMilliseconds = 0;
  SourceRef source;
};

/// The desired state. `operations` stand in a valid apply order (every `needs` index is smaller than its own), which is
/// the same for the same input.
struct Desired {
  std::string workspace; ///< names the inventory: two workspaces never prune each other's objects
  std::vector<Target> targets;
  std::vector<Operation> operations;
  std::vector<Rollout> rollouts;
  std::string sourceDigest; ///< "sha256:…" over all sources
  std::string paramsDigest; ///< "sha256:…" over all parameters
  std::string environment;  ///< --env, or empty
};

} // namespace chasi::plan

#include "runtime/plan/plan.h"

namespace chasi::plan {

static const char kSchema[] = R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://chasi.dev/plan/v1",
  "title": "chasi plan",
  "description": "What is desired, what was found in the clusters, and what would be done about the difference.",
  "type": "object",
  "required": ["apiVersion", "workspace", "summary", "targets", "operations", "prunes"],
  "additionalProperties": false,
  "properties": {
    "apiVersion": {"const": "chasi.dev/plan/v1"},
    "tool": {"type": "string", "description": "version of the program that made the plan"},
    "digest": {"type": "string", "description": "over what would be done; runs are recorded with it"},
    "workspace": {"type": "string", "minLength": 1},
    "environment": {"type": "string"},
    "sourceDigest": {"type": "string", "description": "over all sources but the standard library"},
    "paramsDigest": {"type": "string", "description": "over all parameters"},
    "commit": {"type": "string", "description": "of the repository that the sources lie in"},
    "dirty": {"type": "boolean", "description": "some sources were not committed"},
    "module": {"type": "string", "description": "the folder or file of the sources, from the root of their workspace"},
    "restores": {"type": "string", "description": "the recorded run whose state a rollback brings back"},
    "offline": {"type": "boolean", "description": "compared with nothing"},
    "destroys": {"type": "boolean", "description": "a plan to delete everything that is owned"},
    "summary": {
      "type": "object",
      "required": ["create", "update", "replace", "delete", "build", "unknown", "unchanged", "problems"],
      "additionalProperties": {"type": "integer", "minimum": 0}
    },
    "targets": {"type": "array", "items": {"$ref": "#/$defs/target"}},
    "rollouts": {"type": "array", "items": {"$ref": "#/$defs/rollout"}},
    "operations": {"type": "array", "items": {"$ref": "#/$defs/operation"}},
    "prunes": {"type": "array", "items": {"$ref": "#/$defs/prune"}},
    "notices": {"type": "array", "items": {"$ref": "#/$defs/notice"}}
  },
  "$defs": {
    "source": {
      "type": "object", "required": ["file", "line", "column"], "additionalProperties": false,
      "properties": {"file": {"type": "string"}, "line": {"type": "integer"}, "column": {"type": "integer"}}
    },
    "target": {
      "type": "object", "required": ["name", "context"], "additionalProperties": false,
      "properties": {
        "name": {"type": "string"}, "context": {"type": "string"},
        "inside": {
          "type": "object", "required": ["host", "namespace", "release", "operation"], "additionalProperties": false,
          "description": "a virtual cluster: the target that is its host, and the operation that makes it run",
          "properties": {
            "host": {"type": "string"}, "namespace": {"type": "string"},
            "release": {"type": "string"}, "operation": {"type": "string"}
          }
        },
        "server": {"type": "string", "description": "the URL that the plan was made against"},
        "clusterUid": {"type": "string", "description": "uid of the namespace kube-system; apply refuses another cluster"},
        "problem": {"$ref": "#/$defs/problem", "description": "why nothing could be said of this cluster; its operations are left out"},
        "source": {"$ref": "#/$defs/source"}
      }
    },
    "notice": {
      "description": "something worth knowing of a cluster that no operation is about",
      "type": "object", "required": ["target", "message"], "additionalProperties": false,
      "properties": {"target": {"type": "string"}, "message": {"type": "string"}}
    },
    "rollout": {
      "description": "operations of some declarations change wave by wave",
      "type": "object", "required": ["name", "waves"], "additionalProperties": false,
      "properties": {
        "name": {"type": "string"},
        "waves": {
          "type": "array",
          "items": {
            "type": "object", "required": ["name", "owners"], "additionalProperties": false,
            "properties": {"name": {"type": "string"}, "owners": {"type": "array", "items": {"type": "string"}}}
          }
        },
        "pauseMilliseconds": {"type": "integer", "minimum": 0},
        "source": {"$ref": "#/$defs/source"}
      }
    },
    "object": {
      "type": "object", "required": ["apiVersion", "kind", "name"], "additionalProperties": false,
      "properties": {
        "apiVersion": {"type": "string"}, "kind": {"type": "string"},
        "namespace": {"type": "string"}, "name": {"type": "string"}
      }
    },
    "guard": {
      "type": "object", "additionalProperties": false,
      "properties": {"uid": {"type": "string"}, "resourceVersion": {"type": "string"}}
    },
    "secret": {
      "type": "object", "required": ["pointer", "provider"], "additionalProperties": false,
      "properties": {
        "pointer": {"type": "string"}, "key": {"type": "string"},
        "provider": {"enum": ["env", "file", "k8s", "exec", "later", "template", "open", "withheld"]},
        "template": {"$ref": "#/$defs/recipe"}
      }
    },
    "recipe": {
      "description": "a text of which parts are known only while applying; it holds none of them",
      "type": "array",
      "items": {
        "oneOf": [
          {"type": "string"},
          {"type": "object", "required": ["provider", "key"], "additionalProperties": false,
           "properties": {"provider": {"type": "string"}, "key": {"type": "string"}}},
          {"type": "object", "required": ["function", "of"], "additionalProperties": false,
           "properties": {"function": {"enum": ["base64", "urlEncode", "sha256", "trim", "toJson"]}, "of": {"$ref": "#/$defs/recipe"}}}
        ]
      }
    },
    "change": {
      "type": "object", "required": ["path"], "additionalProperties": false,
      "properties": {
        "path": {"type": "string"}, "before": true, "after": true,
        "manager": {"type": "string", "description": "the other field manager that owns the value"},
        "secret": {"type": "boolean", "description": "the values are kept back"},
        "later": {"type": "string", "description": "what comes is known only while applying: known after these operations"}
      }
    },
    "problem": {
      "type": "object", "required": ["code", "message"], "additionalProperties": false,
      "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "hint": {"type": "string"}}
    },
    "operation": {
      "type": "object", "required": ["id", "kind", "action"], "additionalProperties": false,
      "properties": {
        "id": {"type": "string", "minLength": 1},
        "kind": {"enum": ["object", "image", "vcluster", "wait"]},
        "action": {"enum": ["none", "create", "update", "replace", "delete", "unknown", "build"]},
        "owner": {"type": "string"}, "target": {"type": "string"},
        "object": {"$ref": "#/$defs/object"},
        "payload": {"type": "object"},
        "needs": {"type": "array", "items": {"type": "string"}},
        "secrets": {"type": "array", "items": {"$ref": "#/$defs/secret"}},
        "later": {
          "type": "array", "items": {"$ref": "#/$defs/secret"},
          "description": "what the cluster tells while applying; the key of the provider later is TYPE OPERATION PATH"
        },
        "fields": {
          "type": "array",
          "description": "who decides about fields that others write as well",
          "items": {
            "type": "object", "required": ["path", "answer"], "additionalProperties": false,
            "properties": {"path": {"type": "string"}, "answer": {"enum": ["take", "share", "ignore"]}}
          }
        },
        "source": {"$ref": "#/$defs/source"},
        "reason": {"type": "string"},
        "lost": {"type": "string", "description": "what goes with an object that is replaced"},
        "until": {
          "type": "array", "items": {"type": "string"},
          "description": "operations before which the server cannot say what it makes of this one"
        },
        "changes": {"type": "array", "items": {"$ref": "#/$defs/change"}},
        "guard": {"$ref": "#/$defs/guard"},
        "adopted": {"type": "boolean"},
        "problem": {"$ref": "#/$defs/problem"},
        "leftOut": {"type": "string", "description": "why a run leaves this out although it has something to do"}
      }
    },
    "prune": {
      "type": "object", "required": ["target", "object", "guard"], "additionalProperties": false,
      "properties": {
        "target": {"type": "string"}, "object": {"$ref": "#/$defs/object"}, "guard": {"$ref": "#/$defs/guard"},
        "id": {"type": "string"}, "owner": {"type": "string"},
        "leftOut": {"type": "string", "description": "why a run keeps this"}
      }
    }
  }
}
)";

llvm::StringRef planSchema() { return kSchema; }

} // namespace chasi::plan

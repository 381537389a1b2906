// Keeps the data of Secrets apart from payloads, and puts it back at the last moment.
#pragma once

#include "runtime/plan/operation.h"

#include <llvm/Support/Error.h>
#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>

namespace chasi::plan {

/// SecretRef providers that only the runtime uses.
inline constexpr const char* kLiteral = "literal";   ///< `key` is the value itself, in base64; never leaves memory
inline constexpr const char* kOpen = "open";         ///< the same of a value that is no secret (open_secret.h): a saved plan has it
inline constexpr const char* kWithheld = "withheld"; ///< the value was left out of a saved plan
inline constexpr const char* kTemplate = "template"; ///< `key` is a recipe (recipe.h) over values of other providers
inline constexpr const char* kCluster = "k8s";       ///< `key` is NAMESPACE/NAME/KEY of a Secret of the object's cluster
inline constexpr const char* kProgram = "exec";      ///< `key` is "PROGRAM" or "PROGRAM ARGUMENT"; its output is the value

bool isSecretObject(const ObjectRef& object);
/// Values at this pointer, split up, are sent in base64.
bool isEncoded(const ObjectRef& object, const std::vector<std::string>& place);

/// Of a v1 Secret: turns stringData into data (the API keeps removed keys of stringData), takes each value out of the payload
/// into a SecretRef and leaves null. Other operations stay as they are. Doing it twice changes nothing.
void sealSecret(Operation& op);

/// Reads one value, which is no template; the text is as the provider has it, not encoded.
using SecretReader = std::function<llvm::Expected<std::string>(const SecretRef&)>;

/// Providers "env" and "file" of this machine. A file loses one newline at its end, as editors put it there.
/// CH6212 when it cannot be read, CH6006 for what a saved plan left out. Messages never hold a value.
llvm::Expected<std::string> readSecret(const SecretRef& ref);

/// Asks `reader` once for each value, and remembers what came of it, errors too, for as long as it or a copy of it lives.
/// Not for two threads.
SecretReader remembering(SecretReader reader);

/// The value of any reference but a literal, templates worked out.
llvm::Expected<std::string> resolveSecret(const SecretRef& ref, const SecretReader& reader);

/// The values that must be looked up for a reference: itself, or those in its template. `pointer` is that of `ref`.
std::vector<SecretRef> sourcesOf(const SecretRef& ref);

/// Where the value comes from, for people, on one line: "env/DB", or a template with such places in it. Never a
/// value, also of a literal.
std::string describeSource(const SecretRef& ref);

/// The payload with every SecretRef filled in, facts of the cluster too; encoded in base64 below /data of a v1 Secret.
llvm::Expected<std::string> unsealed(const Operation& op, const SecretReader& reader);

/// What stands at a pointer, split up; null when there is no such place.
nlohmann::json* findPlace(nlohmann::json& root, const std::vector<std::string>& tokens);

/// RFC 6901: "/data/a~1b" -> {"data", "a/b"}.
std::vector<std::string> splitPointer(const std::string& pointer);
std::string joinPointer(const std::vector<std::string>& tokens);
/// One key as it stands in a pointer: "a/b" -> "a~1b".
std::string pointerToken(llvm::StringRef key);

} // namespace chasi::plan

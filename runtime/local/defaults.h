// Defaults that Kubernetes' code sets and the published schema does not tell, by type. Read off pkg/apis/*/v1/defaults.go of 1.36.
#pragma once

#include "runtime/local/merge.h"

namespace chasi::local {

/// Sets the defaults of one object; what is below it has its own already.
using SetDefaults = void (*)(Json& object);
/// Null when the type has none.
SetDefaults podDefaults(std::string_view typeName);
SetDefaults kindDefaults(std::string_view typeName);

/// Sets a field that is absent, null, or an empty text.
void fill(Json& object, const char* key, Json value);
bool lacks(const Json& object, const char* key);
/// The text of a field; empty when it is none.
std::string_view textOf(const Json& object, const char* key);
/// The object at a field, made when it is absent; null when something else is there.
Json* objectAt(Json& object, const char* key);

} // namespace chasi::local

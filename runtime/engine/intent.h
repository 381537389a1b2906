// Texts that go to the server, and digests of what came back.
#pragma once

#include "runtime/plan/json_view.h"
#include "runtime/plan/plan.h"

#include <string>

namespace chasi::engine {

/// The payload with the membership label, and the guards when given. The payload stays text: it is the largest thing there is.
std::string applyBody(std::string_view payload, const std::string& applySet, const plan::Guard& guard);

/// Options of a DELETE that is for exactly this object, and with a version for exactly this state of it.
std::string deleteBody(const std::string& uid, const std::string& resourceVersion = {});

/// The guard of an object that must not exist yet: the server answers 409 when it does, and ignores it otherwise.
plan::Guard mustBeNew();

/// Digest of what an operation asks for. The payload of a sealed operation has no secret in it.
std::string intentDigest(const plan::Operation& op, const std::string& applySet);

/// The field set that our manager's Apply entry has in this object, or absent.
plan::JsonValue ownFields(plan::JsonValue object);

/// Digest over our field set and the object's values in it. Two answers of one server with equal digests say that all we own is
/// as it was and is ours. Empty when we own nothing. Of a v1 Secret the data itself is left out.
std::string projection(plan::JsonValue object, bool secretObject);

/// Names of the managers that an object has, without repetition; "nobody" when there is none.
std::string managersOf(plan::JsonValue object);

/// The value at a path of an object, following names and list places (RFC 6901 tokens).
plan::JsonValue at(plan::JsonValue object, const std::vector<std::string>& tokens);

} // namespace chasi::engine

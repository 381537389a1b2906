// metadata.managedFields as a list of owners, in and out of JSON.
#pragma once

#include "runtime/local/field_set.h"
#include "runtime/local/merge.h"

#include <optional>

namespace chasi::local {

/// One entry: what one writer owns.
struct Owner {
  std::string manager, apiVersion, subresource;
  std::string time; ///< RFC 3339; may be empty
  bool applied = false;
  FieldSet fields;
  const Json* origin = nullptr; ///< the entry this was read from, while it says the same

  /// Entries of one writer: those of Apply do not ask for the version.
  bool is(const Writer& writer, bool apply) const;
};

struct Owners {
  std::vector<Owner> all;

  Owner* find(const Writer& writer, bool apply);
  /// Takes out those that own nothing.
  void dropEmpty();
};

/// Says why when the list is not well formed ("operation must be `Apply` or `Update`"). The owners point into `managedFields` and `texts`.
std::variant<Owners, std::string> readOwners(const Json* managedFields, Texts& texts);

/// Whether a client asks to forget all owners: an empty list, or one with an empty entry.
bool isReset(const Json* managedFields);

/// Sorted as the API server sorts. Null when there are none.
Json writeOwners(Owners& owners);

/// Folds the oldest entries of Update into one of "ancient-changes" while there are more than ten.
void foldAncient(Owners& owners);

/// `"kubectl" with subresource "status" using apps/v1`: how conflicts name an owner.
std::string named(const Owner& owner);

/// Null when the object has none.
const Json* managedFieldsOf(const Json& object);
/// A copy of the object without them.
Json withoutManagedFields(const Json& object);

} // namespace chasi::local

#include "runtime/local/merge.h"

namespace chasi::local {

Json mergePatch(const Json& target, const Json& patch) {
  if (!patch.is_object()) return patch;
  Json out = target.is_object() ? target : Json::object();
  auto& map = out.get_ref<Json::object_t&>();
  for (auto it = patch.begin(); it != patch.end(); ++it) {
    if (it->is_null()) {
      map.erase(it.key());
      continue;
    }
    Json& place = map[it.key()];
    place = mergePatch(place, *it);
  }
  return out;
}

} // namespace chasi::local

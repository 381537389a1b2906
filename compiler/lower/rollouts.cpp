#include "compiler/lower/rollouts.h"

#include <map>

namespace chasi::lower {

using namespace sema;

using Owners = std::map<std::string, std::vector<std::string>>; // "tenant retail": "tenant.retail", "system.shop"

static std::vector<Record*> recordsIn(const Value& list) {
  std::vector<Record*> records;
  if (list.tag != Tag::List) return records;
  for (const Value& item : list.list->items)
    if (item.tag == Tag::Record) records.push_back(item.record);
  return records;
}

static Owners ownersOf(eval::Evaluator& e, Record& rollout) {
  Owners owners;
  for (Record* tenant : recordsIn(e.field(rollout, "tenants"))) {
    std::vector<std::string>& list = owners["tenant " + tenant->name.str()];
    list = {"tenant." + tenant->name.str()};
    for (Record* system : recordsIn(e.field(*tenant, "systems"))) list.push_back("system." + system->name.str());
  }
  for (Record* system : recordsIn(e.field(rollout, "systems"))) owners["system " + system->name.str()] = {"system." + system->name.str()};
  return owners;
}

plan::Rollout readRollout(eval::Evaluator& e, Record& rollout) {
  plan::Rollout out;
  const Owners owners = ownersOf(e, rollout);
  for (Record* planned : recordsIn(e.field(rollout, "planned"))) {
    const Value name = e.field(*planned, "wave"), members = e.field(*planned, "members");
    if (!name.isText() || members.tag != Tag::List) continue;
    out.waves.push_back({name.str().str(), {}});
    for (const Value& member : members.list->items)
      if (const auto at = member.isText() ? owners.find(member.str().str()) : owners.end(); at != owners.end())
        out.waves.back().owners.insert(out.waves.back().owners.end(), at->second.begin(), at->second.end());
  }
  if (const Value seconds = e.field(rollout, "_seconds"); seconds.tag == Tag::Int && seconds.integer > 0) out.pauseMilliseconds = static_cast<uint64_t>(seconds.integer) * 1000;
  return out;
}

} // namespace chasi::lower

// What cannot work together, found among the stakes of one key.
#include "compiler/lower/stakes.h"
#include "compiler/manifest/amounts.h"
#include "compiler/manifest/pods.h"
#include "compiler/sema/quantity.h"
#include "runtime/plan/address_range.h"
#include "runtime/plan/secrets.h"

#include <llvm/ADT/STLExtras.h>

namespace chasi::lower {

using namespace sema;
using source::Code;
using source::Diagnostic;
using source::Span;

namespace {

using Group = llvm::ArrayRef<Staked>;

class Clashes {
public:
  Clashes(Program& program, eval::Evaluator& evaluator) : p(program), e(evaluator) {}

  void check(Group group) {
    switch (group.front().stake->kind) {
    case Stake::Kind::NodePort: return each(group, [this](const Staked& a, const Staked& b) { return nodePort(a, b); });
    case Stake::Kind::Route: return each(group, [this](const Staked& a, const Staked& b) { return route(a, b); });
    case Stake::Kind::Pool: return pools(group);
    default: return space(group);
    }
  }

private:
  Program& p;
  eval::Evaluator& e;

  /// Each with the ones before it, until something is wrong with it.
  static void each(Group group, llvm::function_ref<bool(const Staked&, const Staked&)> clash) {
    for (size_t i = 1; i < group.size(); ++i)
      for (size_t k = 0; k < i; ++k)
        if (clash(group[k], group[i])) break;
  }

  /// What the standard kinds write themselves is told at the declaration.
  Span placeIn(const Staked& s, const std::string& pointer) const {
    const Span place = placeOf(*s.draft->manifest, pointer);
    return place.valid() && !p.sources.name(p.sources.fileOf(place.begin)).starts_with("std/") ? place : s.draft->span;
  }

  Diagnostic& bad(Code code, const Staked& s, const std::string& pointer, std::string message) {
    const Watch watch(p, e, *s.draft->owner);
    const Span place = placeIn(s, pointer);
    Diagnostic& report = p.diagnostics.report(code, place, std::move(message));
    if (place.begin != s.draft->span.begin) report.at(s.draft->span, fmt::format("lowered from {}", s.operation->owner));
    return report;
  }

  /// "Service web of system.shop, in namespace shop".
  static std::string whose(const Staked& s) { return s.operation->object.ns.empty() ? owned(s) : fmt::format("{}, in namespace {}", owned(s), s.operation->object.ns); }
  /// "Service web of system.shop".
  static std::string owned(const Staked& s) { return fmt::format("{} of {}", title(s), s.operation->owner); }
  static std::string title(const Staked& s) { return fmt::format("{} {}", s.operation->object.kind, s.operation->object.name); }

  // --- what only one may have

  static const MapValue& specOf(const Staked& s) { return *mapAt(*s.draft->manifest, "spec"); }

  bool nodePort(const Staked& a, const Staked& b) {
    const auto pointer = [](const Staked& s) { return s.stake->first == UINT32_MAX ? std::string("/spec/healthCheckNodePort") : fmt::format("/spec/ports/{}/nodePort", s.stake->first); };
    const auto protocol = [](const Staked& s) {
      const llvm::StringRef its = s.stake->first == UINT32_MAX ? "" : textOf(listAt(specOf(s), "ports")[s.stake->first], "protocol");
      return its.empty() ? llvm::StringRef("TCP") : its;
    };
    if (a.draft == b.draft && protocol(a) != protocol(b)) return false; // one service may have it for each protocol
    const Value* port = b.stake->first == UINT32_MAX ? specOf(b).find("healthCheckNodePort") : listAt(specOf(b), "ports")[b.stake->first].map->find("nodePort");
    bad(Code::NodePortTwice, b, pointer(b), a.draft == b.draft ? fmt::format("{} takes the node port {} twice", title(b), port->integer) : fmt::format("{} takes the node port {}, which {} takes already", owned(b), port->integer, owned(a)))
        .at(placeIn(a, pointer(a)), whose(a))
        .note(fmt::format("every node of cluster {} listens on a port once", b.operation->target))
        .hint("give one of them another port, or take `nodePort` away: the cluster then chooses");
    return true;
  }

  bool route(const Staked& a, const Staked& b) {
    const auto pointer = [](const Staked& s) { return fmt::format("/spec/rules/{}/http/paths/{}", s.stake->first, s.stake->second); };
    const Value& rule = listAt(specOf(b), "rules")[b.stake->first];
    const llvm::StringRef host = textOf(rule, "host"), path = textOf(listAt(*mapAt(*rule.map, "http"), "paths")[b.stake->second], "path");
    const std::string what = fmt::format("{}{}", host.empty() ? "every host, " : host.str(), path.empty() ? "/" : path.str());
    bad(Code::RouteTwice, b, pointer(b), a.draft == b.draft ? fmt::format("{} has {} twice", title(b), what) : fmt::format("{} serves {}, which {} serves already", owned(b), what, owned(a)))
        .at(placeIn(a, pointer(a)), whose(a))
        .note("requests go to one of the two, and which one depends on the controller")
        .hint("give one of them another host or path");
    return true;
  }

  struct Range {
    plan::AddressRange addresses;
    const Staked* of;
    std::string pointer;
  };

  static void ranges(const Staked& s, std::vector<Range>& out) {
    const MapValue& spec = specOf(s);
    const auto add = [&](const std::string& text, const std::string& pointer) {
      if (const auto range = plan::rangeOf(text)) out.push_back({*range, &s, pointer});
    };
    if (const Value* disabled = spec.find("disabled"); disabled && disabled->tag == Tag::Bool && disabled->boolean) return;
    add(textAt(spec, {"cidr"}).str(), "/spec/cidr");
    const llvm::ArrayRef<Value> addresses = listAt(spec, "addresses"), blocks = listAt(spec, "blocks");
    for (size_t i = 0; i < addresses.size(); ++i)
      if (addresses[i].isText()) add(addresses[i].str().str(), fmt::format("/spec/addresses/{}", i));
    for (size_t i = 0; i < blocks.size(); ++i) {
      const llvm::StringRef cidr = textOf(blocks[i], "cidr"), start = textOf(blocks[i], "start"), stop = textOf(blocks[i], "stop");
      add(!cidr.empty() ? cidr.str() : stop.empty() ? start.str() : (start + "-" + stop).str(), fmt::format("/spec/blocks/{}", i));
    }
  }

  /// From the lowest address up, each beside the one that reaches farthest of those before.
  void pools(Group group) {
    std::vector<Range> all;
    for (const Staked& s : group) ranges(s, all);
    llvm::stable_sort(all, [](const Range& a, const Range& b) { return std::tie(a.addresses.six, a.addresses.first) < std::tie(b.addresses.six, b.addresses.first); });
    llvm::DenseSet<const Staked*> told;
    const Range* far = nullptr;
    for (const Range& range : all) {
      if (far && far->of != range.of && far->addresses.overlaps(range.addresses)) {
        const Range &a = far->of < range.of ? *far : range, &b = far->of < range.of ? range : *far; // in the order of their declarations
        if (told.insert(b.of).second) bad(Code::PoolsOverlap, *b.of, b.pointer, fmt::format("{} and {} have addresses in common", title(*a.of), title(*b.of))).at(placeIn(*a.of, a.pointer), whose(*a.of)).hint("give each pool addresses of its own");
      }
      if (!far || far->addresses.six != range.addresses.six || far->addresses.last < range.addresses.last) far = &range;
    }
  }

  // --- shares of a namespace

  void space(Group group) {
    for (const Staked& s : group) {
      if (s.stake->kind == Stake::Kind::Quota) quota(s, group);
      if (s.stake->kind != Stake::Kind::Limits) continue;
      const llvm::ArrayRef<Value> limits = listAt(specOf(s), "limits");
      for (size_t i = 0; i < limits.size(); ++i)
        if (limits[i].tag == Tag::Map) limit(s, *limits[i].map, i, group);
    }
  }

  static std::string shown(Stake::Share share, int64_t amount) {
    if (share == Stake::PodCount || share == Stake::ClaimCount) return std::to_string(amount);
    llvm::BumpPtrAllocator arena;
    return printQuantity(makeQuantity(share == Stake::Cpu || share == Stake::CpuLimit ? Tag::Cpu : Tag::Bytes, amount, arena));
  }

  /// What is more than there is: each resource a note, the first one in the message.
  void quota(const Staked& quota, Group group) {
    Diagnostic* report = nullptr;
    for (uint8_t i = 0; i < Stake::kShares; ++i) {
      const auto share = static_cast<Stake::Share>(i);
      const int64_t hard = quota.stake->shares[i];
      Wide sum = 0;
      const Staked* most = nullptr;
      for (const Staked& s : group) {
        if (hard < 0 || s.stake->kind == Stake::Kind::Quota || s.stake->shares[i] <= 0) continue;
        sum += s.stake->shares[i];
        if (!most || s.stake->shares[i] > most->stake->shares[i]) most = &s;
      }
      if (!most || sum <= hard) continue;
      const auto entries = mapAt(specOf(quota), "hard")->entries();
      const llvm::StringRef key = (*llvm::find_if(entries, [&](const MapEntry& entry) { return shareOf(entry.key) == share && limitOf(entry.value, share) == hard; })).key;
      const std::string asked = sum > INT64_MAX ? "far more" : shown(share, static_cast<int64_t>(sum));
      const std::string what = fmt::format("{} of {}, and {} allows {}", asked, key.str(), title(quota), shown(share, hard));
      if (report) {
        report->note(fmt::format("and for {}", what));
        continue;
      }
      report = &bad(Code::AboveQuota, quota, plan::joinPointer({"spec", "hard", key.str()}), fmt::format("what the specification puts into namespace {} asks for {}", quota.operation->object.ns, what))
                    .at(placeIn(*most, "/metadata/name"), fmt::format("{} asks for {}", owned(*most), shown(share, most->stake->shares[i])))
                    .hint("ask for less, or raise the quota");
    }
  }

  struct Bounds {
    const Staked& range;
    const MapValue *max, *min;
    size_t item;
    llvm::StringRef who; ///< "a container", "a claim"
  };

  void limit(const Staked& range, const MapValue& item, size_t i, Group group) {
    const llvm::StringRef type = textAt(item, {"type"});
    const Bounds bounds{range, mapAt(item, "max"), mapAt(item, "min"), i, type == "Container" ? "a container" : "a claim"};
    for (const Staked& s : group) {
      if (s.stake->kind == Stake::Kind::Pods && type == "Container") containers(bounds, s);
      if (s.stake->kind != Stake::Kind::Claims || type != "PersistentVolumeClaim") continue;
      const MapValue& spec = specOf(s);
      if (s.operation->object.kind == "PersistentVolumeClaim") claim(bounds, s, spec, "/spec");
      else if (&s == first(group, s)) // once for all of its templates
        for (size_t k = 0; k < listAt(spec, "volumeClaimTemplates").size(); ++k)
          if (const MapValue* its = mapAt(*listAt(spec, "volumeClaimTemplates")[k].map, "spec")) claim(bounds, s, *its, fmt::format("/spec/volumeClaimTemplates/{}/spec", k));
    }
  }

  static const Staked* first(Group group, const Staked& s) {
    return llvm::find_if(group, [&](const Staked& other) { return other.draft == s.draft && other.stake->kind == s.stake->kind; });
  }

  void claim(const Bounds& bounds, const Staked& s, const MapValue& spec, const std::string& pointer) {
    if (const MapValue* requests = mapAt(spec, {"resources", "requests"})) within(bounds, s, *requests, pointer + "/resources/requests", fmt::format("{} asks for", title(s)));
  }

  void containers(const Bounds& bounds, const Staked& s) {
    const auto pods = podsOf(s.operation->object.apiVersion, s.operation->object.kind, *s.draft->manifest);
    eachContainer(*pods, [&](const manifest::Container& c) {
      const MapValue* resources = mapAt(c.fields, "resources");
      for (const auto& [list, verb] : {std::pair("limits", "may use"), std::pair("requests", "asks for")})
        if (const MapValue* entries = resources ? mapAt(*resources, list) : nullptr)
          if (within(bounds, s, *entries, c.at(fmt::format("/resources/{}", list)), fmt::format("container {} of {} {}", c.name().str(), title(s), verb))) return;
    });
  }

  /// True when it was not, which was reported.
  bool within(const Bounds& bounds, const Staked& s, const MapValue& entries, const std::string& pointer, const std::string& who) {
    for (const MapEntry& entry : entries.entries()) {
      const Tag unit = manifest::unitOf(entry.key);
      const std::optional<int64_t> amount = unit == Tag::Int ? std::nullopt : manifest::amountOf(entry.value, unit);
      if (!amount) continue;
      for (const auto& [name, bound] : {std::pair("max", bounds.max), std::pair("min", bounds.min)}) {
        const Value* value = bound ? bound->find(entry.key) : nullptr;
        const std::optional<int64_t> edge = value ? manifest::amountOf(*value, unit) : std::nullopt;
        const bool most = llvm::StringRef(name) == "max";
        if (!edge || (most ? *amount <= *edge : *amount >= *edge)) continue;
        bad(Code::OutsideLimitRange, s, fmt::format("{}/{}", pointer, entry.key.str()), fmt::format("{} {} of {}, and {} lets {} have {} {} in namespace {}", who, written(entry.value), entry.key.str(), title(bounds.range), bounds.who.str(), most ? "at most" : "no less than", written(*value), s.operation->object.ns))
            .at(placeIn(bounds.range, fmt::format("/spec/limits/{}/{}/{}", bounds.item, name, entry.key.str())), whose(bounds.range))
            .hint(s.operation->object.kind == "Pod" || bounds.who == "a claim" ? "change one of the two: the API server refuses it" : "change one of the two: no pod is ever made of it");
        return true;
      }
    }
    return false;
  }

  static std::string written(const Value& v) { return v.isText() ? v.str().str() : describe(v); }
};

} // namespace

void checkStakes(Program& program, eval::Evaluator& evaluator, std::vector<Staked> list) {
  llvm::stable_sort(list, [](const Staked& a, const Staked& b) { return a.stake->key < b.stake->key; });
  Clashes clashes(program, evaluator);
  for (size_t i = 0; i < list.size();) {
    size_t end = i + 1;
    while (end < list.size() && list[end].stake->key == list[i].stake->key) ++end;
    if (end - i > 1) clashes.check(Group(list).slice(i, end - i));
    i = end;
  }
}

} // namespace chasi::lower

// What holds for every object and every order of writers, tried on objects made at random from the types of the schema.
#include "runtime/local/managed_fields.h"
#include "runtime/local/merge_test.h"
#include "runtime/local/merge_typed.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace chasi::local {
namespace {

using k8s::Type;
using k8s::TypeKind;

class Maker {
public:
  explicit Maker(unsigned seed) : random_(seed) {}

  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  Json object(const Type& type, int depth) {
    Json out = Json::object();
    int chance = type.fields.size() < 4 ? 70 : type.fields.size() < 10 ? 40 : 15;
    static const std::set<std::string_view> kNot = {"apiVersion", "kind", "status", "managedFields", "fieldsV1", "uid", "resourceVersion", "generation", "creationTimestamp",
                                                    "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generateName", "name", "namespace"};
    for (const k8s::Field& field : type.fields)
      if (!(kNot.count(field.name) && (type.name == "meta.v1.ObjectMeta" || field.name == "status")) && pick(100) < chance) out[std::string(field.name)] = value(*field.type, depth - 1);
    return out;
  }

  Json root(const Type& type) {
    Json out = object(type, 7);
    out.erase("apiVersion");
    out.erase("kind");
    if (!out.contains("metadata")) out["metadata"] = Json::object();
    return out;
  }

private:
  std::mt19937 random_;

  Json scalar(const Type& type) {
    switch (type.kind) {
    case TypeKind::Integer:
    case TypeKind::Number: return pick(3) + 1;
    case TypeKind::Bool: return pick(2) == 0;
    case TypeKind::IntOrString: return pick(2) ? Json(pick(3)) : Json("p");
    default: return std::string(1, static_cast<char>('a' + pick(3)));
    }
  }

  Json value(const Type& type, int depth) {
    if (type.kind == TypeKind::Object) return depth > 0 ? object(type, depth) : Json::object();
    if (type.kind == TypeKind::FreeObject) return {{"k", pick(3)}};
    if (type.kind == TypeKind::Map) {
      Json out = Json::object();
      for (const char* key : {"a", "b", "c"})
        if (pick(2)) out[key] = value(*type.element, depth - 1);
      return out;
    }
    if (type.kind != TypeKind::List) return scalar(type);
    Json out = Json::array();
    std::set<std::string> seen;
    for (int i = pick(4); i > 0; --i) {
      Json element = value(*type.element, depth - 1);
      if (type.listType == k8s::ListType::Map)
        for (std::string_view key : type.mapKeys) element[std::string(key)] = scalar(*type.element->field(key)->type);
      Texts texts;
      if (type.listType != k8s::ListType::Atomic && !seen.insert(std::string(elementsOf(type, Json::array({element}), texts).steps[0].text)).second) continue;
      out.push_back(std::move(element));
    }
    return out;
  }
};

/// Lists and objects that hold nothing are there without being owned.
void dropHollow(Json& v) {
  if (!v.is_structured()) return;
  for (Json& below : v) dropHollow(below);
  if (!v.is_object()) return;
  auto& map = v.get_ref<Json::object_t&>();
  std::erase_if(map, [](const auto& entry) { return entry.second.is_structured() && entry.second.empty(); });
}

const char* kKinds[][2] = {{"apps/v1", "Deployment"}, {"v1", "Service"}, {"v1", "ConfigMap"}, {"networking.k8s.io/v1", "Ingress"}, {"v1", "Pod"}, {"rbac.authorization.k8s.io/v1", "RoleBinding"}};

struct World {
  const Type* type;
  Scene scene;
  Maker maker;
  explicit World(unsigned seed) : World(seed, kKinds[seed % std::size(kKinds)]) {}
  World(unsigned seed, const char* const (&kind)[2]) : type(k8s::Schema::builtin().type(kind[0], kind[1])), scene(kind[0], kind[1]), maker(seed) {}

  FieldSet owned(Texts& texts) {
    auto owners = std::get<Owners>(readOwners(managedFieldsOf(scene.live), texts));
    FieldSet all;
    for (const Owner& owner : owners.all) all = unite(all, owner.fields);
    return all;
  }
};

TEST(Property, ApplyingTwiceChangesNothing) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    World w(seed);
    std::string sent;
    for (int round = 0; round < 3; ++round) {
      sent = w.maker.root(*w.type).dump();
      w.scene.apply(round == 1 ? "a" : "b", sent.c_str(), true);
    }
    Json before = w.scene.live;
    w.scene.time = "2027-01-01T00:00:00Z";
    ASSERT_TRUE(w.scene.apply("b", sent.c_str(), false)) << w.scene.refusal.message;
    ASSERT_EQ(w.scene.live, before) << "seed " << seed;
  }
}

TEST(Property, WhatIsAppliedIsThereAndOwned) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    World w(seed);
    for (int round = 0; round < 4; ++round) {
      Json sent = w.maker.root(*w.type);
      const char* who = round % 2 ? "a" : "b";
      if (!w.scene.apply(who, sent.dump().c_str(), w.maker.pick(2) == 0)) continue;
      Json whole = w.scene.whole(sent.dump().c_str());
      Texts texts;
      // Merging once more changes nothing: all of it is in the object.
      Json copy = w.scene.live;
      ASSERT_FALSE(mergeInto(w.type, copy, whole, texts)) << "seed " << seed;
      FieldSet fields = fieldsOf(w.type, whole, texts);
      dropUnowned(fields);
      Json owned = w.scene.owned(who);
      ASSERT_EQ(owned.is_null() ? Json::object() : owned, toFieldsV1(fields)) << "seed " << seed;
    }
  }
}

TEST(Property, EveryFieldHasAnOwner) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    World w(seed);
    const char* who[] = {"a", "b", "c"};
    for (int round = 0; round < 6; ++round) {
      std::string sent = w.maker.root(*w.type).dump();
      w.scene.apply(who[w.maker.pick(3)], sent.c_str(), w.maker.pick(2) == 0);
    }
    Texts texts;
    Json object = withoutManagedFields(w.scene.live);
    dropHollow(object);
    FieldSet there = fieldsOf(w.type, object, texts);
    dropUnowned(there);
    ASSERT_TRUE(within(there, w.owned(texts))) << "seed " << seed << "\n" << w.scene.live.dump(1);
  }
}

TEST(Property, ARefusalNamesFieldsThatOthersOwn) {
  int refused = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    World w(seed);
    w.scene.apply("a", w.maker.root(*w.type).dump().c_str());
    Json before = w.scene.live;
    if (w.scene.apply("b", w.maker.root(*w.type).dump().c_str())) {
      // Nobody lost anything.
      ASSERT_EQ(Json(w.scene.owned("a")), [&] { Scene s = w.scene; s.live = before; return s.owned("a"); }()) << "seed " << seed;
      continue;
    }
    ++refused;
    ASSERT_EQ(w.scene.live, before);
    Texts texts;
    std::vector<std::string> paths = writtenPaths(w.owned(texts));
    for (const Json& cause : w.scene.refusal.details["causes"])
      ASSERT_NE(std::find(paths.begin(), paths.end(), cause["field"].get<std::string>()), paths.end()) << cause;
  }
  EXPECT_GT(refused, 30);
}

TEST(Property, WhenAllLetGoNothingIsLeft) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    World w(seed);
    const char* who[] = {"a", "b", "c"};
    for (int round = 0; round < 5; ++round) w.scene.apply(who[w.maker.pick(3)], w.maker.root(*w.type).dump().c_str(), true);
    for (const char* each : who) ASSERT_TRUE(w.scene.apply(each, "{}"));
    Json left = w.scene.body();
    dropHollow(left);
    ASSERT_TRUE(left.empty()) << "seed " << seed << " " << left;
    // Empty lists belong to nobody; the next to apply finds them as things from before.
    const Json* owners = managedFieldsOf(w.scene.live);
    ASSERT_TRUE(!owners || (owners->size() == 1 && owners->front()["manager"] == "before-first-apply")) << *owners;
  }
}

TEST(Property, UpdatesTakeExactlyWhatTheyChange) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    World w(seed);
    w.scene.apply("a", w.maker.root(*w.type).dump().c_str());
    Json before = w.scene.live;
    w.scene.update("u", w.maker.root(*w.type).dump().c_str());
    Texts texts;
    Json plain = withoutManagedFields(before);
    Comparison difference = compare(w.type, &plain, withoutManagedFields(w.scene.live), texts);
    FieldSet expected = unite(difference.added, difference.modified);
    dropRoot(expected, "status");
    dropUnowned(expected);
    Json owned = w.scene.owned("u", "Update");
    ASSERT_EQ(owned.is_null() ? Json::object() : owned, toFieldsV1(expected)) << "seed " << seed;
    Json kept = w.scene.owned("a");
    if (kept.is_null()) continue;
    FieldSet left = *fromFieldsV1(kept, texts);
    ASSERT_TRUE(intersect(left, unite(expected, difference.removed)).empty()) << "seed " << seed;
  }
}

TEST(Property, ComparingFindsWhatMergingChanged) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    World w(seed);
    Json a = w.maker.root(*w.type), b = w.maker.root(*w.type);
    Texts texts;
    Json merged = a;
    bool changed = mergeInto(w.type, merged, b, texts);
    ASSERT_EQ(changed, merged != a) << "seed " << seed;
    ASSERT_EQ(!changed, settled(w.type, a, b) || merged == a) << "seed " << seed;
    Comparison same = compare(w.type, &merged, merged, texts);
    ASSERT_TRUE(same.added.empty() && same.modified.empty() && same.removed.empty());
  }
}

// ---- hostile input -------------------------------------------------------------------------------------------------------

Json nested(int depth, bool list) {
  Json out = 1;
  for (int i = 0; i < depth; ++i) {
    Json outer = list ? Json::array() : Json::object();
    if (list) outer.push_back(std::move(out));
    else outer["a"] = std::move(out);
    out = std::move(outer);
  }
  return out;
}

TEST(Hostile, DepthIsRefused) {
  for (bool list : {false, true}) {
    EXPECT_FALSE(tooDeep(nested(static_cast<int>(kMaxDepth), list)));
    EXPECT_TRUE(tooDeep(nested(static_cast<int>(kMaxDepth) + 1, list)));
    Json deep = {{"apiVersion", "example.com/v1"}, {"kind", "T"}, {"metadata", {{"name", "x"}}}};
    deep["spec"] = nested(10000, list);
    Writer writer{"a", "example.com/v1", "", "2026-01-01T00:00:00Z"};
    auto result = applyPatch(nullptr, nullptr, deep, writer, false);
    ASSERT_TRUE(std::holds_alternative<Refusal>(result));
    EXPECT_EQ(std::get<Refusal>(result).http, 400);
    EXPECT_EQ(std::get<Refusal>(jsonPatch(Json::object(), Json::array({{{"op", "add"}, {"path", "/a"}, {"value", nested(10000, list)}}}))).http, 400);
    EXPECT_EQ(std::get<Refusal>(strategicPatch(k8s::Schema::builtin().type("v1", "Pod"), Json::object(), deep)).http, 400);
    EXPECT_EQ(decodeProblems(*k8s::Schema::builtin().type("v1", "Pod"), deep).wrongTypes.size(), 1u);
    EXPECT_EQ(validationProblems(*k8s::Schema::builtin().resourceOf("v1", "Pod"), nullptr, nullptr, deep).size(), 1u);
  }
}

TEST(Hostile, TheDeepestAllowedObjectWorks) {
  Json deep = {{"apiVersion", "example.com/v1"}, {"kind", "T"}, {"metadata", {{"name", "x"}}}};
  deep["spec"] = nested(static_cast<int>(kMaxDepth) - 1, false);
  Writer writer{"a", "example.com/v1", "", "2026-01-01T00:00:00Z"};
  auto made = applyPatch(nullptr, nullptr, deep, writer, false);
  ASSERT_TRUE(std::holds_alternative<Json>(made));
  // Ownership is as deep as the object and comes back with it; a server must store and read that.
  Json live = std::get<Json>(made);
  auto again = applyPatch(nullptr, live, deep, writer, false);
  ASSERT_TRUE(std::holds_alternative<Json>(again)) << std::get<Refusal>(again).message;
  EXPECT_EQ(std::get<Json>(again), live);
  EXPECT_EQ(trackUpdate(nullptr, live, live, writer), live);
}

/// Puts each of some wrong values at each place of an object: an answer of any kind, and no crash.
TEST(Hostile, WrongTypesAnywhereAreAnswered) {
  const Json wrong[] = {nullptr, 1, -1.5, "x", "", true, Json::array(), Json::array({nullptr}), Json::array({Json::array()}), Json::object(), {{"a", Json::array({1})}}, 18446744073709551615u};
  Json base = Json::parse(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x","labels":{"a":"b"},"finalizers":["f/a"],
      "ownerReferences":[{"apiVersion":"v1","kind":"K","name":"n","uid":"u"}],
      "managedFields":[{"manager":"m","operation":"Apply","apiVersion":"apps/v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:replicas":{}}}}]},
      "spec":{"replicas":1,"selector":{"matchLabels":{"a":"b"},"matchExpressions":[{"key":"a","operator":"In","values":["b"]}]},"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}},
      "template":{"metadata":{"labels":{"a":"b"}},"spec":{"hostNetwork":true,"volumes":[{"name":"v","configMap":{"name":"c"}}],"containers":[{"name":"c","image":"i",
        "ports":[{"containerPort":80}],"env":[{"name":"e","valueFrom":{"fieldRef":{"fieldPath":"x"}}}],"volumeMounts":[{"name":"v","mountPath":"/v"}],
        "resources":{"limits":{"cpu":"1"},"requests":{"cpu":"1"}},"livenessProbe":{"grpc":{"port":1}}}]}}},"status":{"replicas":1}})");
  const Type* type = k8s::Schema::builtin().type("apps/v1", "Deployment");
  const k8s::Resource& resource = *k8s::Schema::builtin().resourceOf("apps/v1", "Deployment");
  Json flat = base.flatten();
  std::set<std::string> places;
  for (auto& [pointer, value] : flat.items())
    for (size_t end = pointer.size(); end != 0 && end != std::string::npos; end = pointer.rfind('/', end - 1)) places.insert(pointer.substr(0, end));
  Writer writer{"m", "apps/v1", "", "2026-01-01T00:00:00Z"};
  for (const std::string& place : places)
    for (const Json& value : wrong) {
      Json bad = base;
      bad[Json::json_pointer(place)] = value;
      decodeProblems(*type, bad);
      Json filled = bad;
      setDefaults(type, filled);
      validationProblems(resource, type, nullptr, bad);
      validationProblems(resource, type, base, bad);
      validationProblems(resource, type, bad, base);
      Json config = base;
      config["metadata"].erase("managedFields");
      applyPatch(type, bad, config, writer, true);
      applyPatch(nullptr, bad, config, writer, true);
      applyPatch(type, base, bad, writer, false);
      if (bad["metadata"].is_object()) bad["metadata"].erase("managedFields");
      auto result = applyPatch(type, base, bad, writer, false);
      applyPatch(nullptr, base, bad, writer, true);
      trackUpdate(type, base, bad, writer);
      trackUpdate(type, bad, base, writer);
      trackUpdate(nullptr, nullptr, bad, writer);
      strategicPatch(type, base, bad);
      strategicPatch(type, bad, base);
      jsonPatch(base, bad);
      mergePatch(base, bad);
      equalButForTimes(base, bad);
      auto* refused = std::get_if<Refusal>(&result);
      EXPECT_FALSE(refused && refused->message.empty());
    }
}

TEST(Hostile, TextThatIsNoUtf8) {
  Scene s("v1", "ConfigMap");
  Json body = s.whole("{}");
  body["metadata"]["finalizers"] = {"\xff\xfe", "a\"b", "<&>", "\x01"};
  body["data"]["\xc3"] = 1;
  Writer writer{"\xff", "v1", "", "2026-01-01T00:00:00Z"};
  const Type* type = k8s::Schema::builtin().type("v1", "ConfigMap");
  EXPECT_TRUE(std::holds_alternative<Refusal>(applyPatch(type, nullptr, body, writer, false)));
  body.erase("data");
  auto made = applyPatch(type, nullptr, body, writer, false);
  ASSERT_TRUE(std::holds_alternative<Json>(made));
  EXPECT_TRUE(std::get<Json>(made)["metadata"]["managedFields"][0]["fieldsV1"]["f:metadata"]["f:finalizers"].contains("v:\"\\u003c\\u0026\\u003e\""));
  EXPECT_TRUE(std::get<Json>(made)["metadata"]["managedFields"][0]["fieldsV1"]["f:metadata"]["f:finalizers"].contains("v:\"a\\\"b\""));
}

} // namespace
} // namespace chasi::local

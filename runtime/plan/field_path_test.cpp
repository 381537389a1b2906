#include "runtime/plan/field_path.h"

#include <gtest/gtest.h>

using namespace chasi::plan;
using nlohmann::json;

TEST(FieldPath, ReadsWhatItWrites) {
  for (const char* text : {"spec.replicas", "spec.template.spec.containers[name=api].image", "metadata.annotations[\"example.com/owner\"]",
                           "spec.ports[port=80,protocol=TCP].nodePort", "spec.args[0]", "[\"odd name\"].x", "spec.hosts[name=\"a,b]\"].x"}) {
    const auto path = readFieldPath(text);
    ASSERT_TRUE(path) << text;
    EXPECT_EQ(writeFieldPath(*path), text);
  }
}

TEST(FieldPath, SaysWhatIsWrong) {
  for (const char* text : {"", ".spec", "spec.", "spec..x", "spec[", "spec[]", "spec[name]", "spec[\"x]", "spec[name=a", "spec[name=a]x", "a/b", "spec[99999999999999999999999]"}) {
    std::string why;
    EXPECT_FALSE(readFieldPath(text, &why)) << text;
    EXPECT_FALSE(why.empty()) << text;
  }
}

TEST(FieldPath, NamesOfConflictsEndWhereTheObjectSaysSo) {
  const json object = {{"metadata", {{"labels", {{"app.kubernetes.io/name", "web"}, {"app", "web"}}}}},
                       {"spec", {{"ports", {{{"port", 80}, {"targetPort", "http"}}}}, {"a.b", {{"c", 1}}}, {"a", {{"d", 1}}}}}};
  EXPECT_EQ(writeFieldPath(conflictPath(".metadata.labels.app.kubernetes.io/name", object)), "metadata.labels[\"app.kubernetes.io/name\"]");
  EXPECT_EQ(writeFieldPath(conflictPath(".spec.ports[port=80,protocol=\"TCP\"].targetPort", object)), "spec.ports[port=80,protocol=TCP].targetPort");
  EXPECT_EQ(writeFieldPath(conflictPath(".spec.a.b.c", object)), "spec[\"a.b\"].c");
  EXPECT_EQ(writeFieldPath(conflictPath(".spec.a.d", object)), "spec.a.d");
  EXPECT_EQ(writeFieldPath(conflictPath(".spec.new.field", object)), "spec.new.field");
  EXPECT_EQ(writeFieldPath(conflictPath(".spec.args[=\"x\"]", object)), "spec.args");
}

TEST(FieldPath, FindsElementsByTheirKeys) {
  const json object = {{"ports", {{{"port", 53}, {"protocol", "UDP"}, {"n", 1}}, {{"port", 53}, {"n", 2}}}}};
  EXPECT_EQ(*findField(object, *readFieldPath("ports[port=53,protocol=UDP].n")), 1);
  EXPECT_EQ(*findField(object, *readFieldPath("ports[port=53,protocol=TCP].n")), 2) << "TCP is the API's own default";
  EXPECT_EQ(findField(object, *readFieldPath("ports[port=54].n")), nullptr);
  EXPECT_EQ(findField(object, *readFieldPath("ports.n")), nullptr);
}

TEST(FieldPath, IsWithin) {
  EXPECT_TRUE(isWithin(*readFieldPath("spec.a[name=x].b"), *readFieldPath("spec.a[name=x]")));
  EXPECT_TRUE(isWithin(*readFieldPath("spec.a"), *readFieldPath("spec.a")));
  EXPECT_FALSE(isWithin(*readFieldPath("spec"), *readFieldPath("spec.a")));
  EXPECT_FALSE(isWithin(*readFieldPath("spec.a[name=y].b"), *readFieldPath("spec.a[name=x]")));
}

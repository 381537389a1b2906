#include "compiler/manifest/image_answers.h"
#include "compiler/manifest/image_text.h"

#include <gtest/gtest.h>

namespace chasi::manifest {
namespace {

using Json = nlohmann::ordered_json;

/// "nginx:1 /spec/…", with a question mark in front of what is doubtful.
std::vector<std::string> in(const std::string& object) {
  std::vector<std::string> out;
  for (const FoundImage& f : imagesIn(Json::parse(object))) out.push_back((f.sure ? "" : "?") + f.reference + " " + f.pointer);
  return out;
}

using Texts = std::vector<std::string>;

TEST(ImageText, IsToldFromWhatLooksLikeIt) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  for (const std::string& text : {std::string("nginx"), std::string("nginx:1.27"), std::string("library/nginx"), std::string("localhost/nginx:1"), std::string("registry:5000/a/b_c:v1_2"), "quay.io/a/b@" + digest, "a:1@" + digest, std::string("docker://a/b:1"), std::string("registry.k8s.io/pause:3.9"), std::string("10.0.0.5:5000/team/x:1")})
    EXPECT_TRUE(readImage(text)) << text;
  for (const std::string& text : {std::string(), std::string("Nginx"), std::string("a//b"), std::string("/a/b:1"), std::string("http://a.b/c:1"), std::string("a:"), std::string("a@sha256:1"), std::string("a b"), std::string("{{ .image }}"), std::string("${REGISTRY}/a:1"), std::string("localhost:8080"), std::string("web.svc:80"),
                                  std::string("node-role.kubernetes.io/master:NoSchedule"), std::string("app.kubernetes.io/name:web"), std::string("dedicated:NoExecute"), std::string("github.com/a/b:1"), std::string("10.0.0.0/8"), std::string("a/-b:1"), std::string("a__b___c:1"), std::string(600, 'a')})
    EXPECT_FALSE(readImage(text)) << text;
  EXPECT_TRUE(readImage("quay.io/a/b:1")->isFull());
  EXPECT_FALSE(readImage("quay.io/a/b")->isFull());
  EXPECT_FALSE(readImage("a/b:1")->isFull());
}

TEST(ImageText, HasOneFormInFull) {
  EXPECT_EQ(canonicalImage("nginx"), "docker.io/library/nginx:latest");
  EXPECT_EQ(canonicalImage("index.docker.io/nginx:1"), "docker.io/library/nginx:1");
  EXPECT_EQ(canonicalImage("quay.io/a:1"), "quay.io/a:1");
  EXPECT_EQ(canonicalImage("a/b:1@sha256:" + std::string(64, 'a')), "docker.io/a/b@sha256:" + std::string(64, 'a'));
}

TEST(ImageText, NamesSayImage) {
  for (const char* name : {"image", "--engine-image", "CSI_ATTACHER_IMAGE", "RELATED_IMAGE_X", "dockerImage", "bankVaultsImage", "--prometheus-config-reloader", "images"}) EXPECT_TRUE(saysImage(name)) << name;
  for (const char* name : {"", "imagine", "--reloader-port", "IMAGEMAGICK", "tag", "imaged"}) EXPECT_FALSE(saysImage(name)) << name;
}

TEST(Images, AreInPodsWhereverTheyStand) {
  EXPECT_EQ(in(R"({"apiVersion":"batch/v1","kind":"CronJob","spec":{"jobTemplate":{"spec":{"template":{"spec":{
      "initContainers":[{"name":"i","image":"a:1"}],"containers":[{"name":"c","image":"quay.io/b"}],"ephemeralContainers":[{"name":"e","image":"c:1"}],
      "volumes":[{"name":"v","image":{"reference":"d:1"}},{"name":"w","rbd":{"image":"disk"}}]}}}}}})"),
            (Texts{"a:1 /spec/jobTemplate/spec/template/spec/initContainers/0/image", "quay.io/b /spec/jobTemplate/spec/template/spec/containers/0/image", "c:1 /spec/jobTemplate/spec/template/spec/ephemeralContainers/0/image",
                   "d:1 /spec/jobTemplate/spec/template/spec/volumes/0/image/reference"}));
  EXPECT_EQ(in(R"({"apiVersion":"x.example/v1","kind":"Thing","spec":{"deep":[{"podTemplate":{"spec":{"containers":[{"name":"c","image":"a:1"}]}}}]}})"), (Texts{"a:1 /spec/deep/0/podTemplate/spec/containers/0/image"}));
  EXPECT_EQ(in(R"({"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"c","image":"a:1"}]}}]})"), (Texts{"a:1 /items/0/spec/containers/0/image"}));
  EXPECT_EQ(in(R"({"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"c","image":"{{ .Values.image }}"},{"name":"p","image":"auto"},{"name":"n"}]}})"),
            (Texts{"?{{ .Values.image }} /spec/containers/0/image", "?auto /spec/containers/1/image"}));
  EXPECT_TRUE(in(R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","spec":{"image":"quay.io/a:1","containers":[{"name":"x","image":"b:1"}]}})").empty());
}

TEST(Images, AreInFieldsOfKnownResources) {
  EXPECT_EQ(in(R"({"apiVersion":"pingcap.com/v1alpha1","kind":"TidbCluster","spec":{"version":"v5","pd":{"baseImage":"pingcap/pd"},"tikv":{"baseImage":"pingcap/tikv","version":"v4"},"helper":{"image":"busybox:1"}}})"),
            (Texts{"pingcap/pd:v5 /spec/pd/baseImage", "pingcap/tikv:v4 /spec/tikv/baseImage", "busybox:1 /spec/helper/image"}));
  EXPECT_EQ(in(R"({"apiVersion":"pingcap.com/v1alpha1","kind":"TidbCluster","spec":{"pd":{"baseImage":"pingcap/pd"}}})"), (Texts{"?pingcap/pd /spec/pd/baseImage"}));
  EXPECT_EQ(in(R"({"apiVersion":"nvidia.com/v1","kind":"ClusterPolicy","spec":{"driver":{"repository":"nvcr.io/nvidia","image":"driver","version":"sha256:)" + std::string(64, 'b') + R"("}}})"), (Texts{"nvcr.io/nvidia/driver@sha256:" + std::string(64, 'b') + " /spec/driver/image"}));
  EXPECT_EQ(in(R"({"apiVersion":"solr.apache.org/v1beta1","kind":"SolrCloud","spec":{"solrImage":{"repository":"solr","tag":"9.1"}}})"), (Texts{"solr:9.1 /spec/solrImage/repository"}));
  EXPECT_EQ(in(R"({"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","spec":{"templates":[{"name":"a","script":{"image":"python:3"}}]}})"), (Texts{"python:3 /spec/templates/0/script/image"}));
}

TEST(Images, AreInOptionsAndVariablesThatSaySo) {
  EXPECT_EQ(in(R"({"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"c","image":"a:1",
      "command":["run","--engine-image","b/e:1","--manager-image=b/m:1","--base-image=b/none","--image-pull-deadline=1m","--listen","0.0.0.0:80","--taint=x.kubernetes.io/y:NoSchedule"],
      "args":["--default=quay.io/x/y:1","pull --quiet quay.io/x/z:2 && x --sidecar-image=s:1","IMAGE=e:1","org/tool:v1.2.3","web:80"],
      "env":[{"name":"CSI_IMAGE","value":"c:1"},{"name":"HELPER_IMAGE","value":"quay.io/h"},{"name":"OTHER","value":"quay.io/o:1"},{"name":"URL","value":"http://quay.io/o:1"},{"name":"IMAGE_POLICY","value":"Always"}]}]}})"),
            (Texts{"a:1 /spec/containers/0/image", "b/e:1 /spec/containers/0/command/2", "b/m:1 /spec/containers/0/command/3", "?quay.io/x/y:1 /spec/containers/0/args/0", "?quay.io/x/z:2 /spec/containers/0/args/1", "?s:1 /spec/containers/0/args/1", "e:1 /spec/containers/0/args/2",
                   "?org/tool:v1.2.3 /spec/containers/0/args/3", "c:1 /spec/containers/0/env/0/value", "?quay.io/h /spec/containers/0/env/1/value", "?quay.io/o:1 /spec/containers/0/env/2/value"}));
}

TEST(Images, AreDoubtfulInOtherTexts) {
  EXPECT_EQ(in(R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"quay.io/l:1","containerImage":"quay.io/a:1"}},
      "data":{"ROOK_IMAGE":"b:1","name":"b:1","y":"spec:\n  image: c:1\n  # and quay.io/d/e:1.2\n","j":"{\"image\": \"d:1\",\"port\":\"x:80\"}","text":"see http://quay.io/x:1 or mail a@b.example"}})"),
            (Texts{"?quay.io/a:1 /metadata/annotations/containerImage", "?b:1 /data/ROOK_IMAGE", "?c:1 /data/y", "?quay.io/d/e:1.2 /data/y", "?d:1 /data/j"}));
  EXPECT_EQ(in(R"({"apiVersion":"x.example/v1","kind":"Thing","spec":{"image":"busybox","agent":{"repository":"quay.io/a","tag":"1"},"chart":{"repository":"https://charts.example","version":"1"},"host":"a.example/b"},"status":{"image":"quay.io/s:1"}})"),
            (Texts{"?busybox /spec/image", "?quay.io/a:1 /spec/agent/repository"}));
}

TEST(Images, SettleWhatIsSureElsewhere) {
  std::vector<FoundImage> found = {{"a:1", "/x", false, ""}, {"a:1", "/y", true, ""}, {"b:1", "/z", false, ""}};
  settle(found);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(found[0].sure);
  EXPECT_EQ(found[1].reference, "b:1");
}

TEST(ImageAnswers, TakeAndLeave) {
  std::vector<FoundImage> found = {{"quay.io/a:1", "", false, ""}, {"quay.io/b:1", "", true, ""}, {"c:1", "", false, ""}};
  MetAnswers met;
  answer(found, {{"quay.io/a*", "no*"}, {"quay.io/b:1"}}, met);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(found[0].sure);
  EXPECT_FALSE(found[1].sure);
  EXPECT_EQ(met.use, (std::vector<bool>{true, false}));
  EXPECT_EQ(met.ignore, (std::vector<bool>{true}));
  EXPECT_TRUE(matches("*/b:*", "quay.io/b:1"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(matches("a*b", "a-bc"));
  EXPECT_FALSE(matches("ab*ba", "aba"));
}

} // namespace
} // namespace chasi::manifest

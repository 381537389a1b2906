#include "runtime/vcluster/storage.h"

#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>

using namespace chasi;
using namespace chasi::vcluster;
using nlohmann::json;

namespace {

struct StoreWorld {
  std::map<std::string, std::string> variables, files;
  std::pair<std::string, std::string> login;
  std::string asked;

  llvm::Expected<Storage> read(const std::string& url) {
    Surrounds surrounds;
    surrounds.variable = [this](const char* name) { return variables.contains(name) ? variables[name] : ""; };
    surrounds.file = [this](const std::string& path) { return files.contains(path) ? std::optional(files[path]) : std::nullopt; };
    surrounds.registry = [this](const std::string& repository) -> llvm::Expected<std::pair<std::string, std::string>> {
      asked = repository;
      return login;
    };
    return readStorage(url, surrounds);
  }
  json options(const std::string& url) {
    auto storage = read(url);
    if (storage) return json::parse(storage->options);
    ADD_FAILURE() << plan::takeText(storage.takeError()).message;
    return {};
  }
  std::string why(const std::string& url) {
    auto storage = read(url);
    if (storage) return "";
    const plan::FaultText text = plan::takeText(storage.takeError());
    return text.code + ": " + text.message;
  }
};

} // namespace

TEST(Storage, S3WithCredentialsOfTheEnvironmentOrOfAFile) {
  StoreWorld world;
  world.variables = {{"HOME", "/somebody"}, {"AWS_ACCESS_KEY_ID", "AKIA"}, {"AWS_SECRET_ACCESS_KEY", "hush"}, {"AWS_SESSION_TOKEN", "session"}};
  EXPECT_EQ(world.options("s3://bucket/a/b.tar.gz?region=eu-central-1&url=aHR0cHM6Ly9taW5pbw==&force-path-style=true"),
            json::parse(R"({"type":"s3","s3":{"bucket":"bucket","key":"a/b.tar.gz","region":"eu-central-1","url":"https://minio","force-path-style":true,"access-key-id":"AKIA",
                            "secret-access-key":"hush","session-token":"session"},"container":{},"oci":{},"azure":{},"file":{}})"));
  EXPECT_EQ(world.options("s3://bucket/a?skip-client-credentials=true")["s3"], json::parse(R"({"bucket":"bucket","key":"a","skip-client-credentials":true})"));
  world.variables.erase("AWS_SECRET_ACCESS_KEY");
  EXPECT_EQ(world.options("s3://bucket/a")["s3"], json::parse(R"({"bucket":"bucket","key":"a"})")) << "the control plane may have rights of its own";
  world.files["/somebody/.aws/credentials"] = "[default]\naws_access_key_id = D\naws_secret_access_key = S\n[other]\naws_access_key_id=O\naws_secret_access_key=T\naws_session_token=U\n";
  EXPECT_EQ(world.options("s3://bucket/a")["s3"]["access-key-id"], "D");
  world.variables["AWS_PROFILE"] = "other";
  EXPECT_EQ(world.options("s3://bucket/a")["s3"]["session-token"], "U");
  EXPECT_EQ(world.options("s3://bucket/a?profile=default")["s3"]["secret-access-key"], "S");
}

TEST(Storage, RegistriesAzureAndFilesInThePod) {
  StoreWorld world;
  world.login = {"me", "hush"};
  EXPECT_EQ(world.options("oci://registry.acme.io:5000/team/backup:monday")["oci"], json::parse(R"({"repository":"registry.acme.io:5000/team/backup:monday","username":"me","password":"hush"})"));
  EXPECT_EQ(world.asked, "registry.acme.io:5000/team/backup");
  EXPECT_EQ(world.options("container:///data/a.tar.gz")["container"], json::parse(R"({"path":"/data/a.tar.gz"})"));
  world.variables["AZURE_STORAGE_BLOB_SAS"] = "?sv=1&sig=hush";
  auto azure = world.read("https://acme.blob.core.windows.net/backups/a.tar.gz");
  ASSERT_TRUE(bool(azure));
  EXPECT_EQ(azure->url, "https://acme.blob.core.windows.net/backups/a.tar.gz");
  EXPECT_EQ(json::parse(azure->options)["azure"]["sas"], "sv=1&sig=hush");
  EXPECT_EQ(json::parse(azure->options)["type"], "azure");
  EXPECT_EQ(hidden("403 for sv=1&sig=hush, twice sv=1&sig=hush", *azure), "403 for ***, twice ***");
}

TEST(Storage, WhatIsWrongIsSaidWithoutItsSecrets) {
  StoreWorld world;
  for (const auto& [url, says] : {std::pair("s3://bucket", "a bucket and a key"), {"s3:///key", "a bucket and a key"}, {"s3://b/k?region", ""}, {"s3://b/k?color=red", "no option `color`"},
                                  {"s3://b/k?url=!", "no base64"}, {"s3://b/k?force-path-style=maybe", "true or false"}, {"s3://b/k?session-token=aHVzaA==", "everybody"},
                                  {"oci://me:hush@registry/a:b", "everybody"}, {"oci://registry", "a registry and a repository"}, {"https://acme.blob.core.windows.net/c/n?sig=hush", "everybody"},
                                  {"https://acme.blob.core.windows.net/c/n", "no token"}, {"container://data/a", "begins with a slash"}, {"container:///data/a?x=1", "no options"},
                                  {"file:///a", "no kind of storage"}, {"a.tar.gz", "no address"}}) {
    const std::string why = world.why(url), want = says;
    EXPECT_EQ(why.empty(), want.empty()) << url << ": " << why;
    EXPECT_NE(why.find(want), why.npos) << url << ": " << why;
    EXPECT_TRUE(why.empty() || why.rfind("CH6411", 0) == 0) << why;
    EXPECT_EQ(why.find("hush"), why.npos) << why;
    EXPECT_EQ(why.find("aHVzaA"), why.npos) << why;
  }
}

TEST(Storage, TheReleaseGoesAlong) {
  const json made = json::parse(withRelease(R"({"type":"s3"})", {"blue", "t1", "0.36.1", "a: 1"}));
  EXPECT_EQ(made["release"], json::parse(R"({"releaseName":"blue","releaseNamespace":"t1","chartName":"vcluster","chartVersion":"0.36.1","values":"YTogMQ=="})"));
}

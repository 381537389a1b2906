#include "runtime/image/serve_answer.h"

#include "runtime/image/server.h"
#include "runtime/image/test_folder.h"
#include "runtime/image/layout_writer.h"

#include <nlohmann/json.hpp>

namespace chasi::image {
using namespace testing;

static ServeAnswer ask(const std::string& layout, const std::string& path, const std::string& ns = {}, const std::string& range = {}) {
  ServeRequest request{"GET", path, range, {}, {}, {}, {}};
  if (!ns.empty()) request.ns = ns;
  return answer(layout, must(readOffer(layout)), request);
}

static void name(const std::string& layout, const std::string& reference, const Descriptor& image) { must(setReference(must(LayoutLock::take(layout, std::chrono::seconds(1))), reference, image)); }

static BuildResult built(const TestFolder& w, const std::string& tag, const std::string& more = {}) {
  BuildDescription d = describe(R"([{"files":[{"content":")" + tag + R"(","to":"/f"}]}])", more);
  d.tag = tag;
  BuildOptions options;
  options.workspaceRoot = w.str();
  options.layoutDir = w / "l";
  return must(build(d, options));
}

TEST(Serve, NamesAreThoseOfDocker) {
  const auto shown = [](const char* text) {
    const OfferedName n = splitName(text);
    return n.name + " " + n.registry + " " + n.path + " " + n.tag;
  };
  EXPECT_EQ(shown("nginx"), "nginx docker.io library/nginx latest");
  EXPECT_EQ(shown("team/web:2"), "team/web docker.io team/web 2");
  EXPECT_EQ(shown("docker.io/library/nginx:1.27"), "docker.io/library/nginx docker.io library/nginx 1.27");
  EXPECT_EQ(shown("localhost:5000/a/b"), "localhost:5000/a/b localhost:5000 a/b latest");
  EXPECT_EQ(shown("quay.io/a@sha256:00"), "quay.io/a quay.io a ");
}

TEST(Serve, TheNearerNameWinsAndTwoOfOneRankAreNone) {
  TestFolder w;
  const Descriptor one = built(w, "1").image, two = built(w, "2").image;
  name(w / "l", "a.example/x:1", one);
  EXPECT_EQ(ask(w / "l", "/v2/x/manifests/1").status, 200);
  name(w / "l", "b.example/x:1", two);
  EXPECT_TRUE(has(ask(w / "l", "/v2/x/manifests/1").body, "several images"));
  EXPECT_EQ(ask(w / "l", "/v2/x/tags/list").body, R"({"name":"x","tags":[]})");
  EXPECT_EQ(ask(w / "l", "/v2/x/manifests/1", "b.example").headers[1].second, two.digest.str());
  EXPECT_EQ(ask(w / "l", "/v2/x/manifests/1", "c.example").status, 404);
  name(w / "l", "x:1", one);
  EXPECT_EQ(ask(w / "l", "/v2/x/manifests/1").headers[1].second, one.digest.str());
}

TEST(Serve, RangesAreTheirBytes) {
  TestFolder w;
  const Descriptor image = built(w, "1").image;
  const std::string path = "/v2/app/blobs/" + image.digest.str(), last = std::to_string(image.size - 1);
  const auto part = [&](const std::string& range) {
    const ServeAnswer a = ask(w / "l", path, {}, range);
    return fmt::format("{} {}+{}", a.status, a.offset, a.size);
  };
  EXPECT_EQ(part("bytes=0-0"), "206 0+1");
  EXPECT_EQ(part("bytes=5-"), fmt::format("206 5+{}", image.size - 5));
  EXPECT_EQ(part("bytes=-5"), fmt::format("206 {}+5", image.size - 5));
  EXPECT_EQ(part("bytes=-99999999"), fmt::format("206 0+{}", image.size));
  EXPECT_EQ(part("bytes=" + last + "-18446744073709551615"), fmt::format("206 {}+1", image.size - 1));
  for (const char* nonsense : {"bytes=", "bytes=-", "bytes=3", "bytes=a-b", "bytes=9-1", "bytes=99999999999999999999-", "chars=1-2", "bytes=1-2,4-5"}) EXPECT_EQ(part(nonsense), fmt::format("200 0+{}", image.size)) << nonsense;
  EXPECT_EQ(part("bytes=-0"), "416 0+0");
  EXPECT_EQ(part("bytes=99999999-"), "416 0+0");
}

TEST(Serve, WhatIsDamagedIsLeftOutAndTheRestIsGiven) {
  TestFolder w;
  const Descriptor one = built(w, "1").image;
  built(w, "2");
  w.write("l/blobs/sha256/" + one.digest.hex().str(), "{");
  const Offer offer = must(readOffer(w / "l"));
  EXPECT_EQ(offer.problems.size(), 1u);
  EXPECT_EQ(ask(w / "l", "/v2/app/manifests/1").status, 404);
  EXPECT_EQ(ask(w / "l", "/v2/app/manifests/2").status, 200);
}

TEST(Serve, AddressesAreCheckedAndWhatIsWrittenMeanwhileIsSeen) {
  TestFolder w;
  built(w, "1");
  for (const char* wrong : {"", "5000", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "no.such.host.invalid:0"}) {
    ServeOptions options{w / "l", wrong, {}, {}, {}, {}};
    EXPECT_TRUE(has(failure(LayoutServer::start(std::move(options))), "CH7106")) << wrong;
  }
  ServeOptions options{w / "l", "127.0.0.1:0", {}, {}, {}, {}};
  const auto server = must(LayoutServer::start(std::move(options)));
  EXPECT_TRUE(has(server->url(), "http://127.0.0.1:"));
  const auto before = server->offer();
  EXPECT_EQ(before, server->offer());
  built(w, "2");
  EXPECT_EQ(server->offer()->repositories.at("app").size(), 2u);
  EXPECT_EQ(before->repositories.at("app").size(), 1u);
  ServeOptions paired{w / "l", "127.0.0.1:0", "no certificate", "no key", {}, {}};
  EXPECT_TRUE(has(failure(LayoutServer::start(std::move(paired))), "not a pair"));
}

} // namespace chasi::image

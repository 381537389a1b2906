#include "runtime/image/layer.h"
#include "runtime/image/test_folder.h"

#include <clocale>
#include <random>

#include <fcntl.h>
#include <sys/resource.h>

namespace chasi::image {
using namespace testing;

static std::vector<LayerEntry> scan(const BuildDescription& d, const std::string& root) {
  ImageTree tree;
  return must(scanLayer(d.layers.at(0), {root, {}}, tree));
}
static std::string scanFailure(const std::string& layers, const std::string& root) {
  ImageTree tree;
  return failure(scanLayer(describe(layers).layers.at(0), {root, {}}, tree));
}

TEST(Entries, AreSortedParentsFirstWithFixedModes) {
  TestFolder w;
  w.write("in/b/run.sh", "#!/bin/sh\n", 0711);
  w.write("in/b-c", "x", 0600);
  w.write("in/a", "y", 0666);
  w.link("in/l", "/no/where");
  std::string text;
  for (const LayerEntry& e : scan(describe(R"([{"files":[{"from":"in","to":"/opt/app/"}]}])"), w.str()))
    text += fmt::format("{} {:o}\n", e.path, e.mode);
  EXPECT_EQ(text, "opt 755\nopt/app 755\nopt/app/a 644\nopt/app/b 755\nopt/app/b-c 644\nopt/app/b/run.sh 755\nopt/app/l 777\n");
}

TEST(Entries, WhatCannotGoIntoAnImageIsNamed) {
  TestFolder w, outside;
  outside.write("secret", "x");
  w.link("leak", outside.str());
  w.write("a", "1");
  w.write("d/.wh.x", "1");
  fs::create_directories(w / "s");
  ASSERT_EQ(::mkfifo((w / "s/pipe").c_str(), 0600), 0);
  EXPECT_TRUE(has(scanFailure(R"([{"files":[{"from":"leak/secret","to":"/x"}]}])", w.str()), "outside of the workspace"));
  EXPECT_TRUE(has(scanFailure(R"([{"files":[{"from":"../","to":"/x"}]}])", w.str()), "outside of the workspace"));
  EXPECT_TRUE(has(scanFailure(R"([{"files":[{"from":"none","to":"/x"}]}])", w.str()), "none: No such file"));
  EXPECT_TRUE(has(scanFailure(R"([{"files":[{"from":"d","to":"/x"}]}])", w.str()), ".wh."));
  EXPECT_TRUE(has(scanFailure(R"([{"files":[{"from":"s","to":"/x"}]}])", w.str()), "s/pipe is a socket, pipe"));
  EXPECT_TRUE(has(scanFailure(R"([{"files":[{"from":"a","to":"/x"},{"content":"","to":"/x"}]}])", w.str()), "two things"));
  EXPECT_TRUE(has(scanFailure(R"([{"files":[{"from":"a","to":"/x"},{"from":"a","to":"/x/y"}]}])", w.str()), "which is a file"));
  EXPECT_TRUE(has(scanFailure(R"([{"files":[{"from":"a","to":"/x/../../y"}]}])", w.str()), ".."));
  EXPECT_TRUE(has(scanFailure(R"([{"files":[{"from":"a","to":"/"}],"remove":["/gone"]}])", w.str()), "nothing to remove"));
  ImageTree tree;
  EXPECT_TRUE(has(failure(scanLayer(describe(R"([{"files":[{"from":"","to":"/x"}]}])").layers[0], {w.str(), {w / "d"}}, tree)), "contain itself"));
}

TEST(Entries, FollowLinksOfTheImageButStayInside) {
  TestFolder w;
  w.write("tool", "1", 0755);
  ImageTree tree;
  tree.set("usr", {});
  tree.set("usr/bin", {TreeNode::Kind::Folder, 0700, 0, {}, {}});
  tree.set("bin", {TreeNode::Kind::Symlink, 0777, 0, "usr/bin", {}});
  tree.set("up", {TreeNode::Kind::Symlink, 0777, 0, "/../../../deep", {}});
  tree.set("loop", {TreeNode::Kind::Symlink, 0777, 0, "loop", {}});
  const auto d = describe(R"([{"files":[{"from":"tool","to":"/bin/"},{"from":"tool","to":"/up/x"}]}])");
  std::string text;
  for (const LayerEntry& e : must(scanLayer(d.layers[0], {w.str(), {}}, tree))) text += e.path + "\n";
  EXPECT_EQ(text, "deep\ndeep/x\nusr/bin/tool\n"); // usr/bin keeps the mode it has below
  EXPECT_TRUE(has(failure(scanLayer(describe(R"([{"files":[{"from":"tool","to":"/loop/x"}]}])").layers[0], {w.str(), {}}, tree)), "symbolic links"));
}

TEST(Entries, ExclusionsTakeNamesAndPaths) {
  TestFolder w;
  for (const char* name : {"in/a.tmp", "in/keep", "in/sub/a.tmp", "in/sub/keep", "in/.git/config", "in/top/only"}) w.write(name, "1");
  std::string text;
  for (const LayerEntry& e : scan(describe(R"([{"files":[{"from":"in","to":"/","exclude":["*.tmp",".git","top/only"]}]}])"), w.str())) text += e.path + " ";
  EXPECT_EQ(text, "keep sub sub/keep top ");
}

static void fill(const TestFolder& w, bool backwards) {
  std::vector<std::string> names = {"in/a", "in/ünï/ç", "in/" + std::string(120, 'n'), "in/" + std::string(90, 'd') + "/" + std::string(90, 'e'), "in/z/exec"};
  if (backwards) std::reverse(names.begin(), names.end());
  for (const std::string& name : names) w.write(name, name + "\n", name == "in/z/exec" ? 0755 : backwards ? 0600 : 0644);
  w.link("in/link", "z/exec");
}

/// The digest is written down: it must be the same on every machine, in every year and by every version.
TEST(Layer, SameInputSameBytes) {
  const auto digest = [](bool other) {
    TestFolder w;
    const mode_t before = ::umask(other ? 0077 : 0022);
    if (other) {
      ::setenv("TZ", "Asia/Kathmandu", 1);
      ::setenv("LC_ALL", "C.UTF-8", 1);
      ::setlocale(LC_ALL, "");
      ::tzset();
    }
    fill(w, other);
    if (other)
      for (const auto& e : fs::recursive_directory_iterator(w.str()))
        if (!e.is_symlink()) fs::last_write_time(e.path(), fs::file_time_type::clock::now() - std::chrono::hours(9999));
    const LayerBlob blob = must(writeLayer(scan(describe(R"([{"files":[{"from":"in","to":"/srv"}]}])"), w.str()), {}, {}));
    ::umask(before);
    if (other) ::setlocale(LC_ALL, "C");
    return blob.diffId.str() + " " + blob.descriptor.digest.str();
  };
  const std::string first = digest(false);
  EXPECT_EQ(first, digest(true));
  EXPECT_EQ(first.substr(0, 71), "sha256:4a91aaf6a804bf1fc8ec3e3e15540bbd1002466a89606944e96621ebb7fe02ef");
}

TEST(Layer, CompressionDependsOnNothingButTheBytes) {
  std::mt19937 random(7);
  std::string data(3'000'000, '\0');
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>(i % 7 == 0 ? random() : i / 512);
  for (const Compression kind : {Compression::Gzip, Compression::Zstd, Compression::None}) {
    std::set<std::string> results;
    std::string packed;
    for (const unsigned threads : {1u, 2u, 7u})
      for (const size_t step : {size_t(1000), size_t(524'288), data.size()}) {
        packed.clear();
        auto c = makeCompressor(kind, [&](llvm::StringRef bytes) { packed += bytes; return llvm::Error::success(); }, threads);
        for (size_t at = 0; at < data.size(); at += step) ASSERT_FALSE(c->write(llvm::StringRef(data).substr(at, step)));
        ASSERT_FALSE(c->finish());
        results.insert(packed);
      }
    EXPECT_EQ(results.size(), 1u);
    TestFolder w;
    w.write("packed", packed);
    const std::string tool = kind == Compression::Gzip ? "gzip -dc" : kind == Compression::Zstd ? "zstd -dcq" : "cat";
    if (!installed(tool.substr(0, tool.find(' ')))) continue;
    EXPECT_EQ(run(tool + " < " + (w / "packed")).output, data);
  }
}

TEST(Layer, OtherProgramsReadTheArchive) {
  TestFolder w;
  fill(w, false);
  File tar(::open((w / "out.tgz").c_str(), O_WRONLY | O_CREAT, 0644));
  must(writeLayer(scan(describe(R"([{"files":[{"from":"in","to":"/"},{"folder":true,"to":"/tmp","mode":"1777"}]}])"), w.str()), {},
                  [&](llvm::StringRef bytes) { return writeAll(tar, bytes, "out.tgz"); }));
  fs::create_directories(w / "out");
  ASSERT_EQ(run("tar -xpzf " + (w / "out.tgz") + " -C " + (w / "out")).status, 0);
  EXPECT_EQ(run("rmdir " + (w / "out/tmp") + " && diff -r " + (w / "in") + " " + (w / "out")).output, "");
  const std::string list = run("tar --numeric-owner --utc --full-time -tvzf " + (w / "out.tgz") + " tmp").output;
  EXPECT_TRUE(has(list, "drwxrwxrwt 0/0") && has(list, "1970-01-01 00:00:00")) << list;
}

TEST(Layer, AFileThatChangesIsAnError) {
  TestFolder w;
  w.write("in", "old");
  auto entries = scan(describe(R"([{"files":[{"from":"in","to":"/in"}]}])"), w.str());
  w.write("in", "new and longer");
  EXPECT_TRUE(has(failure(writeLayer(entries, {}, {})), "CH7003"));
  fs::remove(w / "in");
  w.link("in", "/etc/passwd");
  EXPECT_TRUE(has(failure(writeLayer(entries, {}, {})), "CH7002"));
}

TEST(Layer, LargeFilesNeedLittleMemory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers keep freed memory; measured without them";
#endif
  TestFolder w;
  w.write("in", "");
  fs::resize_file(w / "in", 200u << 20);
  const std::string rss = inChild([&] {
    must(writeLayer(scan(describe(R"([{"files":[{"from":"in","to":"/in"}]}])"), w.str()), {}, {}));
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return std::to_string(usage.ru_maxrss);
  });
  EXPECT_LT(std::stol(rss), 64 * 1024) << "KiB";
}

} // namespace chasi::image

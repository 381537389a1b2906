#include "compiler/syntax/dump.h"
#include "compiler/syntax/parse.h"

#include <gtest/gtest.h>
#include <llvm/Support/MemoryBuffer.h>

#include <filesystem>
#include <fstream>

// Golden files: cases/good/NAME.chasi must parse without a word and give the tree in NAME.tree; cases/bad/NAME.chasi must
// give the messages in NAME.txt. CHASI_ACCEPT=1 writes the goldens instead; the difference is the review.
namespace chasi::syntax {
namespace {

namespace fs = std::filesystem;

std::string readFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> cases(const char* folder) {
  std::vector<fs::path> list;
  for (const auto& entry : fs::directory_iterator(fs::path(CHASI_SYNTAX_CASES) / folder)) {
    if (entry.path().extension() == ".chasi") list.push_back(entry.path());
  }
  std::sort(list.begin(), list.end());
  return list;
}

void compare(const fs::path& golden, const std::string& actual) {
  if (std::getenv("CHASI_ACCEPT")) {
    std::ofstream(golden, std::ios::binary) << actual;
    return;
  }
  EXPECT_EQ(readFile(golden), actual) << golden << " differs; run with CHASI_ACCEPT=1 and look at the difference";
}

std::string messages(const source::Diagnostics& d, const source::SourceSet& sources) {
  std::string out;
  llvm::raw_string_ostream stream(out);
  source::printText(d, sources, stream, {});
  return out;
}

TEST(Golden, Trees) {
  for (const fs::path& path : cases("good")) {
    source::SourceSet sources;
    source::Diagnostics d;
    const auto id = sources.add(path.filename().string(), readFile(path));
    const Tree tree = parse(sources, id, d);
    EXPECT_EQ(messages(d, sources), "");
    compare(fs::path(path).replace_extension(".tree"), dump(tree));
  }
}

} // namespace
} // namespace chasi::syntax

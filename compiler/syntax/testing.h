// Shared by the tests of this room.
#pragma once

#include "compiler/source/diagnostic.h"
#include "compiler/syntax/parse.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace chasi::syntax::testing {

namespace fs = std::filesystem;

inline std::string readFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A text with its tree. Stays where it was made, because the tree refers to it.
struct Parsed {
  explicit Parsed(std::string text, const std::string& name = "case.chasi", const ParseLimits& limits = {})
      : id(sources.add(name, std::move(text))), tree(parse(sources, id, diagnostics, limits)) {}

  std::string messages() const {
    std::string out;
    llvm::raw_string_ostream stream(out);
    source::printText(diagnostics, sources, stream, {});
    return out;
  }
  bool reports(source::Code code) const {
    return std::any_of(diagnostics.all().begin(), diagnostics.all().end(), [&](const auto& d) { return d.code == code; });
  }

  source::SourceSet sources;
  source::Diagnostics diagnostics;
  source::FileId id;
  Tree tree;
};

inline std::vector<fs::path> sourcesBelow(const fs::path& folder) {
  std::vector<fs::path> list;
  if (!fs::exists(folder)) return list;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".chasi") list.push_back(entry.path());
  }
  std::sort(list.begin(), list.end());
  return list;
}

/// The golden cases of this room, by name.
inline std::vector<fs::path> cases(const char* folder) { return sourcesBelow(fs::path(CHASI_SYNTAX_CASES) / folder); }

/// Every source that the repository holds, the broken ones of the tests included.
inline std::vector<fs::path> allSources() {
  std::vector<fs::path> list;
  for (const char* folder : {"examples", "stdlib", "tests/lang", "compiler/syntax/cases"}) {
    for (fs::path& path : sourcesBelow(fs::path(CHASI_ROOT) / folder)) list.push_back(std::move(path));
  }
  return list;
}

/// CHASI_ACCEPT=1 writes the golden file instead of comparing; the difference is the review.
inline void compare(const fs::path& golden, const std::string& actual) {
  if (std::getenv("CHASI_ACCEPT")) {
    std::ofstream(golden, std::ios::binary) << actual;
    return;
  }
  EXPECT_EQ(readFile(golden), actual) << golden << " differs; run with CHASI_ACCEPT=1 and look at the difference";
}

} // namespace chasi::syntax::testing

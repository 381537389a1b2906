// The main program of a fuzzer: runs LLVMFuzzerTestOneInput on mutations of a corpus.
//
//   NAME_fuzz [--seed N] [--seconds N] [--runs N] [--hang SECONDS] --current FILE CORPUS…    mutate
//   NAME_fuzz FILE…                                                                         run these as they are
//
// CORPUS is a file or a folder with .chasi files. Each input is in FILE while it runs, so that it is there after a crash.
// Ends with 0 when nothing was found, with 77 when an input took too long, otherwise as the crash makes it end.
#include "tests/fuzz/mutate.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace chasi::fuzz {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr size_t kLargestInput = 16 << 10;
constexpr size_t kKept = 400; ///< inputs that later ones are made of

struct Options {
  uint64_t seed = 1;
  double seconds = 5;
  uint64_t runs = UINT64_MAX;
  unsigned hang = 20;
  std::string current;
  std::vector<std::string> paths;
};

std::string readFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> corpus(const std::vector<std::string>& paths) {
  std::vector<fs::path> files;
  for (const std::string& path : paths) {
    if (!fs::is_directory(path)) files.emplace_back(path);
    else
      for (const auto& entry : fs::recursive_directory_iterator(path))
        if (entry.path().extension() == ".chasi") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const fs::path& file : files) texts.push_back(readFile(file));
  return texts;
}

extern "C" void tooLong(int) {
  constexpr char message[] = "an input takes too long\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, message, sizeof message - 1);
  _exit(77);
}

void run(const std::string& text, unsigned hang) {
  // An exact copy, so that a read behind the end is seen.
  const std::unique_ptr<uint8_t[]> copy(new uint8_t[text.size()]);
  std::copy(text.begin(), text.end(), copy.get());
  alarm(hang);
  LLVMFuzzerTestOneInput(copy.get(), text.size());
  alarm(0);
}

int replay(const Options& options) {
  for (const std::string& path : options.paths) {
    const auto begin = Clock::now();
    run(readFile(path), 0);
    std::printf("%s: nothing found in %.3f s\n", path.c_str(), std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return 0;
}

int mutateAll(const Options& options) {
  std::vector<std::string> inputs = corpus(options.paths);
  if (inputs.empty()) {
    std::fprintf(stderr, "the corpus is empty\n");
    return 2;
  }
  std::FILE* current = std::fopen(options.current.c_str(), "wb");
  if (!current) {
    std::fprintf(stderr, "cannot write %s\n", options.current.c_str());
    return 2;
  }
  std::signal(SIGALRM, tooLong);
  Random random(options.seed);
  const size_t own = inputs.size();
  const auto begin = Clock::now();
  double longest = 0;
  uint64_t count = 0;
  for (; count < options.runs; ++count) {
    const auto now = Clock::now();
    if (std::chrono::duration<double>(now - begin).count() > options.seconds) break;
    // Each file once as it is, then mutations.
    const std::string& other = inputs[random.below(inputs.size())];
    std::string text = count < own ? inputs[count] : mutate(inputs[random.below(inputs.size())], other, kLargestInput, random);
    std::rewind(current);
    std::fwrite(text.data(), 1, text.size(), current);
    std::fflush(current);
    if (ftruncate(fileno(current), static_cast<off_t>(text.size())) != 0) return 2;
    run(text, options.hang);
    longest = std::max(longest, std::chrono::duration<double>(Clock::now() - now).count());
    if (random.below(4) != 0) continue;
    if (inputs.size() < own + kKept) inputs.push_back(std::move(text));
    else inputs[own + random.below(kKept)] = std::move(text);
  }
  std::fclose(current);
  std::printf("seed %llu: %llu inputs, nothing found; the slowest took %.3f s\n", static_cast<unsigned long long>(options.seed),
              static_cast<unsigned long long>(count), longest);
  return 0;
}

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool more = i + 1 < argc;
    if (word == "--seed" && more) options.seed = std::strtoull(argv[++i], nullptr, 10);
    else if (word == "--seconds" && more) options.seconds = std::strtod(argv[++i], nullptr);
    else if (word == "--runs" && more) options.runs = std::strtoull(argv[++i], nullptr, 10);
    else if (word == "--hang" && more) options.hang = static_cast<unsigned>(std::strtoul(argv[++i], nullptr, 10));
    else if (word == "--current" && more) options.current = argv[++i];
    else options.paths.push_back(word);
  }
  return options.current.empty() ? replay(options) : mutateAll(options);
}

} // namespace

} // namespace chasi::fuzz

int main(int argc, char** argv) { return chasi::fuzz::main(argc, argv); }

// For the tests of this room: a folder that goes away, files in it, pictures of it, and programs to run.
#pragma once

#include "runtime/image/build.h"
#include "runtime/image/file_io.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace chasi::image::testing {

namespace fs = std::filesystem;

class TestFolder {
public:
  TestFolder() {
    std::string pattern = (fs::temp_directory_path() / "chasi-image-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TestFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& str() const { return path_; }

  void write(const std::string& name, const std::string& content, unsigned mode = 0644) const {
    const fs::path path = path_ + "/" + name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    fs::permissions(path, static_cast<fs::perms>(mode));
  }
  void link(const std::string& name, const std::string& target) const {
    const fs::path path = path_ + "/" + name;
    fs::create_directories(path.parent_path());
    fs::create_symlink(target, path);
  }

private:
  std::string path_;
};

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Every path below `folder` with all that a write would change, access times left out.
inline std::map<std::string, std::string> picture(const std::string& folder) {
  std::map<std::string, std::string> out;
  const auto add = [&](const std::string& path) {
    struct stat s {};
    ::lstat(path.c_str(), &s);
    out[path] = fmt::format("{} {} {:o} {}.{} {}.{}", s.st_ino, s.st_size, s.st_mode, s.st_mtim.tv_sec, s.st_mtim.tv_nsec, s.st_ctim.tv_sec, s.st_ctim.tv_nsec);
  };
  add(folder);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) add(entry.path().string());
  return out;
}

template <typename T> T must(llvm::Expected<T> value) {
  if (!value) {
    ADD_FAILURE() << llvm::toString(value.takeError());
    throw std::runtime_error("no value");
  }
  return std::move(*value);
}

/// "CH7004: message (hint)", or "" for success.
template <typename T> std::string failure(llvm::Expected<T> value) { return value ? "" : llvm::toString(value.takeError()); }

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Ran {
  int status = 0;
  std::string output;
};
inline Ran run(const std::string& command) {
  Ran out;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> buffer;
  while (const size_t got = ::fread(buffer.data(), 1, buffer.size(), pipe)) out.output.append(buffer.data(), got);
  out.status = ::pclose(pipe);
  return out;
}
inline bool installed(const std::string& program) { return run("command -v " + program).status == 0; }

/// Runs in a process of its own, so that rights, limits and kills touch nothing else. The text is what comes back.
inline std::string inChild(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return "no pipe";
  const pid_t pid = ::fork();
  if (pid == 0) {
    const std::string text = work();
    const ssize_t done = ::write(ends[1], text.data(), text.size());
    ::_exit(done == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string out;
  std::array<char, 4096> buffer;
  for (ssize_t got; (got = ::read(ends[0], buffer.data(), buffer.size())) > 0;) out.append(buffer.data(), static_cast<size_t>(got));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return out;
}

/// A description in the JSON form, for an image named "app".
inline BuildDescription describe(const std::string& layers, const std::string& more = "") {
  return must(parseDescription(R"({"name":"app","tag":"1","base":"scratch","platforms":["linux/amd64"],"layers":)" + layers + more + "}"));
}

} // namespace chasi::image::testing

// What the user has chosen besides the texts: the parameters file, and what is wrong with that choice.
#include "compiler/lsp/documents.h"
#include "compiler/sema/file_text.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace chasi::lsp {

static std::string below(llvm::StringRef folder, llvm::StringRef name) {
  llvm::SmallString<256> full(folder);
  llvm::sys::path::append(full, name);
  llvm::sys::path::remove_dots(full, true);
  return full.str().str();
}

void Documents::choose(Choice chosen) {
  choice = std::move(chosen);
  told_.clear();
  touch();
}

void Documents::complain(const std::string& about, const std::string& why) {
  std::string& before = told_[about];
  if (!why.empty() && before != why) news_.push_back(why);
  before = why;
}

std::vector<std::string> Documents::parametersFiles() const {
  if (choice.parametersFile.empty()) return {};
  if (llvm::sys::path::is_absolute(choice.parametersFile)) return {choice.parametersFile};
  std::vector<std::string> files;
  for (const std::string& folder : folders) files.push_back(below(folder, choice.parametersFile));
  return files;
}

/// The folder of the workspace that a file lies in, the innermost one; the first one for a file that lies in none.
static std::string folderAround(const std::vector<std::string>& folders, const std::string& path) {
  const std::string* best = folders.empty() ? nullptr : &folders.front();
  size_t longest = 0;
  for (const std::string& folder : folders)
    if (llvm::StringRef(path).starts_with(llvm::StringRef(folder).rtrim('/').str() + "/") && folder.size() > longest) best = &folder, longest = folder.size();
  return best ? *best : "";
}

/// Names that stand behind `param` at the beginning of a line.
static std::vector<std::string> parameterNames(const lower::CompileInput& input) {
  std::vector<std::string> names;
  for (const std::string& file : input.load.files) {
    sema::withText(input.load, file, [&](llvm::StringRef rest) {
      while (!rest.empty()) {
        llvm::StringRef line;
        std::tie(line, rest) = rest.split('\n');
        if (line = line.ltrim(); line.consume_front("param ")) names.push_back(line.ltrim().take_while([](char c) { return llvm::isAlnum(c) || c == '_'; }).str());
      }
    });
  }
  return names;
}

// Other modules of a workspace have other parameters. What a module has nothing like is meant for them; what it nearly has is a mistake, which compiling tells.
void Documents::addParameters(lower::CompileInput& input, const std::string& path) {
  std::map<std::string, sema::ParamValue> given = choice.params;
  if (!choice.parametersFile.empty() && host_.readParameters) addParametersFile(input, path, given);
  if (given.empty()) return;
  const bool alone = host_.modulesOf(input.load.workspaceRoot).size() < 2;
  const std::vector<std::string> names = alone ? std::vector<std::string>() : parameterNames(input);
  for (const auto& [name, value] : given)
    if (alone || llvm::is_contained(names, name) || !source::nearest(name, names).empty()) input.load.params.try_emplace(name, value);
}

void Documents::addParametersFile(const lower::CompileInput& input, const std::string& path, std::map<std::string, sema::ParamValue>& given) {
  std::string file = choice.parametersFile;
  if (!llvm::sys::path::is_absolute(file)) {
    const std::string folder = folderAround(folders, path);
    file = below(folder.empty() ? input.load.workspaceRoot : folder, file);
  }
  // Each edit asks for it; it is read when it is another one.
  llvm::sys::fs::file_status status;
  const bool there = !llvm::sys::fs::status(file, status);
  const auto known = read_.find(file);
  if (!there || known == read_.end() || known->second.modified != status.getLastModificationTime() || known->second.size != status.getSize()) {
    read_.erase(file);
    auto params = host_.readParameters(file);
    complain(file, params ? "" : "the parameters file: " + llvm::toString(params.takeError()));
    if (!params) return;
    read_[file] = {status.getLastModificationTime(), status.getSize(), std::move(*params)};
  }
  for (const auto& [name, value] : read_[file].params) given.try_emplace(name, value);
}

} // namespace chasi::lsp

#include "compiler/lsp/board.h"

namespace chasi::lsp {

using nlohmann::json;

std::set<std::string> Board::tell(const std::string& module, Findings findings) {
  std::set<std::string> changed;
  std::erase_if(findings, [](const auto& f) { return f.second.empty(); });
  Findings& before = said_[module];
  for (const auto& [file, list] : before)
    if (const auto now = findings.find(file); now == findings.end() || now->second != list) changed.insert(file);
  for (const auto& [file, list] : findings)
    if (!before.contains(file)) changed.insert(file);
  if (findings.empty()) said_.erase(module);
  else before = std::move(findings);
  return changed;
}

void Board::tell(const std::string& module, const std::string& file, json list) {
  if (list.empty()) said_[module].erase(file); // also when it is null
  else said_[module][file] = std::move(list);
}

void Board::drop(const std::string& file) {
  for (auto& [module, findings] : said_) findings.erase(file);
}

json Board::of(const std::string& file) const {
  json all = json::array();
  for (const auto& [module, findings] : said_)
    if (const auto at = findings.find(file); at != findings.end()) {
      if (all.empty()) {
        all = at->second; // nearly always the only one
        continue;
      }
      for (const json& d : at->second)
        if (std::find(all.begin(), all.end(), d) == all.end()) all.push_back(d);
    }
  return all;
}

std::set<std::string> Board::files() const {
  std::set<std::string> out;
  for (const auto& [module, findings] : said_)
    for (const auto& [file, list] : findings) out.insert(file);
  return out;
}

std::set<std::string> Board::modules() const {
  std::set<std::string> out;
  for (const auto& [module, findings] : said_) out.insert(module);
  return out;
}

} // namespace chasi::lsp

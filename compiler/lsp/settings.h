// What a client configures, and what it is asked to watch for that.
#pragma once

#include "compiler/lsp/documents.h"
#include "compiler/lsp/feature_inlays.h"

namespace chasi::lsp {

/// Of `{"environment": …, "parametersFile": …, "parameters": {…}}`.
Choice choiceOf(const nlohmann::json& settings);
/// Hints that `{"hints": {"types": …, "parameters": …, "values": …, "defaults": …}}` turns off.
std::set<Inlay::Of> hiddenHints(const nlohmann::json& settings);
/// What is wrong with the parameters of the settings in a module, in one text; empty when nothing is. No document has a place for it.
std::string settingsMistakes(const lower::Revision& revision);

/// The watchers for parameters files. A client that knows no patterns relative to a folder is asked for all files of their names.
nlohmann::json parametersWatchers(const std::vector<std::string>& files, bool relative);
/// Parameters of `client/registerCapability`, and of its opposite.
nlohmann::json watching(const char* id, nlohmann::json watchers);
nlohmann::json notWatching(const char* id);

} // namespace chasi::lsp

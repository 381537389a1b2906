// Methods of the protocol: JSON in, JSON out. Each group is a file; what they know of the language comes from features.
#pragma once

#include "compiler/lsp/board.h"
#include "compiler/lsp/documents.h"
#include "compiler/lsp/feature_inlays.h"

#include <llvm/ADT/StringMap.h>

#include <functional>
#include <variant>

namespace chasi::lsp {

using nlohmann::json;

/// JSON-RPC and LSP error codes (LSP 3.17, "Error codes").
enum Failed : int { kParseError = -32700, kInvalidRequest = -32600, kMethodNotFound = -32601, kInvalidParams = -32602, kNotInitialized = -32002, kRequestFailed = -32803, kRequestCancelled = -32800, kContentModified = -32801 };

struct Failure {
  int code;
  std::string message;
};
using Answer = std::variant<json, Failure>;

/// What a method works with.
struct Session {
  Documents documents;
  Board board; ///< what was found in all modules that have been checked
  Encoding encoding = Encoding::Utf16;
  bool resolvesEdits = false; ///< the client asks for the edit of a code action when somebody wants it
  bool snippets = false; ///< the client puts the cursor into what completion inserts
  std::set<Inlay::Of> hidden; ///< hints that the user does not want
  std::function<bool()> stop = [] { return false; }; ///< nobody waits for the answer any more
  std::function<void()> checkAll = [] {}; ///< checks all modules of the workspace that have not been since the last change
};

struct Method {
  std::function<Answer(Session&, const json& params)> answer;
  bool meaning = true; ///< it asks what the text means, so what has changed is compiled first
  bool changes = false; ///< it is about changing the text: there is no answer for a file that nobody changes
};
using Methods = llvm::StringMap<Method>;

void addNavigation(Methods& methods);
void addEditing(Methods& methods);
void addStructure(Methods& methods);
void addPresentation(Methods& methods);
void addRendering(Methods& methods);

// What methods have in common.
std::string textAt(const json& params, const char* pointer);
std::string documentPath(const json& params);
/// What stands at `position` of `textDocument`; nothing when the file is none of a module.
struct At {
  Snapshot snapshot;
  uint32_t address;
};
std::optional<At> placeOf(Session& session, const json& params);
/// The URI of a file by its name in the sources; empty for what is no file on disk. Those of the standard library are written there.
std::string documentOf(const Session& session, llvm::StringRef name);
/// Null for what is no file on disk.
json locationOf(const Session& session, const source::SourceSet& sources, source::Span span);
/// A WorkspaceEdit.
json workspaceEdit(const Session& session, const source::SourceSet& sources, llvm::ArrayRef<source::Edit> edits);
/// Shows all programs of the workspace that know what stands at a place of the document `path`, the one of that document first.
void eachProgram(Session& session, const At& at, const std::string& path, const sema::Use& use, llvm::function_ref<void(const Snapshot&, const sema::Use&)> show);
/// Adds what this environment does not take of a file, to be dimmed.
void addInactive(const Session& session, const lower::Revision& revision, const std::string& path, json& diagnostics);
/// A Diagnostic of the protocol.
json diagnosticOf(const Session& session, const source::SourceSet& sources, const source::Diagnostic& diagnostic);

} // namespace chasi::lsp

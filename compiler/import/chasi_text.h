// Names, texts and values as chasi writes them, for programs that write modules.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <nlohmann/json.hpp>

#include <string>

namespace chasi::import {

/// Whether a field may have this name, set with `=`: letters, digits and `_`, a letter first. Reserved words may be fields, too.
bool isName(llvm::StringRef text);
/// A name in lower camel case: `kube-state metrics` becomes `kubeStateMetrics`. Never empty, never reserved.
std::string nameOf(llvm::StringRef text);
/// The same for schemas and types: `kube-state metrics` becomes `KubeStateMetrics`; words such as `Secret`, which are types of the
/// language, become `SecretObject`.
std::string typeNameOf(llvm::StringRef text);
/// In quotes, with escapes; `${` stays what it is.
std::string inQuotes(llvm::StringRef text);
/// As a raw string, for patterns; in quotes where that has no form.
std::string raw(llvm::StringRef text);
/// In the form of several lines where that says the same and is easier to read, else in quotes.
std::string inLines(llvm::StringRef text, size_t depth);
/// Stands in a value where an expression of the module stands.
nlohmann::ordered_json expression(llvm::StringRef text);
/// A literal on several lines, its inner lines indented by `depth` steps and one more. Nulls are left out, for there are none.
std::string literal(const nlohmann::ordered_json& value, size_t depth);
/// The text in canonical layout.
std::string laidOut(const std::string& text);

} // namespace chasi::import

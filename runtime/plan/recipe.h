// How a secret text is made: parts of which some are known only while applying. A recipe holds no value of a secret, and may be
// written down and shown.
#pragma once

#include <llvm/Support/Error.h>

#include <string>
#include <vector>

namespace chasi::plan {

/// One of three: a literal text, the value that a provider has, or a function over more parts.
struct RecipePart {
  std::string literal;
  std::string provider, key;  ///< a value to be looked up, when `provider` is not empty
  std::string function;       ///< see isRecipeFunction(), over `parts`, when not empty
  std::vector<RecipePart> parts;
};

using Recipe = std::vector<RecipePart>;

/// base64, urlEncode, sha256, trim and toJson (of a text: quoted).
bool isRecipeFunction(const std::string& name);
/// Replaces the text by what the function of that name, which is one of them, makes of it. False when it can make nothing of it:
/// what is not UTF-8 has no JSON.
bool applyRecipeFunction(const std::string& name, std::string& text);

/// Compact JSON: ["postgres://app:",{"provider":"env","key":"DB"},"@db"], {"function":"base64","of":[…]}. The same recipe gives the
/// same text.
std::string writeRecipe(const Recipe& recipe);
/// CH6001 for what is no recipe, or is larger than the language can make it.
llvm::Expected<Recipe> readRecipe(const std::string& text);
/// For people, on one line: "postgres://app:${env/DB}@db", base64(${env/DB}).
std::string describeRecipe(const Recipe& recipe);

} // namespace chasi::plan

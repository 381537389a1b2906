// A read-only view of JSON text: parsed once into a flat list of nodes that point into the text. Made for answers of
// the API server, which are large, read once, and mostly passed on or hashed as they are; a document tree would copy
// every string of them.
#pragma once

#include <llvm/Support/Error.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chasi::plan {

class JsonView;

/// A value inside a JsonView; valid as long as the view and its text are. An absent value is falsy, and every question
/// to it answers "nothing", so that paths need no checks on the way.
class JsonValue {
public:
  enum class Type : uint8_t { Absent, Null, False, True, Number, String, Array, Object };

  JsonValue() = default;
  explicit operator bool() const { return view_ != nullptr; }
  Type type() const;
  bool isObject() const { return type() == Type::Object; }
  bool isArray() const { return type() == Type::Array; }
  bool isString() const { return type() == Type::String; }

  /// The text of the value as it stands in the document.
  std::string_view raw() const;
  /// The string with its escapes resolved; empty for anything else.
  std::string string() const;
  /// Without copying: the characters between the quotes, escapes as they stand. Right for names, uids, versions.
  std::string_view chars() const;
  std::optional<int64_t> integer() const;
  bool isTrue() const { return type() == Type::True; }

  /// Members of an object, elements of an array.
  JsonValue operator[](std::string_view key) const;
  JsonValue first() const;
  JsonValue next() const; ///< the next sibling
  std::string key() const; ///< of a member, escapes resolved
  std::string_view rawKey() const;
  size_t offset() const; ///< of raw() in the text

private:
  friend class JsonView;
  JsonValue(const JsonView* view, uint32_t index) : view_(view), index_(index) {}
  const JsonView* view_ = nullptr;
  uint32_t index_ = 0;
};

class JsonView {
public:
  /// Checks the whole text. The text must outlive the view; nesting is limited to 200 levels, the size to 1 GiB.
  static llvm::Expected<JsonView> parse(std::string_view text);
  JsonValue root() const { return JsonValue(this, 0); }

private:
  friend class JsonValue;
  friend class JsonScanner;
  struct Node {
    uint32_t begin, end;       // of the value
    uint32_t keyBegin, keyEnd; // between the quotes; equal when there is no key
    uint32_t after;            // index of the node behind this subtree
    uint32_t parentEnd;        // index behind the last sibling
    JsonValue::Type type;
    bool escaped; // the string has escapes
  };
  std::string_view text_;
  std::vector<Node> nodes_;
};

/// Resolves the escapes of what stands between two quotes.
std::string unescapeJson(std::string_view chars);
/// The text with quotes and escapes.
std::string quoteJson(std::string_view text);

} // namespace chasi::plan

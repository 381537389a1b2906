// Which name in the sources stands for what. For editors: nothing is written down unless `Program::uses` is there.
#pragma once

#include "compiler/source/span.h"

#include <llvm/ADT/StringRef.h>

#include <cstdint>
#include <map>
#include <vector>

namespace chasi::sema {

struct Symbol;
struct Schema;
struct Type;

/// A name at one place. What it stands for is kept by what stays when a text is edited elsewhere: by the symbol, or by the schema and the
/// name of the field, and by a place only when that lies in the same item of the same file.
struct Use {
  enum Kind : uint8_t {
    Symbol,    ///< a let, parameter, function, type, schema, kind, declaration or import
    Field,     ///< `text` of `schema`
    Local,     ///< declared at `declared`: of a loop, a block, a function, a lambda, a match
    Nested,    ///< the declaration `text` inside of the declaration `symbol`, or the one at `declared`
    Argument,  ///< `n = e`: parameter `text` of the function `symbol`
    Builtin,   ///< the function `text` of the language
    Property,  ///< `image.tag`
  } kind = Symbol;
  bool declares = false; ///< the name is given here
  source::Span at;
  source::Span declared;
  const Type* type = nullptr; ///< of the value, where the name stands for one
  const sema::Symbol* symbol = nullptr;
  const sema::Schema* schema = nullptr; ///< Field; Nested: what it is of
  llvm::StringRef text;
};

/// By file, in the order in which they were checked; of a place that was checked several times there are several.
struct Uses {
  std::map<uint32_t, std::vector<Use>> files;

  /// Forgets those of a file from an address on, which is checked again.
  void forget(uint32_t file, uint32_t from) {
    if (const auto at = files.find(file); at != files.end()) std::erase_if(at->second, [&](const Use& u) { return u.at.begin >= from; });
  }
};

} // namespace chasi::sema

// Reference pages as data: what a module offers, with types, defaults, checks and docs. Texts are Markdown as it stands in doc
// comments; code is as written. Order is source order.
#pragma once

#include "compiler/sema/program.h"

#include <llvm/Support/raw_ostream.h>

#include <string>
#include <vector>

namespace chasi::doc {

struct FieldDoc {
  std::string name, type, fallback, doc, deprecated;
  bool required = false;
  bool sensitive = false;
  std::string from; ///< the schema that it is inherited from
};

struct CheckDoc {
  std::string condition, message;
};

/// A kind, a schema, or what is declared inside of one.
struct SchemaDoc {
  std::string word;   ///< "kind", "schema", "nested"
  std::string name;   ///< "system", "system.component"
  std::string title;  ///< as it is declared: "schema Keyed<T> extends Base"
  std::string doc, deprecated;
  std::vector<FieldDoc> fields;
  std::vector<FieldDoc> computed; ///< worked out by the schema; can be read and not set
  std::vector<CheckDoc> checks;
  std::vector<SchemaDoc> nested;
};

struct ItemDoc {
  std::string name, code, doc; ///< code: the signature or declaration as written, without bodies
  std::string example, gives;  ///< builtin functions: an expression and its value
};

struct ModuleDoc {
  std::string name; ///< "std.core", "examples/bank"
  std::vector<SchemaDoc> kinds, schemas;
  std::vector<ItemDoc> parts; ///< modules inside of this one; `doc` says what there is
  std::vector<ItemDoc> types, params, values, functions, declarations;
};

struct Book {
  std::string title;
  std::vector<ModuleDoc> modules;
};

/// A checked module. Private names are left out.
ModuleDoc readModule(const sema::Module& module);
/// The functions of the language itself, as module std.builtins.
ModuleDoc builtinModule();

void printMarkdown(const Book& book, llvm::raw_ostream& out);
/// One page: styles inside, no scripts, nothing fetched.
void printHtml(const Book& book, llvm::raw_ostream& out);

} // namespace chasi::doc

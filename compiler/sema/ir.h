// Checked expressions: names are slots and frames, every node has its type. What the evaluator walks.
//
// Frames. While evaluating there is a chain of frames (eval/env.h). One is made for each record whose fields are being
// evaluated (a "self" frame: the record and the `let`s of the block), for each iteration of a loop, each call, each
// group of lets, each match arm that binds. `depth` counts frames outward from 0.
#pragma once

#include "compiler/sema/type.h"
#include "compiler/sema/value.h"

namespace chasi::sema {

struct Symbol;
struct BlockIr;
struct MapIr;
struct ListIr;
struct MatchIr;
enum class Builtin : uint16_t;

enum class Op : uint8_t {
  Const,     ///< value
  Local,     ///< frame `depth`, local `index`
  Self,      ///< slot `index` of the record of frame `depth`
  SelfRecord, ///< the record of frame `depth`
  SelfEntry, ///< key `text` of the map in slot `index` of the record of frame `depth`: a nested declaration
  Global,    ///< symbol
  Field,     ///< slot `index` of record x; flag: `?.`
  Property,  ///< property `index` (see Property) of the simple value x
  Entry,     ///< key `text` of map x; flag: `?.` or before `??`
  Index,     ///< x[y]
  Call,      ///< symbol(list)
  Lambda,    ///< a function of `index` parameters, the locals of its frame; x is the body
  Apply,     ///< x(list), x a function
  Builtin,   ///< builtin `index`(list); flag: absent when the first argument is, `x?.f()`
  List,      ///< listIr
  Map,       ///< mapIr, on nothing
  Record,    ///< a new record: block
  AmendRecord, ///< x with block
  AmendMap,  ///< x with mapIr
  If,        ///< x ? y : z; without z absent
  Match,     ///< matchIr
  And, Or, Not, Negate,
  Coalesce,  ///< x ?? y
  Has,       ///< x is present
  Add, Sub, Mul, Div, Rem, Range, RangeOpen,
  Eq, Ne, Lt, Le, Gt, Ge, In,
  Interp,    ///< list, joined as text
  Coerce,    ///< x to `type`
  As,        ///< data x as `type`
  Let,       ///< list are the frame's locals, x the body
  Error,     ///< was reported
};

struct Expr {
  Op op = Op::Error;
  bool flag = false;
  uint16_t depth = 0;
  uint32_t index = 0;
  source::Span span;
  const Type* type = nullptr;
  Expr* x = nullptr;
  Expr* y = nullptr;
  Expr* z = nullptr;
  llvm::ArrayRef<Expr*> list;
  Value value;
  llvm::StringRef text;
  Symbol* symbol = nullptr;
  union {
    const void* none = nullptr;
    const BlockIr* block;
    const MapIr* map;
    const ListIr* elements;
    const MatchIr* match;
  };
};

/// Properties of texts and quantities: `image.tag`, `path.name`, `cpu.cores`.
enum class Property : uint8_t { ImageRegistry, ImageRepository, ImageTag, ImageDigest, ImagePinned, VersionMajor, VersionMinor, VersionPatch, PathName, PathParent };

struct ListItemIr {
  enum Kind : uint8_t { Item, Spread, For, If } kind = Item;
  Expr* value = nullptr; ///< in For and If: the element
  Expr* subject = nullptr; ///< For: what is walked; If: the condition
  Expr* guard = nullptr;
  uint8_t bindings = 0;
  source::Span span;
};
struct ListIr { llvm::ArrayRef<ListItemIr> items; };

struct MapItemIr {
  enum Kind : uint8_t { Set, Amend, Unset, Spread, For, If } kind = Set;
  bool declares = false; ///< Amend: a nested declaration; the key must be new unless an existing value is being amended
  Expr* key = nullptr;
  Expr* value = nullptr;    ///< Set, Spread
  const BlockIr* block = nullptr; ///< Amend of a record
  const MapIr* map = nullptr;     ///< Amend of a map
  Expr* subject = nullptr;  ///< For, If
  Expr* guard = nullptr;
  const MapIr* body = nullptr;
  const MapIr* orElse = nullptr;
  uint8_t bindings = 0;
  llvm::ArrayRef<Expr*> lets; ///< For: locals 2… of the loop's frame
  source::Span span;    ///< of the whole item
  source::Span keySpan;
};
/// Entries for a map; `value` is the type of its values.
struct MapIr {
  llvm::ArrayRef<MapItemIr> items;
  const Type* value = nullptr;
  // Found out by the evaluator when it is first needed.
  enum Form : uint8_t { Unknown, Fixed, Open };
  mutable Form form = Unknown; ///< Fixed: few keys, all of them constants, none twice
  mutable const MapShape* shape = nullptr; ///< when Fixed: of the maps that it makes
  mutable bool constant = false;           ///< Fixed, and so are all values
  mutable uint32_t steps = 0;              ///< when constant: what making it took, which counts each time
  mutable Value made;                      ///< when constant: the map, once there is one
};

struct MemberIr {
  enum Kind : uint8_t { Set, Append, Unset, Amend, AmendMap } kind = Set;
  uint32_t slot = 0;
  Expr* condition = nullptr; ///< the member counts only when this holds
  Expr* value = nullptr;
  const BlockIr* block = nullptr;
  const MapIr* map = nullptr;
  source::Span span;
};
struct LetIr { llvm::StringRef name; Expr* value; };

/// A block on a record: what it says about which fields.
struct BlockIr {
  const Schema* schema = nullptr;
  llvm::ArrayRef<MemberIr> members;
  llvm::ArrayRef<LetIr> lets; ///< lazy locals of the block's frames
  source::Span span;
  bool incomplete = false; ///< what it lacks or names wrongly was reported; complaints about the whole would follow from that
};

struct MatchArmIr {
  llvm::ArrayRef<const Type*> types; ///< literals and types that it takes; empty: everything
  bool binds = false;                ///< the value is local 0 of a new frame
  Expr* body = nullptr;
  source::Span span;                 ///< of what it takes, without the result
};
struct MatchIr { llvm::ArrayRef<MatchArmIr> arms; };

/// A declaration at file level, or a loop or condition around some.
struct ItemIr {
  enum Kind : uint8_t { Declare, For, If } kind = Declare;
  Symbol* symbol = nullptr;     ///< Declare: the symbol, when the name is plain and stands at file level
  const Schema* schema = nullptr;
  Expr* name = nullptr;
  const BlockIr* block = nullptr;
  Expr* subject = nullptr;
  Expr* guard = nullptr;
  uint8_t bindings = 0;
  llvm::ArrayRef<Expr*> lets; ///< For: locals 2… of the loop's frame
  llvm::ArrayRef<ItemIr> body;
  llvm::ArrayRef<ItemIr> orElse;
  source::Span span;
  source::Span nameSpan;
};

} // namespace chasi::sema

// From checked expressions to values.
//
// Fields and declarations are evaluated when somebody asks, each at most once. Evaluation always ends: there is no
// recursion, and a budget bounds steps, depth and memory. A mistake is reported once and becomes an error value, which
// everything that uses it passes on in silence.
#pragma once

#include "compiler/eval/reads.h"
#include "compiler/eval/record.h"
#include "compiler/sema/builtins.h"
#include "compiler/sema/program.h"

#include <llvm/ADT/DenseSet.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace chasi::eval {

struct Budget {
  uint64_t steps = 30'000'000;  ///< expressions evaluated; a thousand tenants need about a million
  uint32_t depth = 6'000;       ///< nesting of evaluations; the caller's stack must bear it (see lower/compile.cpp)
  uint64_t bytes = 384u << 20;  ///< memory for values
  /// What each declaration adds to the two: a large business is no mistake, a small one that needs as much is.
  uint64_t stepsEach = 2'000;
  uint64_t bytesEach = 16u << 10;
  uint32_t text = 16u << 20;    ///< bytes of one text
  uint32_t items = 1'000'000;   ///< elements of one list or map
  uint64_t output = 64u << 20;  ///< bytes of JSON of one value
};

/// A Kubernetes object that lowering made, for `operations()`.
struct Emitted {
  const sema::Schema* schema = nullptr; ///< std.core's EmittedObject
  std::string kind, apiVersion, ns, name;
  sema::Record* cluster = nullptr;
  sema::Record* owner = nullptr;
  sema::Record* part = nullptr; ///< the nested declaration that it belongs to, when there is one of that name
  std::string partName;
  const sema::MapValue* manifest = nullptr;
  Span span; ///< of the part, or the owner
};

struct TakenSnapshot {
  std::string json; ///< compact; empty when the value is wrong or too long
  Span span;
};

/// What came of a test, apart from diagnostics.
struct TestResult {
  std::vector<TakenSnapshot> snapshots; ///< one for each `snapshot`
  std::vector<Span> unknown;            ///< what could not be worked out, because of mistakes that were reported
};

/// Used by one thread, together with its Program.
class Evaluator {
public:
  explicit Evaluator(sema::Program& program, Budget budget = {});

  /// Finds out which declarations exist. Must come first. Reports missing parameters and double names.
  void declare();
  /// Keeps a record of what is read. To be called before anything is evaluated; the record must live as long. Depth is a budget for each
  /// part then, and not `settled` when it is used up: parts may come to wait for each other in another order.
  void keep(Reads& reads) {
    reads_ = &reads;
    budget_.depth = kDepthOfPart;
  }
  /// A file, and the changes in it: what stands in front of an address is as it was, and so are its first items.
  struct Place {
    const sema::Module* module;
    size_t file;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct Change {
    Place place;
    uint32_t from;
    size_t keptItems;
  };
  /// After `sema::recheck`, instead of `declare`: forgets what could have other values now and finds out again which declarations exist.
  /// Those that are new or forgotten are not `forced`. False when it must all be done from the beginning.
  bool redeclare(llvm::ArrayRef<Change> changes);
  /// Whether everything that was evaluated up to now would be evaluated to the same, and reported in the same words, from
  /// nothing and in the usual order: no budget comes near its end, and nothing was reported whose words depend on the order.
  bool settled() const;
  /// Something was reported of this declaration that is no matter of its values.
  void tell(const sema::Record& record) {
    if (reads_) reads_->entry(record.part).told = true;
  }
  /// Evaluates a declaration completely and runs its checks.
  void force(sema::Record& record);
  void forceValue(const Value& value);

  /// What `operations()` gives. Not called when something is wrong: then what depends on it stays silent.
  void setOperations(const std::vector<Emitted>& list);
  /// Applies the policies of the program. `date` is the day of the run, YYYY-MM-DD, or empty when nobody said.
  void runPolicies(const std::string& date);
  /// Runs the steps of a test; assertions that do not hold are reported.
  TestResult runTest(const sema::TestIr& test);

  /// All declarations, by kind and name.
  const std::vector<sema::Record*>& declarations() const { return declarations_; }
  /// The field's value; evaluates it when need be.
  Value slot(sema::Record& record, uint32_t index);
  /// The same by its name; absent when the schema has none of that name.
  Value field(sema::Record& record, llvm::StringRef name) {
    const int i = record.schema->find(name);
    return i < 0 ? Value::absent() : slot(record, static_cast<uint32_t>(i));
  }
  /// The nested declaration of that name, such as a component of a system; null when there is none.
  sema::Record* part(sema::Record& owner, llvm::StringRef name);
  /// An expression outside of all frames.
  Value evaluate(const sema::Expr* e) { return eval(e, nullptr); }
  /// What a function gives for these values, which are of the types that it takes.
  Value call(const Value& function, llvm::ArrayRef<Value> arguments) { return apply(function, arguments); }
  /// A file as Helm reads it: YAML 1.1. What is null is an entry without a value, which `overlay` understands; `nulls` gets their
  /// paths, `a.b.c`. What is wrong is reported at its place in the file.
  Value helmYaml(source::FileId file, std::vector<std::string>& nulls);
  /// A record of a schema as a map of what it holds, defaults included, each entry at the place where it was written; other values as they are.
  Value unfolded(const Value& v) { return v.tag == sema::Tag::Record && !v.record->schema->isKind ? said(v, true) : v; }
  /// A value for `call`. The characters are copied.
  Value textOf(const std::string& text) { return textValue(text); }
  Value listOf(llvm::ArrayRef<Value> items) { return listValue(items); }
  /// The value of a `let`, a parameter or a declaration.
  Value evaluateSymbol(sema::Symbol& symbol) { return global(symbol, {}); }

  /// Compact JSON. Absent entries are left out; secrets and facts of the cluster become null and are told to `secret` with their JSON pointer and the byte,
  /// of what is written, where the null begins.
  struct SecretSink {
    virtual ~SecretSink() = default;
    virtual void secret(const std::string& pointer, size_t at, const sema::SecretValue& value) = 0;
    /// The same of what only the cluster knows.
    virtual void later(const std::string& pointer, size_t at, const sema::SecretValue& value) = 0;
    /// Records or names of kinds were written, whose JSON is not told by the value alone.
    virtual void record() {}
  };
  /// False when it is longer than the budget allows; what was written is then of no use.
  bool writeJson(const Value& value, std::string& out, SecretSink* sink = nullptr);
  /// How a text shows the value.
  std::string text(const Value& value);
  bool stopped() const { return stopped_; }

private:
  friend class JsonWriter;
  friend class Conversion;
  friend class ForeignReader;
  friend class PolicyRun;
  friend class TestRun;
  friend class DataPath;
  friend class StepReader;
  sema::Program& p;
  Reads* reads_ = nullptr; ///< null unless somebody evaluates again and again
  Budget budget_;
  uint64_t steps_ = 0;
  uint32_t depth_ = 0;
  bool stopped_ = false;
  bool early_ = false; ///< what only the cluster knows was compared
  bool declared_ = false;
  std::vector<sema::Record*> declarations_;
  std::map<const sema::Schema*, Value> all_;
  std::map<const sema::Schema*, std::map<const sema::Record*, std::vector<Value>>> referrers_;
  std::map<std::pair<const sema::Schema*, std::string>, sema::Record*> byName_;
  /// What an item of a file declares.
  struct Listed {
    const sema::ItemIr* item;
    Part part;
    std::vector<sema::Record*> made;
    bool again = true; ///< it must be found out
  };
  std::map<Place, std::vector<Listed>> listed_; ///< while a record of reads is kept
  Listed* listing_ = nullptr;
  bool orderly_ = true; ///< no report depended on the order of evaluation
  Value operations_ = Value::error();
  std::map<const sema::Record*, Emitted> emitted_; ///< what the records of `operations()` stand for
  struct Busy { const sema::Record* record; uint32_t slot; const sema::Symbol* symbol; };
  std::vector<Busy> busy_;
  llvm::DenseSet<const void*> forced_; ///< lists and maps; they may be shared many times over
  Span working_;                       ///< the expression last entered, for what runs out in the middle of one

  // evaluator.cpp
  Value eval(const sema::Expr* e, const Env* env);
  Value dispatch(const sema::Expr* e, const Env* env);
  Value global(sema::Symbol& symbol, Span use);
  Value local(const sema::Expr* e, const Env* env);
  Value entry(const sema::Expr* e, const Value& map, llvm::StringRef key);
  Value call(const sema::Expr* e, const Env* env);
  const sema::Expr* bodyOf(sema::Symbol& fn);
  Value match(const sema::Expr* e, const Env* env);
  Value let(const sema::Expr* e, const Env* env);
  bool is(const Value& value, const sema::Type* type);
  Value stop(Span span, std::string what);
  Value tooLarge(Span span, std::string what);
  bool spend(uint64_t work, Span span);
  bool equal(const Value& a, const Value& b);
  bool sameRecord(sema::Record& a, sema::Record& b);
  void cycle(const Busy& start, Span use);
  std::string describeBusy(const Busy& b);

  // collections.cpp
  Value list(const sema::Expr* e, const Env* env);
  Value map(const sema::MapIr& ir, const Value& base, const Env* env, sema::Record* owner);
  Value fixedMap(const sema::MapIr& ir, const Env* env);
  const sema::MapShape* shapeOf(const sema::MapIr& ir, uint32_t present); // json.cpp
  llvm::DenseMap<std::pair<const sema::MapIr*, uint32_t>, const sema::MapShape*> parts_; ///< of blocks some of whose entries are absent
  bool mapInto(const sema::MapIr& ir, struct Entries& out, const Env* env, sema::Record* owner, bool looped);
  bool mapEntry(const sema::MapItemIr& item, Entries& out, const Env* env, sema::Record* owner, bool looped);
  template <class Each> bool loop(const sema::Expr* subject, const sema::Expr* guard, uint8_t bindings, llvm::ArrayRef<sema::Expr*> lets, const Env* env, Each each);
  Value index(const sema::Expr* e, const Env* env);

  // records.cpp
  sema::Record* make(const sema::Schema& schema, llvm::StringRef name, sema::Record* parent, Span span);
  sema::Record* copy(const sema::Record& record, sema::Record* parent);
  void apply(sema::Record& record, const BlockIr& block, const Env* env);
  Value define(sema::Record& record, uint32_t slot, const Definition* d);
  Value amend(const Value& base, const BlockIr& block, const Env* env, const sema::Type* type, Span span);
  const Env* selfEnv(sema::Record& record);
  const Env* blockEnv(sema::Record& record, const Definition& d);
  Value missing(sema::Record& record, uint32_t slot);
  void check(sema::Record& record);
  std::string title(const sema::Record& record);

  // declare.cpp
  void items(llvm::ArrayRef<sema::ItemIr> list, const Env* env);
  void add(sema::Record* record);
  sema::Record* unnamed(const sema::ItemIr& item, llvm::StringRef name, const Env* env);
  sema::Record* declaration(sema::Symbol& symbol, const sema::ItemIr& item);
  std::map<const sema::Symbol*, const sema::ItemIr*> itemOf_;
  void indexItems(llvm::ArrayRef<sema::ItemIr> list);
  void list(const Place& place);
  static constexpr uint32_t kDepthOfPart = 300;
  void relist(Listed& listed);
  bool sortNew(size_t kept);

  // redeclare.cpp
  using Marked = std::vector<bool>; ///< by part
  void changedParts(llvm::ArrayRef<Change> changes, Marked& gone);
  bool asksOutside(const Marked& gone) const;
  void forget(const Marked& gone);
  void open(sema::Record& record);
  void reopen(Listed& listed, const Marked& gone);
  bool relistAll(llvm::ArrayRef<Change> changes, const Marked& gone);
  bool reindex(Marked& gone);
  Value param(sema::Symbol& symbol);
  Value paramText(sema::Symbol& symbol, const sema::ParamValue& given);
  Value paramValue(sema::Symbol& symbol, const sema::ParamValue& given, const sema::Type* type, std::string& why);
  Value paramEntry(sema::Symbol& symbol, const sema::ParamValue& given);
  /// What a parameters file says of a parameter, with its place; null when it says nothing, or is none.
  std::optional<sema::MapEntry> entryOf(const std::string& name, const sema::ParamValue& given);
  void params();

  // operators.cpp
  Value arithmetic(const sema::Expr* e, const Env* env);
  Value rounded(const sema::Expr* e, sema::Tag tag, long double amount);
  Value quantities(const sema::Expr* e, const Value& a, const Value& b);
  Value compare(const sema::Expr* e, const Env* env);
  Value compared(const sema::Expr* e, const Value& a, const Value& b);
  Value range(const sema::Expr* e, const Value& a, const Value& b);
  Value interp(const sema::Expr* e, const Env* env);
  Value overflow(const sema::Expr* e);
  Value property(const sema::Expr* e, const Value& v);

  // coerce.cpp
  Value coerce(Value v, const sema::Type* to, Span span, llvm::StringRef what);
  Value coerceText(Value v, sema::Tag tag, Span span, llvm::StringRef what);
  bool holds(const sema::Type* refined, const Value& v, std::string& why);
  Value recordOf(const sema::Schema& schema, llvm::ArrayRef<MemberIr> members, Span span);
  Value refine(Value v, const sema::Type* type, Span span, llvm::StringRef what);

  // convert.cpp, foreign.cpp
  Value as(const sema::Expr* e, const Env* env);
  Value foreign(const sema::Expr* e, llvm::StringRef path, bool json);
  Value parsed(source::FileId file, bool json, Span asked);
  Value stream(const sema::Expr* e, llvm::StringRef path);
  /// Where the key of an entry is written, when it was read from a file; otherwise where the entry is.
  Span keyOf(const sema::MapEntry& entry) const;
  Value spelled(Value v, llvm::StringRef text);
  llvm::StringRef spelling(const Value& v) const;
  Value documents(const sema::Expr* e, llvm::StringRef text);
  std::vector<llvm::StringRef> spellings_;
  std::map<std::string, Value> foreign_;
  std::map<std::string, Value> documents_; ///< of parameters files
  llvm::DenseMap<const char*, Span> keys_; ///< places of keys, by the characters that the entry has

  // overlay.cpp
  Value said(const sema::Value& v, bool defaults = false);
  Value overlay(const sema::Expr* e, const Value& base, const Value& over);
  Value toYaml(const sema::Expr* e, const Value& of);

  // functions.cpp
  Value lambda(const sema::Expr* e, const Env* env);
  Value apply(const Value& function, llvm::ArrayRef<Value> args);
  Value applied(const sema::Expr* e, const Env* env);
  bool results(const Value& of, const Value& function, std::vector<Value>& out);
  Value grouped(const sema::Expr* e, const Value& of, llvm::ArrayRef<Value> keys);
  Value filtered(const Value& of, const Value& function);
  Value ordered(const sema::Expr* e, const Value& of, llvm::ArrayRef<Value> keys);
  Value higher(const sema::Expr* e, const Env* env);

  // secret.cpp
  Value secret(const sema::Expr* e, llvm::ArrayRef<Value> args);
  Value secretText(Span span, llvm::ArrayRef<Value> pieces, const sema::Type* type);
  Value secretMade(Span span, llvm::ArrayRef<sema::SecretPart> parts, sema::Tag tag = sema::Tag::Secret);
  Value secretFunction(const sema::Expr* e, llvm::StringRef name, const Value& of);
  void appendText(std::vector<sema::SecretPart>& parts, llvm::StringRef text);
  Value toJson(const sema::Expr* e, const Value& of);

  // later.cpp
  Value later(const sema::Expr* e, llvm::ArrayRef<Value> args);
  Value asLater(const sema::Expr* e, const Value& v);
  void appendFact(std::vector<sema::SecretPart>& parts, const sema::SecretPart& part);
  std::string laterText(const sema::SecretValue& value);
  Value tooEarly(Span span, llvm::StringRef what);

  // shaped.cpp
  Value shaped(const sema::Expr* e, sema::Builtin id, llvm::ArrayRef<Value> args);
  Value network(const sema::Expr* e, sema::Builtin id, llvm::ArrayRef<Value> args);
  Value regex(const sema::Expr* e, sema::Builtin id, llvm::ArrayRef<Value> args);
  Value texts(llvm::ArrayRef<std::string> parts);

  // builtins.cpp
  Value builtin(const sema::Expr* e, const Env* env);
  Value listBuiltin(const sema::Expr* e, sema::Builtin id, llvm::ArrayRef<Value> args);
  Value textBuiltin(const sema::Expr* e, sema::Builtin id, llvm::ArrayRef<Value> args);
  Value sum(const sema::Expr* e, llvm::ArrayRef<Value> items);
  Value allOf(const sema::Expr* e, const sema::Schema* kind);
  Value referrers(const sema::Expr* e, const sema::Record* target, const sema::Schema* kind);
  Value everyOf(const sema::Schema* kind);
  std::map<const sema::Record*, std::vector<Value>>& referrersOf(const sema::Schema* kind, const Value& all);
  std::vector<const sema::Schema*> indexing_; ///< whose referrers are being gathered
  Value dataPath(const sema::Expr* e, sema::Builtin id, llvm::ArrayRef<Value> args);
  Value file(const sema::Expr* e, llvm::StringRef path);

  Value textValue(const std::string& text);
  Value listValue(llvm::ArrayRef<Value> items, llvm::ArrayRef<Span> spans = {});
  Value mapValue(llvm::ArrayRef<sema::MapEntry> entries);
  Value mapLike(const sema::MapValue& map, llvm::ArrayRef<Value> values);
  source::Diagnostic& report(source::Code code, Span span, std::string message, Span about = {});
  Part currentPart() const { return reads_ ? reads_->current() : 0; }
  std::map<std::tuple<uint32_t, source::Code, uint32_t>, std::pair<uint32_t, std::string>> reported_; ///< how often, and what first
  source::Diagnostic swallowed_{};
};

/// Compact JSON of data: what holds no secrets, records, functions or mistakes. False for anything else, or when it is longer than
/// the usual budget allows; what was written is then of no use. Any thread may call this, for data never changes.
bool writeData(const Value& value, llvm::SmallVectorImpl<char>& out);

/// Order of values of one kind: numbers, quantities, texts. Negative, zero, positive.
int compareValues(const Value& a, const Value& b);
/// Why a text is no image reference, version or path; empty when it is one.
std::string badText(sema::Tag tag, llvm::StringRef text);
/// Something in it went wrong and was reported; records are not looked into.
bool hasError(const Value& v);

} // namespace chasi::eval

#include "compiler/lint/lint.h"
#include "compiler/lsp/feature_actions.h"
#include "compiler/lsp/feature_calls.h"
#include "compiler/lsp/feature_completion.h"
#include "compiler/lsp/feature_inactive.h"
#include "compiler/lsp/feature_inlays.h"
#include "compiler/lsp/feature_outline.h"
#include "compiler/lsp/feature_parameters.h"
#include "compiler/lsp/feature_rename.h"
#include "compiler/lsp/feature_render.h"
#include "compiler/lsp/feature_tokens.h"
#include "compiler/lsp/marked.h"

#include <gtest/gtest.h>

namespace chasi::lsp {
namespace {

using source::Span;

/// The marked ranges are all places of what the cursor is on; the declaration is one of them.
void expectPlaces(const char* marked) {
  MarkedSource source(marked);
  const auto use = useAt(source.snapshot(), source.address());
  ASSERT_TRUE(use) << marked;
  EXPECT_EQ(placesOf(source.snapshot(), declarationOf(source.snapshot(), *use)), source.expected()) << marked;
}

TEST(Places, OfEveryKindOfName) {
  expectPlaces("let ⟦a⟧ = 1\nlet b = ‸⟦a⟧ + ⟦a⟧\n");
  expectPlaces("param ⟦a⟧: Int = 1\nlet b = \"${⟦‸a⟧}\"\n");
  expectPlaces("fn ⟦f⟧(x: Int) -> Int = x\nlet b = ⟦f‸⟧(1)\n");
  expectPlaces("fn f(⟦x⟧: Int) -> Int = ⟦‸x⟧ + 1\nlet b = f(⟦x⟧ = 1)\n");
  expectPlaces("schema ⟦S⟧ { a: Int }\nlet b = ⟦S‸⟧ { a = 1 }\nfn f(s: ⟦S⟧) -> Int = s.a\n");
  expectPlaces("schema S { ⟦‸a⟧: Int }\nlet b = S { ⟦a⟧ = 1 }\nlet c = b.⟦a⟧\n");
  expectPlaces("kind ⟦k⟧ { a: Int }\n⟦‸k⟧ x { a = 1 }\n");
  expectPlaces("kind k { a: Int }\nk ⟦x⟧ { a = 1 }\nlet b = ⟦‸x⟧.a\n");
  expectPlaces("kind k { nested part as parts { a: Int } }\nk x {\n  part ⟦p⟧ { a = 1 }\n  part q { a = ⟦p⟧.a }\n}\nlet b = x.⟦p‸⟧.a\n");
  expectPlaces("let xs = [for ⟦i⟧ in [1, 2] : ⟦‸i⟧ * ⟦i⟧]\n");
  expectPlaces("let xs = [1, 2].map(⟦x⟧ => ⟦‸x⟧ + 1)\n");
}

TEST(Places, FollowAnEditInFrontOfThem) {
  MarkedSource source("let a = 1\nlet b = ‸a\n");
  source.compile("let more = 22\nlet a = 1\nlet b = a\n");
  const Snapshot s = source.snapshot();
  const auto use = useAt(s, s.base() + static_cast<uint32_t>(s.text().rfind('a')));
  ASSERT_TRUE(use);
  const Span declaration = declarationOf(s, *use);
  EXPECT_EQ(declaration.begin - s.base(), s.text().find("a = 1"));
  EXPECT_EQ(placesOf(s, declaration).size(), 2u);
}

std::string renamed(const char* marked, const char* name) {
  MarkedSource source(marked);
  const auto use = useAt(source.snapshot(), source.address());
  if (!use) return "nothing here";
  if (const std::string why = refusal(source.snapshot(), *use, name); !why.empty()) return why;
  return source.edited(rename(source.snapshot(), *use, name));
}

TEST(Rename, ChangesEveryPlaceAndRefusesWhatWouldClash) {
  EXPECT_EQ(renamed("let ‸a = 1\nlet b = \"${a}\"\n", "size"), "let size = 1\nlet b = \"${size}\"\n");
  EXPECT_EQ(renamed("let ‸a = 1\nlet b = a\n", "b"), "`b` is declared already, in line 2");
  EXPECT_EQ(renamed("let ‸a = 1\n", "let"), "`let` is no name: names are letters, digits and `_`, and no words of the language");
  EXPECT_EQ(renamed("let ‸a = 1\n", "1x"), "`1x` is no name: names are letters, digits and `_`, and no words of the language");
  EXPECT_EQ(renamed("let ‸a = 1\nlet xs = [for i in [1] : i + a]\n", "i"), "`i` means something else in line 2");
  EXPECT_EQ(renamed("schema S { ‸a: Int, b: Int }\n", "b"), "`S` has a field `b` already");
  EXPECT_EQ(renamed("let a = [1].‸len()\n", "x"), "`len` belongs to the language");
  EXPECT_EQ(renamed("‸cluster core {}\n", "x"), "`cluster` is declared in the standard library");
}

/// The best candidates, in the order in which they are shown.
std::vector<std::string> completed(const char* marked, size_t most) {
  const Marked now(marked);
  std::string known = now.text; // what was compiled last: the text without what is being written
  MarkedSource source(known);
  const Completion found(source.snapshot(), now.text, now.cursor);
  std::vector<std::pair<char, std::string>> labels;
  for (const Candidate& c : found.candidates) labels.emplace_back(c.rank, c.label);
  std::stable_sort(labels.begin(), labels.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> out;
  for (size_t i = 0; i < labels.size() && i < most; ++i) out.push_back(labels[i].second);
  return out;
}

using Names = std::vector<std::string>;
constexpr const char* kKind = "kind k {\n  level: \"low\" | \"high\"\n  on?: cluster\n  copies: Int = 1\n  spec: S = S { a = 1 }\n}\nschema S { a: Int, b?: String }\ncluster core {}\n";

std::vector<std::string> completedIn(const std::string& rest, size_t most) { return completed((kKind + rest).c_str(), most); }

TEST(Completion, OffersFieldsRequiredFirstAndNoneTwice) {
  EXPECT_EQ(completedIn("k x {\n  ‸\n}\n", 4), (Names{"level", "on", "copies", "spec"}));
  EXPECT_EQ(completedIn("k x {\n  level = \"low\"\n  co‸\n}\n", 3), (Names{"on", "copies", "spec"}));
  EXPECT_EQ(completedIn("k x {\n  level = \"low\"\n  spec {\n    ‸\n  }\n}\n", 2), (Names{"a", "b"}));
}

TEST(Completion, OffersWhatOthersOfItsKindSetBeforeTheRest) {
  const std::string kinds = "kind house {\n  height: Int = 1\n  nested room as rooms {\n    old?: Int deprecated \"no\"\n    area: Int = 1\n    nested door as doors { wide: Int = 1 }\n    floor: String\n    light: Int = 1\n  }\n}\nhouse a { room r { light = 2, floor = \"oak\" } }\nlet read = a.r.area\n";
  EXPECT_EQ(completed((kinds + "house b {\n  room q {\n    ‸\n  }\n}\n").c_str(), 5), (Names{"floor", "light", "door", "area", "let"}));
  EXPECT_EQ(completed((kinds + "house b {\n  room q {\n    floor = \"x\"\n    door d { ‸ }\n  }\n}\n").c_str(), 1), (Names{"wide"}));
  EXPECT_EQ(completed((kinds + "house b {\n  ‸\n}\n").c_str(), 2), (Names{"room", "height"}));
}

TEST(Completion, OffersOnlyMethodsThatAValueHas) {
  const auto has = [](const char* marked, const char* method) { return llvm::is_contained(completed(marked, 999), method); };
  const char* list = "let xs = [1, 2]\nlet y = xs.‸\n";
  for (const char* method : {"map", "sum", "sorted", "contains", "slice", "join", "fold", "toJson", "len"}) EXPECT_TRUE(has(list, method)) << method;
  for (const char* method : {"keys", "values", "mapValues", "at", "texts", "trim", "toInt", "abs", "number", "later", "flatten", "secret"}) EXPECT_FALSE(has(list, method)) << method;
  const char* texts = "let s = \"a\"\nlet y = s.‸\n";
  for (const char* method : {"trim", "split", "contains", "matches", "padStart", "len", "cidrSubnet"}) EXPECT_TRUE(has(texts, method)) << method;
  for (const char* method : {"map", "keys", "sum", "floor", "at"}) EXPECT_FALSE(has(texts, method)) << method;
  const char* map = "let m: Map<String, Int> = { a = 1 }\nlet y = m.‸\n";
  for (const char* method : {"keys", "values", "map", "mapValues", "filter", "len"}) EXPECT_TRUE(has(map, method)) << method;
  for (const char* method : {"sum", "first", "sortBy", "trim", "any"}) EXPECT_FALSE(has(map, method)) << method;
  EXPECT_TRUE(has("let c = 500m\nlet y = c.‸\n", "number"));
  EXPECT_FALSE(has("let c = 500m\nlet y = c.‸\n", "trim"));
  EXPECT_TRUE(has("let d: Any = 1\nlet y = d.‸\n", "at"));
  EXPECT_FALSE(has("let d: Any = 1\nlet y = d.‸\n", "map"));
}

TEST(Completion, OffersNoNameWithinItsOwnValue) {
  EXPECT_FALSE(llvm::is_contained(completed("let size = 1\nlet sizeTwice = siz‸\n", 999), "sizeTwice"));
  EXPECT_FALSE(llvm::is_contained(completed("let size = 1\nlet sizes = [1, siz‸]\n", 999), "sizes"));
  EXPECT_FALSE(llvm::is_contained(completed("param size: Int = siz‸\n", 999), "size"));
  EXPECT_TRUE(llvm::is_contained(completed("let size = 1\nlet sizeTwice = siz‸\n", 999), "size"));
}

TEST(Completion, OffersTheValuesOfATypeAndWhatFits) {
  EXPECT_EQ(completedIn("k x { level = ‸ }\n", 2), (Names{"\"low\"", "\"high\""}));
  EXPECT_EQ(completedIn("k x { level = \"‸\" }\n", 9), (Names{"\"low\"", "\"high\""}));
  EXPECT_EQ(completedIn("k x { level = \"low\", on = ‸ }\n", 1), (Names{"core"}));
}

TEST(Completion, OffersMembersAndKinds) {
  const auto members = completedIn("k x { level = \"low\" }\nlet y = x.‸\n", 9);
  EXPECT_TRUE(llvm::is_contained(members, "level"));
  EXPECT_TRUE(llvm::is_contained(members, "copies"));
  EXPECT_TRUE(llvm::is_contained(completedIn("te‸\n", 99), "tenant"));
  EXPECT_TRUE(llvm::is_contained(completedIn("import std.‸\n", 99), "sizes"));
}

/// The label, and the parameter where the cursor is.
std::pair<std::string, std::string> signatureIn(const char* marked) {
  const Marked now(marked);
  MarkedSource source("fn f(a: Int, b: String) -> Int = a\nfn g(a: Int, b: Int = 2) -> Int = a\n");
  const auto all = signatures(source.snapshot(), now.text, now.cursor);
  if (all.empty()) return {"", ""};
  const Signature& found = all.front();
  if (found.active >= found.parameters.size()) return {found.label, ""};
  const auto [begin, end] = found.parameters[found.active];
  return {found.label, found.label.substr(begin, end - begin)};
}

TEST(Signature, TellsTheParameterThatIsBeingWritten) {
  const char* label = "f(a: Int, b: String) -> Int";
  EXPECT_EQ(signatureIn("let x = f(‸)\n"), std::pair(std::string(label), std::string("a: Int")));
  EXPECT_EQ(signatureIn("let x = f(1, ‸)\n").second, "b: String");
  EXPECT_EQ(signatureIn("let x = f(‸1, \"b\")\n").second, "a: Int");
  EXPECT_EQ(signatureIn("let x = f(1, \"b‸c\")\n").second, "b: String");
  EXPECT_EQ(signatureIn("let x = f(b = ‸)\n").second, "b: String");
  EXPECT_EQ(signatureIn("let x = f(1, ‸\n").second, "b: String");
  const char* ofLists = "contains(List<T>, T) -> Bool";
  EXPECT_EQ(signatureIn("let x = [1].contains(‸)\n"), std::pair(std::string(ofLists), std::string("T")));
  EXPECT_EQ(signatureIn("let x = \"ab\".contains(‸)\n").second, "part: String");
  EXPECT_EQ(signatureIn("let x = [1].map(‸)\n").second, "(T) -> R");
  EXPECT_EQ(signatureIn("let x = max(1, ‸)\n").first, "max(a, b) -> T");
  EXPECT_EQ(signatureIn("let x = g(‸)\n").first, "g(a: Int, b: Int = 2) -> Int");
  EXPECT_EQ(signatureIn("let x = ‸1\n").first, "");
}

/// The text after the action of that title; the selection is the first marked range or the cursor.
std::string acted(const char* marked, llvm::StringRef title) {
  MarkedSource source(marked);
  const Span selection = source.ranges.empty() ? Span{source.address(), source.address()} : source.expected().front();
  for (const Action& a : actions(source.snapshot(), selection))
    if (a.title == title) return source.edited(a.edits);
  return "no such action";
}

TEST(Actions, ChangeTheText) {
  EXPECT_EQ(acted("kind k { a: Int, b: String }\nk x ‸{}\n", "add the required fields"), "kind k { a: Int, b: String }\nk x {\n  a = 1\n  b = \"\"\n}\n");
  EXPECT_EQ(acted("kind k { a: Int, b: String }\nk x { ‸a = 2 }\n", "add the required fields"), "kind k { a: Int, b: String }\nk x { a = 2, b = \"\" }\n");
  EXPECT_EQ(acted("let a = ⟦1 + 2⟧\n", "extract into `let value`"), "let value = 1 + 2\n\nlet a = value\n");
  EXPECT_EQ(acted("let a = [for i in [1] : ⟦i + 2⟧]\n", "extract into `let value`"), "no such action");
  EXPECT_EQ(acted("let ‸a = 1 + 2\nlet b = a * 3\n", "inline `a`"), "let b = (1 + 2) * 3\n");
  EXPECT_EQ(acted("let a = [‸\"b\", \"a\"]\n", "sort this list"), "let a = [\"a\", \"b\"]\n");
  EXPECT_EQ(acted("import std.vcluster\nimport std.sizes\n‸", "organise imports"), "import std.sizes\nimport std.vcluster\n");
}

TEST(Actions, ReplaceNoNameByOneThatIsSetAlready) {
  const std::string kind = "kind k { size: Int, on?: Int }\n";
  EXPECT_EQ(acted((kind + "k x { ‸siez = 2 }\n").c_str(), "replace with `size`"), kind + "k x { size = 2 }\n");
  EXPECT_EQ(acted((kind + "k x {\n  ‸siez = 2\n  size = 1\n}\n").c_str(), "replace with `size`"), "no such action");
  EXPECT_EQ(acted((kind + "k x {\n  size = 1\n  if 1 == 2 { ‸siez = 2 }\n}\n").c_str(), "replace with `size`"), kind + "k x {\n  size = 1\n  if 1 == 2 { size = 2 }\n}\n");
}

TEST(Actions, RemoveWhatNothingUses) {
  MarkedSource source("let b = 1\n\n/// Of no use.\nlet ‸a = 2\n\nparam c: Int = b\ncluster home {}\n");
  const Snapshot s = source.snapshot();
  lint::run(s.revision.program, s.revision.evaluator, {});
  const auto found = actions(s, {source.address(), source.address()});
  const auto remove = llvm::find_if(found, [](const Action& a) { return a.title == "remove `a`"; });
  ASSERT_NE(remove, found.end());
  EXPECT_FALSE(remove->preferred);
  EXPECT_EQ(source.edited(remove->edits), "let b = 1\n\n\nparam c: Int = b\ncluster home {}\n");
}

TEST(Actions, OfferWhatFits) {
  const std::string kinds = "kind frame { wood: String }\nkind picture {\n  of: frame\n  nested mat as mats { colour: String }\n}\nframe oak { wood = \"oak\" }\n";
  EXPECT_EQ(acted((kinds + "picture x ‸{}\n").c_str(), "add the required fields"), kinds + "picture x {\n  of = oak\n}\n");
  EXPECT_EQ(acted((kinds + "picture x { of = oak, mat m ‸{} }\n").c_str(), "add the required fields"), kinds + "picture x { of = oak, mat m { colour = \"\" } }\n");
}

TEST(Places, LeaveTheNameOfDeclarationsAlone) {
  expectPlaces("kind ‸⟦k⟧ {\n  label: String = name\n}\n⟦k⟧ x {}\nlet a = x.name\n");
}

TEST(Tokens, NameEveryNameOnce) {
  MarkedSource source("let ⟦a⟧ = 1\nfn ⟦f⟧(⟦x⟧: Int) -> Int = ⟦x⟧ + ⟦a⟧\nlet ⟦b⟧ = ⟦f⟧(2)\n");
  std::vector<Span> spans;
  for (const SemanticToken& t : semanticTokens(source.snapshot())) spans.push_back(t.span);
  EXPECT_EQ(spans, source.expected());
}

/// The text with its hints in `‹›`.
std::string hinted(const std::string& text) {
  MarkedSource source(text);
  const Snapshot s = source.snapshot();
  std::string out;
  uint32_t from = 0;
  for (const Inlay& hint : inlays(s, {s.base(), s.base() + static_cast<uint32_t>(text.size())})) {
    out += text.substr(from, hint.address - s.base() - from) + "‹" + hint.text + "›";
    from = hint.address - s.base();
  }
  return out + text.substr(from);
}

TEST(Inlays, TellTypesAndParameters) {
  EXPECT_EQ(hinted("fn f(size: Int) -> Int = size\nlet a = f(2)\n"), "fn f(size: Int) -> Int = size\nlet a‹: Int› = f(‹size:›2)‹= 2›\n");
  EXPECT_EQ(hinted("let a = 1\nlet b: Int = 2\n"), "let a = 1\nlet b: Int = 2\n"); // what is plain is not said again
}

TEST(Inlays, TellWhatValuesComeTo) {
  const std::string kind = "kind k {\n  cpu: Cpu\n  copies: Int = 1\n  note?: String\n}\n";
  EXPECT_EQ(hinted(kind + "let n = 2\nk x { cpu = 500m * n, note = \"n is ${n}\" }\n"), kind + "let n = 2\nk x { cpu = 500m * n‹= 1›, note = \"n is ${n}\"‹= \"n is 2\"› }\n");
  EXPECT_EQ(hinted(kind + "k x {\n  cpu = 1\n}\n"), kind + "k x {‹copies = 1›\n  cpu = 1\n}\n");
  EXPECT_EQ(hinted(kind + "k x {\n  cpu = 1\n  copies = 2\n}\n"), kind + "k x {\n  cpu = 1\n  copies = 2\n}\n");
  EXPECT_EQ(hinted("let a = secret(\"env/KEY\")\n"), "let a‹: Secret› = secret(\"env/KEY\")\n");
}

TEST(Lenses, TellWhatADeclarationBecomes) {
  MarkedSource source("kind k {\n  lower = [1, 2, 3].map(n => Object { on = core, manifest = { apiVersion = \"v1\", kind = \"Namespace\", metadata { name = \"a${n}\" } } })\n}\ncluster core {}\nk ⟦x⟧ {}\n");
  const auto lenses = declarationLenses(source.snapshot());
  const auto of = llvm::find_if(lenses, [&](const Lens& l) { return l.name == source.expected().front(); });
  ASSERT_NE(of, lenses.end());
  ASSERT_TRUE(of->operations);
  EXPECT_EQ(planSummary(*of->operations), "3 Namespace");
  EXPECT_EQ(planSummary({{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}, {"e", 2}, {"f", 1}}), "a, b, c, d and 3 more");
}

TEST(Parameters, HaveTypesValuesAndDocumentation) {
  MarkedSource source("/// How many.\nparam n: Int = 1 + 1\nparam who: String\nparam key: Secret = secret(\"env/KEY\")\n");
  const auto found = parametersOf(source.snapshot());
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].name + " " + found[0].type + " " + found[0].value + " " + found[0].doc, "n Int 2 How many.");
  EXPECT_EQ(found[1].value, "");
  EXPECT_EQ(found[2].value, "");
}

void expectInactive(const std::string& marked) {
  MarkedSource source(marked);
  EXPECT_EQ(inactive(source.snapshot()), source.expected()) << marked;
}

TEST(Inactive, IsTheBranchThatThisEnvironmentDoesNotTake) {
  expectInactive("param big: Bool = false\nkind k {}\nif big ⟦{ k a {} }⟧ else { k b {} }\n");
  const std::string kind = "param tier: \"dev\" | \"prod\" = \"dev\"\nparam n: Int = 1\nkind k {\n  copies: Int = 1\n  list: List<Int> = []\n}\n";
  expectInactive(kind + "k x {\n  if tier == \"prod\" ⟦{\n    copies = 3\n    if n == 2 { list = [1] }\n  }⟧\n}\n");
  expectInactive(kind + "k x { copies = if tier != \"prod\" && n == 1 { 1 } else ⟦{ 2 }⟧ }\n");
  expectInactive(kind + "k x { list = [1, if !(n == 1) : ⟦2⟧] }\n");
  expectInactive(kind + "fn f(n: Int) -> Int = if n == 2 { 1 } else { 2 }\n"); // this `n` is another one with each call
}

TEST(Selections, GrowFromANameToTheFile) {
  MarkedSource source("let a = 1\nlet b = [a + ‸a, 2]\n");
  std::vector<std::string> grown;
  for (const Span span : selections(*source.snapshot().tree(), source.address())) grown.push_back(source.snapshot().sources().text(span).str());
  if (grown.front().size() > grown.back().size()) std::reverse(grown.begin(), grown.end());
  EXPECT_EQ(grown.front(), "a");
  EXPECT_EQ(grown.back(), source.text);
  EXPECT_TRUE(llvm::is_contained(grown, "a + a"));
  EXPECT_TRUE(llvm::is_contained(grown, "let b = [a + a, 2]"));
}

TEST(Implementation, OfAKindIsItsLowering) {
  MarkedSource source("cluster core {}\nkind k {\n  ⟦lower⟧ = [Object { on = core, manifest = { apiVersion = \"v1\", kind = \"Namespace\", metadata { name = name } } }]\n}\n‸k x {}\n");
  EXPECT_EQ(loweringAt(source.snapshot(), source.address()), source.expected().front());
}

TEST(TypeDefinition, LeadsToTheSchema) {
  MarkedSource source("schema ⟦S⟧ { a: Int }\nlet b = S { a = 1 }\nlet c = ‸b\n");
  const auto use = useAt(source.snapshot(), source.address());
  ASSERT_TRUE(use);
  EXPECT_EQ(typeDeclarationOf(source.snapshot(), *use), source.expected().front());
}

TEST(Folds, AreBlocksImportsAndComments) {
  MarkedSource source("⟦import std.sizes\nimport std.vcluster⟧\n⟦/* One\n   comment. */⟧\n// And another.\nlet a = 1\n⟦// And\n// one more.⟧\ncluster c ⟦{\n  context = \"c\"\n⟧}\n");
  std::vector<Span> found;
  for (const Fold& f : folds(source.snapshot().sources(), *source.snapshot().tree())) found.push_back(f.span);
  EXPECT_EQ(found, source.expected());
}

TEST(Outline, HoldsWhatStandsInside) {
  MarkedSource source("kind k { nested part as parts { a: Int } }\nk x { part p { a = 1 } }\n");
  const auto items = outline(*source.snapshot().tree());
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[1].name, "x");
  ASSERT_EQ(items[1].children.size(), 1u);
  EXPECT_EQ(items[1].children[0].name, "p");
}

TEST(Outline, TellsNamesThatAreTextsWithoutTheirQuotes) {
  MarkedSource source("kind k { nested part as parts { a: Int = 1 } }\nk ⟦\"a-${1}\"⟧ { part \"b c\" {} }\nk \"\" {}\n");
  const auto items = outline(*source.snapshot().tree());
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[1].name, "a-${1}");
  EXPECT_EQ(items[1].nameSpan, source.expected().front());
  EXPECT_EQ(items[1].children[0].name, "b c");
  EXPECT_EQ(items[2].name, "\"\"");
}

TEST(Calls, GoBothWays) {
  MarkedSource source("fn ‸f(x: Int) -> Int = g(x)\nfn g(x: Int) -> Int = x\nlet a = f(1)\n");
  const sema::Symbol* f = callableAt(source.snapshot(), source.address());
  ASSERT_TRUE(f);
  ASSERT_EQ(callers(source.snapshot(), *f).size(), 1u);
  EXPECT_EQ(callers(source.snapshot(), *f)[0].symbol->name, "a");
  ASSERT_EQ(callees(source.snapshot(), *f).size(), 1u);
  EXPECT_EQ(callees(source.snapshot(), *f)[0].symbol->name, "g");
}

} // namespace
} // namespace chasi::lsp

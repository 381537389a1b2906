#include "compiler/sema/elsewhere.h"

#include <llvm/ADT/STLExtras.h>

namespace chasi::sema {

namespace {

constexpr const char* kText = "a text is made by writing it into one: `\"${x}\"`";
constexpr const char* kLonger = "a longer list is written `[...xs, x]`, two in one `[...a, ...b]`";
constexpr const char* kMerge = "two maps in one are written `{ ...a, ...b }`; a record that differs is `r { field = value }`";
constexpr const char* kEmpty = "write `x.len() == 0`";
constexpr const char* kEntry = "an entry is `m[\"key\"]`, and `m[\"key\"] ?? x` when it may be missing";
constexpr const char* kRange = "numbers from a to b are `a..b`, without the last one `a..<b`";
constexpr const char* kDefault = "`a ?? b` is b where a is absent";

constexpr Elsewhere kNames[] = {
    {"length", "len", nullptr}, {"size", "len", nullptr}, {"strlen", "len", nullptr},
    {"all", "every", nullptr}, {"forAll", "every", nullptr}, {"forall", "every", nullptr}, {"alltrue", "every", nullptr}, {"allMatch", "every", nullptr},
    {"some", "any", nullptr}, {"exists", "any", nullptr}, {"anytrue", "any", nullptr}, {"anyMatch", "any", nullptr},
    {"includes", "contains", nullptr}, {"include", "contains", nullptr}, {"has", "contains", nullptr}, {"elem", "contains", nullptr}, {"hasKey", "contains", nullptr},
    {"reduce", "fold", nullptr}, {"foldl", "fold", nullptr}, {"foldLeft", "fold", nullptr},
    {"where", "filter", nullptr}, {"select", "filter", nullptr}, {"collect", "map", nullptr}, {"concatMap", "flatMap", nullptr},
    {"distinct", "unique", nullptr}, {"uniq", "unique", nullptr}, {"dedup", "unique", nullptr}, {"toSet", "unique", nullptr},
    {"sort", "sorted", nullptr}, {"sortAlpha", "sorted", nullptr}, {"orderBy", "sortBy", nullptr}, {"reversed", "reverse", nullptr},
    {"toUpper", "upper", nullptr}, {"toUpperCase", "upper", nullptr}, {"upcase", "upper", nullptr}, {"uppercase", "upper", nullptr},
    {"toLower", "lower", nullptr}, {"toLowerCase", "lower", nullptr}, {"downcase", "lower", nullptr}, {"lowercase", "lower", nullptr},
    {"strip", "trim", nullptr}, {"trimspace", "trim", nullptr}, {"trimSpace", "trim", nullptr}, {"title", "capitalize", nullptr},
    {"hasPrefix", "startsWith", nullptr}, {"startswith", "startsWith", nullptr}, {"hasSuffix", "endsWith", nullptr}, {"endswith", "endsWith", nullptr},
    {"substr", "substring", nullptr}, {"trunc", "truncate", nullptr}, {"nindent", "indent", nullptr}, {"splitList", "split", nullptr},
    {"base64encode", "base64", nullptr}, {"base64Encode", "base64", nullptr}, {"b64enc", "base64", nullptr}, {"base64decode", "base64Decode", nullptr}, {"b64dec", "base64Decode", nullptr},
    {"jsonencode", "toJson", nullptr}, {"stringify", "toJson", nullptr}, {"encodeJson", "toJson", nullptr}, {"urlencode", "urlEncode", nullptr}, {"sha256sum", "sha256", nullptr},
    {"parseInt", "toInt", nullptr}, {"atoi", "toInt", nullptr}, {"int", "toInt", nullptr}, {"parseFloat", "toFloat", nullptr}, {"tonumber", "toInt", nullptr},
    {"regexMatch", "matches", nullptr}, {"match", "matches", nullptr}, {"regexall", "findAll", nullptr}, {"regexReplaceAll", "replaceAll", nullptr},
    {"cidrsubnet", "cidrSubnet", nullptr}, {"cidrhost", "cidrHost", nullptr}, {"chunklist", "chunk", nullptr}, {"head", "first", nullptr},
    {"file", "text", nullptr}, {"readFile", "text", nullptr}, {"yamldecode", "yaml", nullptr}, {"yaml_stream", "yamlStream", nullptr}, {"yamldecode_all", "yamlStream", nullptr}, {"load_all", "yamlStream", nullptr}, {"jsondecode", "json", nullptr},
    {"tail", nullptr, "write `xs.drop(1)`"},
    {"toString", nullptr, kText}, {"tostring", nullptr, kText}, {"str", nullptr, kText}, {"string", nullptr, kText}, {"String", nullptr, kText},
    {"format", nullptr, kText}, {"printf", nullptr, kText}, {"sprintf", nullptr, kText},
    {"append", nullptr, kLonger}, {"push", nullptr, kLonger}, {"concat", nullptr, kLonger}, {"add", nullptr, kLonger},
    {"merge", nullptr, kMerge}, {"update", nullptr, kMerge}, {"extend", nullptr, kMerge},
    {"isEmpty", nullptr, kEmpty}, {"is_empty", nullptr, kEmpty}, {"empty", nullptr, kEmpty},
    {"get", nullptr, kEntry}, {"lookup", nullptr, kEntry}, {"getOrDefault", nullptr, kEntry}, {"range", nullptr, kRange},
    {"coalesce", nullptr, kDefault}, {"default", nullptr, kDefault}, {"orElse", nullptr, kDefault}, {"try", nullptr, kDefault},
};

} // namespace

const Elsewhere* elsewhere(llvm::StringRef name) {
  const auto* at = llvm::find_if(kNames, [&](const Elsewhere& e) { return name == e.there; });
  return at == std::end(kNames) ? nullptr : at;
}

} // namespace chasi::sema

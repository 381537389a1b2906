// yaml("…") and json("…"): files of the workspace as data without a schema, which remembers where it was written.
#include "compiler/eval/evaluator.h"

#include "compiler/eval/yaml_words.h"

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>

namespace chasi::eval {

using namespace sema;
using source::Code;

namespace {

constexpr int kMaxDepth = 200;

/// YAML 1.2's core schema (yaml.org/spec/1.2.2, 10.3.2).
Value plainScalar(llvm::StringRef s) {
  if (s.empty() || s == "~" || s == "null" || s == "Null" || s == "NULL") return Value::absent();
  if (s == "true" || s == "True" || s == "TRUE") return Value::of(true);
  if (s == "false" || s == "False" || s == "FALSE") return Value::of(false);
  llvm::StringRef digits = s;
  const bool negative = digits.consume_front("-");
  if (!negative) digits.consume_front("+");
  const int base = digits.consume_front("0x") ? 16 : digits.consume_front("0o") ? 8 : 10;
  if (!digits.empty() && llvm::all_of(digits, [](char c) { return std::isxdigit(static_cast<unsigned char>(c)); })) {
    const std::string signedDigits = (negative ? "-" : "") + digits.str();
    int64_t n = 0;
    const auto [end, ec] = std::from_chars(signedDigits.data(), signedDigits.data() + signedDigits.size(), n, base);
    if (ec == std::errc() && end == signedDigits.data() + signedDigits.size()) return Value::of(n);
  }
  const bool numeric = base == 10 && digits.find_first_of("0123456789") != llvm::StringRef::npos && digits.find_first_not_of("0123456789.eE+-") == llvm::StringRef::npos;
  double d = 0;
  const char* begin = s.starts_with("+") ? s.begin() + 1 : s.begin();
  if (numeric) {
    const auto [end, ec] = std::from_chars(begin, s.end(), d);
    if (ec == std::errc() && end == s.end() && std::isfinite(d)) return Value::of(d);
  }
  return Value::text(Tag::String, s);
}

/// Where and why a text is no JSON. The YAML reader, which gives values their places, takes more: a comma at the end, names
/// without quotes, comments.
std::optional<std::pair<uint32_t, std::string>> notJson(llvm::StringRef text) {
  if (text.trim().empty()) return std::nullopt; // no entries, as in YAML
  try {
    const nlohmann::json nothing = nlohmann::json::parse(text.begin(), text.end(), [](int, nlohmann::json::parse_event_t, nlohmann::json&) { return false; });
    return std::nullopt;
  } catch (const nlohmann::json::parse_error& bad) {
    const llvm::StringRef what = bad.what();
    const size_t reason = what.find("; expected "), from = what.find(": ");
    const uint32_t at = bad.byte > 0 ? static_cast<uint32_t>(bad.byte) - 1 : 0;
    if (reason != llvm::StringRef::npos) return std::pair(at, what.substr(reason + 2).str() + " here");
    return std::pair(at, what.substr(from == llvm::StringRef::npos ? 0 : from + 2).split(';').first.str());
  } catch (const nlohmann::json::exception&) { // a number too large for it; the reader decides
    return std::nullopt;
  }
}

} // namespace

class ForeignReader {
public:
  /// Whose YAML it is. To Helm and kubectl words mean what yaml_words.h says; Helm keeps what is null, as an entry without a value.
  enum class As { Json, Yaml, Kubectl, Helm };
  ForeignReader(Evaluator& evaluator, Program& program, source::FileId file, As as) : evaluator_(evaluator), p(program), file_(file), as_(as) {}
  /// As Helm reads it; `nulls` gets the paths of what is null.
  ForeignReader(Evaluator& evaluator, Program& program, source::FileId file, std::vector<std::string>* nulls) : evaluator_(evaluator), p(program), file_(file), as_(As::Helm), nulls_(nulls) {}
  /// The same of a text that is in no file: everything in it stands at one place.
  ForeignReader(Evaluator& evaluator, Program& program, Span place) : evaluator_(evaluator), p(program), as_(As::Helm), place_(place) {}

  Value read(const YAML::Node& node) {
    if (depth_ > kMaxDepth) return tooDeep(node);
    if (!evaluator_.spend(1, span(node))) return Value::error();
    ++depth_;
    const Value v = node.IsMap() ? map(node) : node.IsSequence() ? list(node) : scalar(node);
    --depth_;
    return v;
  }

  /// Where a node is written: the scalar, or the first character of a list or a map.
  Span span(const YAML::Node& node) const {
    if (place_.valid()) return place_;
    const YAML::Mark mark = node.Mark();
    const uint32_t base = p.sources.base(file_);
    const auto size = static_cast<uint32_t>(p.sources.text(file_).size());
    if (mark.is_null()) return {base, base};
    const auto begin = std::min(static_cast<uint32_t>(mark.pos), size);
    uint32_t length = 1;
    if (node.IsScalar()) {
      const llvm::StringRef rest = p.sources.text(file_).drop_front(begin);
      const size_t line = std::min(rest.find_first_of("\r\n"), rest.size());
      const bool quoted = rest.starts_with("\"") || rest.starts_with("'");
      length = static_cast<uint32_t>(std::min(line, node.Scalar().size() + (quoted ? 2 : 0)));
    }
    return {base + begin, base + std::min(begin + std::max(length, 1U), size)};
  }

private:
  Evaluator& evaluator_;
  Program& p;
  source::FileId file_{};
  As as_;
  Span place_;
  std::vector<std::string>* nulls_ = nullptr;
  std::string path_; ///< of the map that is being read: a.b.c
  int depth_ = 0;

  Value tooDeep(const YAML::Node& node) {
    evaluator_.report(Code::Budget, span(node), fmt::format("this is nested more than {} levels deep", kMaxDepth));
    return Value::error();
  }

  Value scalar(const YAML::Node& node) {
    if (!node.IsDefined() || node.IsNull()) return Value::absent();
    const llvm::StringRef text = p.keep(node.Scalar());
    const bool plain = node.Tag() == "?" || (node.Tag().empty() && as_ != As::Json);
    if (!plain && node.Tag() != "?") return Value::text(Tag::String, text);
    if (goWords()) return goScalar(text);
    const Value v = plainScalar(text);
    return as_ == As::Json || v.isText() || v.isAbsent() ? v : evaluator_.spelled(v, text);
  }

  bool goWords() const { return as_ == As::Helm || as_ == As::Kubectl; }

  /// Whole numbers go through double precision in Helm.
  Value goScalar(llvm::StringRef text) {
    const YamlWord word = yamlWord(text);
    switch (word.kind) {
    case YamlWord::Null: return Value::absent();
    case YamlWord::Bool: return Value::of(word.boolean);
    case YamlWord::Int:
    case YamlWord::Float: {
      const double d = word.kind == YamlWord::Int ? static_cast<double>(word.integer) : word.number;
      if (!std::isfinite(d)) return Value::text(Tag::String, text);
      if (word.kind == YamlWord::Int && (as_ == As::Kubectl || std::abs(d) < 0x1p53)) return Value::of(word.integer);
      return d == std::floor(d) && std::abs(d) < 0x1p63 ? Value::of(static_cast<int64_t>(d)) : Value::of(d);
    }
    default: return Value::text(Tag::String, text);
    }
  }

  /// A key of another type is the text of what it means: `on` is "true".
  llvm::StringRef goKey(const YAML::Node& key) {
    const llvm::StringRef text = p.keep(key.Scalar());
    if (key.Tag() != "?") return text;
    const YamlWord word = yamlWord(text);
    if (word.kind == YamlWord::Bool) return p.keep(word.boolean ? "true" : "false");
    if (word.kind == YamlWord::Int) return p.keep(fmt::format("{}", word.integer));
    if (word.kind == YamlWord::Float) return p.keep(goFloat(word.number));
    return word.kind == YamlWord::Null ? p.keep("null") : text;
  }

  /// `<<`: the entries of other maps, where this one has none of that name.
  bool merge(const YAML::Node& from, std::vector<MapEntry>& entries) {
    if (from.IsSequence()) {
      for (const YAML::Node& each : from)
        if (!merge(each, entries)) return false;
      return true;
    }
    if (!from.IsMap()) {
      evaluator_.report(Code::BadData, span(from), "`<<` takes a map, or a list of maps");
      return false;
    }
    const Value v = map(from);
    if (v.isError()) return false;
    for (const MapEntry& e : v.map->entries())
      if (llvm::none_of(entries, [&](const MapEntry& known) { return known.key == e.key; })) entries.push_back(e);
    return true;
  }

  Value list(const YAML::Node& node) {
    std::vector<Value> items;
    std::vector<Span> spans;
    for (const YAML::Node& item : node) {
      items.push_back(read(item));
      spans.push_back(span(item));
      if (items.back().isError()) return items.back();
    }
    return evaluator_.listValue(items, spans);
  }

  Value map(const YAML::Node& node) {
    std::vector<MapEntry> entries;
    std::vector<YAML::Node> merged;
    llvm::DenseSet<llvm::StringRef> seen;
    for (const auto& entry : node) {
      const YAML::Node &key = entry.first, &value = entry.second;
      if (!key.IsScalar()) {
        evaluator_.report(Code::BadData, span(key), "the key of an entry is a text");
        return Value::error();
      }
      if (goWords() && key.Tag() == "?" && key.Scalar() == "<<") {
        merged.push_back(value);
        continue;
      }
      const llvm::StringRef name = goWords() ? goKey(key) : p.keep(key.Scalar());
      if (!seen.insert(name).second) {
        evaluator_.report(Code::DuplicateKey, span(key), fmt::format("`{}` comes up twice", name.str()));
        return Value::error();
      }
      const size_t outside = path_.size();
      if (nulls_) path_ += (outside ? "." : "") + name.str();
      const Value v = read(value);
      if (nulls_ && v.isAbsent()) nulls_->push_back(path_);
      path_.resize(outside);
      if (v.isError()) return v;
      const Span at = value.IsScalar() && value.Mark().pos > 0 ? span(value) : span(key);
      if (!name.empty()) evaluator_.keys_[name.data()] = span(key);
      if (!v.isAbsent() || as_ == As::Helm) entries.push_back({name, v, at});
    }
    for (const YAML::Node& from : merged)
      if (!merge(from, entries)) return Value::error();
    return evaluator_.mapValue(entries);
  }
};

/// A number or truth value that remembers how it was written: `Value::size` is one more than its place in the list.
Value Evaluator::spelled(Value v, llvm::StringRef text) {
  spellings_.push_back(text);
  v.size = static_cast<uint32_t>(spellings_.size());
  return v;
}

llvm::StringRef Evaluator::spelling(const Value& v) const {
  const bool may = v.tag == Tag::Int || v.tag == Tag::Float || v.tag == Tag::Bool;
  return may && v.size > 0 && v.size <= spellings_.size() ? spellings_[v.size - 1] : llvm::StringRef();
}

Span Evaluator::keyOf(const MapEntry& entry) const {
  const auto it = keys_.find(entry.key.data());
  return it == keys_.end() ? entry.span : it->second;
}

Value Evaluator::helmYaml(source::FileId file, std::vector<std::string>& nulls) {
  const llvm::StringRef text = p.sources.text(file);
  const uint32_t base = p.sources.base(file);
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text.str());
    ForeignReader reader(*this, p, file, &nulls);
    if (documents.empty() || documents[0].IsNull()) return mapValue({});
    if (documents.size() == 1 && documents[0].IsMap()) return reader.read(documents[0]);
    const bool several = documents.size() > 1;
    report(Code::BadData, reader.span(documents[several ? 1 : 0]), several ? fmt::format("this file holds {} documents", documents.size()) : "these are no values: they are a map")
        .hint(several ? "put each into a file of its own" : "write `key: value` lines");
  } catch (const YAML::Exception& bad) {
    const uint32_t at = base + std::min(bad.mark.is_null() ? 0U : static_cast<uint32_t>(bad.mark.pos), static_cast<uint32_t>(text.size()));
    report(Code::BadData, {at, at}, fmt::format("this is no YAML: {}", bad.msg));
  }
  return Value::error();
}

/// `fromYaml(text)`. What a text that is made while evaluating holds has the place of the call.
Value Evaluator::documents(const Expr* e, llvm::StringRef text) {
  std::vector<Value> out;
  try {
    for (const YAML::Node& document : YAML::LoadAll(text.str())) {
      const Value v = ForeignReader(*this, p, e->span).read(document);
      if (v.isError()) return v;
      if (!v.isAbsent()) out.push_back(v);
    }
  } catch (const YAML::Exception&) {
    return Value::absent();
  }
  return listValue(out);
}

Value Evaluator::foreign(const Expr* e, llvm::StringRef name, bool json) {
  if (const auto it = foreign_.find(name.str()); it != foreign_.end()) return it->second;
  const Value text = file(e, name);
  if (text.isError()) return text;
  return foreign_[name.str()] = parsed(p.sources.addStatic(name.str(), text.str()), json, e->span);
}

/// A file as data; `asked` is where it is read, when a place in the specification does that.
Value Evaluator::parsed(source::FileId file, bool json, Span asked) {
  const llvm::StringRef text = p.sources.text(file);
  const uint32_t base = p.sources.base(file), size = static_cast<uint32_t>(text.size());
  const auto bad = [&](Span at, std::string message) -> source::Diagnostic& {
    source::Diagnostic& d = report(Code::BadData, at, std::move(message));
    return asked.valid() ? d.at(asked, "read here") : d;
  };
  const auto byte = [&](uint32_t offset) { return Span{base + std::min(offset, size), std::min(base + offset + 1, base + size)}; };
  if (json)
    if (const auto wrong = notJson(text)) {
      bad(byte(wrong->first), fmt::format("this is no JSON: {}", wrong->second));
      return Value::error();
    }
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text.str());
    ForeignReader reader(*this, p, file, json ? ForeignReader::As::Json : ForeignReader::As::Yaml);
    if (documents.size() > 1) {
      report(Code::BadData, reader.span(documents[1]), fmt::format("\"{}\" holds {} documents", p.sources.name(file).str(), documents.size()))
          .hint("put each into a file of its own, or read them all with `yamlStream`");
      return Value::error();
    }
    return documents.empty() ? mapValue({}) : reader.read(documents[0]);
  } catch (const YAML::Exception& wrong) {
    bad(byte(wrong.mark.is_null() ? 0U : static_cast<uint32_t>(wrong.mark.pos)), fmt::format("this is no {}: {}", json ? "JSON" : "YAML", wrong.msg));
    return Value::error();
  }
}

/// `yamlStream(path)`.
Value Evaluator::stream(const Expr* e, llvm::StringRef name) {
  Value& known = foreign_["stream of " + name.str()];
  if (!known.isAbsent()) return known;
  const Value text = file(e, name);
  if (text.isError()) return text;
  const source::FileId id = p.sources.addStatic(name.str(), text.str());
  try {
    ForeignReader reader(*this, p, id, ForeignReader::As::Kubectl);
    std::vector<Value> out;
    std::vector<Span> spans;
    for (const YAML::Node& document : YAML::LoadAll(text.str().str())) {
      const Value v = reader.read(document);
      if (v.isError()) return known = v;
      if (v.isAbsent()) continue;
      out.push_back(v);
      spans.push_back(reader.span(document));
    }
    return known = listValue(out, spans);
  } catch (const YAML::Exception& wrong) {
    const uint32_t base = p.sources.base(id), size = static_cast<uint32_t>(p.sources.text(id).size());
    const uint32_t at = std::min(wrong.mark.is_null() ? 0U : static_cast<uint32_t>(wrong.mark.pos), size);
    report(Code::BadData, {base + at, base + std::min(at + 1, size)}, fmt::format("this is no YAML: {}", wrong.msg)).at(e->span, "read here");
    return known = Value::error();
  }
}

} // namespace chasi::eval

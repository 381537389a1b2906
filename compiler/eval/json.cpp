// Values as compact JSON, written straight from them.
#include "compiler/eval/evaluator.h"

#include "compiler/sema/quantity.h"

#include <llvm/ADT/SmallString.h>

namespace chasi::eval {

using namespace sema;

namespace {

/// What must be escaped in a string (RFC 8259, 7).
constexpr auto kEscaped = [] {
  std::array<bool, 256> table{};
  for (size_t c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = table['\\'] = true;
  return table;
}();

void writeString(llvm::StringRef s, llvm::SmallVectorImpl<char>& out) {
  const auto put = [&](llvm::StringRef part) { out.append(part.begin(), part.end()); };
  out.push_back('"');
  const char* from = s.begin();
  for (const char* at = s.begin(); at != s.end(); ++at) {
    const auto c = static_cast<unsigned char>(*at);
    if (!kEscaped[c]) continue;
    out.append(from, at);
    from = at + 1;
    switch (c) {
    case '"': put("\\\""); break;
    case '\\': put("\\\\"); break;
    case '\n': put("\\n"); break;
    case '\t': put("\\t"); break;
    case '\r': put("\\r"); break;
    default: put(fmt::format("\\u{:04x}", c));
    }
  }
  out.append(from, s.end());
  out.push_back('"');
}

} // namespace

class JsonWriter {
public:
  JsonWriter(Evaluator& evaluator, llvm::SmallString<2048>& out, Evaluator::SecretSink* sink) : evaluator_(evaluator), out_(out), sink_(sink) {}

  bool full() const { return out_.size() > evaluator_.budget_.output; }

  void write(const Value& v) {
    if (full()) return;
    switch (v.tag) {
    case Tag::Absent:
    case Tag::Error: out_ += "null"; break;
    case Tag::Bool: out_ += v.boolean ? "true" : "false"; break;
    case Tag::Int: {
      const fmt::format_int digits(v.integer);
      out_.append(digits.data(), digits.data() + digits.size());
      break;
    }
    case Tag::Float: fmt::format_to(std::back_inserter(out_), "{}", v.number); break;
    case Tag::Cpu:
    case Tag::Bytes:
    case Tag::Percent:
    case Tag::Duration: writeString(printQuantity(v), out_); break;
    case Tag::Secret: secret(*v.secret); break;
    case Tag::Kind:
      if (sink_) sink_->record();
      writeString(v.kind->name, out_);
      break;
    case Tag::Function: writeString("(function)", out_); break; // `eval` of one; nothing that is written down holds any
    case Tag::List: list(*v.list); break;
    case Tag::Map: map(*v.map); break;
    case Tag::Record: record(*v.record); break;
    default: writeString(v.str(), out_);
    }
  }

private:
  Evaluator& evaluator_;
  llvm::SmallString<2048>& out_;
  Evaluator::SecretSink* sink_;
  struct Step { llvm::StringRef key; size_t index; };
  llvm::SmallVector<Step, 16> way_; ///< to what is being written
  int depth_ = 0;
  bool nested_ = false; ///< in the field that collects nested declarations

  std::string pointer() const { // RFC 6901
    std::string out;
    for (const Step& s : way_) {
      out += '/';
      if (!s.key.data()) out += fmt::format("{}", s.index);
      for (const char c : s.key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return out;
  }

  void secret(const SecretValue& s) {
    if (!sink_) {
      writeString("(secret)", out_);
      return;
    }
    sink_->secret(pointer(), out_.size(), s);
    out_ += "null";
  }

  void list(const ListValue& l) {
    out_.push_back('[');
    size_t i = 0;
    for (const Value& item : l.items) {
      if (i) out_.push_back(',');
      way_.push_back({{}, i++});
      write(item);
      way_.pop_back();
    }
    out_.push_back(']');
  }

  void member(llvm::StringRef key, const Value& v, bool& first) {
    if (v.isAbsent()) return;
    if (!first) out_.push_back(',');
    first = false;
    writeString(key, out_);
    out_.push_back(':');
    way_.push_back({key, 0});
    write(v);
    way_.pop_back();
  }

  void map(const MapValue& m) {
    out_.push_back('{');
    bool first = true;
    for (const MapEntry& e : m.entries) member(e.key, e.value, first);
    out_.push_back('}');
  }

  /// "tenant.retail", "system.payments.api".
  static std::string reference(const Record& r) { return fmt::format("{}.{}", r.parent ? reference(*r.parent) : r.schema->name.str(), r.name.str()); }

  /// A declaration inside another value is a reference: its kind and name say it all. Those that are nested in a declaration
  /// stand there in full.
  void record(Record& r) {
    if (sink_) sink_->record();
    if (depth_ > 0 && (r.schema->isKind || (r.schema->outer && !nested_))) return writeString(reference(r), out_);
    if (depth_ > 64) return writeString("…", out_);
    const bool around = nested_;
    ++depth_;
    out_.push_back('{');
    bool first = true;
    for (uint32_t i = 0; i < r.schema->fields.size(); ++i) {
      const Field& f = r.schema->fields[i];
      if (f.hidden || static_cast<int>(i) == r.schema->lowerSlot) continue;
      nested_ = f.nested;
      member(f.name, f.sensitive ? Value::text(Tag::String, "(sensitive)") : evaluator_.slot(r, i), first);
    }
    nested_ = around;
    out_.push_back('}');
    --depth_;
  }
};

bool Evaluator::writeJson(const Value& value, std::string& out, SecretSink* sink) {
  llvm::SmallString<2048> text;
  JsonWriter writer(*this, text, sink);
  writer.write(value);
  out.append(text.data(), text.size());
  return !writer.full();
}

} // namespace chasi::eval

// Values as compact JSON, written straight from them.
#include "compiler/eval/evaluator.h"

#include "compiler/sema/quantity.h"

#include <llvm/ADT/SmallString.h>

#include <cstring>

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

/// Whether one of eight characters must be escaped. They are looked at together: subtracting, in each byte, borrows from its
/// highest bit exactly when the byte is below what is subtracted (Hacker's Delight, 6-1), so "equal" is "zero after xor".
bool anyEscaped(const char* eight) {
  constexpr uint64_t ones = 0x0101010101010101, high = ones << 7;
  uint64_t word;
  std::memcpy(&word, eight, sizeof word);
  const uint64_t quote = word ^ (ones * '"'), slash = word ^ (ones * '\\');
  return (((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & high;
}

/// Copies the characters at the start that need no escape; returns how many.
size_t copyPlain(llvm::StringRef s, char* to) {
  size_t n = 0;
  for (; n + 8 <= s.size() && !anyEscaped(s.data() + n); n += 8) std::memcpy(to + n, s.data() + n, 8);
  if (const size_t last = s.size() - 8; s.size() >= 8 && n > last && !anyEscaped(s.data() + last)) { // some of them for a second time
    std::memcpy(to + last, s.data() + last, 8);
    return s.size();
  }
  for (; n < s.size() && !kEscaped[static_cast<unsigned char>(s[n])]; ++n) to[n] = s[n];
  return n;
}

void put(llvm::StringRef part, llvm::SmallVectorImpl<char>& out) {
  const size_t n = out.size();
  out.resize_for_overwrite(n + part.size());
  std::memcpy(out.data() + n, part.data(), part.size());
}

/// The second quote stands in place already, for as long as nothing is escaped.
void writeString(llvm::StringRef s, llvm::SmallVectorImpl<char>& out) {
  const size_t begin = out.size() + 1;
  out.resize_for_overwrite(begin + s.size() + 1);
  out[begin - 1] = out[begin + s.size()] = '"';
  size_t plain = copyPlain(s, out.data() + begin);
  if (plain == s.size()) return;
  out.truncate(begin + plain);
  while (plain < s.size()) {
    switch (const auto c = static_cast<unsigned char>(s[plain])) {
    case '"': put("\\\"", out); break;
    case '\\': put("\\\\", out); break;
    case '\n': put("\\n", out); break;
    case '\t': put("\\t", out); break;
    case '\r': put("\\r", out); break;
    default: put(fmt::format("\\u{:04x}", c), out);
    }
    s = s.drop_front(plain + 1);
    const size_t at = out.size();
    out.resize_for_overwrite(at + s.size());
    plain = copyPlain(s, out.data() + at);
    out.truncate(at + plain);
  }
  out.push_back('"');
}

} // namespace

class JsonWriter {
public:
  /// Without an evaluator it writes data only: see `writeData`.
  JsonWriter(Evaluator* evaluator, uint64_t limit, llvm::SmallVectorImpl<char>& out, Evaluator::SecretSink* sink) : evaluator_(evaluator), limit_(limit), out_(out), sink_(sink) {}

  bool full() const { return out_.size() > limit_; }
  bool onlyData() const { return onlyData_; }

  void write(const Value& v) { write(v, nullptr); }

private:
  /// From the whole to what is being written.
  struct Step {
    const Step* up;
    llvm::StringRef key; ///< of a map
    size_t index;        ///< in a list, when there is no key
  };

  Evaluator* const evaluator_;
  const uint64_t limit_;
  llvm::SmallVectorImpl<char>& out_;
  Evaluator::SecretSink* sink_;
  int depth_ = 0;
  bool nested_ = false; ///< in the field that collects nested declarations
  bool onlyData_ = true;

  void write(const Value& v, const Step* at) {
    if (full()) return;
    switch (v.tag) {
    case Tag::Error: onlyData_ = false; [[fallthrough]];
    case Tag::Absent: put("null", out_); break;
    case Tag::Bool: put(v.boolean ? "true" : "false", out_); break;
    case Tag::Int: {
      const fmt::format_int digits(v.integer);
      put({digits.data(), digits.size()}, out_);
      break;
    }
    case Tag::Float: fmt::format_to(std::back_inserter(out_), "{}", v.number); break;
    case Tag::Cpu:
    case Tag::Bytes:
    case Tag::Percent:
    case Tag::Duration: {
      llvm::SmallVector<char, 32> room;
      writeString(printQuantity(v, room), out_);
      break;
    }
    case Tag::Secret: secret(*v.secret, at); break;
    case Tag::Later: later(*v.secret, at); break;
    case Tag::Kind:
      onlyData_ = false;
      if (sink_) sink_->record();
      writeString(v.kind->name, out_);
      break;
    case Tag::Function:
      onlyData_ = false;
      writeString("(function)", out_); // `eval` of one; nothing that is written down holds any
      break;
    case Tag::List: list(*v.list, at); break;
    case Tag::Map: map(*v.map, at); break;
    case Tag::Record: record(*v.record, at); break;
    default: writeString(v.str(), out_);
    }
  }

  static std::string pointer(const Step* at) { // RFC 6901
    if (!at) return {};
    std::string out = pointer(at->up) + '/';
    if (!at->key.data()) out += fmt::format("{}", at->index);
    for (const char c : at->key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return out;
  }

  void secret(const SecretValue& s, const Step* at) {
    onlyData_ = false;
    if (!sink_) {
      writeString("(secret)", out_);
      return;
    }
    sink_->secret(pointer(at), out_.size(), s);
    put("null", out_);
  }

  void later(const SecretValue& s, const Step* at) {
    onlyData_ = false;
    if (!evaluator_) return;
    if (!sink_) return writeString(evaluator_->laterText(s), out_);
    sink_->later(pointer(at), out_.size(), s);
    put("null", out_);
  }

  void list(const ListValue& l, const Step* at) {
    out_.push_back('[');
    size_t i = 0;
    for (const Value& item : l.items) {
      if (i) out_.push_back(',');
      const Step step{at, {}, i++};
      write(item, &step);
    }
    out_.push_back(']');
  }

  void member(llvm::StringRef key, const Value& v, const Step* at, bool& first) {
    if (v.isAbsent()) return;
    if (!first) out_.push_back(',');
    first = false;
    writeString(key, out_);
    out_.push_back(':');
    const Step step{at, key, 0};
    write(v, &step);
  }

  void map(const MapValue& m, const Step* at) {
    if (const llvm::ArrayRef<llvm::StringRef> leads = m.shape->leads; !leads.empty()) {
      for (size_t i = 0; i < leads.size(); ++i) {
        put(leads[i], out_);
        const Step step{at, m.shape->keys[i].text, 0};
        write(m.values()[i], &step);
      }
    } else {
      out_.push_back('{');
      bool first = true;
      for (const MapEntry& e : m.entries()) member(e.key, e.value, at, first);
    }
    out_.push_back('}');
  }

  /// "tenant.retail", "system.payments.api".
  static std::string reference(const Record& r) { return fmt::format("{}.{}", r.parent ? reference(*r.parent) : r.schema->name.str(), r.name.str()); }

  /// A declaration inside another value is a reference: its kind and name say it all. Those that are nested in a declaration
  /// stand there in full.
  void record(Record& r, const Step* at) {
    onlyData_ = false;
    if (!evaluator_) return;
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
      member(f.name, f.sensitive ? Value::text(Tag::String, "(sensitive)") : evaluator_->slot(r, i), at, first);
    }
    nested_ = around;
    out_.push_back('}');
    --depth_;
  }
};

bool Evaluator::writeJson(const Value& value, std::string& out, SecretSink* sink) {
  llvm::SmallString<2048> text;
  JsonWriter writer(this, budget_.output, text, sink);
  writer.write(value);
  out.append(text.data(), text.size());
  return !writer.full();
}

bool writeData(const Value& value, llvm::SmallVectorImpl<char>& out) {
  JsonWriter writer(nullptr, Budget().output, out, nullptr);
  writer.write(value);
  return writer.onlyData() && !writer.full();
}

/// The shape of the maps that a block of constant keys makes, of which some are there.
const MapShape* Evaluator::shapeOf(const MapIr& ir, uint32_t present) {
  std::vector<MapShape::Key> keys;
  std::vector<llvm::StringRef> leads;
  for (size_t i = 0; i < ir.items.size(); ++i) {
    if (!(present >> i & 1)) continue;
    const MapItemIr& item = ir.items[i];
    keys.push_back({item.key->value.str(), item.span});
    llvm::SmallString<64> lead(leads.empty() ? "{" : ",");
    writeString(item.key->value.str(), lead);
    lead += ':';
    leads.push_back(p.keep(lead.str()));
  }
  return new (p.arena) MapShape{p.keep(keys), nullptr, p.keep(leads)};
}

} // namespace chasi::eval

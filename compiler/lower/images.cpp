#include "compiler/lower/images.h"

#include "compiler/lower/virtual_cluster.h"
#include "runtime/plan/fact.h"

#include <nlohmann/json.hpp>

#include <map>
#include <set>

namespace chasi::lower {

using namespace sema;
using source::Span;
using Json = nlohmann::ordered_json;

/// Where the declaration names the address: at its base, at what it carries, or as a whole when a kind made it up.
static Span placeOfReference(eval::Evaluator& e, Record& owner, llvm::StringRef reference) {
  const auto is = [&](const Value& v) { return v.isText() && v.str() == reference; };
  if (is(e.field(owner, "base"))) return placeOfPath(e, Value::of(&owner), "base", owner.span);
  const Value carry = e.field(owner, "carry");
  if (carry.tag != Tag::List) return owner.span;
  for (size_t i = 0; i < carry.list->items.size(); ++i)
    if (is(carry.list->items[i])) return i < carry.list->spans.size() && carry.list->spans[i].valid() ? carry.list->spans[i] : placeOfPath(e, Value::of(&owner), "carry", owner.span);
  return owner.span;
}

bool pinImages(Program& program, eval::Evaluator& evaluator, const PinReader& pins, Record& owner, std::string& payload) {
  if (!pins || !llvm::StringRef(payload).contains("\"registry\"")) return true;
  Json whole = Json::parse(payload, nullptr, false);
  if (!whole.is_object() || !whole["image"].is_object()) return true;
  bool good = true;
  const auto pin = [&](Json& source) {
    if (!source.is_object() || !source.contains("registry") || !source["registry"].is_string() || source.contains("digest")) return;
    const std::string reference = source["registry"].get<std::string>();
    const Pin found = pins(reference);
    if (!found.digest.empty()) return void(source["digest"] = found.digest);
    good = false;
    const Span place = placeOfReference(evaluator, owner, reference);
    source::Diagnostic& d = program.diagnostics.report(found.code, place, found.message);
    if (place.begin != owner.span.begin) d.at(owner.span, "of this image");
    d.hint(found.hint);
  };
  Json& description = whole["image"];
  if (description.contains("base")) pin(description["base"]);
  if (description.contains("carry") && description["carry"].is_array())
    for (Json& source : description["carry"]) pin(source);
  payload = whole.dump(-1, ' ', false, Json::error_handler_t::replace);
  return good;
}

namespace {

/// The pushed images by their addresses, and what a payload says of them.
class Pushed {
public:
  explicit Pushed(const std::vector<plan::Operation>& operations) : operations_(operations) {
    for (uint32_t i = 0; i < operations.size(); ++i) {
      if (operations[i].kind != plan::OpKind::Image) continue;
      const Json payload = Json::parse(operations[i].payload, nullptr, false);
      if (payload.is_object() && payload.contains("push")) images_.emplace(payload["push"].get<std::string>(), i);
    }
  }
  bool none() const { return images_.empty(); }

  void use(Draft& draft, plan::Operation& op) {
    const auto named = [&](const auto& image) { return llvm::StringRef(op.payload).contains(image.first); };
    if (llvm::none_of(images_, named)) return;
    Json payload = Json::parse(op.payload, nullptr, false);
    const size_t before = op.later.size();
    walk(payload, "", draft, op);
    if (op.later.size() != before) op.payload = payload.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

private:
  const std::vector<plan::Operation>& operations_;
  std::map<std::string, uint32_t> images_;

  void walk(Json& value, const std::string& pointer, Draft& draft, plan::Operation& op) {
    if (value.is_array())
      for (size_t i = 0; i < value.size(); ++i) walk(value[i], fmt::format("{}/{}", pointer, i), draft, op);
    if (!value.is_object()) return;
    for (auto& [key, member] : value.items()) {
      const std::string here = pointer + "/" + plan::pointerToken(key);
      const auto image = key == "image" && member.is_string() ? images_.find(member.get<std::string>()) : images_.end();
      if (image == images_.end()) {
        walk(member, here, draft, op);
        continue;
      }
      member = nullptr;
      op.later.push_back({here, plan::kFact, plan::writeFact({"String", operations_[image->second].id, "pushed"})});
      draft.tellers.push_back(image->second);
    }
  }
};

} // namespace

void usePushed(std::vector<Draft>& drafts, std::vector<plan::Operation>& operations) {
  Pushed pushed(operations);
  if (pushed.none()) return;
  for (uint32_t i = 0; i < operations.size(); ++i)
    if (operations[i].kind == plan::OpKind::Object) pushed.use(drafts[i], operations[i]);
  // What an image renders holds their digests: they are built before it.
  for (uint32_t i = 0; i < operations.size(); ++i) {
    if (operations[i].kind != plan::OpKind::Image) continue;
    const Json payload = Json::parse(operations[i].payload, nullptr, false);
    if (!payload.is_object() || !payload.contains("render")) continue;
    const auto owners = payload["render"].get<std::set<std::string>>();
    for (const Draft& draft : drafts)
      if (draft.owner && owners.contains(ownerName(*draft.owner)))
        for (const uint32_t teller : draft.tellers)
          if (teller != i && operations[teller].kind == plan::OpKind::Image) drafts[i].tellers.push_back(teller);
  }
}

} // namespace chasi::lower

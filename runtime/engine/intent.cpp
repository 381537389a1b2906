#include "runtime/engine/intent.h"

#include "runtime/engine/field_answers.h"
#include "runtime/engine/inventory.h"
#include "runtime/plan/digest.h"

#include <fmt/format.h>

#include <charconv>

namespace chasi::engine {

using plan::JsonValue;
using plan::JsonView;
using plan::quoteJson;

plan::Guard mustBeNew() { return {"", "1"}; }

static std::string membersOf(const plan::Guard& guard) {
  std::string text;
  if (!guard.uid.empty()) text += "\"uid\":" + quoteJson(guard.uid);
  if (!guard.resourceVersion.empty()) text += (text.empty() ? "" : ",") + ("\"resourceVersion\":" + quoteJson(guard.resourceVersion));
  return text;
}

std::string deleteBody(const std::string& uid, const std::string& resourceVersion) {
  const std::string version = resourceVersion.empty() ? "" : ",\"resourceVersion\":" + quoteJson(resourceVersion);
  return fmt::format(R"({{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{{"uid":{}{}}}}})", quoteJson(uid), version);
}

std::string applyBody(std::string_view payload, const std::string& applySet, const plan::Guard& guard) {
  llvm::Expected<JsonView> view = JsonView::parse(payload);
  if (!view) { llvm::consumeError(view.takeError()); return std::string(payload); }
  JsonValue root = view->root(), metadata = root["metadata"];
  if (!root.isObject()) return std::string(payload);
  std::string label = fmt::format("\"{}\":{}", kMemberLabel, quoteJson(applySet));
  std::string guards = membersOf(guard);
  // Each piece is inserted behind an opening brace, with a comma when something follows.
  auto behind = [](JsonValue object, const std::string& text) { return object.first() ? text + "," : text; };
  std::string result;
  result.reserve(payload.size() + label.size() + guards.size() + 64);
  JsonValue labels = metadata["labels"];
  std::string head = guards;
  if (!labels.isObject()) head += (head.empty() ? "" : ",") + ("\"labels\":{" + label + "}");
  if (!metadata.isObject()) {
    result += "{" + behind(root, "\"metadata\":{" + head + "}");
    result += payload.substr(root.offset() + 1);
    return result;
  }
  size_t from = metadata.offset() + 1;
  result += payload.substr(0, from);
  if (!head.empty()) result += behind(metadata, head);
  if (labels.isObject()) {
    size_t place = labels.offset() + 1;
    result += payload.substr(from, place - from);
    result += behind(labels, label);
    from = place;
  }
  result += payload.substr(from);
  return result;
}

static std::string shortDigest(std::string_view text) { return plan::hex(plan::sha256(text)).substr(0, 32); }

std::string intentDigest(const plan::Operation& op, const std::string& applySet) {
  std::string text = op.object.apiVersion + "\n" + applySet + "\n" + wantedPayload(op);
  for (const plan::FieldAnswer& field : op.fields) text += fmt::format("\n{} {}", plan::name(field.answer), field.path);
  for (const plan::SecretRef& ref : op.secrets) text += "\n" + ref.pointer;
  for (const plan::SecretRef& ref : op.later) text += "\n" + ref.pointer + " " + ref.provider + " " + ref.key;
  return shortDigest(text);
}

JsonValue ownFields(JsonValue object) {
  for (JsonValue entry = object["metadata"]["managedFields"].first(); entry; entry = entry.next())
    if (entry["manager"].chars() == kManager && entry["operation"].chars() == "Apply" && entry["subresource"].chars().empty())
      return entry["fieldsV1"];
  return {};
}

static JsonValue elementByKeys(JsonValue list, const std::string& keys) {
  llvm::Expected<JsonView> wanted = JsonView::parse(keys);
  if (!wanted) { llvm::consumeError(wanted.takeError()); return {}; }
  for (JsonValue element = list.first(); element; element = element.next()) {
    bool same = true;
    for (JsonValue key = wanted->root().first(); key && same; key = key.next()) {
      JsonValue value = element[key.key()];
      // The protocol of a port is part of its key even where the object leaves it to the default.
      same = value ? value.raw() == key.raw() : key.rawKey() == "protocol" && key.chars() == "TCP";
    }
    if (same) return element;
  }
  return {};
}

// Values under a field set (fieldsV1: "f:" field, "k:" list element by keys, "v:" element of a set, "i:" by place, "." itself).
static void collect(JsonValue fields, JsonValue live, bool hideValues, int depth, std::string& out) {
  if (!fields.first()) {
    if (!live) out += "-";
    else if (hideValues) out += "+";
    else out += live.raw();
    return;
  }
  for (JsonValue field = fields.first(); field; field = field.next()) {
    std::string name = field.key();
    out += name;
    out += '=';
    if (name.size() < 2 || name[1] != ':') continue;
    std::string rest = name.substr(2);
    bool hides = hideValues || (depth == -1 && (rest == "data" || rest == "stringData"));
    int next = depth == -1 ? 1 : depth;
    if (name[0] == 'f') collect(field, live[rest], hides, next, out);
    else if (name[0] == 'k') collect(field, elementByKeys(live, rest), hides, next, out);
    else if (name[0] == 'v') {
      bool there = false;
      for (JsonValue element = live.first(); element && !there; element = element.next()) there = element.raw() == rest;
      out += there ? '+' : '-';
    } else if (name[0] == 'i') collect(field, at(live, {rest}), hides, next, out);
    out += ';';
  }
}

std::string projection(JsonValue object, bool secretObject) {
  JsonValue fields = ownFields(object);
  if (!fields) return {};
  std::string text;
  text.reserve(1024);
  // At depth -1 stands the root of a Secret, whose `data` is not looked into.
  collect(fields, object, false, secretObject ? -1 : 0, text);
  return shortDigest(text);
}

std::string managersOf(JsonValue object) {
  std::string names;
  for (JsonValue entry = object["metadata"]["managedFields"].first(); entry; entry = entry.next()) {
    std::string name = entry["manager"].string();
    if ((", " + names + ",").find(", " + name + ",") != std::string::npos) continue;
    names += (names.empty() ? "" : ", ") + name;
  }
  return names.empty() ? "nobody" : names;
}

JsonValue at(JsonValue value, const std::vector<std::string>& tokens) {
  for (const std::string& token : tokens) {
    if (!value.isArray()) { value = value[token]; continue; }
    size_t index = 0;
    auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
    if (error != std::errc() || end != token.data() + token.size()) return {};
    JsonValue element = value.first();
    while (element && index-- > 0) element = element.next();
    value = element;
  }
  return value;
}

} // namespace chasi::engine

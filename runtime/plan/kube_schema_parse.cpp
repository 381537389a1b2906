#include "runtime/plan/kube_schema_parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace chasi::k8s {

namespace {

/// Cuts off the text before `separator`, or all of it.
std::string_view cut(std::string_view& rest, char separator) {
  size_t at = rest.find(separator);
  std::string_view head = rest.substr(0, at);
  rest.remove_prefix(at == rest.npos ? rest.size() : at + 1);
  return head;
}

std::vector<std::string_view> words(std::string_view text, char separator) {
  std::vector<std::string_view> all;
  while (!text.empty())
    if (std::string_view word = cut(text, separator); !word.empty()) all.push_back(word);
  return all;
}

struct Primitive {
  std::string_view word;
  Type type;
};

const std::vector<Primitive>& primitives() {
  static const std::vector<Primitive> all = {
      {"string", {TypeKind::String}},
      {"int32", {TypeKind::Integer, Format::Int32}},
      {"int64", {TypeKind::Integer, Format::Int64}},
      {"int", {TypeKind::Integer}},
      {"bool", {TypeKind::Bool}},
      {"number", {TypeKind::Number}},
      {"time", {TypeKind::String, Format::Time}},
      {"byte", {TypeKind::String, Format::Byte}},
      {"intOrString", {TypeKind::IntOrString}},
      {"quantity", {TypeKind::Quantity}},
      {"any", {TypeKind::Any}},
      {"object", {TypeKind::FreeObject}},
  };
  return all;
}

} // namespace

llvm::Error Schema::Parts::index() {
  std::string_view rest = text;
  size_t number = 0;
  while (!rest.empty()) {
    const char* start = rest.data();
    std::string_view line = cut(rest, '\n');
    ++number;
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == ' ') {
      if (blocks.empty()) return llvm::createStringError(fmt::format("schema line {}: a field outside of a type", number));
      Block& last = blocks.back();
      last.text = {last.text.data(), static_cast<size_t>(line.data() + line.size() - last.text.data())};
      continue;
    }
    std::string_view word = cut(line, ' ');
    if (word == "kubernetes") release = line;
    else if (word == "resource") {
      if (llvm::Error error = resource(line)) return error;
    } else if (word == "type") {
      std::string_view tail = line;
      std::string_view name = cut(tail, ' ');
      blocks.push_back({name, {start, static_cast<size_t>(line.data() + line.size() - start)}});
    } else return llvm::createStringError(fmt::format("schema line {}: '{}' begins no line of this format", number, word));
  }
  auto byName = [](const Block& a, const Block& b) { return a.name < b.name; };
  if (!std::is_sorted(blocks.begin(), blocks.end(), byName)) std::sort(blocks.begin(), blocks.end(), byName);
  auto key = [](const Resource& r) { return std::tie(r.group, r.version, r.plural); };
  std::sort(resources.begin(), resources.end(), [&](const Resource& a, const Resource& b) { return key(a) < key(b); });
  byKind.resize(resources.size());
  for (uint32_t i = 0; i < byKind.size(); ++i) byKind[i] = i;
  std::stable_sort(byKind.begin(), byKind.end(), [&](uint32_t a, uint32_t b) { return resources[a].kind < resources[b].kind; });
  return llvm::Error::success();
}

llvm::Error Schema::Parts::resource(std::string_view line) {
  std::vector<std::string_view> column = words(line, ' ');
  if (column.size() != 8) return llvm::createStringError("schema: a resource line has 8 columns, not " + std::to_string(column.size()));
  Resource r;
  r.group = column[0] == "-" ? std::string_view() : column[0];
  r.version = column[1];
  r.plural = column[2];
  r.kind = column[3];
  r.namespaced = column[4] == "namespaced";
  r.verbs = words(column[5], ',');
  if (column[6] != "-") r.subresources = words(column[6], ',');
  r.typeName = column[7];
  resources.push_back(std::move(r));
  return llvm::Error::success();
}

const Schema::Parts::Block* Schema::Parts::block(std::string_view name) const {
  auto at = std::lower_bound(blocks.begin(), blocks.end(), name, [](const Block& b, std::string_view n) { return b.name < n; });
  return at != blocks.end() && at->name == name ? &*at : nullptr;
}

const Type* Schema::Parts::load(std::string_view name) {
  if (auto known = named.find(name); known != named.end()) return known->second;
  const Block* found = block(name);
  if (!found) return nullptr;
  // Entered before its fields are read, because types may contain themselves.
  Type& type = types.emplace_back();
  named.emplace(found->name, &type);
  parseBlock(*found, type);
  return &type;
}

void Schema::Parts::parseBlock(const Block& block, Type& type) {
  std::string_view rest = block.text;
  std::string_view head = cut(rest, '\n');
  cut(head, ' ');
  cut(head, ' ');
  type.kind = TypeKind::Object;
  type.name = block.name;
  for (std::string_view mark : words(head, ' ')) {
    if (mark == "atomic") type.atomic = true;
    if (mark == "preserve") type.preserveUnknown = true;
  }
  while (!rest.empty()) {
    std::string_view line = cut(rest, '\n');
    if (!line.empty() && line[0] == ' ') type.fields.push_back(parseField(line.substr(1)));
  }
  std::sort(type.fields.begin(), type.fields.end(), [](const Field& a, const Field& b) { return a.name < b.name; });
}

Field Schema::Parts::parseField(std::string_view line) {
  Field field;
  field.name = cut(line, ' ');
  if (!field.name.empty() && field.name.back() == '!') {
    field.required = true;
    field.name.remove_suffix(1);
  }
  field.type = parseExpression(line);
  while (!line.empty()) {
    if (line[0] == ' ') { line.remove_prefix(1); continue; }
    char mark = line[0];
    line.remove_prefix(1);
    if (mark == '=') { // to the end of the line: JSON may contain spaces
      field.defaultJson = line;
      break;
    }
    std::string_view word = cut(line, ' ');
    if (mark == '^') field.patchMergeKey = word;
    if (mark == '~') {
      for (std::string_view strategy : words(word, ',')) {
        if (strategy == "merge") field.patchMerge = true;
        if (strategy == "retainKeys") field.patchRetainKeys = true;
      }
    }
  }
  return field;
}

const Type* Schema::Parts::fresh(Type type) { return &types.emplace_back(std::move(type)); }

const Type* Schema::Parts::parseExpression(std::string_view& rest) {
  if (rest.empty()) { problem_ = "a field without a type"; return fresh({}); }
  if (rest[0] == '[' || rest[0] == '{') return parseBrackets(rest);
  if (rest[0] == '@') return parseReference(rest);
  if (rest.substr(0, 5) == "enum(") return parseEnum(rest);
  size_t end = std::min(rest.find(' '), rest.size());
  std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  for (const Primitive& primitive : primitives())
    if (primitive.word == word) return &primitive.type;
  problem_ = word;
  return fresh({});
}

const Type* Schema::Parts::parseBrackets(std::string_view& rest) {
  bool list = rest[0] == '[';
  rest.remove_prefix(1);
  std::string_view mark = cut(rest, list ? ']' : '}');
  Type type;
  type.kind = list ? TypeKind::List : TypeKind::Map;
  if (!list) type.atomic = mark == "atomic";
  else if (mark == "set") type.listType = ListType::Set;
  else if (mark.substr(0, 4) == "map:") {
    type.listType = ListType::Map;
    type.mapKeys = words(mark.substr(4), ',');
  }
  type.element = parseExpression(rest);
  return fresh(std::move(type));
}

const Type* Schema::Parts::parseEnum(std::string_view& rest) {
  rest.remove_prefix(5);
  std::string_view body = cut(rest, ')');
  Type type;
  type.kind = TypeKind::String;
  while (true) {
    size_t at = body.find('|');
    std::string_view value = body.substr(0, at);
    if (value.find('%') != value.npos) {
      std::string decoded;
      for (size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '%' || i + 2 >= value.size()) { decoded += value[i]; continue; }
        decoded += static_cast<char>(std::strtol(std::string(value.substr(i + 1, 2)).c_str(), nullptr, 16));
        i += 2;
      }
      value = strings.emplace_back(std::move(decoded));
    }
    type.enumValues.push_back(value);
    if (at == body.npos) break;
    body.remove_prefix(at + 1);
  }
  return fresh(std::move(type));
}

const Type* Schema::Parts::parseReference(std::string_view& rest) {
  rest.remove_prefix(1);
  size_t end = std::min(rest.find(' '), rest.size());
  std::string_view name = rest.substr(0, end);
  rest.remove_prefix(end);
  size_t mark = name.find('+');
  std::string_view change = mark == name.npos ? std::string_view() : name.substr(mark + 1);
  const Type* type = load(name.substr(0, mark));
  if (!type) { problem_ = name; return fresh({}); }
  if (change.empty()) return type;
  // The mark at the field replaces that of the type.
  Type changed = *type;
  changed.atomic = change == "atomic";
  return fresh(std::move(changed));
}

llvm::Error Schema::Parts::check() {
  for (const Block& each : blocks) {
    load(each.name);
    if (!problem_.empty())
      return llvm::createStringError(fmt::format("schema: type {} uses '{}', which is no type", each.name, problem_));
  }
  return llvm::Error::success();
}

} // namespace chasi::k8s

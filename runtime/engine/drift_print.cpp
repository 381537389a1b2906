#include "runtime/engine/drift.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace chasi::engine {

namespace {

constexpr const char* kRed = "31";
constexpr const char* kYellow = "33";
constexpr const char* kDim = "2";

std::string paint(bool color, const char* ink, const std::string& text) { return color ? fmt::format("\033[{}m{}\033[0m", ink, text) : text; }

std::string shorten(const std::string& value) {
  constexpr size_t limit = 160;
  if (value.size() <= limit) return value;
  size_t cut = limit;
  while (cut > 0 && (static_cast<unsigned char>(value[cut]) & 0xC0) == 0x80) --cut;
  return fmt::format("{}… ({} bytes)", value.substr(0, cut), value.size());
}

const char* sentence(DriftKind kind) {
  switch (kind) {
  case DriftKind::Changed: return "";
  case DriftKind::Deleted: return " was deleted";
  case DriftKind::Replaced: return " was deleted, and somebody else made a new one";
  case DriftKind::Leaving: return " is being deleted";
  case DriftKind::Unserved: return " is of a kind that the cluster does not serve any more, so nobody can tell";
  case DriftKind::Unmarked: return " lost the label by which it is known as ours";
  }
  return "";
}

std::string valueOf(const DriftField& field, bool exact) {
  if (field.secret) return "(secret)";
  if (field.added || !exact) return field.live.empty() ? "(removed)" : shorten(field.live);
  return fmt::format("{} → {}", field.applied.empty() ? "(not there)" : shorten(field.applied), field.live.empty() ? "(removed)" : shorten(field.live));
}

std::string writer(const DriftField& field) {
  if (field.manager.empty()) return "";
  return fmt::format("  {} {}{}{}", field.added ? "added by" : "by", field.manager, field.subresource.empty() ? "" : fmt::format(" ({})", field.subresource),
                     field.time.empty() ? "" : " at " + field.time);
}

} // namespace

void printDrift(const DriftReport& report, bool color, llvm::raw_ostream& out) {
  std::string owner;
  for (const DriftObject& object : report.objects) {
    if (object.owner != owner || &object == &report.objects.front()) out << (&object == &report.objects.front() ? "" : "\n") << (object.owner.empty() ? "(no declaration)" : object.owner) << "\n";
    owner = object.owner;
    const bool gone = object.kind == DriftKind::Deleted || object.kind == DriftKind::Leaving;
    out << "  " << paint(color, gone ? kRed : kYellow, gone ? "-" : "~") << " " << describe(object.object) << sentence(object.kind) << "\n";
    for (const DriftField& field : object.fields)
      out << "      " << field.path << ": " << valueOf(field, object.exact) << paint(color, kDim, writer(field)) << "\n";
    if (object.kind == DriftKind::Changed && !object.exact)
      out << "      " << paint(color, kDim, object.fields.empty() ? "something that was applied changed; which field is not recorded" : "what was applied before is not known: the specification asks for something else by now, and the last record is of something else, too") << "\n";
  }
  if (report.any()) out << "\n";
  out << fmt::format("{} of {} objects differ from the last apply", report.objects.size(), report.compared);
  if (report.unknown) out << fmt::format("; of {} more no apply is recorded", report.unknown);
  out << "\n";
}

void printDriftJson(const DriftReport& report, llvm::raw_ostream& out) {
  using nlohmann::ordered_json;
  auto value = [](const std::string& text) { return text.empty() ? ordered_json() : ordered_json::parse(text, nullptr, false); };
  ordered_json objects = ordered_json::array();
  for (const DriftObject& object : report.objects) {
    ordered_json fields = ordered_json::array();
    for (const DriftField& field : object.fields) {
      ordered_json one = {{"path", field.path}};
      if (!field.secret && !field.applied.empty()) one["applied"] = value(field.applied);
      if (!field.secret && !field.live.empty()) one["live"] = value(field.live);
      for (const auto& [key, text] : {std::pair{"manager", &field.manager}, std::pair{"subresource", &field.subresource}, std::pair{"time", &field.time}})
        if (!text->empty()) one[key] = *text;
      if (field.added) one["added"] = true;
      if (field.secret) one["secret"] = true;
      fields.push_back(std::move(one));
    }
    objects.push_back({{"operation", object.operation}, {"owner", object.owner}, {"target", object.target}, {"apiVersion", object.object.apiVersion},
                       {"kind", object.object.kind}, {"namespace", object.object.ns}, {"name", object.object.name}, {"drift", name(object.kind)},
                       {"exact", object.exact}, {"fields", std::move(fields)}});
  }
  const ordered_json root = {{"apiVersion", "chasi.dev/drift/v1"}, {"drifted", report.any()}, {"compared", report.compared}, {"unknown", report.unknown}, {"objects", std::move(objects)}};
  out << root.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
}

} // namespace chasi::engine

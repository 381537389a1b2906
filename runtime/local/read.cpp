#include "runtime/local/read.h"

#include "runtime/local/selector.h"

#include <fmt/format.h>

#include <charconv>

namespace chasi::local {

std::string Pages::keep(std::shared_ptr<const List> list, size_t offset) {
  constexpr size_t most = 32;
  std::lock_guard lock(mutex_);
  auto known = std::find_if(lists_.begin(), lists_.end(), [&](const auto& each) { return each.second == list; });
  if (known != lists_.end()) lists_.splice(lists_.begin(), lists_, known);
  else lists_.emplace_front(++last_, std::move(list));
  if (lists_.size() > most) lists_.pop_back();
  return fmt::format("{}.{}", lists_.front().first, offset);
}

std::shared_ptr<const Pages::List> Pages::find(const std::string& token, size_t& offset) {
  uint64_t id = 0;
  const char* end = token.data() + token.size();
  auto [dot, problem] = std::from_chars(token.data(), end, id);
  if (problem != std::errc() || dot == end || *dot != '.' || std::from_chars(dot + 1, end, offset).ptr != end) return {};
  std::lock_guard lock(mutex_);
  for (const auto& [each, list] : lists_)
    if (each == id && offset <= list->entries.size()) return list;
  return {};
}

std::string show(const Kind& kind, const Entry& entry, Form form) {
  if (form == Form::Metadata) return fmt::format(R"({{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{}}})", entry.meta().metadata);
  if (kind.version == kind.storageVersion) return entry.text();
  Json object = entry.json();
  convert(kind, object);
  return dumpJson(object);
}

Answer answerWith(const Call& call, const Entry& entry, int http) {
  Answer answer;
  answer.http = http;
  if (call.form == Form::Table) {
    Json table = tableOf(call.kind(), {std::make_shared<Entry>(entry.key(), entry.version(), entry.text())}, call.request->param("includeObject"));
    table["metadata"]["resourceVersion"] = std::to_string(entry.version());
    answer.body = dumpJson(table);
  } else {
    answer.body = show(call.kind(), entry, call.form);
  }
  answer.body += '\n';
  return answer;
}

Answer getObject(Cluster& cluster, const Call& call) {
  const EntryPtr entry = cluster.store().get(call.key());
  if (!entry) return answerOf(notFound(call.kind(), call.at.name));
  return answerWith(call, *entry, 200);
}

namespace {

std::optional<uint64_t> parseVersion(const std::string& text) {
  uint64_t version = 0;
  auto [at, problem] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (problem != std::errc() || at != text.data() + text.size()) return {};
  return version;
}

Refusal badVersion(const std::string& text) {
  return invalid("meta.k8s.io", "ListOptions", "", {fmt::format("resourceVersion: Invalid value: \"{}\": strconv.ParseUint: parsing \"{}\": invalid syntax", text, text)});
}

/// The entries that both selectors let through.
Result<std::vector<EntryPtr>> select(const Call& call, std::vector<EntryPtr> entries) {
  Result<LabelSelector> labels = LabelSelector::parse(call.request->param("labelSelector"));
  if (auto* refusal = std::get_if<Refusal>(&labels)) return *refusal;
  Result<FieldSelector> fields = FieldSelector::parse(call.kind(), call.request->param("fieldSelector"));
  if (auto* refusal = std::get_if<Refusal>(&fields)) return *refusal;
  const LabelSelector& byLabel = std::get<LabelSelector>(labels);
  const FieldSelector& byField = std::get<FieldSelector>(fields);
  if (byLabel.empty() && byField.empty()) return entries;
  std::erase_if(entries, [&](const EntryPtr& entry) { return !byField.matches(*entry) || (!byLabel.empty() && !byLabel.matches(entry->meta().labels)); });
  return entries;
}

Result<std::shared_ptr<const Pages::List>> listFor(Cluster& cluster, const Call& call, size_t& offset) {
  if (const std::string& token = call.request->param("continue"); !token.empty()) {
    if (auto list = cluster.pages().find(token, offset)) return list;
    return expired("The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.");
  }
  Snapshot snapshot = cluster.store().list(call.kind().qualified(), call.at.ns);
  if (const std::string& wanted = call.request->param("resourceVersion"); !wanted.empty()) {
    const std::optional<uint64_t> version = parseVersion(wanted);
    if (!version) return badVersion(wanted);
    if (*version > snapshot.version)
      return Refusal{504, "Timeout", fmt::format("Too large resource version: {}, current: {}", *version, snapshot.version),
                     {{"causes", Json::array({{{"reason", "ResourceVersionTooLarge"}, {"message", "Too large resource version"}}})}, {"retryAfterSeconds", 1}}};
    if (call.request->param("resourceVersionMatch") == "Exact" && *version != snapshot.version)
      return expired(fmt::format("The resourceVersion for the provided list is too old: only the newest state is kept ({}).", snapshot.version));
  }
  auto list = std::make_shared<Pages::List>();
  Result<std::vector<EntryPtr>> selected = select(call, std::move(snapshot.entries));
  if (auto* refusal = std::get_if<Refusal>(&selected)) return *refusal;
  list->entries = std::move(std::get<std::vector<EntryPtr>>(selected));
  list->version = snapshot.version;
  return std::shared_ptr<const Pages::List>(std::move(list));
}

} // namespace

Answer listObjects(Cluster& cluster, const Call& call) {
  size_t offset = 0;
  Result<std::shared_ptr<const Pages::List>> found = listFor(cluster, call, offset);
  if (auto* refusal = std::get_if<Refusal>(&found)) return answerOf(*refusal);
  const std::shared_ptr<const Pages::List> list = std::get<std::shared_ptr<const Pages::List>>(found);
  size_t limit = list->entries.size() - offset;
  if (const std::string& text = call.request->param("limit"); !text.empty()) {
    const std::optional<uint64_t> asked = parseVersion(text);
    if (!asked) return answerOf(badRequest(fmt::format("strconv.ParseInt: parsing \"{}\": invalid syntax", text)));
    if (*asked > 0) limit = std::min<size_t>(limit, *asked);
  }
  const size_t end = offset + limit;
  Json metadata = {{"resourceVersion", std::to_string(list->version)}};
  if (end < list->entries.size()) {
    metadata["continue"] = cluster.pages().keep(list, end);
    metadata["remainingItemCount"] = list->entries.size() - end;
  }
  Answer answer;
  if (call.form == Form::Table) {
    Json table = tableOf(call.kind(), {list->entries.begin() + static_cast<ptrdiff_t>(offset), list->entries.begin() + static_cast<ptrdiff_t>(end)}, call.request->param("includeObject"));
    table["metadata"] = std::move(metadata);
    answer.body = dumpJson(table) + "\n";
    return answer;
  }
  const bool partial = call.form == Form::Metadata;
  std::string& out = answer.body;
  size_t size = 200;
  for (size_t i = offset; i < end; ++i) size += list->entries[i]->text().size() + 1;
  out.reserve(size);
  const bool null = partial && offset == end; // as the real one has it
  out = fmt::format(R"({{"kind":"{}","apiVersion":"{}","metadata":{},"items":{})", partial ? "PartialObjectMetadataList" : call.kind().listKind,
                    partial ? "meta.k8s.io/v1" : call.kind().apiVersion(), dumpJson(metadata), null ? "null" : "[");
  const bool asStored = !partial && call.kind().version == call.kind().storageVersion;
  for (size_t i = offset; i < end; ++i) {
    if (i > offset) out += ',';
    if (asStored) out += list->entries[i]->text();
    else out += show(call.kind(), *list->entries[i], call.form);
  }
  out += null ? "}\n" : "]}\n";
  return answer;
}

} // namespace chasi::local

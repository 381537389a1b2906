#include "runtime/local/call.h"

#include <fmt/format.h>

#include <algorithm>

namespace chasi::local {

/// Calls with each media type of an Accept header: its name and its parameters. Stops when the callee says true.
template <typename Each> static bool anyMediaType(const std::string& accept, Each each) {
  for (size_t begin = 0; begin <= accept.size();) {
    const size_t end = std::min(accept.find(',', begin), accept.size());
    std::string name;
    std::map<std::string, std::string> parameters;
    for (size_t from = begin; from <= end;) {
      const size_t to = std::min({accept.find(';', from), end});
      std::string part = accept.substr(from, to - from);
      part.erase(0, part.find_first_not_of(" \t"));
      part.erase(part.find_last_not_of(" \t") + 1);
      if (from == begin) name = part;
      else if (size_t equal = part.find('='); equal != part.npos) parameters[part.substr(0, equal)] = part.substr(equal + 1);
      from = to + 1;
    }
    if (each(name, parameters)) return true;
    begin = end + 1;
  }
  return false;
}

static bool isJson(const std::string& name) { return name.empty() || name == "application/json" || name == "*/*" || name == "application/*"; }

std::optional<Form> negotiate(const std::string& accept) {
  std::optional<Form> form;
  anyMediaType(accept, [&](const std::string& name, const std::map<std::string, std::string>& parameters) {
    if (!isJson(name)) return false;
    auto as = parameters.find("as");
    auto is = [&](const char* key, const char* value) { auto at = parameters.find(key); return at != parameters.end() && at->second == value; };
    if (as == parameters.end()) form = Form::Plain;
    else if (!is("g", "meta.k8s.io") || !is("v", "v1")) return false;
    else if (as->second == "Table") form = Form::Table;
    else if (as->second == "PartialObjectMetadata" || as->second == "PartialObjectMetadataList") form = Form::Metadata;
    return form.has_value();
  });
  return form;
}

bool acceptsDiscovery(const std::string& accept) {
  return anyMediaType(accept, [&](const std::string& name, const std::map<std::string, std::string>& parameters) {
    auto is = [&](const char* key, const char* value) { auto at = parameters.find(key); return at != parameters.end() && at->second == value; };
    return name == "application/json" && is("as", "APIGroupDiscoveryList") && is("g", "apidiscovery.k8s.io") && is("v", "v2");
  });
}

static int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decodePercent(std::string_view text, bool plusIsBlank) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hexDigit(text[i + 1]) >= 0 && hexDigit(text[i + 2]) >= 0) {
      out += static_cast<char>(hexDigit(text[i + 1]) * 16 + hexDigit(text[i + 2]));
      i += 2;
    } else {
      out += plusIsBlank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::vector<std::string> pathParts(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t begin = 1; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    parts.push_back(decodePercent(std::string_view(path).substr(begin, end - begin), false));
    begin = end + 1;
  }
  return parts;
}

std::optional<Route> route(const Catalog& catalog, const std::string& path) {
  const std::vector<std::string> parts = pathParts(path);
  if (parts.size() < 3 || (parts[0] != "api" && parts[0] != "apis")) return {};
  const bool core = parts[0] == "api";
  const std::string group = core ? "" : parts[1], version = core ? parts[1] : parts[2];
  size_t i = core ? 2 : 3;
  Route to;
  // "namespaces/NAME/status" is about the namespace itself.
  if (i + 2 < parts.size() && parts[i] == "namespaces" && !(core && i + 3 == parts.size() && (parts[i + 2] == "status" || parts[i + 2] == "finalize"))) {
    to.ns = parts[i + 1];
    if (to.ns.empty()) return {};
    i += 2;
  }
  if (i >= parts.size()) return {};
  to.kind = catalog.find(group, version, parts[i]);
  if (!to.kind || (!to.ns.empty() && !to.kind->namespaced)) return {};
  const size_t left = parts.size() - i - 1;
  if (left > 2) return {};
  if (left > 0) to.name = parts[i + 1];
  if (left > 1) to.subresource = parts[i + 2];
  if (left > 0 && (to.name.empty() || (to.kind->namespaced && to.ns.empty()))) return {};
  if (!to.subresource.empty() && !to.kind->serves(to.subresource)) return {};
  return to;
}

/// As Kubernetes does it: what stands before the first slash of the User-Agent, printable characters only.
static std::string managerOf(const Request& request) {
  if (!request.param("fieldManager").empty()) return request.param("fieldManager");
  std::string name;
  for (const char c : request.userAgent.substr(0, request.userAgent.find('/')))
    if (c >= 0x20 && c < 0x7f && name.size() < 128) name += c;
  return name.empty() ? "unknown" : name;
}

static bool printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

Result<Call> understand(const Request& request, Route at) {
  Call call;
  call.request = &request;
  call.at = std::move(at);
  const std::optional<Form> form = negotiate(request.accept);
  if (!form) return notAcceptable();
  call.form = *form;
  const char* options = request.method == "POST" ? "CreateOptions" : request.method == "PATCH" ? "PatchOptions" : request.method == "PUT" ? "UpdateOptions" : "DeleteOptions";
  auto refuse = [&](std::string problem) { return invalid("meta.k8s.io", options, "", {std::move(problem)}); };
  if (const std::string& dry = request.param("dryRun"); !dry.empty()) {
    if (dry != "All") return refuse(fmt::format("dryRun: Unsupported value: \"{}\": supported values: \"All\"", dry));
    call.dryRun = true;
  }
  if (const std::string& level = request.param("fieldValidation"); !level.empty()) {
    if (level == "Strict") call.validation = Validation::Strict;
    else if (level == "Ignore") call.validation = Validation::Ignore;
    else if (level != "Warn") return refuse(fmt::format("fieldValidation: Unsupported value: \"{}\": supported values: \"Ignore\", \"Strict\", \"Warn\"", level));
  }
  call.manager = managerOf(request);
  if (call.manager.size() > 128) return refuse(fmt::format("fieldManager: Invalid value: \"{}\": must be no more than 128 characters", call.manager));
  if (!printable(call.manager)) return refuse("fieldManager: Invalid value: must only contain printable characters");
  return call;
}

} // namespace chasi::local

#include "runtime/local/access.h"

#include <fmt/format.h>

#include <ctime>
#include <random>

namespace chasi::local {

static constexpr int kMaxReviewDepth = 200;

const Json* find(const Json& document, Path path) {
  const Json* at = &document;
  for (std::string_view key : path) {
    if (!at->is_object()) return nullptr;
    auto member = at->find(key);
    if (member == at->end()) return nullptr;
    at = &*member;
  }
  return at;
}

Json* find(Json& document, Path path) { return const_cast<Json*>(find(std::as_const(document), path)); }

const std::string& textAt(const Json& document, Path path) {
  static const std::string empty;
  const Json* value = find(document, path);
  return value && value->is_string() ? value->get_ref<const std::string&>() : empty;
}

int64_t numberAt(const Json& document, Path path, int64_t otherwise) {
  const Json* value = find(document, path);
  return value && value->is_number() ? value->get<int64_t>() : otherwise;
}

bool trueAt(const Json& document, Path path) {
  const Json* value = find(document, path);
  return value && value->is_boolean() && value->get<bool>();
}

Json& setAt(Json& document, Path path, Json value) {
  Json* at = &document;
  for (std::string_view key : path) {
    if (!at->is_object()) *at = Json::object();
    at = &(*at)[std::string(key)];
  }
  return *at = std::move(value);
}

void removeAt(Json& document, Path path) {
  Json* at = &document;
  size_t left = path.size();
  for (std::string_view key : path) {
    if (!at->is_object()) return;
    auto member = at->find(key);
    if (member == at->end()) return;
    if (--left == 0) { at->erase(member); return; }
    at = &*member;
  }
}

/// The deepest nesting of brackets outside of strings.
static int depthOf(std::string_view text) {
  int depth = 0, deepest = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i)
        if (text[i] == '\\') ++i;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

std::optional<Json> parseJson(std::string_view text, std::string& problem) {
  if (depthOf(text) > kMaxReviewDepth) {
    problem = fmt::format("json: nested more than {} levels deep", kMaxReviewDepth);
    return {};
  }
  Json value = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!value.is_discarded()) return value;
  try {
    value = Json::parse(text.begin(), text.end());
  } catch (const std::exception& error) {
    problem = error.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 2: …"
    if (size_t end = problem.find("] "); end != problem.npos) problem = problem.substr(end + 2);
  }
  return {};
}

Json parseTrusted(std::string_view text) { return Json::parse(text.begin(), text.end(), nullptr, false); }

std::string dumpJson(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string timeText(int64_t unixSeconds) {
  const std::time_t time = unixSeconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                     parts.tm_min, parts.tm_sec);
}

std::string timeNow() { return timeText(std::time(nullptr)); }

std::optional<int64_t> parseTime(std::string_view text) {
  std::tm parts{};
  const std::string copy(text);
  const char* end = ::strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (!end) return {};
  return ::timegm(&parts);
}

static uint64_t random64() {
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  return generator();
}

std::string randomUid() {
  const uint64_t high = random64(), low = random64();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xfff, 8 + (low >> 62),
                     (low >> 48) & 0xfff, low & 0xffffffffffff);
}

std::string randomSuffix() {
  constexpr std::string_view letters = "bcdfghjklmnpqrstvwxz2456789";
  std::string suffix;
  for (int i = 0; i < 5; ++i) suffix += letters[random64() % letters.size()];
  return suffix;
}

} // namespace chasi::local

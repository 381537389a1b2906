#include "runtime/engine/scrub.h"

#include "runtime/plan/digest.h"
#include "runtime/plan/fact.h"
#include "runtime/plan/json_view.h"

#include <algorithm>

namespace chasi::engine {

static void add(llvm::Expected<std::string> value, std::vector<std::string>& values) {
  if (!value) return llvm::consumeError(value.takeError());
  values.push_back(plan::base64(*value));
  values.push_back(std::move(*value));
}

static void addValues(const plan::Operation& op, const plan::SecretReader& reader, std::vector<std::string>& values) {
  for (const plan::SecretRef& ref : op.secrets) {
    if (ref.provider == plan::kOpen) continue;
    if (ref.provider == plan::kLiteral) {
      std::string plain;
      values.push_back(ref.key);
      if (plan::fromBase64(ref.key, plain)) values.push_back(std::move(plain));
      continue;
    }
    add(resolveSecret(ref, reader), values);
    if (ref.provider != plan::kTemplate) continue;
    // A server may quote a piece of what it was sent.
    for (const plan::SecretRef& source : sourcesOf(ref))
      if (source.provider != plan::kFact) add(reader(source), values);
  }
}

static std::vector<std::string> tidied(std::vector<std::string> values) {
  // One letter would turn any text into nonsense, and is no secret.
  std::erase_if(values, [](const std::string& value) { return value.size() < 3; });
  // The server quotes what it refuses.
  for (size_t i = 0, size = values.size(); i < size; ++i) {
    std::string quoted = plan::quoteJson(values[i]);
    if (quoted.size() != values[i].size() + 2) values.push_back(quoted.substr(1, quoted.size() - 2));
  }
  // The longer first: one may be part of another.
  std::sort(values.begin(), values.end(), [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  return values;
}

std::vector<std::string> secretValues(const plan::Operation& op, const plan::SecretReader& reader) {
  std::vector<std::string> values;
  addValues(op, reader, values);
  return tidied(std::move(values));
}

ReaderOf readerOf(Connections& connections, const plan::SecretReader& others) {
  return [&connections, others](const plan::Operation& op) {
    const Site* site = connections.siteOf(op.target);
    return site ? site->secrets.reader(others) : others;
  };
}

std::vector<std::string> secretValues(const plan::Desired& desired, const ReaderOf& reader) {
  std::vector<std::string> values;
  for (const plan::Operation& op : desired.operations)
    if (!op.secrets.empty()) addValues(op, reader(op), values);
  return tidied(std::move(values));
}

void askPrograms(const plan::Plan& plan, const plan::SecretReader& reader) {
  for (const plan::Operation& op : plan.desired.operations)
    for (const plan::SecretRef& ref : op.secrets)
      for (const plan::SecretRef& source : sourcesOf(ref))
        if (source.provider == plan::kProgram) llvm::consumeError(reader(source).takeError());
}

std::string scrub(std::string text, const std::vector<std::string>& values) {
  for (const std::string& value : values)
    for (size_t at = text.find(value); at != text.npos; at = text.find(value, at + 8)) text.replace(at, value.size(), "(secret)");
  return text;
}

} // namespace chasi::engine

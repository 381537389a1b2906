#include "runtime/engine/engine.h"
#include "runtime/engine/text_width.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace chasi::engine {

static const char* inkOf(State state) {
  switch (state) {
  case State::Ready: return "\033[32m";
  case State::Progressing: return "\033[33m";
  default: return "\033[31m";
  }
}

void printStatus(const StatusReport& report, bool color, llvm::raw_ostream& out) {
  size_t nameColumns = 0, countColumns = 0;
  std::vector<std::string> counts;
  for (const OwnerStatus& owner : report.owners) {
    counts.push_back(fmt::format("{}/{}", owner.ready, owner.objects));
    nameColumns = std::max(nameColumns, columnsOf(owner.owner));
    countColumns = std::max(countColumns, counts.back().size());
  }
  auto painted = [&](State state, std::string text) { return color ? inkOf(state) + text + "\033[0m" : text; };
  size_t stateColumns = std::string_view(name(State::Progressing)).size();
  size_t healthy = 0;
  for (size_t i = 0; i < report.owners.size(); ++i) {
    const OwnerStatus& owner = report.owners[i];
    if (owner.state == State::Ready) ++healthy;
    out << padded(owner.owner, nameColumns) << "  " << painted(owner.state, padded(name(owner.state), stateColumns)) << "  "
        << std::string(countColumns - counts[i].size(), ' ') << counts[i] << '\n';
    for (const ObjectStatus& trouble : owner.troubles)
      out << "  " << painted(trouble.state, padded(name(trouble.state), stateColumns)) << "  " << describe(trouble.object)
          << (trouble.reason.empty() ? "" : ": " + trouble.reason) << '\n';
  }
  for (const LeftOutTarget& each : report.missing)
    out << painted(State::Unknown, fmt::format("cluster {}", each.target)) << fmt::format("  {}: {}\n", each.fault.code, each.fault.message);
  if (report.owners.empty()) out << "nothing is described\n";
  else out << fmt::format("{} of {} ready\n", healthy, report.owners.size());
}

void printStatusJson(const StatusReport& report, llvm::raw_ostream& out) {
  using nlohmann::ordered_json;
  ordered_json owners = ordered_json::array();
  for (const OwnerStatus& owner : report.owners) {
    ordered_json troubles = ordered_json::array();
    for (const ObjectStatus& each : owner.troubles)
      troubles.push_back({{"operation", each.operation},
                          {"target", each.target},
                          {"apiVersion", each.object.apiVersion},
                          {"kind", each.object.kind},
                          {"namespace", each.object.ns},
                          {"name", each.object.name},
                          {"state", name(each.state)},
                          {"reason", each.reason}});
    owners.push_back({{"owner", owner.owner},
                      {"state", name(owner.state)},
                      {"objects", owner.objects},
                      {"ready", owner.ready},
                      {"troubles", std::move(troubles)}});
  }
  ordered_json root = {{"healthy", report.healthy()}, {"owners", std::move(owners)}};
  for (const LeftOutTarget& each : report.missing)
    root["missing"].push_back({{"target", each.target}, {"code", each.fault.code}, {"message", each.fault.message}});
  out << root.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
}

} // namespace chasi::engine

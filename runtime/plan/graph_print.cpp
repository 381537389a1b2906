#include "runtime/plan/fault.h"
#include "runtime/plan/graph.h"
#include "runtime/plan/graph_svg.h"
#include "runtime/plan/json_view.h"

#include <fmt/format.h>

#include <map>

namespace chasi::plan {

llvm::Expected<GraphFormat> graphFormat(llvm::StringRef name) {
  if (name == "dot") return GraphFormat::Dot;
  if (name == "mermaid") return GraphFormat::Mermaid;
  if (name == "json") return GraphFormat::Json;
  if (name == "svg") return GraphFormat::Svg;
  return fault("CH6005", fmt::format("the graph is not drawn as '{}'", name.str()), "use dot, mermaid, svg or json");
}

// Owners in the order of their first operation, so that a picture reads like the specification.
static std::vector<std::pair<std::string, std::vector<uint32_t>>> byOwner(const Desired& desired) {
  std::vector<std::pair<std::string, std::vector<uint32_t>>> groups;
  std::map<std::string, size_t> place;
  for (uint32_t i = 0; i < desired.operations.size(); ++i) {
    const std::string& owner = desired.operations[i].owner;
    auto [at, added] = place.try_emplace(owner, groups.size());
    if (added) groups.emplace_back(owner, std::vector<uint32_t>());
    groups[at->second].second.push_back(i);
  }
  return groups;
}

static std::string label(const Operation& op) {
  switch (op.kind) {
  case OpKind::Object: return op.object.kind + " " + op.object.name;
  case OpKind::Image: return "image " + op.id;
  case OpKind::Vcluster: return "vcluster " + op.id;
  case OpKind::Wait: return "wait for " + op.object.kind + " " + op.object.name;
  }
  return op.id;
}

static std::string portText(const Link& link) { return link.protocol == "TCP" ? fmt::format("{}", link.port) : fmt::format("{}/{}", link.port, link.protocol); }

static void printDot(const Desired& desired, const std::vector<Link>& links, llvm::raw_ostream& out) {
  out << "digraph plan {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n";
  size_t cluster = 0;
  for (const auto& [owner, members] : byOwner(desired)) {
    out << "  subgraph cluster_" << cluster++ << " {\n    label=" << quoteJson(owner) << ";\n";
    for (uint32_t i : members)
      out << "    n" << i << " [label=" << quoteJson(label(desired.operations[i])) << "];\n";
    out << "  }\n";
  }
  for (uint32_t i = 0; i < desired.operations.size(); ++i)
    for (uint32_t need : desired.operations[i].needs) out << "  n" << i << " -> n" << need << ";\n";
  for (const Link& l : links) out << fmt::format("  n{} -> n{} [style=dashed, constraint=false, label=\"{}\"];\n", l.from, l.to, portText(l));
  out << "}\n";
}

// Mermaid reads entities where quotes would end a label.
static std::string mermaidText(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (c == '"') result += "#quot;";
    else if (c == '#') result += "#35;";
    else result += c;
  }
  return result;
}

static void printMermaid(const Desired& desired, const std::vector<Link>& links, llvm::raw_ostream& out) {
  out << "flowchart LR\n";
  size_t group = 0;
  for (const auto& [owner, members] : byOwner(desired)) {
    out << "  subgraph g" << group++ << " [\"" << mermaidText(owner) << "\"]\n";
    for (uint32_t i : members) out << "    n" << i << "[\"" << mermaidText(label(desired.operations[i])) << "\"]\n";
    out << "  end\n";
  }
  for (uint32_t i = 0; i < desired.operations.size(); ++i)
    for (uint32_t need : desired.operations[i].needs) out << "  n" << i << " --> n" << need << "\n";
  for (const Link& l : links) out << fmt::format("  n{} -. {} .-> n{}\n", l.from, portText(l), l.to);
}

static void printSvg(const Desired& desired, const std::vector<Link>& links, llvm::raw_ostream& out) {
  std::vector<std::string> rows;
  for (const Operation& op : desired.operations) rows.push_back(label(op));
  printGraphSvg(desired, links, rows, out);
}

static void printJson(const Desired& desired, const std::vector<Link>& links, llvm::raw_ostream& out) {
  out << "{\"nodes\":[";
  for (size_t i = 0; i < desired.operations.size(); ++i) {
    const Operation& op = desired.operations[i];
    out << (i ? "," : "") << "\n{\"id\":" << quoteJson(op.id) << ",\"owner\":" << quoteJson(op.owner)
        << ",\"target\":" << quoteJson(op.target) << ",\"label\":" << quoteJson(label(op)) << "}";
  }
  out << "],\n\"edges\":[";
  bool first = true;
  for (const Operation& op : desired.operations)
    for (uint32_t need : op.needs) {
      out << (first ? "" : ",") << "\n{\"from\":" << quoteJson(op.id)
          << ",\"needs\":" << quoteJson(desired.operations[need].id) << "}";
      first = false;
    }
  out << "],\n\"links\":[";
  for (size_t i = 0; i < links.size(); ++i)
    out << (i ? "," : "") << "\n{\"from\":" << quoteJson(desired.operations[links[i].from].id) << ",\"to\":" << quoteJson(desired.operations[links[i].to].id)
        << ",\"port\":" << links[i].port << ",\"protocol\":" << quoteJson(links[i].protocol) << "}";
  out << "]}\n";
}

void printGraph(const Desired& desired, const std::vector<Link>& links, GraphFormat format, llvm::raw_ostream& out) {
  switch (format) {
  case GraphFormat::Dot: printDot(desired, links, out); break;
  case GraphFormat::Mermaid: printMermaid(desired, links, out); break;
  case GraphFormat::Svg: printSvg(desired, links, out); break;
  case GraphFormat::Json: printJson(desired, links, out); break;
  }
}

} // namespace chasi::plan

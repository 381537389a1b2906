#include "compiler/sema/layers.h"

#include "compiler/sema/checker.h"

#include <llvm/ADT/StringExtras.h>

namespace chasi::sema {

namespace {

using source::Diagnostics;

/// The items `extends NAME` of a file, but for those that could not be read.
std::vector<NodeRef> extendsOf(const Module& layer) {
  std::vector<NodeRef> out;
  for (const File& file : layer.files)
    for (NodeRef n : file.tree->root().children())
      if (n.is(NodeKind::Layer) && n.child(0) && !n.flag(syntax::kBroken)) out.push_back(n);
  return out;
}

std::string nameIn(NodeRef extends) {
  Diagnostics unheard; // what is wrong with the text was reported when its own file was read
  return extends.child(0).is(NodeKind::String) ? plainText(extends.child(0), unheard) : extends.child(0).tokenText().str();
}

/// As it is written behind `extends`: names that are no words are texts.
std::string written(const std::string& name) {
  const bool word = !llvm::isDigit(name.front()) && llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
  return word ? name : fmt::format("\"{}\"", name);
}

void unknown(NodeRef place, const std::string& name, const std::string& self, const std::map<std::string, std::string>& environments, Diagnostics& diagnostics) {
  Diagnostic& d = diagnostics.report(Code::UnknownEnvironment, place.span(), fmt::format("there is no environment `{}`", name));
  std::vector<std::string> names;
  for (const auto& [known, file] : environments)
    if (known != self) names.push_back(known);
  if (const std::string near = source::nearest(name, names); !near.empty()) d.hint(fmt::format("did you mean `{}`?", near)).fix(fmt::format("replace with `{}`", near), place.span(), written(near));
  else if (names.empty()) d.hint(fmt::format("environments are files: write env/{}.chasi", name));
  else d.hint(fmt::format("there are {}", fmt::join(names, ", ")));
}

/// `layers` from the one that is extended again, which comes last, down to the lowest, which extends it.
void circle(llvm::ArrayRef<Module*> layers, NodeRef place, Diagnostics& diagnostics) {
  const std::string& name = layers.back()->environment;
  Diagnostic& d = diagnostics.report(Code::LayerCycle, place.span(), layers.size() == 1 ? fmt::format("environment `{}` extends itself", name) : "environments extend each other");
  std::string way = name;
  for (const Module* layer : llvm::reverse(layers.drop_front())) {
    const NodeRef there = extendsOf(*layer).front();
    d.at(there.child(0).span(), fmt::format("`{}` extends `{}`", layer->environment, nameIn(there)));
    way += " -> " + nameIn(there);
  }
  if (layers.size() > 1) d.note(fmt::format("the way round: {} -> {}", way, name));
  d.hint("environments stand in a line: the lowest of them extends none");
}

} // namespace

std::string environmentBelow(Program& program, const std::map<std::string, std::string>& environments) {
  const Module& layer = *program.layers.front();
  const std::vector<NodeRef> all = extendsOf(layer);
  if (all.empty()) return "";
  const NodeRef first = all.front(), place = first.child(0);
  for (NodeRef again : llvm::drop_begin(all))
    program.diagnostics.report(Code::DuplicateName, again.tokenSpan(), "an environment extends one other")
        .at(first.span(), "it extends this one already")
        .hint("layers stand in a line: what both have belongs into one that the other extends");
  const NodeRef head = *first.tree().root().children().begin();
  if (head.index() != first.index())
    program.diagnostics.report(Code::WrongPlace, first.tokenSpan(), "`extends` stands at the head of an environment file")
        .at(head.tokenSpan(), "this stands before it")
        .hint("move it to the top: what a file stands on is read first");
  if (place.child(NodeKind::Interp)) {
    program.diagnostics.report(Code::TypeMismatch, place.span(), "the environment to extend is a plain text").hint("write `extends \"NAME\"`");
    return "";
  }
  const std::string name = place.is(NodeKind::String) ? plainText(place, program.diagnostics) : place.tokenText().str();
  if (!environments.contains(name)) {
    unknown(place, name, layer.environment, environments, program.diagnostics);
    return "";
  }
  for (size_t i = 0; i < program.layers.size(); ++i)
    if (program.layers[i]->environment == name) {
      circle(llvm::ArrayRef(program.layers).take_front(i + 1), place, program.diagnostics);
      return "";
    }
  return name;
}

} // namespace chasi::sema

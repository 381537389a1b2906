#include "compiler/package/manifest.h"

#include "compiler/syntax/plain_text.h"

#include <fmt/ranges.h>
#include <llvm/ADT/StringExtras.h>

#include <map>

namespace chasi::package {

using source::Code;
using source::Diagnostic;
using source::Diagnostics;
using syntax::NodeKind;
using syntax::NodeRef;

namespace {

/// A text as it stands there: no `${…}` and no escapes, which names and versions never need.
std::optional<std::string> plainText(NodeRef node, llvm::StringRef what, Diagnostics& diagnostics) {
  if (node.is(NodeKind::String) && node.childCount() == 0) return std::string();
  if (const auto text = syntax::plainText(node); text && !text->contains('\\')) return text->str();
  if (!node.is(NodeKind::Error))
    diagnostics.report(Code::BadManifest, node.span(), fmt::format("the {} is written out, as a text", what.str())).note("workspace.chasi is read before anything is evaluated");
  return std::nullopt;
}

struct Text {
  std::string text;
  source::Span span;
};

class Reader {
public:
  explicit Reader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  Manifest read(NodeRef file) {
    for (NodeRef n : file.children()) {
      if (!n.is(NodeKind::Declaration)) continue; // what else does not belong here, sema tells
      const std::string kind = n.child(0).text().str();
      if (kind == "package") package(n);
      else if (kind == "require") require(n);
      else unknown(n, kind);
    }
    return std::move(out_);
  }

private:
  Diagnostics& diagnostics_;
  Manifest out_;

  void unknown(NodeRef n, const std::string& kind) {
    Diagnostic& d = diagnostics_.report(Code::BadManifest, n.child(0).span(), fmt::format("workspace.chasi knows no `{}`", kind));
    const std::string near = source::nearest(kind, {"package", "require"});
    if (near.empty()) d.hint("it holds `edition`, `set`, `package` and `require`; declarations go to another file");
    else d.hint(fmt::format("did you mean `{}`?", near)).fix(fmt::format("replace with `{}`", near), n.child(0).span(), near);
  }

  /// The name of a `package` or `require`.
  std::optional<std::string> name(NodeRef n) {
    const NodeRef node = n.child(1);
    if (node.is(NodeKind::Name)) {
      diagnostics_.report(Code::BadManifest, node.span(), "packages have names of two or more words").hint(fmt::format("write it as a text: `\"OWNER.{}\"`", node.text().str()));
      return std::nullopt;
    }
    auto text = plainText(node, "name", diagnostics_);
    if (!text || isPackageName(*text)) return text;
    Diagnostic& d = diagnostics_.report(Code::BadManifest, node.span(), fmt::format("\"{}\" is no name of a package", *text));
    d.note("a package is named OWNER.NAME: two or more words of a-z, 0-9 and `_`, each beginning with a letter");
    if (llvm::StringRef(*text).starts_with("std.")) d.hint("names that begin with `std` are those of the standard library");
    return std::nullopt;
  }

  std::map<std::string, Text> fields(NodeRef block, std::vector<std::string> known) {
    std::map<std::string, Text> out;
    for (NodeRef member : block.children()) {
      if (member.is(NodeKind::Error)) continue;
      const NodeRef name = member.child(0);
      if (!member.is(NodeKind::Assign) || !name.is(NodeKind::Name)) {
        diagnostics_.report(Code::BadManifest, member.span(), "only fields stand here").hint(fmt::format("the fields are {}", fmt::join(known, ", ")));
        continue;
      }
      const std::string field = name.tokenText().str();
      if (!llvm::is_contained(known, field)) {
        Diagnostic& d = diagnostics_.report(Code::UnknownField, name.span(), fmt::format("there is no field `{}` here", field));
        const std::string near = source::nearest(field, known);
        if (near.empty()) d.hint(fmt::format("the fields are {}", fmt::join(known, ", ")));
        else d.hint(fmt::format("did you mean `{}`?", near)).fix(fmt::format("replace with `{}`", near), name.span(), near);
        continue;
      }
      if (out.contains(field)) {
        diagnostics_.report(Code::DuplicateField, name.span(), fmt::format("`{}` is set twice", field)).at(out[field].span, "first set here");
        continue;
      }
      if (auto text = plainText(member.child(1), field, diagnostics_)) out[field] = {std::move(*text), member.child(1).span()};
      else out[field] = {"", {}};
    }
    return out;
  }

  void package(NodeRef n) {
    const size_t told = diagnostics_.errorCount();
    auto fields = this->fields(n.child(NodeKind::Block), {"version", "description"});
    const auto name = this->name(n);
    if (out_.nameSpan.valid()) {
      diagnostics_.report(Code::DuplicateName, n.child(1).span(), "a workspace is one package").at(out_.nameSpan, "first named here");
      return;
    }
    out_.nameSpan = n.child(1).span();
    const auto version = Version::parse(fields["version"].text);
    if (!fields["version"].span.valid()) {
      if (diagnostics_.errorCount() == told) diagnostics_.report(Code::BadManifest, n.child(1).span(), "a package has a version").hint("write `version = \"0.1.0\"`");
      return;
    }
    if (!version) {
      diagnostics_.report(Code::BadManifest, fields["version"].span, fmt::format("\"{}\" is no version", fields["version"].text)).hint("a version is MAJOR.MINOR.PATCH, such as \"1.4.0\" or \"2.0.0-rc.1\"");
      return;
    }
    if (!name) return;
    out_.name = *name;
    out_.version = *version;
    out_.description = fields["description"].text;
  }

  void require(NodeRef n) {
    const size_t told = diagnostics_.errorCount();
    auto fields = this->fields(n.child(NodeKind::Block), {"version", "from"});
    const auto name = this->name(n);
    if (!name) return;
    if (const Required* first = out_.find(*name)) {
      diagnostics_.report(Code::DuplicateName, n.child(1).span(), fmt::format("{} is required twice", *name)).at(first->nameSpan, "first required here");
      return;
    }
    const Text version = fields["version"], from = fields["from"];
    if (!version.span.valid()) {
      if (diagnostics_.errorCount() == told) diagnostics_.report(Code::BadManifest, n.child(1).span(), fmt::format("which version of {} is required is not said", *name)).hint("write `version = \"1.4\"`: at least 1.4.0, below 2.0.0");
      return;
    }
    const auto least = Requirement::parse(version.text);
    if (!least) return badRequirement(version);
    if (const std::string problem = notYetASource(from.text); !problem.empty()) {
      diagnostics_.report(Code::BadSource, from.span, problem).hint(kSourcesHint);
      return;
    }
    out_.requires_.push_back({*name, *least, from.text, n.child(1).span(), version.span, from.span});
  }

  void badRequirement(const Text& version) {
    Diagnostic& d = diagnostics_.report(Code::BadManifest, version.span, fmt::format("\"{}\" is no requirement", version.text));
    const std::string here = spelledHere(version.text);
    if (here.empty()) {
      d.hint("write the least version that works: \"1.4\" is met by 1.4.0 and every later 1.x");
      return;
    }
    d.note(fmt::format("\"{}\" means {}", here, Requirement::parse(here)->words()));
    d.hint(fmt::format("write \"{}\"", here)).fix(fmt::format("write \"{}\"", here), version.span, fmt::format("\"{}\"", here));
  }
};

} // namespace

Manifest readManifest(NodeRef file, Diagnostics& diagnostics) { return Reader(diagnostics).read(file); }

bool isPackageName(llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef> words;
  text.split(words, '.');
  if (words.size() < 2 || words[0] == "std") return false;
  return llvm::all_of(words, [](llvm::StringRef word) {
    return !word.empty() && word[0] >= 'a' && word[0] <= 'z' && llvm::all_of(word, [](char c) { return (c >= 'a' && c <= 'z') || llvm::isDigit(c) || c == '_'; });
  });
}

std::string notYetASource(llvm::StringRef from) {
  for (llvm::StringRef scheme : {"https://", "http://", "docker://", "git+", "git://", "ssh://"})
    if (from.starts_with(scheme)) return fmt::format("\"{}\" is no source of packages", from.str());
  return "";
}

} // namespace chasi::package

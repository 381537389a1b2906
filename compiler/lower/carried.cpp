#include "compiler/lower/carried.h"

#include "compiler/eval/manifest_text.h"
#include "compiler/lower/images.h"
#include "compiler/manifest/image_answers.h"
#include "compiler/manifest/image_text.h"
#include "runtime/plan/fact.h"

#include <nlohmann/json.hpp>

#include <deque>
#include <set>

namespace chasi::lower {

using namespace sema;
using source::Code;
using source::Span;
using Json = nlohmann::ordered_json;

namespace {

using eval::ManifestFile;

/// An object that an image needs the images of: one of the specification, or one in a file.
struct Needed {
  std::string name;                ///< "system.shop Deployment/web", "manifests/web.yaml Deployment/web"
  const Draft* draft = nullptr;    ///< of the specification
  eval::ManifestDocument document; ///< of a file
  const ManifestFile* file = nullptr;
};

std::vector<std::string> texts(const Json& from, const char* key) {
  std::vector<std::string> out;
  if (const auto list = from.find(key); list != from.end() && list->is_array())
    for (const Json& item : *list)
      if (item.is_string()) out.push_back(item.get<std::string>());
  return out;
}

/// One image, and all that it looks through.
class Completing {
public:
  Completing(Program& program, eval::Evaluator& evaluator, const PinReader& pins, const eval::ManifestReader& manifests, const std::vector<Draft>& drafts, std::vector<plan::Operation>& operations, uint32_t index)
      : p(program), e(evaluator), pins_(pins), manifests_(manifests), drafts_(drafts), operations_(operations), draft_(drafts[index]), op_(operations[index]) {}

  void run() {
    std::string json;
    if (!e.writeJson(e.field(*draft_.record, "search"), json)) return;
    const Json search = Json::parse(json, nullptr, false);
    payload_ = Json::parse(op_.payload, nullptr, false);
    if (!search.is_object() || !payload_.is_object() || !payload_["image"].is_object()) return;
    answers_ = {texts(search, "use"), texts(search, "ignore")};
    met_.use.resize(answers_.use.size());
    met_.ignore.resize(answers_.ignore.size());
    carried();
    for (const std::string& owner : texts(search, "of")) declaration(owner);
    for (const std::string& path : texts(search, "copied"))
      files_.push_back(manifests_(path));
    for (const auto& list : files_)
      for (const ManifestFile& file : list) read(file);
    if (const auto written = search.find("written"); written != search.end())
      for (const Json& each : *written)
        if (const std::string name = each.value("name", ""); eval::isManifestName(name)) read(inlined_.emplace_back(ManifestFile{name, each.value("text", ""), {}, true}));
    weigh();
    unused();
  }

private:
  Program& p;
  eval::Evaluator& e;
  const PinReader& pins_;
  const eval::ManifestReader& manifests_;
  const std::vector<Draft>& drafts_;
  std::vector<plan::Operation>& operations_;
  const Draft& draft_;
  plan::Operation& op_;
  Json payload_;
  manifest::ImageAnswers answers_;
  manifest::MetAnswers met_;
  std::set<std::string> carried_;                 ///< canonical
  std::vector<std::vector<ManifestFile>> files_;  ///< that `needed_` points into
  std::deque<ManifestFile> inlined_;
  std::vector<Needed> needed_;
  std::vector<manifest::FoundImage> found_;       ///< `from` counts in `needed_`

  std::string image() const { return fmt::format("image {}", draft_.owner->name.str()); }

  void carried() {
    if (const auto list = payload_["image"].find("carry"); list != payload_["image"].end() && list->is_array())
      for (const Json& source : *list)
        for (const char* key : {"registry", "ref"})
          if (source.is_object() && source.contains(key) && source[key].is_string()) carried_.insert(manifest::canonicalImage(source[key].get<std::string>()));
  }

  void look(Needed needed, const Json& object) {
    for (manifest::FoundImage& f : manifest::imagesIn(object)) {
      f.from = needed_.size();
      found_.push_back(std::move(f));
    }
    needed_.push_back(std::move(needed));
  }

  void declaration(const std::string& owner) {
    for (size_t i = 0; i < operations_.size(); ++i) {
      const plan::Operation& other = operations_[i];
      if (other.owner != owner || other.kind != plan::OpKind::Object) continue;
      for (const auto* list : {&other.later, &other.secrets})
        for (const plan::SecretRef& ref : *list) unknown(drafts_[i], other, ref);
      const Json object = Json::parse(other.payload, nullptr, false);
      if (object.is_object()) look({owner + " " + manifest::titleOf(object), &drafts_[i], {}, nullptr}, object);
    }
  }

  /// A container whose image nobody knows yet; that of a declared image is known by its name.
  void unknown(const Draft& draft, const plan::Operation& other, const plan::SecretRef& ref) {
    const llvm::StringRef pointer = ref.pointer;
    if (!pointer.ends_with("/image") || !pointer.rsplit('/').first.rsplit('/').first.ends_with("ontainers")) return;
    const std::string id = ref.provider == plan::kFact ? plan::readFact(ref.key).operation : std::string();
    const auto maker = llvm::find_if(operations_, [&](const plan::Operation& o) { return o.id == id && o.kind == plan::OpKind::Image; });
    std::string help = "write an address that is known before, or carry the image and leave the declaration out";
    if (maker != operations_.end()) {
      const Json made = Json::parse(maker->payload, nullptr, false);
      const std::string name = made["image"].value("name", ""), whole = name + ":" + made["image"].value("tag", "latest");
      if (carried_.contains(manifest::canonicalImage(whole))) return;
      help = fmt::format("add `{}` to `carry`", name);
    }
    p.diagnostics.report(Code::IncompleteImage, inSpecification(draft, ref.pointer), fmt::format("{} does not carry an image that is known only while applying: {} of {}", image(), readable(ref.pointer), other.owner)).at(draft_.span, "of this image").hint(help);
  }

  // Files.

  void read(const ManifestFile& file) {
    if (ignored(file.name)) return;
    if (!file.problem.empty())
      p.diagnostics.report(Code::IncompleteImage, draft_.span, fmt::format("{} takes {}, which cannot be read, so nobody knows which images it needs: {}", image(), file.name, file.problem)).hint(fmt::format("if it needs none: `images {{ ignore = [\"{}\"] }}`", file.name));
    if (!llvm::StringRef(file.text).contains("kind")) return;
    eval::ManifestText text = eval::readManifests(file.text);
    if (!text.problem.empty() && llvm::StringRef(file.text).contains("apiVersion"))
      p.diagnostics.report(Code::IncompleteImage, placeIn(file, text.at), fmt::format("{} takes {}, which cannot be read, so nobody knows which images it needs: {}", image(), file.name, text.problem)).at(draft_.span, "of this image")
          .hint(fmt::format("take what a template makes instead of it, or write `images {{ ignore = [\"{}\"] }}` into the image", file.name));
    for (eval::ManifestDocument& document : text.objects) {
      const Json object = document.object;
      look({file.name + " " + manifest::titleOf(object), nullptr, std::move(document), &file}, object);
    }
  }

  bool ignored(const std::string& name) {
    bool any = false;
    for (size_t i = 0; i < answers_.ignore.size(); ++i)
      if (manifest::matches(answers_.ignore[i], name)) any = true, met_.ignore[i] = true;
    return any;
  }

  /// What the image itself says has the place of the declaration.
  Span placeIn(const ManifestFile& file, uint32_t offset) {
    if (file.inlined) return draft_.span;
    const uint32_t base = p.sources.base(p.sources.add(file.name, file.text));
    return {base + offset, base + std::min(offset + 1, static_cast<uint32_t>(file.text.size()))};
  }

  Span placeOfImage(const manifest::FoundImage& f) {
    const Needed& needed = needed_[f.from];
    if (needed.file) return placeIn(*needed.file, eval::offsetOf(needed.document, f.pointer));
    return inSpecification(*needed.draft, f.pointer);
  }

  /// What the standard library wrote has the place of the declaration that it did it for.
  Span inSpecification(const Draft& draft, const std::string& pointer) {
    const Span at = placeOf(*draft.manifest, pointer);
    return at.valid() && !p.sources.name(p.sources.fileOf(at.begin)).starts_with("std/") ? at : draft.span;
  }

  // What comes of it.

  void weigh() {
    manifest::answer(found_, answers_, met_);
    manifest::settle(found_);
    for (const manifest::FoundImage& f : found_) {
      if (!carried_.insert(manifest::canonicalImage(f.reference)).second) continue;
      if (f.sure) payload_["image"]["carry"].push_back({{"registry", f.reference}});
      else doubtful(f);
    }
    op_.payload = payload_.dump(-1, ' ', false, Json::error_handler_t::replace);
    pinImages(p, e, pins_, *draft_.owner, op_.payload);
  }

  void doubtful(const manifest::FoundImage& f) {
    std::string text; // as the language writes it
    for (const char c : f.reference) text += (c == '"' || c == '\\' || c == '$') ? fmt::format("\\{}", c) : std::string(1, c);
    const std::string help = manifest::readImage(f.reference) ? fmt::format("write `images {{ use = [\"{}\"] }}` into the image when it is one, `ignore` instead of `use` when it is none", text)
                                                              : fmt::format("carry what it stands for, and write `images {{ ignore = [\"{}\"] }}` into the image", text);
    p.diagnostics.report(Code::IncompleteImage, placeOfImage(f), fmt::format("{} may need `{}`: {}, in {} of {}", image(), f.reference, f.why, readable(f.pointer), needed_[f.from].name)).at(draft_.span, "of this image").hint(help);
  }

  void unused() {
    for (const auto& [list, met, word] : {std::tuple(&answers_.use, &met_.use, "use"), std::tuple(&answers_.ignore, &met_.ignore, "ignore")})
      for (size_t i = 0; i < list->size(); ++i)
        if (!(*met)[i]) p.diagnostics.report(Code::UnusedImageAnswer, draft_.span, fmt::format("{}: `{}` in `images {{ {} }}` is the answer to nothing that was found", image(), (*list)[i], word)).hint("take it away, or write it as it stands where it was found");
  }
};

} // namespace

bool asksOthers(eval::Evaluator& evaluator, const Draft& draft) { return !evaluator.field(*draft.record, "search").isAbsent(); }

void completeImages(Program& program, eval::Evaluator& evaluator, const PinReader& pins, const eval::ManifestReader& manifests, const std::vector<Draft>& drafts, std::vector<plan::Operation>& operations) {
  for (uint32_t i = 0; i < operations.size(); ++i) {
    if (operations[i].kind != plan::OpKind::Image || !asksOthers(evaluator, drafts[i])) continue;
    const Watch watch(program, evaluator, *drafts[i].owner);
    Completing(program, evaluator, pins, manifests, drafts, operations, i).run();
  }
}

} // namespace chasi::lower

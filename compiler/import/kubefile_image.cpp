// From the lines of a Kubefile to the declaration of an image.
#include "compiler/import/chasi_text.h"
#include "compiler/import/kubefile.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>

#include <fmt/format.h>

namespace chasi::import {

namespace {

using llvm::StringRef;
using nlohmann::ordered_json;

bool isRemote(StringRef source) { return source.starts_with("http://") || source.starts_with("https://"); }
StringRef nameIn(StringRef path) { return path.rtrim('/').substr(path.rtrim('/').rfind('/') + 1); }

/// A place in the image: Kubefiles write them from its root on.
std::string absolute(StringRef place) {
  while (place.consume_front("./")) continue;
  if (place == ".") place = "";
  return "/" + place.ltrim('/').str();
}

/// Folders of every cluster image, so that a file goes into them also when their name has no `/` at its end.
constexpr llvm::StringLiteral kFolders[] = {"/application", "/bin", "/charts", "/cri", "/etc", "/images", "/manifests", "/plugin", "/plugins", "/registry", "/scripts", "/statics"};

/// What an APP line names.
struct App {
  std::string name;
  std::vector<KubefileSource> files;
  std::vector<std::string> commands; ///< of APPCMDS
};

class Image {
public:
  explicit Image(const KubefileInput& input) : input_(input), variables_(input.arguments), platforms_(input.platforms) {}

  KubefileImage make(const std::vector<KubefileLine>& lines) {
    for (const KubefileLine& line : lines) {
      line_ = &line;
      instruction(line);
    }
    launchApps();
    out_.module = text();
    out_.copied = copy_.size();
    out_.carried = carry_.size();
    return std::move(out_);
  }

private:
  const KubefileInput& input_;
  KubefileImage out_;
  const KubefileLine* line_ = nullptr;
  std::map<std::string, std::string> variables_;
  std::vector<std::string> platforms_;
  std::string base_;
  ordered_json copy_ = ordered_json::object(), env_ = ordered_json::object(), labels_ = ordered_json::object();
  std::vector<std::string> carry_, launch_;
  std::vector<App> apps_;
  std::vector<std::string> started_; ///< apps that LAUNCH names
  bool usesArch_ = false;

  void note(std::string what, std::string help) { out_.notes.push_back({line_->line, std::move(what), std::move(help)}); }

  void instruction(const KubefileLine& line) {
    const std::string& w = line.word;
    if (w == "FROM") from(line);
    else if (w == "COPY" || w == "ADD") copy(line);
    else if (w == "ARG") argument(line);
    else if (w == "ENV") pairs(line, env_);
    else if (w == "LABEL") pairs(line, labels_);
    else if (w == "MAINTAINER") labels_["org.opencontainers.image.authors"] = line.rest;
    else if (w == "KUBEVERSION") version(line);
    else if (w == "APP" || w == "CNI" || w == "CSI") app(line);
    else if (w == "APPCMDS") appCommands(line);
    else if (w == "APPENV") note(fmt::format("APPENV {}: an image has no variables for one application only", line.words[0]), "write them into ENV of the image, or into the manifests");
    else if (w == "RUN") note(fmt::format("RUN {}: no commands run while an image is built", shortened(line.rest)), "run it beforehand and `copy` what it makes; that is what makes builds reproducible");
    else if (w == "LAUNCH") launch(line);
    else if (w == "CMD" || w == "CMDS") commands(line);
  }

  static std::string shortened(const std::string& text) { return text.size() > 60 ? text.substr(0, 57) + "…" : text; }

  void from(const KubefileLine& line) {
    std::string reference = expanded(line.words[0]);
    for (const std::string& flag : line.flags)
      if (StringRef(flag).starts_with("--platform")) note(fmt::format("{}: the platforms of the image are those of `platforms`", flag), "`chasic import kubefile --platform` names them");
    if (!base_.empty()) note("a second FROM: an image stands on one base", "make two images of it, one on the other");
    if (reference == "scratch") return;
    if (!input_.isImage(reference)) return note(fmt::format("FROM {}: this names no image", reference), "write the base into the module; a variable in it has a value with --build-arg");
    base_ = reference;
    const StringRef first = StringRef(reference).split('/').first;
    if (first.size() == reference.size() || !(first.contains('.') || first.contains(':')))
      note(fmt::format("FROM {}: which registry this short name means depends on the version of sealer", reference), "write the name in full");
    note("what the base launches and its default variables are not taken over", "`chasic image inspect` shows them; repeat those that are wanted");
  }

  void argument(const KubefileLine& line) {
    for (const std::string& word : line.words) {
      const auto [name, value] = StringRef(word).split('=');
      if (!variables_.contains(name.str()) && word.find('=') != std::string::npos) variables_[name.str()] = expanded(value);
      if (!variables_.contains(name.str())) note(fmt::format("ARG {} has no value", name.str()), fmt::format("import again with --build-arg {}=VALUE", name.str()));
    }
  }

  void pairs(const KubefileLine& line, ordered_json& into) {
    if (line.words[0].find('=') == std::string::npos) { // the older form: NAME and the rest of the line
      const StringRef rest = StringRef(line.rest).drop_front(std::min(line.words[0].size(), line.rest.size())).trim();
      into[line.words[0]] = expanded(rest);
      return;
    }
    for (const std::string& word : line.words) {
      const auto [name, value] = StringRef(word).split('=');
      if (name.empty() || name.size() == word.size()) note(fmt::format("{} {}: a name and a value have `=` between them", line.word, word), "put quotes around values with blanks");
      else into[name.str()] = expanded(value);
    }
  }

  void version(const KubefileLine& line) {
    labels_["app.alpha.sealer.io/supported-kube-version"] = line.rest;
    note(fmt::format("KUBEVERSION {} is a label, and nobody holds a cluster to it", shortened(line.rest)), "`kubernetes` of a `cluster` is checked");
  }

  /// ${NAME} and $NAME, as far as they are known; ${ARCH} is the architecture of the first platform.
  std::string expanded(StringRef text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '$') {
        out += text[i];
        continue;
      }
      StringRef rest = text.substr(i + 1);
      const bool braces = rest.consume_front("{");
      const StringRef name = rest.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
      const bool closed = !braces || rest.substr(name.size()).starts_with("}");
      const std::optional<std::string> value = name.empty() || !closed ? std::nullopt : valueOf(name);
      if (!value) {
        out += '$';
        continue;
      }
      out += *value;
      i += name.size() + (braces ? 2 : 0);
    }
    return out;
  }

  std::optional<std::string> valueOf(StringRef name) {
    if (const auto at = variables_.find(name.str()); at != variables_.end()) return at->second;
    if (const auto at = env_.find(name.str()); at != env_.end()) return at->get<std::string>();
    if (name != "ARCH") return std::nullopt;
    const StringRef arch = StringRef(platforms_[0]).split('/').second;
    if (!usesArch_ && platforms_.size() > 1)
      note(fmt::format("{} ${{ARCH}}: files that differ by platform; this image is for {}", line_->word, platforms_[0]), "import once for each platform, each with a `name` of its own");
    if (!usesArch_) platforms_.resize(1);
    usesArch_ = true;
    return arch.split('/').first.str();
  }

  // Files.

  void copy(const KubefileLine& line) {
    for (const std::string& flag : line.flags) note(fmt::format("{} {}: files belong to root, and come from beside the Kubefile", line.word, flag), "leave the option away");
    const std::string to = expanded(line.words.back());
    for (size_t i = 0; i + 1 < line.words.size(); ++i) one(line, expanded(line.words[i]), to, line.words.size() > 2);
  }

  void one(const KubefileLine& line, const std::string& from, const std::string& to, bool several) {
    if (isRemote(from)) return note(fmt::format("{} {}: nothing is downloaded while an image is built", line.word, from), "fetch it, compare its digest, and copy the file");
    const StringRef name = nameIn(from);
    if (line.word == "ADD" && (name.contains(".tar") || name.ends_with(".tgz"))) note(fmt::format("ADD {}: archives are not unpacked", from), "unpack it and copy the folder");
    const std::vector<KubefileSource> found = input_.look(from);
    if (found.empty()) return note(fmt::format("{} {}: there is no such file beside the Kubefile", line.word, from), "the module leaves it out");
    for (const KubefileSource& source : found) place(source, to, several || found.size() > 1);
  }

  bool isFolder(const std::string& place) const {
    const auto below = [&](const auto& entry) { return StringRef(entry.key()).starts_with(place + "/"); };
    return llvm::is_contained(kFolders, StringRef(place)) || llvm::any_of(copy_.items(), below);
  }

  void place(const KubefileSource& source, const std::string& to, bool several) {
    std::string place = absolute(to);
    if (place.ends_with("/.")) place.pop_back();
    const bool into = source.folder || several || place.ends_with("/") || isFolder(place);
    if (!source.folder && into) place = StringRef(place).rtrim('/').str() + "/" + nameIn(source.path).str();
    if (source.folder && place != "/" && !place.ends_with("/")) place += "/";
    if (source.folder && copy_.contains(place) && place.size() > 1) place.pop_back(); // the same place, and another key
    if (copy_.contains(place)) return note(fmt::format("{} {}: `copy` has something else for {} already", line_->word, source.path, place), "put both into one folder first");
    copy_[place] = source.path;
    if (nameIn(source.path) == "imageList") list(source.path);
  }

  /// One image a line.
  void list(const std::string& path) {
    const std::string text = input_.read(path);
    for (StringRef rest = text; !rest.empty();) {
      const auto [raw, after] = rest.split('\n');
      rest = after;
      const StringRef image = raw.trim();
      if (image.empty() || image.starts_with("#") || llvm::is_contained(carry_, image)) continue;
      if (input_.isImage(image.str())) carry_.push_back(image.str());
      else note(fmt::format("{}: {} names no image", path, shortened(image.str())), "mend the list, or add it to `carry`");
    }
  }

  // Applications.

  App* appNamed(const std::string& name) {
    const auto at = llvm::find_if(apps_, [&](const App& a) { return a.name == name; });
    return at == apps_.end() ? nullptr : &*at;
  }

  void app(const KubefileLine& line) {
    App app{line.words[0], {}, {}};
    for (const std::string& word : llvm::ArrayRef(line.words).drop_front()) {
      const std::string source = expanded(word);
      if (isRemote(source)) {
        note(fmt::format("{} {} {}: nothing is downloaded while an image is built", line.word, app.name, source), "fetch it, compare its digest, and name the file");
        continue;
      }
      StringRef path = source;
      path.consume_front("local://");
      const std::vector<KubefileSource> found = input_.look(path.str());
      if (found.empty()) note(fmt::format("{} {}: there is no {} beside the Kubefile", line.word, app.name, path.str()), "the module leaves it out");
      for (const KubefileSource& f : found) {
        place(f, "application/apps/" + app.name + "/", true);
        app.files.push_back(f);
      }
    }
    if (line.word != "APP") labels_[fmt::format("cluster.alpha.sealer.io/kube-{}-{}", StringRef(line.word).lower(), app.name)] = "true";
    note(fmt::format("{} {}: an image has files and commands, no applications", line.word, app.name), "`chasic import` makes a system of its manifests, which has order, checks and deletion");
    apps_.push_back(std::move(app));
  }

  void appCommands(const KubefileLine& line) {
    App* app = appNamed(line.words[0]);
    if (!app) return note(fmt::format("APPCMDS {}: no APP has this name", line.words[0]), "the base may have it: write the commands into `launch`");
    const StringRef rest = StringRef(line.rest).drop_front(line.words[0].size()).trim();
    const auto list = ordered_json::parse(rest.begin(), rest.end(), nullptr, false);
    if (list.is_array())
      for (const auto& item : list) app->commands.push_back(item.is_string() ? item.get<std::string>() : item.dump());
    else app->commands.push_back(rest.str());
  }

  void launch(const KubefileLine& line) {
    for (const std::string& word : line.words)
      for (const StringRef name : llvm::split(StringRef(word), ','))
        if (!name.trim().empty()) started_.push_back(name.trim().str());
  }

  void commands(const KubefileLine& line) {
    if (StringRef(line.rest).starts_with("[") && line.word == "CMDS") launch_.insert(launch_.end(), line.words.begin(), line.words.end());
    else if (StringRef(line.rest).starts_with("[")) launch_.push_back(llvm::join(line.words, " "));
    else launch_.push_back(line.rest);
  }

  /// As sealer starts them: in this order, each in its folder.
  void launchApps() {
    std::vector<std::string> first;
    for (const std::string& name : started_) {
      const App* app = appNamed(name);
      if (!app) {
        note(fmt::format("{} is launched, and no APP has this name", name), "the base may have it: write its commands into `launch`");
        continue;
      }
      const std::string folder = "application/apps/" + name;
      if (!app->commands.empty()) {
        for (const std::string& command : app->commands) first.push_back(fmt::format("cd {} && {}", folder, command));
        continue;
      }
      const auto all = [&](auto ends) { return !app->files.empty() && llvm::all_of(app->files, [&](const KubefileSource& f) { return llvm::all_of(below(f), ends); }); };
      if (llvm::any_of(app->files, [&](const KubefileSource& f) { return f.folder && !input_.look(f.path + "/Chart.yaml").empty(); })) first.push_back(fmt::format("helm install {} {}", name, folder));
      else if (all([](const std::string& f) { return StringRef(f).ends_with(".yaml") || StringRef(f).ends_with(".yml"); })) first.push_back(fmt::format("kubectl apply -f {}", folder));
      else if (all([](const std::string& f) { return StringRef(f).ends_with(".sh"); }))
        for (const KubefileSource& f : app->files)
          for (const std::string& script : below(f)) first.push_back(fmt::format("bash {}/{}", folder, nameIn(script).str()));
      else note(fmt::format("{} holds files of several kinds, and no APPCMDS says how it starts", name), "write its commands into `launch`");
    }
    launch_.insert(launch_.begin(), first.begin(), first.end());
  }

  std::vector<std::string> below(const KubefileSource& source) {
    if (!source.folder) return {source.path};
    std::vector<std::string> out;
    for (const KubefileSource& f : input_.look(source.path + "/*")) out.push_back(f.path);
    return out;
  }

  std::string text() const {
    std::string out = "// From a Kubefile.\n";
    for (const KubefileNote& n : out_.notes) out += fmt::format("// Line {}: {}: {}\n", n.line, n.what, n.help);
    out += fmt::format("\nimage {} {{\n", input_.name);
    if (!base_.empty()) out += baseText();
    out += fmt::format("tag = {}\nplatforms = {}\n", inQuotes(input_.tag), literal(platforms_, 1));
    for (const auto& [field, value] : {std::pair("copy", &copy_), std::pair("env", &env_), std::pair("labels", &labels_)})
      if (!value->empty()) out += fmt::format("{} {}\n", field, literal(*value, 1));
    if (!carry_.empty()) out += fmt::format("carry = {}\n", literal(carry_, 1));
    if (copiesManifests()) out += "images { manifests = true }\n";
    if (!launch_.empty()) out += fmt::format("launch = {}\n", literal(launch_, 1));
    return laidOut(out + "}\n");
  }

  /// A cluster image has all container images of its manifests inside. Folders may hold some.
  bool copiesManifests() const {
    return llvm::any_of(copy_.items(), [&](const auto& entry) {
      const StringRef from = entry.value().template get_ref<const std::string&>(), name = nameIn(from);
      return !name.contains('.') ? name != "imageList" : name.ends_with(".yaml") || name.ends_with(".yml");
    });
  }

  std::string baseText() const { return fmt::format("base = {}\n", inQuotes(base_)); }
};

} // namespace

KubefileImage kubefileImage(const std::vector<KubefileLine>& lines, const KubefileInput& input) { return Image(input).make(lines); }

} // namespace chasi::import

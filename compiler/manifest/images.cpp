#include "compiler/manifest/images.h"

#include "compiler/manifest/image_fields.h"
#include "compiler/manifest/image_text.h"
#include "runtime/plan/secrets.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringExtras.h>

#include <fmt/format.h>

#include <set>

namespace chasi::manifest {

namespace {

using Json = nlohmann::ordered_json;
using llvm::StringRef;

constexpr int kDeepest = 200;

StringRef textAt(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? StringRef(at->get_ref<const std::string&>()) : StringRef();
}

/// v1.27, 2.4.1-debian: not a word, not a port.
bool isVersion(StringRef tag) {
  tag.consume_front("v");
  return !tag.empty() && llvm::isDigit(tag.front()) && tag.contains('.');
}

class Search {
public:
  std::vector<FoundImage> found;

  void object(const Json& object, const std::string& pointer) {
    if (!object.is_object()) return;
    if (const auto items = object.find("items"); items != object.end() && items->is_array() && textAt(object, "kind").ends_with("List")) {
      for (size_t i = 0; i < items->size(); ++i) this->object((*items)[i], fmt::format("{}/items/{}", pointer, i));
      return;
    }
    kind_ = textAt(object, "kind");
    const auto [group, version] = textAt(object, "apiVersion").split('/');
    if (kind_ == "CustomResourceDefinition") return;
    custom_ = !version.empty() && group.contains('.') && !group.ends_with(".k8s.io");
    claimed_.clear();
    for (const ImageField& field : imageFields())
      if (group == field.group && (StringRef(field.kind) == "*" || kind_ == field.kind)) known(field, object, pointer);
    for (const auto& [key, value] : object.items())
      if (key == "metadata") metadata(value, pointer + "/metadata");
      else if (key != "status") visit(value, pointer + "/" + plan::pointerToken(key), key, 0);
  }

private:
  StringRef kind_;
  bool custom_ = false;            ///< a kind that somebody defined
  std::set<std::string> claimed_;  ///< pointers to texts that need no second look

  void add(StringRef reference, const std::string& pointer, bool sure, std::string why) {
    reference.consume_front("docker://");
    claimed_.insert(pointer);
    found.push_back({reference.str(), pointer, sure, std::move(why)});
  }

  /// What a place says that holds an image and nothing else.
  void image(StringRef text, const std::string& pointer, const std::string& where) {
    if (text.empty()) return;
    if (readImage(text)) return add(text, pointer, true, where);
    add(text, pointer, false, fmt::format("{} names no image that can be read", where));
  }

  void metadata(const Json& value, const std::string& pointer) {
    const auto annotations = value.is_object() ? value.find("annotations") : value.end();
    if (!value.is_object() || annotations == value.end() || !annotations->is_object()) return;
    for (const auto& [key, text] : annotations->items())
      if (key != "kubectl.kubernetes.io/last-applied-configuration" && text.is_string()) this->text(text.get_ref<const std::string&>(), pointer + "/annotations/" + plan::pointerToken(key), key);
  }

  // Known fields.

  void known(const ImageField& field, const Json& object, const std::string& pointer) {
    llvm::SmallVector<std::string, 4> stars;
    llvm::SmallVector<StringRef, 8> path;
    StringRef(field.image).split(path, '.');
    along(path, object, pointer, stars, [&](const Json& value, const std::string& at) {
      if (!value.is_string() || claimed_.contains(at)) return;
      std::string name = value.get<std::string>();
      const std::string registry = sibling(object, field.registry, stars), where = fmt::format("a field of {}", kind_.str());
      if (!registry.empty()) name = registry + "/" + name;
      const auto read = readImage(name);
      if (*field.tag && read && !read->isFixed()) {
        llvm::SmallVector<StringRef, 2> places;
        StringRef(field.tag).split(places, ' ');
        std::string tag;
        for (const StringRef place : places)
          if (tag.empty()) tag = sibling(object, place, stars);
        if (tag.empty()) return add(name, at, false, fmt::format("{}: no tag stands beside it, and the operator chooses one", where));
        name += (StringRef(tag).starts_with("sha256:") ? "@" : ":") + tag;
      }
      image(name, at, where);
    });
  }

  static void along(llvm::ArrayRef<StringRef> path, const Json& value, const std::string& pointer, llvm::SmallVectorImpl<std::string>& stars, llvm::function_ref<void(const Json&, const std::string&)> each) {
    if (path.empty()) return each(value, pointer);
    if (path[0] != "*") {
      if (const auto at = value.is_object() ? value.find(path[0].str()) : value.end(); value.is_object() && at != value.end()) along(path.drop_front(), *at, pointer + "/" + plan::pointerToken(path[0]), stars, each);
      return;
    }
    const auto into = [&](const std::string& key, const Json& member) {
      stars.push_back(key);
      along(path.drop_front(), member, pointer + "/" + plan::pointerToken(key), stars, each);
      stars.pop_back();
    };
    if (value.is_object())
      for (const auto& [key, member] : value.items()) into(key, member);
    else if (value.is_array())
      for (size_t i = 0; i < value.size(); ++i) into(std::to_string(i), value[i]);
  }

  /// The text at a path whose stars are known; empty when there is none.
  static std::string sibling(const Json& object, StringRef path, llvm::ArrayRef<std::string> stars) {
    llvm::SmallVector<StringRef, 8> steps;
    path.split(steps, '.', -1, false);
    const Json* value = &object;
    size_t star = 0;
    for (const StringRef step : steps) {
      const std::string key = step == "*" && star < stars.size() ? stars[star++] : step.str();
      size_t index = 0;
      if (value->is_object() && value->contains(key)) value = &(*value)[key];
      else if (value->is_array() && !StringRef(key).getAsInteger(10, index) && index < value->size()) value = &(*value)[index];
      else return {};
    }
    return value->is_string() ? value->get<std::string>() : std::string();
  }

  // Shapes.

  void visit(const Json& value, const std::string& pointer, const std::string& key, int depth) {
    if (depth > kDeepest) return;
    if (value.is_string()) return text(value.get_ref<const std::string&>(), pointer, key);
    if (value.is_array()) return list(value, pointer, key, depth);
    if (!value.is_object()) return;
    if (key == "metadata") return metadata(value, pointer); // of pods and claims
    pair(value, pointer);
    for (const auto& [name, member] : value.items()) visit(member, pointer + "/" + plan::pointerToken(name), name, depth + 1);
  }

  void list(const Json& value, const std::string& pointer, const std::string& key, int depth) {
    if (key == "args" || key == "command") return words(value, pointer);
    for (size_t i = 0; i < value.size(); ++i) {
      const Json& item = value[i];
      const std::string at = fmt::format("{}/{}", pointer, i);
      if (item.is_object()) {
        if (key == "containers" || key == "initContainers" || key == "ephemeralContainers") container(item, at, key);
        else if (key == "volumes") imageVolume(item, at);
        else if (!textAt(item, "name").empty() && !textAt(item, "value").empty()) variable(item, at);
      }
      visit(item, at, key, depth + 1);
    }
  }

  void container(const Json& item, const std::string& at, StringRef list) {
    const StringRef text = textAt(item, "image"), what = list == "containers" ? "container" : list == "initContainers" ? "init container" : "ephemeral container";
    // A mesh puts its own image there when the pod is made.
    if (text == "auto") add(text, at + "/image", false, fmt::format("{} {}: a webhook chooses the image", what.str(), textAt(item, "name").str()));
    else image(text, at + "/image", fmt::format("{} {}", what.str(), textAt(item, "name").str()));
  }

  void imageVolume(const Json& item, const std::string& at) {
    if (item.contains("rbd")) claimed_.insert(at + "/rbd/image"); // a disk of Ceph
    const auto its = item.find("image");
    if (its != item.end() && its->is_object()) image(textAt(*its, "reference"), at + "/image/reference", fmt::format("volume {}", textAt(item, "name").str()));
  }

  void variable(const Json& item, const std::string& at) {
    const StringRef name = textAt(item, "name"), value = textAt(item, "value");
    const auto read = readImage(value);
    if (saysImage(name) && read && read->isFixed()) add(value, at + "/value", true, fmt::format("the variable {}", name.str()));
    else text(value, at + "/value", name.str());
    claimed_.insert(at + "/value");
  }

  /// Of `command` or `args`: an option and its value are one word or two.
  void words(const Json& value, const std::string& pointer) {
    StringRef name;
    for (size_t i = 0; i < value.size(); ++i) {
      if (!value[i].is_string()) continue;
      const StringRef word = value[i].get_ref<const std::string&>();
      const std::string at = fmt::format("{}/{}", pointer, i);
      const bool option = word.starts_with("-");
      const auto [front, back] = word.split('=');
      const bool both = back.size() + 1 + front.size() == word.size() && !front.contains(' ');
      if (both) name = front;
      const StringRef text = both ? back : word;
      const auto read = option && !both ? std::nullopt : readImage(text);
      if (saysImage(name) && read && read->isFixed()) add(text, at, true, fmt::format("the option {}", name.str()));
      else if (!option || both) this->text(text, at, name.str());
      name = option && !both ? word : StringRef();
    }
  }

  /// `repository` and `tag` beside each other, in resources that are not known.
  void pair(const Json& value, const std::string& pointer) {
    if (!custom_ && kind_ != "ConfigMap") return;
    const StringRef tag = textAt(value, "tag"), version = tag.empty() ? textAt(value, "version") : tag;
    for (const char* key : {"repository", "baseImage", "image"}) {
      const std::string at = pointer + "/" + key;
      const StringRef name = textAt(value, key), beside = StringRef(key) == "repository" ? tag : version;
      if (name.empty() || beside.empty() || claimed_.contains(at)) continue;
      const StringRef registry = textAt(value, "registry");
      const std::string whole = (registry.empty() ? "" : registry.str() + "/") + name.str() + ":" + beside.str();
      const auto read = readImage(name);
      if (read && !read->isFixed() && readImage(whole)) add(whole, at, false, fmt::format("`{}` and `{}` beside each other", key, tag.empty() ? "version" : "tag"));
    }
  }

  // Texts.

  void text(StringRef whole, const std::string& pointer, const std::string& name) {
    if (claimed_.contains(pointer)) return;
    const auto read = readImage(whole);
    const bool says = saysImage(name);
    if (read && read->isFull()) return add(whole, pointer, false, says ? fmt::format("`{}` says so", name) : "it is written like one");
    if (read && says && (read->isFixed() || !read->host.empty() || (name == "image" && custom_))) return add(whole, pointer, false, fmt::format("`{}` says so", name));
    if (read && (!read->digest.empty() || (read->path.contains('/') && isVersion(read->tag)))) return add(whole, pointer, false, "it is written like one");
    if (read) return;
    std::set<std::string> here;
    eachWord(whole, [&](StringRef before, StringRef word) {
      const auto inside = readImage(word);
      if (!inside || !inside->isFixed() || !(inside->isFull() || saysImage(before)) || !here.insert(word.str()).second) return;
      found.push_back({word.str(), pointer, false, before.empty() ? "a word of a text is written like one" : fmt::format("`{}` in a text says so", before.str())});
    });
  }
};

} // namespace

std::vector<FoundImage> imagesIn(const Json& object) {
  Search search;
  search.object(object, "");
  return std::move(search.found);
}

std::string titleOf(const Json& object) {
  const auto metadata = object.is_object() ? object.find("metadata") : object.end();
  const bool named = object.is_object() && metadata != object.end() && metadata->is_object();
  const std::string kind = object.is_object() ? textAt(object, "kind").str() : "";
  for (const char* key : {"name", "generateName"})
    if (const StringRef name = named ? textAt(*metadata, key) : ""; !name.empty()) return kind + "/" + name.str();
  return kind;
}

void settle(std::vector<FoundImage>& found) {
  std::set<std::string> sure;
  for (const FoundImage& f : found)
    if (f.sure) sure.insert(f.reference);
  llvm::erase_if(found, [&](const FoundImage& f) { return !f.sure && sure.contains(f.reference); });
}

} // namespace chasi::manifest

// Volumes, probes and images inside of pods.
#include "compiler/lint/images.h"
#include "compiler/lint/relations.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/StringSet.h>

namespace chasi::lint {

using namespace sema;
using namespace manifest;
using source::Code;
using source::Diagnostic;

namespace {

class Containers {
public:
  explicit Containers(Relations& relations) : r(relations), index(relations.index) {}

  void run() {
    for (const Object& o : index.objects()) {
      if (o.is != Kind::Workload) continue;
      const PodTemplate& pods = index.podsOf(o);
      eachContainer(pods, [&](const Container& c) {
        image(o, c);
        for (const char* probe : {"livenessProbe", "readinessProbe", "startupProbe"})
          if (const MapValue* asks = mapAt(c.fields, probe)) asked(o, c, *asks, probe);
        if (const MapValue* lifecycle = mapAt(c.fields, "lifecycle"))
          for (const char* hook : {"postStart", "preStop"})
            if (const MapValue* asks = mapAt(*lifecycle, hook)) asked(o, c, *asks, fmt::format("lifecycle/{}", hook));
      });
      if (pods.spec) volumes(o, pods);
    }
  }

private:
  Relations& r;
  const Index& index;

  /// Typed images are told where they are given, by the values of declarations.
  void image(const Object& o, const Container& c) {
    const Value* image = c.fields.find("image");
    if (!image || image->tag != Tag::String || image->str().empty() || image->str().contains('$')) return;
    if (const std::optional<Floating> floating = floatingTag(image->str()))
      if (Diagnostic* d = r.warn(Code::FloatingImage, o, c.at("/image"), fmt::format("{} {}", titleOf(o), floating->what), floating->help)) d->note(kFloatingNote);
  }

  void asked(const Object& o, const Container& c, const MapValue& asks, const std::string& member) {
    for (const char* way : {"httpGet", "tcpSocket"}) {
      const MapValue* of = mapAt(asks, way);
      const llvm::StringRef port = of ? textAt(*of, {"port"}) : llvm::StringRef();
      if (port.empty() || llvm::all_of(port, llvm::isDigit) || isOpaque(c.fields, "ports")) continue;
      std::vector<std::string> names;
      bool known = true;
      for (const Value& its : listAt(c.fields, "ports")) {
        known = known && its.tag == Tag::Map && !isOpaque(*its.map, "name");
        if (const llvm::StringRef name = textOf(its, "name"); !name.empty()) names.push_back(name.str());
      }
      if (!known || llvm::is_contained(names, port)) continue;
      r.warn(Code::NoSuchPort, o, c.at(fmt::format("/{}/{}/port", member, way)), fmt::format("container {} of {} has no port `{}`, which its {} asks", c.name().str(), titleOf(o), port.str(), llvm::StringRef(member).substr(llvm::StringRef(member).rfind('/') + 1).str()),
             meant(port, names, names.empty() ? "name the port in `ports`, or write its number" : fmt::format("its ports are {}", fmt::join(names, ", "))));
    }
  }

  /// Somebody else may add containers that mount what is there.
  static bool isInjected(const PodTemplate& pods) {
    const MapValue* annotations = mapAt(*pods.root, {"metadata", "annotations"});
    return annotations && llvm::any_of(annotations->entries(), [](const MapEntry& e) { return e.key.contains("inject") || e.key.contains("sidecar"); });
  }

  void volumes(const Object& o, const PodTemplate& pods) {
    const llvm::ArrayRef<Value> list = listAt(*pods.spec, "volumes");
    const MapValue* own = o.kind == "StatefulSet" ? mapAt(*o.manifest, "spec") : nullptr;
    const llvm::ArrayRef<Value> claims = own ? listAt(*own, "volumeClaimTemplates") : llvm::ArrayRef<Value>();
    if ((list.empty() && claims.empty()) || isInjected(pods) || isOpaque(*pods.spec, "containers") || isOpaque(*pods.spec, "initContainers") || has(*pods.spec, "ephemeralContainers")) return;
    llvm::StringSet<> mounted;
    bool known = true;
    eachContainer(pods, [&](const Container& c) {
      for (const char* way : {"volumeMounts", "volumeDevices"}) {
        known = known && !isOpaque(c.fields, way);
        for (const Value& mount : listAt(c.fields, way)) {
          known = known && mount.tag == Tag::Map && !isOpaque(*mount.map, "name");
          mounted.insert(textOf(mount, "name"));
        }
      }
    });
    if (!known) return;
    for (size_t i = 0; i < list.size(); ++i)
      if (const llvm::StringRef name = textOf(list[i], "name"); !name.empty() && !mounted.contains(name)) unmounted(o, name, pods.at(fmt::format("/spec/volumes/{}", i)));
    for (size_t i = 0; i < claims.size(); ++i)
      if (const llvm::StringRef name = claims[i].tag == Tag::Map ? textAt(*claims[i].map, {"metadata", "name"}) : llvm::StringRef(); !name.empty() && !mounted.contains(name)) unmounted(o, name, fmt::format("/spec/volumeClaimTemplates/{}", i));
  }

  void unmounted(const Object& o, llvm::StringRef name, const std::string& pointer) {
    r.warn(Code::UnmountedVolume, o, pointer, fmt::format("no container of {} mounts volume `{}`", titleOf(o), name.str()), "mount it with `volumeMounts`, or remove it");
  }
};

} // namespace

void containerRelations(Relations& relations) { Containers(relations).run(); }

} // namespace chasi::lint

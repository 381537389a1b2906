// Where a snapshot lies, as the control plane is told: the URL of the user, and credentials from where the vendor's tools take them.
#pragma once

#include <llvm/Support/Error.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace chasi::vcluster {

/// Where credentials come from. `variable`: of the environment, empty when there is none of that name. `registry`: user and password for a
/// repository, from the login of other tools. `file`: a text, nothing when it is not there.
struct Surrounds {
  std::function<std::string(const char* name)> variable;
  std::function<llvm::Expected<std::pair<std::string, std::string>>(const std::string& repository)> registry;
  std::function<std::optional<std::string>(const std::string& path)> file;
};

struct Storage {
  std::string type;          ///< "s3", "oci", "container", "azure"
  std::string url;           ///< without credentials; the same as the vendor's tools make of it, who compare it
  std::string path;          ///< only of a container: where it lies in the pod
  std::string options;       ///< JSON of the vendor's snapshot.Options, credentials and all: for Secrets only
  std::vector<std::string> secrets; ///< the values in it that nobody may see
};

/// s3://BUCKET/KEY, oci://REGISTRY/REPOSITORY:TAG, container:///PATH in the control plane's volume, https://… of Azure. Options follow a
/// `?`, with the names that the vendor's tools read. CH6411 for anything else, and for credentials in the URL: command lines are seen by
/// everybody on the machine.
llvm::Expected<Storage> readStorage(const std::string& url, const Surrounds& surrounds);

/// The options as text with the release in it, from which the vendor's tools could make the cluster anew. `values` is YAML.
struct ReleaseNote {
  std::string name, ns, chartVersion, values;
};
std::string withRelease(const std::string& options, const ReleaseNote& note);

/// The text with no secret of the storage in it.
std::string hidden(std::string text, const Storage& storage);

} // namespace chasi::vcluster

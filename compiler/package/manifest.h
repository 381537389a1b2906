// What workspace.chasi says about packages:
//
//     package "acme.platform" { version = "1.4.0", description = "…" }      this workspace is a package of that name
//     require "acme.base" { version = "2.1", from = "../packages" }         its files may import acme.base
//
// Both are read from the tree and never evaluated: a name or a version does not depend on anything.
#pragma once

#include "compiler/package/version.h"
#include "compiler/source/diagnostic.h"
#include "compiler/syntax/tree.h"

namespace chasi::package {

struct Required {
  std::string name;
  Requirement least;
  std::string from;          ///< a folder or an OCI layout, relative to the root of the workspace, or oci://HOST/PATH; empty: vendor/NAME was put there by hand
  source::Span nameSpan;     ///< of the name, quotes included
  source::Span versionSpan;  ///< of the text of the version, quotes included
  source::Span fromSpan;     ///< of the text of the source; invalid when there is none
};

struct Manifest {
  std::string name; ///< empty: the workspace is no package
  Version version;
  std::string description;
  source::Span nameSpan;
  std::vector<Required> requires_; ///< in the order of the file

  const Required* find(llvm::StringRef package) const {
    for (const Required& r : requires_)
      if (r.name == package) return &r;
    return nullptr;
  }
};

/// `file` is the root of workspace.chasi's tree. Reports CH8020, CH2002 and CH3002; what is wrong is left out.
Manifest readManifest(syntax::NodeRef file, source::Diagnostics& diagnostics);

/// OWNER.NAME: two or more lower-case words, not beginning with `std`.
bool isPackageName(llvm::StringRef text);

inline constexpr const char* kSourcesHint = "a source is a folder (an OCI layout that `chasic mod pack` made, or the package itself), or oci://HOST/PATH for a registry";
/// Why this is no source although it looks like one, or "" when it may be a path or a registry.
std::string notYetASource(llvm::StringRef from);

} // namespace chasi::package

// Selectors in manifests, and the pods that they mean.
#pragma once

#include "compiler/manifest/pods.h"
#include "runtime/plan/label_selector.h"

namespace chasi::manifest {

/// A `selector` with matchLabels and matchExpressions. Nothing when a part of it is not known before applying.
std::optional<plan::LabelSelector> selectorOf(const sema::MapValue& selector);
/// A map of labels, all of which must be there, as Services have it.
std::optional<plan::LabelSelector> selectorOfLabels(const sema::MapValue& labels);

/// Whether pods of this template have such labels; those that are not known yet may.
bool selects(const plan::LabelSelector& selector, const PodTemplate& pods);
/// The same of one condition.
bool holds(const plan::LabelSelector::Requirement& requirement, const PodTemplate& pods);

/// "app=web", "tier in (a, b)", "a label track".
std::string describe(const plan::LabelSelector::Requirement& requirement);
std::string describe(const plan::LabelSelector& selector);

} // namespace chasi::manifest

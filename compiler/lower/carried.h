// What images carry for the systems and manifests in them: all container images that those need, or an error.
#pragma once

#include "compiler/eval/manifest_text.h"
#include "compiler/lower/lower.h"

namespace chasi::lower {

/// Whether an image asks what other declarations or files need.
bool asksOthers(eval::Evaluator& evaluator, const Draft& draft);

/// Adds what was found to what the images carry, and reports what nobody can be sure of. The drafts stand beside the operations, and
/// nothing else is wrong with them.
void completeImages(sema::Program& program, eval::Evaluator& evaluator, const sema::PinReader& pins, const eval::ManifestReader& manifests, const std::vector<Draft>& drafts, std::vector<plan::Operation>& operations);

} // namespace chasi::lower

// Images of registries in the descriptions of images: their digests come from chasi.lock.
#pragma once

#include "compiler/lower/lower.h"

namespace chasi::lower {

/// Writes the digests beside the addresses, `{"registry": …}`, that the payload of an image's operation has as base and among what is carried. False
/// when one is not pinned; all such were reported then, where the declaration names them. Nothing happens when nobody can look pins up.
bool pinImages(sema::Program& program, eval::Evaluator& evaluator, const sema::PinReader& pins, sema::Record& owner, std::string& payload);

/// Containers whose image is the address of one that the specification pushes: which digest they run comes while applying, after the push. The address
/// in the payloads becomes a place that is filled in then.
void usePushed(std::vector<Draft>& drafts, std::vector<plan::Operation>& operations);

} // namespace chasi::lower

// Records while they live: where each field's value comes from, and the values that are known already.
#pragma once

#include "compiler/sema/program.h"

namespace chasi::eval {

using sema::BlockIr;
using sema::MemberIr;
using sema::Value;
using source::Span;

/// A frame (see sema/ir.h).
struct Env {
  const Env* up = nullptr;
  sema::Record* self = nullptr;
  const BlockIr* block = nullptr; ///< whose lets the locals are, evaluated on demand
  Value* locals = nullptr;
};

/// One step in how a field got its value; `base` is the step before. The chain is what explains a value.
struct Definition {
  const MemberIr* member = nullptr;
  const BlockIr* block = nullptr;
  const Env* env = nullptr; ///< the frames around the block
  const Definition* base = nullptr;
};

enum class SlotState : uint8_t { Open, Busy, Done };

} // namespace chasi::eval

namespace chasi::sema {

struct Record {
  const Schema* schema = nullptr;
  llvm::StringRef name;           ///< of declarations and nested declarations
  source::Span span;              ///< the name where it is declared, else the block
  const eval::Env* outer = nullptr; ///< nested declarations: the frame of the record around
  Record* parent = nullptr;       ///< nested declarations: the record around
  const eval::Env* self = nullptr;  ///< the frame in which defaults are evaluated
  const eval::Env* frame = nullptr; ///< the last one made for a block, which most fields share
  const BlockIr* frameBlock = nullptr; ///< the block
  const eval::Definition** definitions = nullptr; ///< null where only the default counts
  Value* slots = nullptr;
  eval::SlotState* states = nullptr;
  uint32_t part = 0;                ///< that made it, when somebody keeps a record of that (see reads.h)
  bool forced = false;
  bool incomplete = false; ///< a block that made it is (see BlockIr)
};

} // namespace chasi::sema

// The reader of one Schema's text. Private to kube_schema*.cpp.
#pragma once

#include "runtime/plan/kube_schema.h"

#include <deque>
#include <mutex>
#include <unordered_map>

namespace chasi::k8s {

struct Schema::Parts {
  struct Block {
    std::string_view name;
    std::string_view text; ///< from its "type" line to the next one
  };

  std::string owned;     ///< the text, unless it is part of the program
  std::string_view text;
  std::string_view release;
  std::vector<Resource> resources;
  std::vector<uint32_t> byKind; ///< indices of resources, sorted by kind
  std::vector<Block> blocks;    ///< sorted by name
  std::mutex mutex;             ///< guards what follows
  std::unordered_map<std::string_view, Type*> named;
  std::deque<Type> types;          ///< addresses stay
  std::deque<std::string> strings; ///< decoded texts

  llvm::Error index();
  const Block* block(std::string_view name) const;
  /// The type and all that it refers to; null when it does not exist. Needs the mutex.
  const Type* load(std::string_view name);
  /// Parses every type: for texts that are not part of the program.
  llvm::Error check();

private:
  llvm::Error resource(std::string_view line);
  void parseBlock(const Block& block, Type& type);
  Field parseField(std::string_view line);
  const Type* parseExpression(std::string_view& rest);
  const Type* parseBrackets(std::string_view& rest);
  const Type* parseEnum(std::string_view& rest);
  const Type* parseReference(std::string_view& rest);
  const Type* fresh(Type type);
  std::string_view problem_;
};

} // namespace chasi::k8s

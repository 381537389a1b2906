// Data without a schema into a type: what a file, a parameter or a value of type Any holds.
#pragma once

#include "compiler/eval/evaluator.h"

#include <nlohmann/json_fwd.hpp>

namespace chasi::eval {

/// One thing that does not fit, where it is written.
struct Misfit {
  Span span;
  std::string path; ///< "replicas", "stores[2].size"; empty for the whole
  std::string why;
  std::string help;
};

/// Finds everything that does not fit, not only the first. Used once.
class Conversion {
public:
  /// Files of other programs write bytes as plain numbers; what is written for a specification says the unit.
  enum class Writer : uint8_t { Others, Us };
  Conversion(Evaluator& evaluator, sema::Program& program, Writer writer = Writer::Others) : evaluator_(evaluator), p(program), writer_(writer) {}

  /// An error value when something did not fit. `at` is where the value is written, for values that do not know.
  Value to(const sema::Type* type, Value v, Span at);
  std::vector<Misfit> misfits;

private:
  Evaluator& evaluator_;
  sema::Program& p;
  Writer writer_;
  std::string path_;

  Value misfit(Span at, std::string why, std::string help = {});
  Value wrong(const sema::Type* type, const Value& v, Span at);
  Value simple(const sema::Type* type, Value v, Span at);
  Value quantity(const sema::Type* type, const Value& v, Span at);
  Value refined(const sema::Type* type, Value v, Span at);
  Value list(const sema::Type* type, const Value& v, Span at);
  Value map(const sema::Type* type, const Value& v, Span at);
  Value record(const sema::Schema& schema, const Value& v, Span at);
  Value choice(const sema::Type* type, const Value& v, Span at);
  template <class Body> Value inside(llvm::StringRef step, Body body);
};

} // namespace chasi::eval

// What plain words of YAML stand for to programs written in Go: YAML 1.1 as gopkg.in/yaml.v2 reads it, which Kubernetes' own
// tools and Helm do. `yaml(…)` reads YAML 1.2 instead.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <string>

namespace chasi::eval {

struct YamlWord {
  enum Kind { Text, Null, Bool, Int, Float, Time, Merge };
  Kind kind = Text;
  bool boolean = false;
  int64_t integer = 0;
  double number = 0; ///< of Float, and of an Int that 64 bits do not hold, which is a Float then
};

/// A scalar without quotes.
YamlWord yamlWord(llvm::StringRef text);

/// `12:30:45`: no number to that reader, but to others.
bool isSexagesimal(llvm::StringRef text);

/// A number as Go's %v prints it: 0.25, 1.5e+06.
std::string goFloat(double number);

} // namespace chasi::eval

; Names of captures are those of Neovim. Where two patterns fit, the last one counts, as in Neovim, Helix and the tree-sitter program.
; Words, operators, functions and types are compared with the compiler's by tests/editors.

; --- names -------------------------------------------------------------------------------------------------------------

(identifier) @variable

((identifier) @variable.builtin
  (#any-of? @variable.builtin "self" "it"))

((identifier) @constant.builtin
  (#eq? @constant.builtin "null"))

(member_expression
  member: (identifier) @variable.member)

(assignment
  name: (identifier) @variable.member)

(member_block
  name: (identifier) @variable.member)

(field
  name: (identifier) @variable.member)

(unset
  name: (identifier) @variable.member)

(parameter
  name: (identifier) @variable.parameter)

(lambda_parameter
  name: (identifier) @variable.parameter)

(named_argument
  name: (identifier) @variable.parameter)

(param
  name: (identifier) @constant)

(set
  name: (identifier) @constant)

(expect
  code: (identifier) @constant)

; --- declarations ------------------------------------------------------------------------------------------------------

; `tenant retail { … }`: the kind reads like a word of the language.
(declaration
  kind: (dotted_name
    (identifier) @type))

(nested_declaration
  kind: (identifier) @type)

(declaration
  name: (identifier) @constructor)

(nested_declaration
  name: (identifier) @constructor)

(nested
  kind: (identifier) @type.definition)

(nested
  name: (identifier) @variable.member)

(kind
  name: (identifier) @type.definition)

(schema
  name: (identifier) @type.definition)

(type_declaration
  name: (identifier) @type.definition)

(type_parameters
  (identifier) @type.definition)

(override
  target: (dotted_name
    (identifier) @constructor))

(override_member
  target: (dotted_name
    (identifier) @constructor))

(import
  path: (dotted_name
    (identifier) @module))

(import
  alias: (identifier) @module)

(extends
  base: (identifier) @module)

; --- types -------------------------------------------------------------------------------------------------------------

(named_type
  name: (dotted_name
    (identifier) @type))

(cast_type
  name: (dotted_name
    (identifier) @type))

((named_type
  name: (dotted_name
    .
    (identifier) @type.builtin
    .))
  (#any-of? @type.builtin
    "Bool" "Int" "Float" "String" "Cpu" "Bytes" "Percent" "Duration" "Version" "ImageRef" "Path" "Secret" "Any" "List"
    "Map" "Later"))

((cast_type
  name: (dotted_name
    .
    (identifier) @type.builtin
    .))
  (#any-of? @type.builtin
    "Bool" "Int" "Float" "String" "Cpu" "Bytes" "Percent" "Duration" "Version" "ImageRef" "Path" "Secret" "Any" "List"
    "Map" "Later"))

; --- functions ---------------------------------------------------------------------------------------------------------

(function
  name: (identifier) @function)

(call_expression
  function: (identifier) @function.call)

(call_expression
  function: (member_expression
    member: (identifier) @function.method.call))

; They are called as functions and as methods: `len(xs)`, `xs.len()`.
((call_expression
  function: [
    (identifier) @function.builtin
    (member_expression
      member: (identifier) @function.builtin)
  ])
  (#any-of? @function.builtin
    "all" "referrers" "name" "text" "yaml" "json" "yamlStream" "operations" "at" "texts" "ints" "flags" "len" "sum"
    "min" "max" "keys" "values" "unique" "sorted" "reverse" "flatten" "first" "last" "slice" "take" "drop" "chunk"
    "join" "contains" "map" "mapValues" "filter" "flatMap" "sortBy" "groupBy" "indexBy" "find" "count" "any" "every"
    "minBy" "maxBy" "fold" "split" "lines" "trim" "trimPrefix" "trimSuffix" "upper" "lower" "capitalize" "replace"
    "startsWith" "endsWith" "indexOf" "truncate" "substring" "padStart" "padEnd" "repeat" "indent" "matches" "capture"
    "findAll" "replaceAll" "number" "abs" "floor" "ceil" "round" "toInt" "toFloat" "toJson" "toYaml" "fromYaml"
    "overlay" "base64" "base64Decode" "hex" "urlEncode" "sha256" "sha1" "md5" "isIp" "isCidr" "cidrContains"
    "cidrOverlaps" "cidrSubnet" "cidrHost" "cidrPrefix" "isDnsLabel" "isDnsName" "isCron" "later" "secret"))

; --- literals ----------------------------------------------------------------------------------------------------------

(integer) @number

(float) @number.float

(quantity) @number

(boolean) @boolean

[
  (string)
  (multiline_string)
  (raw_string)
] @string

(escape_sequence) @string.escape

; What an interpolation holds is no text.
(interpolation) @none

; --- words -------------------------------------------------------------------------------------------------------------

[
  "edition"
  "param"
  "let"
  "set"
  "override"
  "unset"
  "extends"
  "policy"
  "test"
  "check"
  "lower"
  "nested"
  "deny"
  "warn"
  "except"
  "reason"
  "until"
  "with"
  "assert"
  "expect"
  "snapshot"
  "where"
] @keyword

[
  "kind"
  "schema"
  "type"
] @keyword.type

"fn" @keyword.function

"import" @keyword.import

[
  "sensitive"
  "deprecated"
] @keyword.modifier

[
  "if"
  "else"
  "match"
] @keyword.conditional

"for" @keyword.repeat

[
  "in"
  "as"
] @keyword.operator

(for_item
  "in" @keyword.repeat)

(for_member
  "in" @keyword.repeat)

(for_element
  "in" @keyword.repeat)

(policy_variable
  "in" @keyword.repeat)

(import
  "as" @keyword.import)

; --- signs -------------------------------------------------------------------------------------------------------------

[
  "="
  "+="
  "=="
  "!="
  "<"
  "<="
  ">"
  ">="
  "+"
  "-"
  "*"
  "/"
  "%"
  "!"
  "&&"
  "||"
  "|"
  "??"
  "?"
  "..."
  ".."
  "..<"
  "=>"
  "->"
] @operator

[
  "."
  "?."
  ","
  ":"
] @punctuation.delimiter

[
  "("
  ")"
  "["
  "]"
  "{"
  "}"
] @punctuation.bracket

(type_arguments
  [
    "<"
    ">"
  ] @punctuation.bracket)

(type_parameters
  [
    "<"
    ">"
  ] @punctuation.bracket)

(interpolation
  [
    "${"
    "}"
  ] @punctuation.special)

; --- comments ----------------------------------------------------------------------------------------------------------

[
  (line_comment)
  (block_comment)
] @comment

(doc_comment) @comment.documentation

(hash_bang) @keyword.directive

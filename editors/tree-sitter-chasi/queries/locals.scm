; --- where names are seen ----------------------------------------------------------------------------------------------

[
  (source_file)
  (function)
  (lambda)
  (value_body)
  (item_body)
  (member_body)
  (schema_body)
  (block)
  (for_item)
  (for_member)
  (for_element)
  (match_arm)
  (policy_body)
  (test_body)
] @local.scope

; --- what names are given ----------------------------------------------------------------------------------------------

(let
  name: (identifier) @local.definition.var)

(param
  name: (identifier) @local.definition.parameter)

(parameter
  name: (identifier) @local.definition.parameter)

(lambda_parameter
  name: (identifier) @local.definition.parameter)

(for_item
  variable: (identifier) @local.definition.var)

(for_member
  variable: (identifier) @local.definition.var)

(for_element
  variable: (identifier) @local.definition.var)

(policy_variable
  name: (identifier) @local.definition.var)

(binding
  name: (identifier) @local.definition.var)

(function
  name: (identifier) @local.definition.function)

(type_declaration
  name: (identifier) @local.definition.type)

(type_parameters
  (identifier) @local.definition.type)

(schema
  name: (identifier) @local.definition.type)

(kind
  name: (identifier) @local.definition.type)

(declaration
  name: (identifier) @local.definition.var)

(nested_declaration
  name: (identifier) @local.definition.var)

(field
  name: (identifier) @local.definition.field)

(import
  alias: (identifier) @local.definition.import)

(import
  path: (dotted_name
    (identifier) @local.definition.import
    .)
  !alias)

; --- where they are used -----------------------------------------------------------------------------------------------

(_operand/identifier) @local.reference

(dotted_name
  .
  (identifier) @local.reference)

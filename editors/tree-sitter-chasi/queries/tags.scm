; What a file declares, for an outline and for going to a name.

(declaration
  name: [
    (identifier) @name
    (string
      (string_content) @name)
  ]) @definition.object

(nested_declaration
  name: [
    (identifier) @name
    (string
      (string_content) @name)
  ]) @definition.object

(kind
  name: (identifier) @name) @definition.class

(schema
  name: (identifier) @name) @definition.class

(type_declaration
  name: (identifier) @name) @definition.type

(function
  name: (identifier) @name) @definition.function

(param
  name: (identifier) @name) @definition.constant

(source_file
  (let
    name: (identifier) @name) @definition.constant)

(field
  name: (identifier) @name) @definition.field

(policy
  title: (string
    (string_content) @name)) @definition.policy

(test
  title: (string
    (string_content) @name)) @definition.test

(declaration
  kind: (dotted_name
    (identifier) @name
    .)) @reference.class

(nested_declaration
  kind: (identifier) @name) @reference.class

(named_type
  name: (dotted_name
    (identifier) @name
    .)) @reference.type

(call_expression
  function: [
    (identifier) @name
    (member_expression
      member: (identifier) @name)
  ]) @reference.call

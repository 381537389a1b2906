([
  (line_comment)
  (block_comment)
  (doc_comment)
] @injection.content
  (#set! injection.language "comment"))

; A pattern stands first where the function is called as a method, second otherwise.
(call_expression
  function: (member_expression
    member: (identifier) @_function)
  arguments: (arguments
    .
    [
      (string
        (string_content) @injection.content)
      (raw_string
        (string_content) @injection.content)
    ])
  (#any-of? @_function "matches" "capture" "findAll" "replaceAll")
  (#set! injection.language "regex"))

(call_expression
  function: (identifier) @_function
  arguments: (arguments
    .
    (_)
    .
    [
      (string
        (string_content) @injection.content)
      (raw_string
        (string_content) @injection.content)
    ])
  (#any-of? @_function "matches" "capture" "findAll" "replaceAll")
  (#set! injection.language "regex"))

; Files that a component carries: `"settings.json" = """…"""`.
(assignment
  name: (string
    (string_content) @_file)
  value: [
    (multiline_string
      (string_content) @injection.content)
    (raw_string
      (string_content) @injection.content)
  ]
  (#match? @_file "\\.json$")
  (#set! injection.language "json"))

(assignment
  name: (string
    (string_content) @_file)
  value: [
    (multiline_string
      (string_content) @injection.content)
    (raw_string
      (string_content) @injection.content)
  ]
  (#match? @_file "\\.ya?ml$")
  (#set! injection.language "yaml"))

(assignment
  name: (string
    (string_content) @_file)
  value: [
    (multiline_string
      (string_content) @injection.content)
    (raw_string
      (string_content) @injection.content)
  ]
  (#match? @_file "\\.toml$")
  (#set! injection.language "toml"))

(assignment
  name: (string
    (string_content) @_file)
  value: [
    (multiline_string
      (string_content) @injection.content)
    (raw_string
      (string_content) @injection.content)
  ]
  (#match? @_file "\\.(cnf|conf|ini|properties)$")
  (#set! injection.language "ini"))

(assignment
  name: (string
    (string_content) @_file)
  value: [
    (multiline_string
      (string_content) @injection.content)
    (raw_string
      (string_content) @injection.content)
  ]
  (#match? @_file "\\.sh$")
  (#set! injection.language "bash"))

(assignment
  name: (string
    (string_content) @_file)
  value: [
    (multiline_string
      (string_content) @injection.content)
    (raw_string
      (string_content) @injection.content)
  ]
  (#match? @_file "\\.sql$")
  (#set! injection.language "sql"))

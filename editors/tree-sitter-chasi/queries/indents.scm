; Two captures each: the first name is Neovim's, the second Helix's.

[
  (block)
  (schema_body)
  (item_body)
  (member_body)
  (value_body)
  (match_body)
  (policy_body)
  (test_body)
  (list)
  (arguments)
  (parameters)
  (lambda_parameters)
  (parenthesized_expression)
  (parenthesized_type)
  (union_type)
] @indent.begin @indent

[
  "}"
  "]"
  ")"
] @indent.branch @outdent

(block
  "}" @indent.end)

(schema_body
  "}" @indent.end)

(item_body
  "}" @indent.end)

(member_body
  "}" @indent.end)

(value_body
  "}" @indent.end)

(match_body
  "}" @indent.end)

(policy_body
  "}" @indent.end)

(test_body
  "}" @indent.end)

(list
  "]" @indent.end)

(arguments
  ")" @indent.end)

; What is said on the lines below.
[
  (check)
  (refinement)
] @indent.begin @indent

(ERROR
  "{" @indent.begin)

; The lines of a text keep what they have.
[
  (multiline_string)
  (raw_string)
  (block_comment)
] @indent.ignore

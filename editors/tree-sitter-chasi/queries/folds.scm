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
  (multiline_string)
  (raw_string)
  (block_comment)
  (import)+
  (doc_comment)+
] @fold

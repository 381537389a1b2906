// The syntax of chasi for tree-sitter. What is valid is said by grammar/*.g4 and compiler/syntax/layout.h; this follows them rule by rule,
// and tests/editors compares the two. Three things are decided in src/scanner.c, because only a look ahead can tell them: which line
// breaks end something, which `{` opens the body of `if`, `for` and `match`, and which reserved words are names where they stand.

// How tightly operators bind, the loosest first.
const LEVELS = ['lambda', 'coalesce', 'or', 'and', 'compare', 'range', 'add', 'multiply', 'unary', 'postfix'];
const BIND = Object.fromEntries(LEVELS.map((name, level) => [name, level + 1]));

const BINARY = [
  [BIND.multiply, ['*', '/', '%']],
  [BIND.add, ['+', '-']],
  [BIND.range, ['..', '..<']],
  [BIND.compare, ['==', '!=', '<', '<=', '>', '>=', 'in']],
  [BIND.and, ['&&']],
  [BIND.or, ['||']],
  [BIND.coalesce, ['??']],
];

// Digits, with `_` between them for the eye.
const DIGITS = /[0-9]+(_[0-9]+)*/;
const FRACTION = seq('.', DIGITS);
const EXPONENT = /[eE][+-]?[0-9]+/;

/** One or more, with commas between; more commas than needed hurt nobody. */
function commaList1(rule) {
  return seq(repeat(','), rule, repeat(seq(repeat1(','), rule)), repeat(','));
}

function commaList(rule) {
  return choice(repeat(','), commaList1(rule));
}

/** Entries of which each stands on a line of its own. */
function lines($, rule) {
  return optional(seq(rule, repeat(seq($._newline, rule)), optional($._newline)));
}

/** Entries that a comma or a line break separates. */
function entries($, rule) {
  return seq(repeat(','), optional(seq(rule, repeat(seq($._separator, rule)), optional($._separator))));
}

/** Here a line break would end what is not complete. */
function sameLine($) {
  return optional($._no_line_break);
}

/** A word of one place could be a name that ends its line. */
function word($, spelled) {
  return seq(spelled, sameLine($));
}

/** `if c { … } else if d { … } else { … }` */
function choiceOf($, body) {
  return seq(
    'if', field('condition', $._expression), sameLine($), field('consequence', body),
    repeat(seq('else', 'if', field('condition', $._expression), sameLine($), field('consequence', body))),
    optional(seq('else', field('alternative', body))),
  );
}

/** A guard may stand on the next line. */
function guarded($) {
  return optional(choice(field('guard', $.guard), $._guard_may_follow));
}

/** So may what a schema extends. */
function parented($) {
  return optional(choice(field('extends', $.parent), $._parent_may_follow));
}

/** `for x in list`, `for key, value in map if c` */
function loopOf($) {
  return seq(
    'for', field('variable', $.identifier), optional(seq(',', field('variable', $.identifier))), sameLine($),
    'in', field('in', $._expression), guarded($),
  );
}

function text($, open, content, close, ...more) {
  return seq(open, repeat(choice(alias(content, $.string_content), ...more)), close);
}

module.exports = grammar({
  name: 'chasi',

  word: $ => $.identifier,

  // In the order of `enum TokenType` in src/scanner.c. Those after the marks are tokens of the grammar itself, named here so that the
  // scanner learns where they fit.
  externals: $ => [
    $._newline,
    $._line_goes_on,
    $._body_open,
    $.block_comment,
    '"',
    $._text_close,
    $._text_break,
    $._text_content,
    $._multi_content,
    $._raw_content_0,
    $._raw_content_1,
    $._raw_content_2,
    // Marks: never made. That one fits tells the scanner where it is.
    $._any_word,
    $._entry_begins,
    $._argument_begins,
    $._guard_may_follow,
    $._parent_may_follow,
    $._no_line_break,
    $._error,
    $.identifier,
    'import', 'param', 'let', 'fn', 'type', 'schema', 'if', 'else', 'for', 'in', 'match', 'true', 'false', 'unset',
  ],

  extras: $ => [/[ \t\f\r\n]+/, $.doc_comment, $.line_comment, $.block_comment, $._line_goes_on],

  supertypes: $ => [$._expression, $._operand, $._type, $._base_type, $._item],

  inline: $ => [$._name, $._word, $._any_type],

  conflicts: $ => [
    [$._operand, $.lambda_parameter],
    [$.cast_type],
  ],

  rules: {
    source_file: $ => seq(optional($.hash_bang), lines($, $._item)),

    hash_bang: _ => /#![^\r\n]*/,

    // --- items -----------------------------------------------------------------------------------------------------------

    _item: $ => choice(
      $.edition, $.import, $.param, $.let, $.function, $.type_declaration, $.schema, $.kind, $.declaration, $.override, $.set, $.extends,
      $.for_item, $.if_item, $.policy, $.test,
    ),

    edition: $ => seq(word($, 'edition'), field('year', $.integer)),
    import: $ => seq('import', field('path', choice($.dotted_name, $._string)), optional(seq(word($, 'as'), field('alias', $.identifier)))),
    param: $ => seq('param', field('name', $.identifier), ':', $._refined_type, optional(seq('=', field('default', $._expression)))),
    let: $ => seq(
      'let', field('name', $.identifier), optional(seq(':', field('type', $._any_type))),
      sameLine($), '=', field('value', $._expression),
    ),

    function: $ => seq(
      'fn', field('name', $.identifier), optional($.type_parameters), field('parameters', $.parameters),
      '->', field('type', $._any_type), sameLine($), choice(seq('=', field('value', $._expression)), field('body', $.value_body)),
    ),
    parameters: $ => seq('(', commaList($.parameter), ')'),
    parameter: $ => seq(field('name', $.identifier), ':', field('type', $._any_type), optional(seq('=', field('default', $._expression)))),
    type_parameters: $ => seq('<', $.identifier, repeat(seq(',', $.identifier)), '>'),
    // `{ let a = …, a + 1 }`: what a function gives, or one way of an `if`.
    value_body: $ => seq('{', $._values, '}'),
    _values: $ => seq(repeat(','), repeat(seq($.let, $._separator)), field('value', $._expression), optional($._newline)),

    type_declaration: $ => seq('type', field('name', $.identifier), optional($.type_parameters), sameLine($), '=', $._refined_type),
    schema: $ => seq(
      optional($.deprecated), 'schema', field('name', $.identifier), optional($.type_parameters), parented($), sameLine($),
      field('body', $.schema_body),
    ),
    kind: $ => seq(
      optional($.deprecated), word($, 'kind'), field('name', $.identifier), parented($), sameLine($), field('body', $.schema_body),
    ),
    deprecated: $ => seq(word($, 'deprecated'), field('message', $._string)),
    parent: $ => seq(word($, 'extends'), $._any_type),

    schema_body: $ => seq('{', entries($, $._schema_member), '}'),
    _schema_member: $ => choice($.check, $.nested, $.lower, $.let, $.field, $._entry_begins),
    field: $ => seq(
      field('name', choice($.identifier, alias(choice('check', 'nested', 'lower'), $.identifier))), sameLine($), optional('?'), ':',
      $._refined_type, optional(seq('=', field('default', $._expression))), repeat(choice('sensitive', $.deprecated)),
    ),
    check: $ => seq(word($, 'check'), field('condition', $._expression), optional(seq(':', field('message', $._expression)))),
    nested: $ => seq(
      word($, 'nested'), field('kind', $.identifier), sameLine($), word($, 'as'), field('name', $.identifier),
      optional(seq(':', field('type', $._any_type))), sameLine($), field('body', $.schema_body),
    ),
    lower: $ => seq('lower', '=', field('value', $._expression)),

    declaration: $ => seq(field('kind', $.dotted_name), sameLine($), field('name', $._name), sameLine($), field('body', $.block)),
    override: $ => seq(word($, 'override'), field('target', $.dotted_name), sameLine($), field('body', $.block)),
    set: $ => seq(word($, 'set'), field('name', $.identifier), sameLine($), '=', field('value', $._expression)),
    extends: $ => seq(word($, 'extends'), field('base', $._name)),

    for_item: $ => seq(loopOf($), sameLine($), field('body', $.item_body)),
    if_item: $ => choiceOf($, $.item_body),
    item_body: $ => seq(alias($._body_open, '{'), lines($, $._item), '}'),
    guard: $ => seq('if', field('condition', $._expression)),

    policy: $ => seq(word($, 'policy'), field('title', $._string), sameLine($), field('body', $.policy_body)),
    policy_body: $ => seq('{', lines($, $._policy_member), '}'),
    _policy_member: $ => choice($.let, $.policy_for, $.deny, $.warn, $.except),
    policy_for: $ => seq(
      'for', $.policy_variable, repeat(seq(',', $.policy_variable)), guarded($),
    ),
    policy_variable: $ => seq(field('name', $.identifier), sameLine($), 'in', field('in', $._expression)),
    deny: $ => seq(word($, 'deny'), 'if', field('condition', $._expression), sameLine($), ':', field('message', $._expression)),
    warn: $ => seq(word($, 'warn'), 'if', field('condition', $._expression), sameLine($), ':', field('message', $._expression)),
    except: $ => seq(
      word($, 'except'), field('target', $._expression), word($, 'reason'), field('reason', $._string), sameLine($),
      word($, 'until'), field('until', $._expression),
    ),

    test: $ => seq(word($, 'test'), field('title', $._string), sameLine($), field('body', $.test_body)),
    test_body: $ => seq('{', lines($, $._test_member), '}'),
    _test_member: $ => choice($.let, $.with, $.assert, $.expect, $.snapshot),
    with: $ => seq(word($, 'with'), field('parameters', $.block)),
    assert: $ => seq(word($, 'assert'), field('condition', $._expression), optional(seq(':', field('message', $._expression)))),
    expect: $ => seq(word($, 'expect'), field('code', $.identifier), optional(field('message', $._string))),
    snapshot: $ => seq(word($, 'snapshot'), field('value', $._expression)),

    // --- blocks ----------------------------------------------------------------------------------------------------------

    block: $ => seq('{', entries($, $._member), '}'),
    _member: $ => choice(
      $.assignment, $.member_block, $.nested_declaration, $.override_member, $.unset, $.spread, $.for_member, $.if_member, $.let,
      $._entry_begins,
    ),
    _key: $ => choice($.identifier, alias('override', $.identifier), $._string),
    assignment: $ => seq(field('name', $._key), sameLine($), field('operator', choice('=', '+=')), field('value', $._expression)),
    member_block: $ => seq(field('name', $._key), sameLine($), field('body', $.block)),
    nested_declaration: $ => seq(
      field('kind', choice($.identifier, $._string)), field('name', $._name), sameLine($), field('body', $.block),
    ),
    override_member: $ => seq('override', field('target', $.dotted_name), sameLine($), field('body', $.block)),
    unset: $ => seq('unset', field('name', choice($._word, $._string))),
    spread: $ => seq('...', $._expression),
    for_member: $ => seq(
      loopOf($), sameLine($),
      choice(field('body', $.member_body), seq(':', field('key', $._expression), '=', field('value', $._expression))),
    ),
    if_member: $ => choiceOf($, $.member_body),
    member_body: $ => seq(alias($._body_open, '{'), entries($, $._member), '}'),

    // --- types -----------------------------------------------------------------------------------------------------------

    _refined_type: $ => seq(field('type', $._any_type), optional($.refinement)),
    refinement: $ => seq(word($, 'where'), field('condition', $._expression), optional(seq(':', field('message', $._expression)))),

    _any_type: $ => choice($._type, $.union_type),
    // A `|` before the first is allowed, so that each can stand on a line of its own.
    union_type: $ => prec.right(choice(seq('|', $._type, repeat(seq('|', $._type))), seq($._type, repeat1(seq('|', $._type))))),
    _type: $ => choice($._base_type, $.optional_type),
    optional_type: $ => prec(1, seq($._base_type, '?')),
    _base_type: $ => choice($.named_type, $.literal_type, $.function_type, $.parenthesized_type),
    named_type: $ => seq(field('name', $.dotted_name), optional($.type_arguments)),
    type_arguments: $ => seq('<', $._any_type, repeat(seq(',', $._any_type)), '>'),
    literal_type: $ => choice($._literal, $.negative, $._string),
    function_type: $ => prec.right(seq('(', commaList($._any_type), ')', '->', field('type', $._any_type))),
    parenthesized_type: $ => seq('(', $._any_type, ')'),

    // --- expressions -----------------------------------------------------------------------------------------------------

    _expression: $ => choice($.lambda, $._operand),
    _operand: $ => choice(
      $.identifier, $._literal, $._string, $.member_expression, $.index_expression, $.call_expression, $.amend_expression,
      $.cast_expression, $.unary_expression, $.binary_expression, $.parenthesized_expression, $.list, $.block, $.if_expression,
      $.match_expression,
    ),

    lambda: $ => prec.right(BIND.lambda, seq(
      field('parameters', choice(alias($._bare_parameter, $.lambda_parameters), $.lambda_parameters)), '=>', field('value', $._expression),
    )),
    _bare_parameter: $ => alias($._parameter_name, $.lambda_parameter),
    _parameter_name: $ => field('name', $.identifier),
    lambda_parameters: $ => seq('(', commaList($.lambda_parameter), ')'),
    lambda_parameter: $ => seq(field('name', $.identifier), optional(seq(':', field('type', $._any_type)))),

    member_expression: $ => prec(BIND.postfix, seq(field('object', $._operand), choice('.', '?.'), field('member', $._word))),
    index_expression: $ => prec(BIND.postfix, seq(field('object', $._operand), '[', field('index', $._expression), ']')),
    call_expression: $ => prec(BIND.postfix, seq(field('function', $._operand), field('arguments', $.arguments))),
    arguments: $ => seq('(', commaList($._argument), ')'),
    _argument: $ => choice($.named_argument, $.spread, $._expression, $._argument_begins),
    named_argument: $ => seq(field('name', $.identifier), '=', field('value', $._expression)),
    // `base { replicas = 3 }`: a value with some of its fields changed.
    amend_expression: $ => prec(BIND.postfix, seq(field('object', $._operand), field('changes', $.block))),
    cast_expression: $ => prec(BIND.postfix, seq(field('value', $._operand), word($, 'as'), field('type', $.cast_type))),
    // Dots behind `as` belong to the type.
    cast_type: $ => seq(field('name', alias($._cast_name, $.dotted_name)), optional(prec.dynamic(1, $.type_arguments))),
    _cast_name: $ => prec(BIND.postfix + 1, choice($.identifier, seq($._cast_name, '.', $._word))),

    unary_expression: $ => prec(BIND.unary, seq(field('operator', choice('!', '-')), field('operand', $._operand))),
    binary_expression: $ => choice(...BINARY.flatMap(([level, signs]) => signs.map(sign => prec.left(level, seq(
      field('left', $._operand), field('operator', sign), field('right', $._operand),
    ))))),
    parenthesized_expression: $ => seq('(', $._expression, ')'),

    if_expression: $ => prec.right(choiceOf($, alias($._way, $.value_body))),
    _way: $ => seq(alias($._body_open, '{'), $._values, '}'),
    match_expression: $ => seq('match', field('subject', $._expression), sameLine($), field('body', $.match_body)),
    match_body: $ => seq(alias($._body_open, '{'), entries($, $.match_arm), '}'),
    match_arm: $ => seq($._pattern, repeat(seq('|', $._pattern)), sameLine($), '=>', field('value', $._expression)),
    _pattern: $ => field('pattern', choice($.otherwise, $.binding, $.named_type, $._literal, $.negative, $._string)),
    otherwise: _ => 'else',
    binding: $ => seq(field('name', $.identifier), ':', field('type', $._type)),

    list: $ => seq('[', entries($, $._element), ']'),
    _element: $ => choice($.spread, $.for_element, $.if_element, $._expression),
    for_element: $ => seq(loopOf($), sameLine($), ':', field('value', $._expression)),
    if_element: $ => seq('if', field('condition', $._expression), sameLine($), ':', field('value', $._expression)),

    // --- literals --------------------------------------------------------------------------------------------------------

    _literal: $ => choice($.integer, $.float, $.quantity, $.boolean),
    negative: $ => seq('-', $._literal),
    boolean: _ => choice('true', 'false'),
    integer: _ => token(choice('0', /[1-9][0-9]*(_[0-9]+)*/, /0[xX][0-9A-Fa-f][0-9A-Fa-f_]*/)),
    float: _ => token(choice(seq(DIGITS, FRACTION, optional(EXPONENT)), seq(DIGITS, EXPONENT))),
    // Which units there are is not said by the grammar. `1e5` and `0x1F` could be quantities; of equally long tokens the first one wins.
    quantity: _ => token(seq(DIGITS, optional(FRACTION), choice(/[A-Za-z][A-Za-z0-9_]*/, '%'))),

    _string: $ => choice($.string, $.multiline_string, $.raw_string),
    // A line break ends the text, but for the quote that is missing.
    string: $ => text($, '"', $._text_content, seq(optional($._text_break), alias($._text_close, '"')), $.escape_sequence, $.interpolation),
    multiline_string: $ => text(
      $, '"""', $._multi_content, token.immediate('"""'), $.escape_sequence, alias($._closed_interpolation, $.interpolation),
    ),
    raw_string: $ => choice(
      seq('r"', optional(alias($._raw_content_0, $.string_content)), sameLine($), token.immediate('"')),
      seq('r#"', optional(alias($._raw_content_1, $.string_content)), token.immediate('"#')),
      seq('r##"', optional(alias($._raw_content_2, $.string_content)), token.immediate('"##')),
    ),
    escape_sequence: _ => token.immediate(/\\(u[0-9A-Fa-f]{4}|[^\r\n])/),
    // One that is left open ends with its text, which misses its quote then: one mistake, and the tree is whole behind it.
    interpolation: $ => seq(token.immediate('${'), $._expression, choice('}', $._text_break)),
    _closed_interpolation: $ => seq(token.immediate('${'), $._expression, '}'),

    // --- names and lines -------------------------------------------------------------------------------------------------

    dotted_name: $ => seq($.identifier, repeat(seq('.', $._word))),
    _name: $ => choice($.identifier, $._string),
    // Behind a dot every word is a name.
    _word: $ => choice($.identifier, $._any_word),
    identifier: _ => /[A-Za-z_][A-Za-z0-9_]*/,

    // Behind a line break commas are of no use and do no harm; behind a comma a line break ends nothing.
    _separator: $ => choice(seq($._newline, repeat(',')), repeat1(',')),

    // Four slashes begin a plain comment.
    doc_comment: _ => token(seq('///', optional(/[^/\r\n][^\r\n]*/))),
    line_comment: _ => token(seq('//', /[^\r\n]*/)),
  },
});

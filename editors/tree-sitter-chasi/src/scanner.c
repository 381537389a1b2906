// What a parser of tokens cannot tell: which line breaks end something, which `{` opens a body, which reserved words are names, where a
// text ends and where a comment in a comment does. The rules are those of compiler/syntax/layout.h.
//
// The parser says which tokens fit where it stands, and that tells whether the place is inside of a text (and of which form), inside of
// parentheses, or behind the condition of an `if`. Between tokens little has to be kept: see `Scanner`.

#include "tree_sitter/parser.h"

#include <stdlib.h>
#include <string.h>

// The order of `externals` in grammar.js.
enum TokenType {
  NEWLINE,
  LINE_GOES_ON,
  BODY_OPEN,
  BLOCK_COMMENT,
  TEXT_OPEN,
  TEXT_CLOSE,
  TEXT_BREAK,
  TEXT_CONTENT,
  MULTI_CONTENT,
  RAW_CONTENT_0,
  RAW_CONTENT_1,
  RAW_CONTENT_2,
  ANY_WORD,
  ENTRY_BEGINS,
  ARGUMENT_BEGINS,
  GUARD_MAY_FOLLOW,
  PARENT_MAY_FOLLOW,
  NO_LINE_BREAK,
  ERROR_MARK, // fits only where the parser looks for a way to go on after a mistake
  IDENTIFIER,
  FIRST_RESERVED,
};

// In the order of `externals`, from FIRST_RESERVED on.
static const char *const RESERVED[] = {
  "import", "param", "let", "fn", "type", "schema", "if", "else", "for", "in", "match", "true", "false", "unset",
};
// What is kept between tokens. All of it is nothing at most places.
typedef struct {
  uint8_t texts;        // of one line, open around the place: a line break ends them all, also inside of `${ }`
  uint8_t goes_on;      // line breaks between comments that are known to end nothing, so that none of them looks over all comments again
  uint8_t open_comment; // a comment has no end
} Scanner;

static void count(uint8_t *number) {
  if (*number < UINT8_MAX) ++*number;
}

enum { RESERVED_COUNT = sizeof RESERVED / sizeof RESERVED[0], LONGEST_WORD = 8 };

// Reserved words that no entry of a block begins with, so that `type { … }` can be a field.
static const char *const FIELD_WORDS[] = {"import", "param", "fn", "type", "schema", "in"};

static bool is_letter(int32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
static bool is_space(int32_t c) { return c == ' ' || c == '\t' || c == '\f'; }
static bool is_break(int32_t c) { return c == '\n' || c == '\r'; }

static void advance(TSLexer *lexer) { lexer->advance(lexer, false); }

static bool give(TSLexer *lexer, enum TokenType token) {
  lexer->result_symbol = token;
  return true;
}

// --- words -------------------------------------------------------------------------------------------------------------------

// Reads a word. `word` gets its beginning, which is enough to know it by; a longer one than any of ours is cut.
static void read_word(TSLexer *lexer, char word[LONGEST_WORD + 1]) {
  unsigned size = 0;
  for (; is_letter(lexer->lookahead) || (lexer->lookahead >= '0' && lexer->lookahead <= '9'); advance(lexer)) {
    if (size < LONGEST_WORD) word[size++] = (char)lexer->lookahead;
  }
  word[size] = '\0';
}

static bool is_one_of(const char *word, const char *const *words, unsigned count, unsigned *which) {
  for (*which = 0; *which < count; ++*which) {
    if (strcmp(word, words[*which]) == 0) return true;
  }
  return false;
}

// --- comments and the space between tokens -----------------------------------------------------------------------------------

// Behind the `/` of `/*`. False when the comment has no end.
static bool skip_block_comment(TSLexer *lexer) {
  unsigned depth = 1;
  advance(lexer);
  while (!lexer->eof(lexer)) {
    const int32_t c = lexer->lookahead;
    advance(lexer);
    if (c == '/' && lexer->lookahead == '*') {
      advance(lexer);
      ++depth;
    } else if (c == '*' && lexer->lookahead == '/') {
      advance(lexer);
      if (--depth == 0) return true;
    }
  }
  return false;
}

// True when there was a line break among it.
static bool skip_space(TSLexer *lexer) {
  bool broken = false;
  for (; is_space(lexer->lookahead) || is_break(lexer->lookahead); advance(lexer)) broken |= is_break(lexer->lookahead);
  return broken;
}

// To the next token, over comments. True when it is a `/`, which has been read. Counts the line breaks that comments stand between.
static bool skip_to_token(TSLexer *lexer, uint8_t *breaks) {
  for (;;) {
    if (skip_space(lexer)) count(breaks);
    if (lexer->lookahead != '/') return false;
    advance(lexer);
    if (lexer->lookahead == '/') {
      while (!lexer->eof(lexer) && !is_break(lexer->lookahead)) advance(lexer);
    } else if (lexer->lookahead != '*' || !skip_block_comment(lexer)) {
      return true;
    }
  }
}

// --- what comes --------------------------------------------------------------------------------------------------------------

enum Follower { SETS, TYPES, OPENS, ARROW, OTHER };

// What the next token does to the word before it: `=` and `+=`, `:` and `?:`, `{`, `=>`.
static enum Follower next_does(TSLexer *lexer) {
  uint8_t ignored = 0;
  if (skip_to_token(lexer, &ignored)) return OTHER;
  const int32_t c = lexer->lookahead;
  advance(lexer);
  switch (c) {
  case '=':
    if (lexer->lookahead == '>') return ARROW;
    return lexer->lookahead == '=' ? OTHER : SETS;
  case '+': return lexer->lookahead == '=' ? SETS : OTHER;
  case ':': return TYPES;
  case '{': return OPENS;
  case '?':
    if (lexer->lookahead == '.' || lexer->lookahead == '?') return OTHER;
    return !skip_to_token(lexer, &ignored) && lexer->lookahead == ':' ? TYPES : OTHER;
  default: return OTHER;
  }
}

// The token that comes continues the line before: `.` `?.` `??` `&&` `||` `|` `->` `:`, `else`, `where`, the guard
// of a `for`, the `extends` of a schema.
static bool continues(TSLexer *lexer, const bool *fits, uint8_t *breaks) {
  if (skip_to_token(lexer, breaks)) return false;
  const int32_t c = lexer->lookahead;
  if (is_letter(c)) {
    char word[LONGEST_WORD + 1];
    read_word(lexer, word);
    if (strcmp(word, "if") == 0) return fits[GUARD_MAY_FOLLOW];
    const bool is_else = strcmp(word, "else") == 0;
    const bool is_parent = fits[PARENT_MAY_FOLLOW] && strcmp(word, "extends") == 0;
    if (!is_else && !is_parent && strcmp(word, "where") != 0) return false;
    const enum Follower follower = next_does(lexer);
    return follower == OTHER || (is_else && follower == OPENS);
  }
  advance(lexer);
  switch (c) {
  case ':':
  case '|': return true;
  case '.': return lexer->lookahead != '.';
  case '?': return lexer->lookahead == '.' || lexer->lookahead == '?';
  case '&': return lexer->lookahead == '&';
  case '-': return lexer->lookahead == '>';
  default: return false;
  }
}

// Behind a dot at the end of its line: the word that comes begins something, since a person is still writing there.
static bool abandons(TSLexer *lexer, uint8_t *breaks) {
  static const char *const words[] = {"import", "param", "let", "fn", "schema"};
  char word[LONGEST_WORD + 1];
  unsigned which;
  if (skip_to_token(lexer, breaks) || !is_letter(lexer->lookahead)) return true;
  read_word(lexer, word);
  return is_one_of(word, words, sizeof words / sizeof words[0], &which) || next_does(lexer) == SETS;
}

// At a line break that might end something. What it gives begins before the break and ends in front of the next comment or token.
static bool line_break(TSLexer *lexer, Scanner *scanner, const bool *fits) {
  skip_space(lexer);
  lexer->mark_end(lexer);
  const bool after_dot = fits[ANY_WORD] && !fits[ERROR_MARK];
  scanner->goes_on = 0;
  // A line that goes on behind comments is a token of its own, since there is no way back to the comment.
  if (after_dot ? !abandons(lexer, &scanner->goes_on) : continues(lexer, fits, &scanner->goes_on)) return give(lexer, LINE_GOES_ON);
  scanner->goes_on = 0;
  return give(lexer, NEWLINE);
}

// At a word. Reserved ones are names behind a dot, before `=` where a field or an argument begins, and before `:` where a field does.
// Where the parser would take any other for a name, it gets the reserved word itself, which does not fit there.
static bool reserved_word(TSLexer *lexer, const bool *fits) {
  char word[LONGEST_WORD + 1];
  unsigned which, ignored;
  read_word(lexer, word);
  if (!is_one_of(word, RESERVED, RESERVED_COUNT, &which)) return false;
  lexer->mark_end(lexer);
  if (fits[ANY_WORD]) return give(lexer, IDENTIFIER);
  if (fits[ENTRY_BEGINS] || fits[ARGUMENT_BEGINS]) {
    const enum Follower follower = next_does(lexer);
    if (follower == SETS) return give(lexer, IDENTIFIER);
    if (fits[ENTRY_BEGINS]) {
      if (follower == TYPES) return give(lexer, IDENTIFIER);
      if (follower == OPENS && is_one_of(word, FIELD_WORDS, sizeof FIELD_WORDS / sizeof FIELD_WORDS[0], &ignored)) return give(lexer, IDENTIFIER);
    }
  }
  return give(lexer, (enum TokenType)(FIRST_RESERVED + which));
}

// --- texts -------------------------------------------------------------------------------------------------------------------

// A `"` that is not the first of three.
static bool text_open(TSLexer *lexer, Scanner *scanner) {
  advance(lexer);
  lexer->mark_end(lexer);
  if (lexer->lookahead == '"') {
    advance(lexer);
    if (lexer->lookahead == '"') return false;
  }
  count(&scanner->texts);
  return give(lexer, TEXT_OPEN);
}

// A line break inside of a text of one line ends it, and all around it. What is given is nothing but a mark in front of the break: the
// parser puts what is missing before it, and finds the line break behind it to go on with.
static bool text_break(TSLexer *lexer, Scanner *scanner) {
  lexer->mark_end(lexer);
  scanner->texts = 0;
  return give(lexer, TEXT_BREAK);
}

// Whether `"` ends the text. Of less than three in a row in """…""", all are text and have been read.
static bool ends_multi(TSLexer *lexer) {
  for (unsigned quotes = 1; quotes < 3; ++quotes) {
    if (lexer->lookahead != '"') return false;
    advance(lexer);
  }
  return true;
}

// The parts of "…" and """…""" that are no escape and no `${`, and the end of the former.
static bool text_content(TSLexer *lexer, Scanner *scanner, bool multi) {
  bool any = false;
  for (;; any = true) {
    lexer->mark_end(lexer);
    if (lexer->eof(lexer)) break;
    const int32_t c = lexer->lookahead;
    if (!multi && is_break(c)) return any ? give(lexer, TEXT_CONTENT) : text_break(lexer, scanner);
    advance(lexer);
    if (c == '"' && (!multi || ends_multi(lexer))) {
      if (any || multi) break;
      lexer->mark_end(lexer);
      if (scanner->texts > 0) --scanner->texts;
      return give(lexer, TEXT_CLOSE);
    }
    if (c == '$' && lexer->lookahead == '{') break;
    if (c == '\\' && !is_break(lexer->lookahead)) break;
  }
  return any && give(lexer, multi ? MULTI_CONTENT : TEXT_CONTENT);
}

// r"…", r#"…"#, r##"…"##: to the quote with so many `#` behind it. Only the first form ends with its line.
static bool raw_content(TSLexer *lexer, unsigned hashes) {
  bool any = false;
  for (;; any = true) {
    lexer->mark_end(lexer);
    if (lexer->eof(lexer) || (hashes == 0 && is_break(lexer->lookahead))) break;
    const int32_t c = lexer->lookahead;
    advance(lexer);
    unsigned seen = 0;
    for (; c == '"' && seen < hashes && lexer->lookahead == '#'; ++seen) advance(lexer);
    if (c == '"' && seen == hashes) break;
  }
  return any && give(lexer, (enum TokenType)(RAW_CONTENT_0 + hashes));
}

// --- what the parser calls ---------------------------------------------------------------------------------------------------

void *tree_sitter_chasi_external_scanner_create(void) { return calloc(1, sizeof(Scanner)); }
void tree_sitter_chasi_external_scanner_destroy(void *payload) { free(payload); }

unsigned tree_sitter_chasi_external_scanner_serialize(void *payload, char *buffer) {
  const Scanner *scanner = payload;
  if (!scanner->texts && !scanner->goes_on && !scanner->open_comment) return 0;
  memcpy(buffer, scanner, sizeof *scanner);
  return sizeof *scanner;
}

void tree_sitter_chasi_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  memset(payload, 0, sizeof(Scanner));
  if (length == sizeof(Scanner)) memcpy(payload, buffer, length);
}

static bool text_part(TSLexer *lexer, Scanner *scanner, const bool *fits, bool *is_text) {
  *is_text = fits[TEXT_CONTENT] || fits[MULTI_CONTENT];
  if (*is_text) return text_content(lexer, scanner, fits[MULTI_CONTENT]);
  for (unsigned hashes = 0; hashes < 3; ++hashes) {
    if (!fits[RAW_CONTENT_0 + hashes]) continue;
    // At the end of the line of r" the line break is looked at below.
    *is_text = hashes > 0 || !is_break(lexer->lookahead);
    return *is_text && raw_content(lexer, hashes);
  }
  return false;
}

// What a `/` begins. A comment without end holds the rest of the file, and the mistake is where its end is missed.
static bool comment(TSLexer *lexer, Scanner *scanner) {
  advance(lexer);
  if (lexer->lookahead != '*') return false;
  if (!skip_block_comment(lexer)) scanner->open_comment = 1;
  lexer->mark_end(lexer);
  return give(lexer, BLOCK_COMMENT);
}

bool tree_sitter_chasi_external_scanner_scan(void *payload, TSLexer *lexer, const bool *fits) {
  Scanner *scanner = payload;
  const bool lost = fits[ERROR_MARK];
  bool is_text = false;
  if (!lost && text_part(lexer, scanner, fits, &is_text)) return true;
  if (is_text) return false;
  while (is_space(lexer->lookahead)) lexer->advance(lexer, true);
  if (is_break(lexer->lookahead)) {
    if (lost) scanner->texts = scanner->goes_on = 0;
    if (scanner->texts > 0) return text_break(lexer, scanner);
    if (scanner->goes_on > 0) {
      --scanner->goes_on;
      skip_space(lexer);
      lexer->mark_end(lexer);
      return give(lexer, LINE_GOES_ON);
    }
    if (fits[NEWLINE] || fits[NO_LINE_BREAK] || fits[ANY_WORD] || fits[TEXT_CLOSE]) return line_break(lexer, scanner, fits);
    while (is_space(lexer->lookahead) || is_break(lexer->lookahead)) lexer->advance(lexer, true);
  }
  if (lexer->lookahead == '/') return comment(lexer, scanner);
  if (lost) return false;
  if (scanner->open_comment && lexer->eof(lexer)) {
    scanner->open_comment = 0;
    return give(lexer, ERROR_MARK);
  }
  if (lexer->lookahead == '{' && fits[BODY_OPEN]) {
    advance(lexer);
    lexer->mark_end(lexer);
    return give(lexer, BODY_OPEN);
  }
  if (lexer->lookahead == '"' && fits[TEXT_OPEN]) return text_open(lexer, scanner);
  return fits[IDENTIFIER] && is_letter(lexer->lookahead) && reserved_word(lexer, fits);
}

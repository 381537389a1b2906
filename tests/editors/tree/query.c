// Runs a query the way editors do: with the predicates that all of them know.
#include "tree.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_WORD = 512 };

// A predicate with its arguments: `eq?`, a capture, a text.
typedef struct {
  const TSQueryPredicateStep *steps;
  uint32_t count;
} Predicate;

static const char *literal(const TSQuery *query, TSQueryPredicateStep step) {
  uint32_t length;
  return ts_query_string_value_for_id(query, step.value_id, &length);
}

static bool capture_text(const TSQueryMatch *match, uint32_t capture, Text text, char out[LONGEST_WORD]) {
  for (uint16_t i = 0; i < match->capture_count; ++i) {
    if (match->captures[i].index != capture) continue;
    const uint32_t from = ts_node_start_byte(match->captures[i].node), to = ts_node_end_byte(match->captures[i].node);
    if (to - from >= LONGEST_WORD) return false;
    memcpy(out, text.data + from, to - from);
    out[to - from] = '\0';
    return true;
  }
  return false;
}

static bool fits_pattern(const char *pattern, const char *word) {
  regex_t compiled;
  if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB)) fail("not a regular expression", pattern);
  const bool fits = regexec(&compiled, word, 0, NULL, 0) == 0;
  regfree(&compiled);
  return fits;
}

static bool predicate_holds(const TSQuery *query, Predicate predicate, const TSQueryMatch *match, Text text) {
  const char *name = literal(query, predicate.steps[0]);
  if (strcmp(name, "set!") == 0) return true;
  char word[LONGEST_WORD];
  if (predicate.count < 3 || predicate.steps[1].type != TSQueryPredicateStepTypeCapture) fail("predicate of no capture", name);
  if (!capture_text(match, predicate.steps[1].value_id, text, word)) return false;
  if (strcmp(name, "match?") == 0) return fits_pattern(literal(query, predicate.steps[2]), word);
  if (strcmp(name, "eq?") != 0 && strcmp(name, "any-of?") != 0) fail("a predicate that not all editors know", name);
  for (uint32_t i = 2; i < predicate.count; ++i) {
    if (strcmp(literal(query, predicate.steps[i]), word) == 0) return true;
  }
  return false;
}

static bool holds(const TSQuery *query, const TSQueryMatch *match, Text text) {
  uint32_t count;
  const TSQueryPredicateStep *steps = ts_query_predicates_for_pattern(query, match->pattern_index, &count);
  for (uint32_t begin = 0, i = 0; i < count; ++i) {
    if (steps[i].type != TSQueryPredicateStepTypeDone) continue;
    if (!predicate_holds(query, (Predicate){steps + begin, i - begin}, match, text)) return false;
    begin = i + 1;
  }
  return true;
}

static TSQuery *load(const char *path) {
  static const char *const kinds[] = {"", "syntax", "no such node", "no such field", "no such capture", "impossible pattern", "language"};
  const Text source = read_file(path);
  uint32_t offset;
  TSQueryError error;
  TSQuery *query = ts_query_new(tree_sitter_chasi(), source.data, source.size, &offset, &error);
  if (!query) {
    uint32_t line = 1;
    for (uint32_t i = 0; i < offset; ++i) line += source.data[i] == '\n';
    const int shown = (int)(source.size - offset < 40 ? source.size - offset : 40);
    fprintf(stderr, "%s:%u: %s: %.*s\n", path, line, kinds[error], shown, source.data + offset);
    exit(1);
  }
  free(source.data);
  return query;
}

static void show_captures(const TSQuery *query, TSNode root, Text text, int file) {
  TSQueryCursor *cursor = ts_query_cursor_new();
  ts_query_cursor_exec(cursor, query, root);
  TSQueryMatch match;
  uint32_t which;
  while (ts_query_cursor_next_capture(cursor, &match, &which)) {
    if (!holds(query, &match, text)) continue;
    const TSQueryCapture capture = match.captures[which];
    uint32_t length;
    const char *name = ts_query_capture_name_for_id(query, capture.index, &length);
    const TSPoint from = ts_node_start_point(capture.node), to = ts_node_end_point(capture.node);
    printf("%d %u %u %u %u %u %.*s\n", file, match.pattern_index, from.row, from.column, to.row, to.column, (int)length, name);
  }
  ts_query_cursor_delete(cursor);
}

int run_query(const char *path, int count, char **paths) {
  TSQuery *query = load(path);
  TSParser *parser = new_parser();
  for (int i = 0; i < count; ++i) {
    const Text text = read_file(paths[i]);
    TSTree *tree = parse(parser, NULL, text);
    show_captures(query, ts_tree_root_node(tree), text, i);
    ts_tree_delete(tree);
    free(text.data);
  }
  ts_parser_delete(parser);
  ts_query_delete(query);
  return 0;
}

// Reads chasi with the tree-sitter grammar of editors/tree-sitter-chasi, for tests/editors/cases/tree_sitter.py.
//
//   tree check FILE…           a line for each: `ok`, or the place of the first mistake
//   tree print FILE…           the tree of each, a line for each
//   tree query QUERY FILE…     `FILE PATTERN ROW COLUMN ROW COLUMN CAPTURE` for each capture, where predicates hold
//   tree edit SEED COUNT FILE… edits each at random: a tree that is continued equals one that is made afresh, and nothing crashes
//   tree speed FILE            megabytes in a second
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void fail(const char *what, const char *of) {
  fprintf(stderr, "%s: %s\n", of, what);
  exit(2);
}

Text read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) fail("cannot be read", path);
  Text text = {NULL, 0};
  size_t room = 0;
  for (;;) {
    if (text.size == room) text.data = realloc(text.data, room = room * 2 + 4096);
    const size_t got = fread(text.data + text.size, 1, room - text.size, file);
    if (got == 0) break;
    text.size += (uint32_t)got;
  }
  fclose(file);
  return text;
}

TSParser *new_parser(void) {
  TSParser *parser = ts_parser_new();
  if (!ts_parser_set_language(parser, tree_sitter_chasi())) fail("this library does not read its version", "the grammar");
  return parser;
}

TSTree *parse(TSParser *parser, const TSTree *before, Text text) {
  TSTree *tree = ts_parser_parse_string(parser, before, text.data, text.size);
  if (!tree) fail("no tree", "parser");
  return tree;
}

// The first node that stands for a mistake; the node itself when it is the only one that knows of it.
static TSNode first_mistake(TSNode node) {
  for (;;) {
    if (ts_node_is_missing(node) || strcmp(ts_node_type(node), "ERROR") == 0) return node;
    TSNode next = node;
    for (uint32_t i = 0; i < ts_node_child_count(node); ++i) {
      const TSNode child = ts_node_child(node, i);
      if (!ts_node_has_error(child) && !ts_node_is_missing(child)) continue;
      next = child;
      break;
    }
    if (ts_node_eq(next, node)) return node;
    node = next;
  }
}

static int check(int count, char **paths) {
  TSParser *parser = new_parser();
  for (int i = 0; i < count; ++i) {
    const Text text = read_file(paths[i]);
    TSTree *tree = parse(parser, NULL, text);
    const TSNode root = ts_tree_root_node(tree);
    if (ts_node_has_error(root)) {
      const TSNode at = first_mistake(root);
      const TSPoint place = ts_node_start_point(at);
      printf("%u:%u %s%s\n", place.row + 1, place.column + 1, ts_node_is_missing(at) ? "missing " : "", ts_node_type(at));
    } else {
      printf("ok\n");
    }
    ts_tree_delete(tree);
    free(text.data);
  }
  ts_parser_delete(parser);
  return 0;
}

static int print(int count, char **paths) {
  TSParser *parser = new_parser();
  for (int i = 0; i < count; ++i) {
    const Text text = read_file(paths[i]);
    TSTree *tree = parse(parser, NULL, text);
    char *words = ts_node_string(ts_tree_root_node(tree));
    printf("%s\n", words);
    free(words);
    ts_tree_delete(tree);
    free(text.data);
  }
  ts_parser_delete(parser);
  return 0;
}

static int speed(const char *path) {
  const Text text = read_file(path);
  TSParser *parser = new_parser();
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    ts_tree_delete(parse(parser, NULL, text));
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    const double took = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    if (took < best) best = took;
  }
  printf("%.1f\n", text.size / best / 1e6);
  ts_parser_delete(parser);
  free(text.data);
  return 0;
}

int main(int count, char **words) {
  const char *what = count > 1 ? words[1] : "";
  if (strcmp(what, "check") == 0) return check(count - 2, words + 2);
  if (strcmp(what, "print") == 0) return print(count - 2, words + 2);
  if (strcmp(what, "query") == 0 && count > 2) return run_query(words[2], count - 3, words + 3);
  if (strcmp(what, "edit") == 0 && count > 3) return run_edits(words[2], (uint32_t)atoi(words[3]), count - 4, words + 4);
  if (strcmp(what, "speed") == 0 && count == 3) return speed(words[2]);
  fprintf(stderr, "usage: tree check|print|query|edit|speed …\n");
  return 64;
}

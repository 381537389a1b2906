// Edits at random, as hands and programs make them.
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed_;

static uint32_t dice(uint32_t sides) { // xorshift64
  seed_ ^= seed_ << 13;
  seed_ ^= seed_ >> 7;
  seed_ ^= seed_ << 17;
  return (uint32_t)((seed_ >> 20) % sides);
}

static TSPoint place_of(Text text, uint32_t offset) {
  TSPoint place = {0, 0};
  for (uint32_t i = 0; i < offset; ++i) {
    if (text.data[i] == '\n') place.row++, place.column = 0;
    else place.column++;
  }
  return place;
}

static const char *const PIECES[] = {
  "\n", "{", "}", "(", ")", "[", "]", "\"", "\"\"\"", "${", "\\", "/*", "*/", "//", "///", "\n\n", ",", "=", ":", ".", "?.", "|", " if ", " else ",
  " for x in y ", "r#\"", "\"#", "x", "1", "5m", "let a = 1\n", "where x", "=>", "->", "match x {", "as", "type", "\xc3\xa4", "\xff", "\r\n", "\r", " ",
};

// Takes some bytes out and puts a piece in.
static Text edited(Text text, TSTree *tree) {
  const uint32_t at = dice(text.size + 1);
  const uint32_t most = text.size - at < 12 ? text.size - at : 12;
  const uint32_t out = dice(3) ? 0 : dice(most + 1);
  const char *piece = dice(4) ? PIECES[dice(sizeof PIECES / sizeof PIECES[0])] : "";
  const uint32_t in = (uint32_t)strlen(piece);
  Text after = {malloc(text.size + in + 1), text.size - out + in};
  memcpy(after.data, text.data, at);
  memcpy(after.data + at, piece, in);
  memcpy(after.data + at + in, text.data + at + out, text.size - at - out);
  const TSInputEdit edit = {at, at + out, at + in, place_of(text, at), place_of(text, at + out), place_of(after, at + in)};
  ts_tree_edit(tree, &edit);
  free(text.data);
  return after;
}

// Where two trees differ; of one without a mistake, since what is kept of a broken one may be better than a fresh start.
static bool same(TSNode a, TSNode b) {
  return ts_node_symbol(a) == ts_node_symbol(b) && ts_node_start_byte(a) == ts_node_start_byte(b) && ts_node_end_byte(a) == ts_node_end_byte(b) &&
         ts_node_child_count(a) == ts_node_child_count(b);
}

static bool same_tree(TSNode a, TSNode b) {
  if (!same(a, b)) return false;
  for (uint32_t i = 0; i < ts_node_child_count(a); ++i) {
    if (!same_tree(ts_node_child(a, i), ts_node_child(b, i))) return false;
  }
  return true;
}

int run_edits(const char *seed, uint32_t times, int count, char **paths) {
  int wrong = 0;
  uint32_t compared = 0, broken = 0;
  TSParser *parser = new_parser();
  for (int i = 0; i < count; ++i) {
    seed_ = strtoull(seed, NULL, 10) * 2654435761u + (uint64_t)i + 1;
    Text text = read_file(paths[i]);
    TSTree *tree = parse(parser, NULL, text);
    for (uint32_t n = 0; n < times; ++n) {
      const Text kept = {malloc(text.size + 1), text.size};
      memcpy(kept.data, text.data, text.size);
      text = edited(text, tree);
      TSTree *continued = parse(parser, tree, text);
      ts_tree_delete(tree);
      TSTree *fresh = parse(parser, NULL, text);
      const TSNode a = ts_tree_root_node(continued), b = ts_tree_root_node(fresh);
      if (ts_node_has_error(a) != ts_node_has_error(b) || (!ts_node_has_error(a) && !same_tree(a, b))) {
        fprintf(stderr, "%s: edit %u: the continued tree is not the fresh one\n", paths[i], n);
        ++wrong;
      }
      ++compared;
      // What is broken is taken back sometimes, so that the next edits meet a whole tree too.
      if (ts_node_has_error(b) && dice(4)) {
        ++broken;
        ts_tree_delete(continued);
        free(text.data);
        text = kept;
        tree = parse(parser, NULL, text);
      } else {
        free(kept.data);
        tree = continued;
      }
      ts_tree_delete(fresh);
    }
    ts_tree_delete(tree);
    free(text.data);
  }
  ts_parser_delete(parser);
  printf("%u edits, %u of them taken back\n", compared, broken);
  return wrong ? 1 : 0;
}

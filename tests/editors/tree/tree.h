// What the commands of the harness share.
#pragma once

#include <tree_sitter/api.h>

#include "tree-sitter-chasi.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  char *data; // of the heap; the caller frees it
  uint32_t size;
} Text;

/// Says what is wrong with what, and ends.
void fail(const char *what, const char *of);
Text read_file(const char *path);
TSParser *new_parser(void);
/// `before` is the tree to continue, already told of the edits, or NULL.
TSTree *parse(TSParser *parser, const TSTree *before, Text text);

int run_query(const char *path, int count, char **paths);
int run_edits(const char *seed, uint32_t times, int count, char **paths);

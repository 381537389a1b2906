#ifndef TREE_SITTER_CHASI_H_
#define TREE_SITTER_CHASI_H_

typedef struct TSLanguage TSLanguage;

#ifdef __cplusplus
extern "C" {
#endif

/// The grammar of chasi for `ts_parser_set_language`. It lives as long as the program and may be used by any thread.
const TSLanguage *tree_sitter_chasi(void);

#ifdef __cplusplus
}
#endif

#endif

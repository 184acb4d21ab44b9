// Line ends that may end a statement.
//
// Where the grammar allows one, a line end is a token, unless the next line starts with a word or sign
// that belongs to the line before: |> with then else where for, and from "path" of a data statement.
// Where it allows none, in brackets and behind operators, line ends are blanks.

#include "tree_sitter/parser.h"

#include <stdbool.h>
#include <string.h>

enum TokenType { NEWLINE };

// Words that a line may start with that goes on with the line before.
static const char *const joining[] = {"with", "then", "else", "where", "for"};

void *tree_sitter_ppl_external_scanner_create(void) { return NULL; }
void tree_sitter_ppl_external_scanner_destroy(void *payload) { (void)payload; }

unsigned tree_sitter_ppl_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload;
  (void)buffer;
  return 0;
}

void tree_sitter_ppl_external_scanner_deserialize(void *payload, const char *buffer,
                                                  unsigned length) {
  (void)payload;
  (void)buffer;
  (void)length;
}

static bool is_blank(int32_t c) { return c == ' ' || c == '\t' || c == '\r'; }

static bool is_letter(int32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static bool is_name_part(int32_t c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; }

// Whether what comes next belongs to the statement before.
static bool joins_previous_line(TSLexer *lexer) {
  if (lexer->lookahead == '|') {
    lexer->advance(lexer, false);
    return lexer->lookahead == '>';
  }
  char word[8];
  unsigned length = 0;
  while (is_name_part(lexer->lookahead)) {
    if (length < sizeof word - 1) word[length] = (char)lexer->lookahead;
    length++;
    lexer->advance(lexer, false);
  }
  if (length >= sizeof word) return false;
  word[length] = 0;
  for (unsigned i = 0; i < sizeof joining / sizeof *joining; i++) {
    if (strcmp(word, joining[i]) == 0) return true;
  }
  if (strcmp(word, "from") != 0) return false;
  while (is_blank(lexer->lookahead)) lexer->advance(lexer, false);
  return lexer->lookahead == '"';
}

bool tree_sitter_ppl_external_scanner_scan(void *payload, TSLexer *lexer,
                                           const bool *valid_symbols) {
  (void)payload;
  if (!valid_symbols[NEWLINE]) return false;
  while (is_blank(lexer->lookahead)) lexer->advance(lexer, true);
  // A comment before the line end is a token of its own.
  if (lexer->lookahead != '\n') return false;
  lexer->advance(lexer, false);
  lexer->mark_end(lexer);
  lexer->result_symbol = NEWLINE;
  // Looked at only, and read again: blank lines and comments before the next statement.
  while (!lexer->eof(lexer)) {
    int32_t c = lexer->lookahead;
    if (c == '#') {
      while (!lexer->eof(lexer) && lexer->lookahead != '\n') lexer->advance(lexer, false);
    } else if (is_blank(c) || c == '\n') {
      lexer->advance(lexer, false);
    } else {
      break;
    }
  }
  return !joins_previous_line(lexer);
}

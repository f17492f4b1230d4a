/* out.h - everything that reaches standard output: escaped text, colours, tables, and whether it arrived. */
#ifndef PC_CLI_OUT_H
#define PC_CLI_OUT_H
#include "base/strbuf.h"
#include "cli.h"

#include <pagecast/control.h>
#include <stdio.h>

enum cli_style { CLI_PLAIN, CLI_DIM, CLI_BOLD, CLI_GOOD, CLI_WARN, CLI_BAD };
/** The sequence that begins a style, CLI_PLAIN ends one; "" without colours. */
const char *cli_style(bool color, enum cli_style style);
enum cli_style cli_style_of(pc_liveness liveness);

/**
 * Add text of unknown origin so that it cannot steer a terminal or fake other lines: control characters as \n, \t,
 * \xHH; bidirectional controls, separators and other invisible ones as \u{HEX}; wrong UTF-8 as U+FFFD.
 */
void cli_escape(pc_strbuf *b, const char *text, size_t bytes);
void cli_escape_z(pc_strbuf *b, const char *text);
/** A text in a fixed field, which need not be ended by NUL. */
void cli_escape_field(pc_strbuf *b, const char *field, size_t field_bytes);

/** Write to stdout. @return false once nobody reads it any more */
bool cli_put(const char *text, size_t bytes);
bool cli_puts(const char *text);
/** Print and free what was collected. @return false once nobody reads it any more, or memory ran out */
bool cli_put_buf(pc_strbuf *b);
/** @return false once nobody reads it any more */
bool cli_flush(void);
/** For the end of main(): a failed write is an error, unless the reader went away. */
int cli_out_finish(int exit_code);

/* ---- tables ------------------------------------------------------------------------------------------ */

#define CLI_COLUMNS_MAX 24
/** Cells are added row by row, then printed. */
typedef struct cli_table {
	unsigned columns;
	unsigned right; /* a bit per column: aligned to the right */
	bool color;
	struct cli_cell *cells;
	size_t count, capacity;
	bool failed;
} cli_table;
/** @param headings  one per column; NULL = no heading. @param columns  <= CLI_COLUMNS_MAX */
void cli_table_start(cli_table *t, bool color, unsigned columns, const char *const *headings, unsigned right);
/** Add a cell of text that is known to be harmless. */
void cli_cell(cli_table *t, enum cli_style style, const char *format, ...) PC_PRINTF(3, 4);
/** Add a cell of text of unknown origin. */
void cli_cell_text(cli_table *t, enum cli_style style, const char *text, size_t bytes);
/** Add a cell of escaped text; takes it. */
void cli_cell_buf(cli_table *t, enum cli_style style, pc_strbuf *text);
/** Characters of its longest line. */
unsigned cli_table_width(const cli_table *t);
void cli_table_free(cli_table *t);
/** Print with this many blanks in front, and free. @return as cli_put_buf() */
bool cli_table_print(cli_table *t, unsigned indent);

/* ---- quantities -------------------------------------------------------------------------------------- */

/** "35 ms", "3.2 s", "4 min 10 s", "2 h 5 min", "3 d 4 h". */
void cli_format_age(char dst[32], uint64_t ns);
/** "512 B", "4.0 KiB", "23.5 GiB". */
void cli_format_bytes(char dst[32], double bytes);

#endif

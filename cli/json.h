/* json.h - JSON that is valid whatever the data: nan and infinities are null, wrong UTF-8 is U+FFFD. */
#ifndef PC_CLI_JSON_H
#define PC_CLI_JSON_H
#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

#define CLI_JSON_DEPTH 160 /* 16 structs in each other, each an array of 4 dimensions, and what is around them */

/** Zero to start; values are added in order, commas come by themselves. */
typedef struct cli_json {
	pc_strbuf text;
	unsigned depth;
	bool has_items[CLI_JSON_DEPTH];
	bool is_value; /* a key was just added */
} cli_json;

/** @param bracket  '{' or '[' */
void cli_json_open(cli_json *j, char bracket);
/** @param bracket  '}' or ']' */
void cli_json_close(cli_json *j, char bracket);
void cli_json_key(cli_json *j, const char *key);
void cli_json_text(cli_json *j, const char *text, size_t bytes);
void cli_json_z(cli_json *j, const char *text);
/** A text in a fixed field, which need not be ended by NUL. */
void cli_json_field(cli_json *j, const char *field, size_t field_bytes);
void cli_json_hex(cli_json *j, const void *bytes, size_t count);
void cli_json_i64(cli_json *j, int64_t value);
void cli_json_u64(cli_json *j, uint64_t value);
void cli_json_f64(cli_json *j, double value);
void cli_json_f32(cli_json *j, float value);
void cli_json_bool(cli_json *j, bool value);
void cli_json_null(cli_json *j);

#endif

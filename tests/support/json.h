/* json.h - reads the golden vectors: a JSON file as a tree. For tests: anything wrong ends the process. */
#ifndef PC_TEST_JSON_H
#define PC_TEST_JSON_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_ARRAY, JSON_OBJECT };
typedef struct json {
	enum json_kind kind;
	bool is_true;
	double number;
	const char *text;         /* TEXT; NUMBER: as written */
	const char *key;          /* inside an object */
	const struct json *items; /* ARRAY, OBJECT */
	size_t count;
} json;

/** Read a whole file; never freed. */
const json *json_file(const char *path);
const json *json_parse(const char *text, size_t bytes);
/** Member of an object; NULL if there is none. */
const json *json_get(const json *object, const char *key);
/** The same, but it must be there. */
const json *json_need(const json *object, const char *key);
/** An integer >= 0, from a number or {"$int": "..."}. */
uint64_t json_uint(const json *value);
/** Bytes of a hex text; *ret_bytes is their number. The caller frees. */
uint8_t *json_hex(const json *value, size_t *ret_bytes);
/** Equal values; numbers as numbers, objects in any order. */
bool json_equal(const json *a, const json *b);

#endif

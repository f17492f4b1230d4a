/* vector_kit.h - golden vectors: files of rows, each with a name and the bytes that it stands for in hex. */
#ifndef PC_VECTOR_KIT_H
#define PC_VECTOR_KIT_H
#include "wire/buf.h"

#include "json.h"
#include "test.h"

static inline const json *vectors(const char *name)
{
	char path[512];
	(void)snprintf(path, sizeof path, PC_VECTORS "/%s", name);
	return json_file(path);
}

static inline const char *name_of(const json *row)
{
	return json_need(row, "name")->text;
}

static inline const char *word(const json *object, const char *key)
{
	return json_need(object, key)->text;
}

static inline uint64_t number(const json *object, const char *key)
{
	return json_uint(json_need(object, key));
}

/* Fails the test unless they are the bytes of the row. */
static inline void check_bytes(const json *row, const wire_buf *b)
{
	size_t bytes;
	uint8_t *want = json_hex(json_need(row, "hex"), &bytes);
	if (b->failed || b->bytes != bytes || memcmp(b->data, want, bytes)) {
		fprintf(stderr, "%s: %zu bytes, not %zu:", name_of(row), b->bytes, bytes);
		for (size_t i = 0; i < b->bytes && i < 200; i++) fprintf(stderr, "%02x", b->data[i]);
		PC_FAIL("\nnot %s", json_need(row, "hex")->text);
	}
	free(want);
}

#endif

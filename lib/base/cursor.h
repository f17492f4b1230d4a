/* base/cursor.h - a bounds-checked reading position in text or bytes; every parser of ours reads through one. */
#ifndef PC_BASE_CURSOR_H
#define PC_BASE_CURSOR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** A reading position. Never moves past @c end; the bytes are borrowed. */
typedef struct pc_cursor {
	const char *start, *at, *end;
} pc_cursor;

/** A piece of the text that a cursor reads. */
typedef struct pc_span {
	const char *at;
	size_t bytes;
} pc_span;

static inline pc_cursor pc_cursor_of(const char *text, size_t bytes)
{
	return (pc_cursor){text, text, text + bytes};
}

static inline size_t pc_cursor_left(const pc_cursor *c)
{
	return (size_t)(c->end - c->at);
}

/** The next byte as 0..255 without taking it, or -1 at the end. */
static inline int pc_cursor_peek(const pc_cursor *c)
{
	return c->at < c->end ? (int)(unsigned char)*c->at : -1;
}

/** Take and return the next byte, or -1 at the end. */
static inline int pc_cursor_take(pc_cursor *c)
{
	return c->at < c->end ? (int)(unsigned char)*c->at++ : -1;
}

/** Take @p byte if it is next. */
static inline bool pc_cursor_accept(pc_cursor *c, char byte)
{
	if (c->at == c->end || *c->at != byte) return false;
	c->at++;
	return true;
}

/** Take the longest run of bytes for which @p is_member is true. */
static inline pc_span pc_cursor_span(pc_cursor *c, bool (*is_member)(int byte))
{
	pc_span span = {c->at, 0};
	while (c->at < c->end && is_member((int)(unsigned char)*c->at)) c->at++;
	span.bytes = (size_t)(c->at - span.at);
	return span;
}

/** Copy the next @p bytes to @p dst; false, with nothing taken, if there are not that many. */
static inline bool pc_cursor_copy(pc_cursor *c, void *dst, size_t bytes)
{
	if (pc_cursor_left(c) < bytes) return false;
	memcpy(dst, c->at, bytes);
	c->at += bytes;
	return true;
}

static inline bool pc_span_is(pc_span span, const char *word)
{
	return strlen(word) == span.bytes && !memcmp(span.at, word, span.bytes);
}

#endif

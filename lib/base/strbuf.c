/* base/strbuf.c - see strbuf.h. */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for @p more bytes and a NUL; false, and failed for ever, without memory. */
static bool reserve(pc_strbuf *b, size_t more)
{
	if (b->failed) return false;
	if (b->room_bytes - b->bytes > more) return true;
	if (more < SIZE_MAX / 4 && b->bytes < SIZE_MAX / 4) {
		size_t room = b->bytes + more + 1;
		if (room < b->room_bytes * 2) room = b->room_bytes * 2;
		if (room < 64) room = 64;
		char *text = realloc(b->text, room);
		if (text) {
			b->text = text;
			b->room_bytes = room;
			return true;
		}
	}
	b->failed = true;
	return false;
}

void pc_strbuf_add(pc_strbuf *b, const char *text, size_t bytes)
{
	if (!reserve(b, bytes)) return;
	if (bytes) memcpy(b->text + b->bytes, text, bytes);
	b->bytes += bytes;
	b->text[b->bytes] = '\0';
}

void pc_strbuf_puts(pc_strbuf *b, const char *text)
{
	pc_strbuf_add(b, text, strlen(text));
}

void pc_strbuf_printf(pc_strbuf *b, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int bytes = vsnprintf(NULL, 0, format, args);
	if (bytes < 0) {
		b->failed = true;
	} else if (reserve(b, (size_t)bytes)) {
		(void)vsnprintf(b->text + b->bytes, (size_t)bytes + 1, format, again);
		b->bytes += (size_t)bytes;
	}
	va_end(again);
	va_end(args);
}

char *pc_strbuf_take(pc_strbuf *b, size_t *ret_bytes)
{
	pc_strbuf_add(b, "", 0); /* even an empty text is a text */
	if (b->failed) {
		pc_strbuf_free(b);
		return NULL;
	}
	char *text = b->text;
	if (ret_bytes) *ret_bytes = b->bytes;
	*b = (pc_strbuf){0};
	return text;
}

void pc_strbuf_free(pc_strbuf *b)
{
	free(b->text);
	*b = (pc_strbuf){0};
}

/* base/strbuf.h - text that grows as it is written. A failed allocation sticks: check once, at the end. */
#ifndef PC_BASE_STRBUF_H
#define PC_BASE_STRBUF_H
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/** Zero it to start. @c text is NUL-ended once something was added. */
typedef struct pc_strbuf {
	char *text;
	size_t bytes;      /* without the NUL */
	size_t room_bytes; /* allocated */
	bool failed;       /* an allocation failed: the text is not complete */
} pc_strbuf;

void pc_strbuf_add(pc_strbuf *b, const char *text, size_t bytes);
void pc_strbuf_puts(pc_strbuf *b, const char *text);
void pc_strbuf_printf(pc_strbuf *b, const char *format, ...) PC_PRINTF(2, 3);
/** Hand the text over (released with free()) and zero the buffer; NULL if an allocation failed. Never NULL else. */
char *pc_strbuf_take(pc_strbuf *b, size_t *ret_bytes);
/** Free and zero; accepts a zeroed one. */
void pc_strbuf_free(pc_strbuf *b);

#endif

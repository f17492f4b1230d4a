/* config/diags.c - collected messages, handed out in order of place. */
#include "config/node.h"

#include "base/sort.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file full of nonsense has a message per line; nobody reads more than these. */
#define MESSAGES_MAX      1000u
#define MESSAGE_BYTES_MAX 1024
#define FILES_MAX         512u

struct message {
	const char *text;
	uint32_t file_rank; /* files in the order in which they were read */
	uint32_t line, column;
};

struct pcd_diags {
	const void *messages[MESSAGES_MAX];
	uint32_t count;
	uint32_t total; /* with those that were too many or found no memory, or were there already */
	uint32_t repeated;
	bool is_sorted;
	char *files[FILES_MAX];
	uint32_t file_count;
	char more[64]; /* the last message when some are missing */
};

pcd_diags *pcd_diags_create(void)
{
	return calloc(1, sizeof(pcd_diags));
}

void pcd_diags_destroy(pcd_diags **diags)
{
	if (!*diags) return;
	for (uint32_t i = 0; i < (*diags)->count; i++) free((void *)(uintptr_t)(*diags)->messages[i]);
	for (uint32_t i = 0; i < (*diags)->file_count; i++) free((*diags)->files[i]);
	free(*diags);
	*diags = NULL;
}

void pcd_diags_file(pcd_diags *diags, const char *file)
{
	for (uint32_t i = 0; i < diags->file_count; i++)
		if (!strcmp(diags->files[i], file)) return;
	size_t bytes = strlen(file) + 1;
	char *copy = diags->file_count < FILES_MAX ? malloc(bytes) : NULL;
	if (copy) diags->files[diags->file_count++] = memcpy(copy, file, bytes);
}

static uint32_t rank_of(pcd_diags *d, const char *file)
{
	if (!*file) return 0; /* without a place: first */
	pcd_diags_file(d, file);
	for (uint32_t i = 0; i < d->file_count; i++)
		if (!strcmp(d->files[i], file)) return i + 1;
	return FILES_MAX + 1;
}

/* The message and its text in one piece of memory. */
static struct message *new_message(const pcd_mark *mark, const char *body)
{
	pcd_mark at = mark ? *mark : (pcd_mark){"", 0, 0};
	size_t bytes = strlen(at.file) + strlen(body) + 32;
	struct message *m = malloc(sizeof *m + bytes);
	if (!m) return NULL;
	char *text = (char *)(m + 1);
	if (at.line)
		(void)snprintf(text, bytes, "%s:%u:%u: %s", at.file, (unsigned)at.line, (unsigned)at.column, body);
	else
		(void)snprintf(text, bytes, "%s%s%s", at.file, *at.file ? ": " : "", body);
	*m = (struct message){text, 0, at.line, at.column};
	return m;
}

/* A message is one line of UTF-8, whatever it quotes and wherever that was cut. */
static void make_printable(char *text)
{
	for (size_t at = 0, bytes = strlen(text); at < bytes;) {
		uint32_t code;
		int taken = pc_utf8_decode(text + at, bytes - at, &code);
		size_t count = (size_t)(taken < 0 ? -taken : taken);
		if (taken < 0 || code < ' ' || code == 0x7F) memset(text + at, taken < 0 ? '?' : ' ', count);
		at += count;
	}
}

/* A type that two layouts use has its mistakes once. */
static bool is_known(const pcd_diags *d, const char *text)
{
	for (uint32_t i = 0; i < d->count; i++)
		if (!strcmp(((const struct message *)d->messages[i])->text, text)) return true;
	return false;
}

void pcd_diags_add(pcd_diags *diags, const pcd_mark *mark, const char *format, ...)
{
	char body[MESSAGE_BYTES_MAX];
	va_list args;
	diags->total++;
	if (diags->count == MESSAGES_MAX) return;
	va_start(args, format);
	(void)vsnprintf(body, sizeof body, format, args);
	va_end(args);
	make_printable(body);
	struct message *m = new_message(mark, body);
	if (!m) return;
	if (is_known(diags, m->text)) {
		diags->repeated++;
		free(m);
		return;
	}
	m->file_rank = rank_of(diags, mark ? mark->file : "");
	diags->messages[diags->count++] = m;
	diags->is_sorted = false;
}

uint32_t pcd_diags_total(const pcd_diags *diags)
{
	return diags->total;
}

uint32_t pcd_diags_count(const pcd_diags *diags)
{
	return diags->count + (diags->total - diags->repeated > diags->count ? 1 : 0);
}

static int order_by_place(const void *a, const void *b)
{
	const struct message *x = a, *y = b;
	if (x->file_rank != y->file_rank) return x->file_rank < y->file_rank ? -1 : 1;
	if (x->line != y->line) return x->line < y->line ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

const char *pcd_diags_get(pcd_diags *diags, uint32_t i)
{
	static const void *scratch[MESSAGES_MAX]; /* [loop thread] */
	if (!diags->is_sorted) pc_sort(diags->messages, scratch, diags->count, order_by_place);
	diags->is_sorted = true;
	if (i < diags->count) return ((const struct message *)diags->messages[i])->text;
	(void)snprintf(diags->more, sizeof diags->more, "%u more errors",
	               (unsigned)(diags->total - diags->repeated - diags->count));
	return diags->more;
}

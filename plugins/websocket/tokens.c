/* tokens.c - the token file: parsing, searching, asking. */
#include "tokens.h"

#include "wire/glob.h"
#include "wire/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one access ---- */

static ws_access *create(void)
{
	ws_access *a = calloc(1, sizeof *a);
	if (a) atomic_init(&a->refs, 1);
	return a;
}

ws_access *ws_access_hold(ws_access *a)
{
	if (a) (void)atomic_fetch_add(&a->refs, 1);
	return a;
}

void ws_access_release(ws_access **access)
{
	ws_access *a = *access;
	*access = NULL;
	if (!a || atomic_fetch_sub(&a->refs, 1) != 1) return;
	ws_texts_free(&a->read);
	ws_texts_free(&a->write);
	memset(a->secret, 0, sizeof a->secret);
	free(a);
}

static bool same_texts(const ws_texts *a, const ws_texts *b)
{
	bool same = a->count == b->count;
	for (size_t i = 0; same && i < a->count; i++) same = !strcmp(a->items[i], b->items[i]);
	return same;
}

bool ws_access_equal(const ws_access *a, const ws_access *b)
{
	return a->is_suspended == b->is_suspended && same_texts(&a->read, &b->read) && same_texts(&a->write, &b->write);
}

static bool matches(const ws_texts *globs, const char *region)
{
	for (size_t i = 0; i < globs->count; i++)
		if (wire_glob_match(globs->items[i], strlen(globs->items[i]), region, strlen(region))) return true;
	return false;
}

bool ws_access_reads(const ws_access *a, const char *region)
{
	return !a || (!a->is_suspended && matches(&a->read, region));
}

bool ws_access_writes(const ws_access *a, const char *region)
{
	return a && !a->is_suspended && matches(&a->write, region);
}

/* ---- the file ---- */

typedef struct parser {
	const char *path, *line, *at, *end; /* of the line */
	unsigned line_no;
	pc_err *err;
	ws_tokens *to;
} parser;

static pc_status wrong(const parser *p, const char *at, const char *what)
{
	(void)snprintf(p->err->text, sizeof p->err->text, "%.120s:%u:%u: %s", p->path, p->line_no,
	               (unsigned)(at - p->line) + 1, what);
	return PC_EINVAL;
}

static pc_status no_memory(const parser *p)
{
	(void)snprintf(p->err->text, sizeof p->err->text, "out of memory");
	return PC_ENOMEM;
}

static bool is_word_byte(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next run of bytes that are not blank; 0 bytes at the end of the line or at a comment. */
static size_t next_word(parser *p)
{
	size_t bytes = 0;
	while (p->at < p->end && is_blank(*p->at)) p->at++;
	if (p->at < p->end && *p->at == '#') p->at = p->end;
	while (p->at + bytes < p->end && !is_blank(p->at[bytes])) bytes++;
	return bytes;
}

static pc_status read_secret(parser *p, size_t bytes, ws_access *a)
{
	for (size_t i = 0; i < bytes; i++)
		if (!is_word_byte(p->at[i]))
			return wrong(p, p->at + i, "expected a token of the characters A-Z a-z 0-9 - _");
	if (bytes < WS_TOKEN_MIN || bytes > WS_TOKEN_MAX)
		return wrong(p, p->at, "expected a token of 32 to 128 characters");
	for (size_t i = 0; i < p->to->count; i++)
		if (ws_same_secret(p->at, bytes, p->to->items[i]->secret, strlen(p->to->items[i]->secret)))
			return wrong(p, p->at, "this token stands in an earlier line already");
	memcpy(a->secret, p->at, bytes);
	return PC_OK;
}

static pc_status read_name(parser *p, const char *text, size_t bytes, ws_access *a)
{
	for (size_t i = 0; i < bytes; i++)
		if (!is_word_byte(text[i])) return wrong(p, text + i, "name: expected the characters A-Z a-z 0-9 - _");
	if (!bytes || bytes > WS_TOKEN_NAME_MAX) return wrong(p, text, "name: expected 1 to 31 characters");
	memcpy(a->name, text, bytes);
	a->name[bytes] = '\0';
	for (size_t i = 0; i < p->to->count; i++)
		if (!strcmp(p->to->items[i]->name, a->name))
			return wrong(p, text, "name: an earlier line has this name already");
	return PC_OK;
}

static pc_status read_globs(parser *p, const char *text, size_t bytes, ws_texts *to)
{
	const char *end = text + bytes;
	ws_texts_free(to);
	for (;;) {
		char glob[WIRE_GLOB_BYTES_MAX + 1];
		size_t n = 0;
		while (text + n < end && text[n] != ',') n++;
		if (!n) return wrong(p, text, "expected a name or glob of regions, such as sysmon.* or **");
		if (n > WIRE_GLOB_BYTES_MAX) return wrong(p, text, "a glob has at most 128 bytes");
		if (to->count == WS_TOKEN_GLOBS_MAX) return wrong(p, text, "a token has at most 64 globs of a kind");
		memcpy(glob, text, n);
		glob[n] = '\0';
		if (ws_texts_add(to, glob)) return no_memory(p);
		text += n;
		if (text == end) return PC_OK;
		text++;
	}
}

static bool starts(const char *text, size_t bytes, const char *key)
{
	return bytes >= strlen(key) && !memcmp(text, key, strlen(key));
}

typedef struct given {
	bool name, read, write, suspended;
} given;

static pc_status once(parser *p, bool *seen)
{
	if (*seen) return wrong(p, p->at, "this word stands twice in the line");
	*seen = true;
	return PC_OK;
}

static pc_status read_word(parser *p, size_t bytes, ws_access *a, given *seen)
{
	const char *value = memchr(p->at, '=', bytes);
	size_t value_bytes = value ? bytes - (size_t)(++value - p->at) : 0;
	pc_status st;
	if (starts(p->at, bytes, "name=")) {
		st = once(p, &seen->name);
		return st ? st : read_name(p, value, value_bytes, a);
	}
	if (starts(p->at, bytes, "read=")) {
		st = once(p, &seen->read);
		return st ? st : read_globs(p, value, value_bytes, &a->read);
	}
	if (starts(p->at, bytes, "write=")) {
		st = once(p, &seen->write);
		return st ? st : read_globs(p, value, value_bytes, &a->write);
	}
	if (bytes == 9 && starts(p->at, bytes, "suspended")) return a->is_suspended = true, once(p, &seen->suspended);
	return wrong(p, p->at, "expected name=NAME, read=GLOBS, write=GLOBS or suspended");
}

static pc_status read_access(parser *p, size_t bytes, ws_access *a)
{
	given seen = {false, false, false, false};
	pc_status st = read_secret(p, bytes, a);
	(void)snprintf(a->name, sizeof a->name, "line-%u", p->line_no);
	a->is_bare = true;
	if (st == PC_OK && ws_texts_add(&a->read, "**")) st = no_memory(p);
	for (p->at += bytes; st == PC_OK && (bytes = next_word(p)) != 0; p->at += bytes) {
		a->is_bare = false;
		st = read_word(p, bytes, a, &seen);
	}
	return st;
}

static pc_status append(parser *p, ws_access *a)
{
	ws_access **items;
	if (p->to->count == WS_TOKENS_MAX) return wrong(p, p->line, "a file has at most 256 tokens");
	items = realloc(p->to->items, (p->to->count + 1) * sizeof(ws_access *));
	if (!items) return no_memory(p);
	p->to->items = items;
	items[p->to->count++] = a;
	return PC_OK;
}

static pc_status read_line(parser *p)
{
	size_t bytes;
	ws_access *a;
	pc_status st;
	for (const char *c = p->line; c < p->end; c++)
		if ((unsigned char)*c < ' ' && !is_blank(*c)) return wrong(p, c, "a control character");
	p->at = p->line;
	bytes = next_word(p);
	if (!bytes) return PC_OK;
	a = create();
	st = a ? read_access(p, bytes, a) : no_memory(p);
	if (st == PC_OK) st = append(p, a);
	if (st != PC_OK) ws_access_release(&a);
	return st;
}

pc_status ws_tokens_parse(const char *path, const char *text, size_t bytes, ws_tokens *to, pc_err *err)
{
	parser p = {.path = path, .line = text, .line_no = 1, .err = err, .to = to};
	const char *end = text + bytes;
	pc_status st = PC_OK;
	while (st == PC_OK && p.line < end) {
		const char *newline = memchr(p.line, '\n', (size_t)(end - p.line));
		p.end = newline ? newline : end;
		st = read_line(&p);
		if (!newline) break;
		p.line = newline + 1;
		p.line_no++;
	}
	if (st == PC_OK && !to->count)
		st = wrong(&p, p.line, "the file does not hold a token; delete it to get a new one");
	if (st != PC_OK) ws_tokens_free(to);
	return st;
}

void ws_tokens_free(ws_tokens *t)
{
	for (size_t i = 0; i < t->count; i++) ws_access_release(&t->items[i]);
	free(t->items);
	*t = (ws_tokens){0};
}

ws_access *ws_tokens_find(const ws_tokens *t, const char *secret, size_t bytes)
{
	ws_access *found = NULL;
	for (size_t i = 0; i < t->count; i++) {
		ws_access *a = t->items[i];
		if (ws_same_secret(secret, bytes, a->secret, strlen(a->secret))) found = a;
	}
	return found;
}

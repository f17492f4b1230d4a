/* wire/glob.c - all positions of the pattern at once, so that no pattern can make it slow.
 *
 * A backtracking matcher takes exponential time on `*a*a*a*b` unless it forgets, and forgetting is wrong once
 * there are two kinds of wildcard. Here the set of reachable pattern positions is carried along the name. */
#include "wire/glob.h"

#include "wire/names.h"

#include <string.h>

bool wire_glob_is_pattern(const char *pattern, size_t pattern_bytes)
{
	return pattern_bytes && memchr(pattern, '*', pattern_bytes) != NULL;
}

enum token_kind { LITERAL, WITHIN, ACROSS };
typedef struct token {
	unsigned char kind, byte;
} token;

static size_t tokens_of(const char *pattern, size_t bytes, token *ret)
{
	size_t n = 0;
	for (size_t i = 0; i < bytes; i++) {
		if (pattern[i] != '*') {
			ret[n++] = (token){LITERAL, (unsigned char)pattern[i]};
			continue;
		}
		ret[n] = (token){WITHIN, 0};
		for (; i + 1 < bytes && pattern[i + 1] == '*'; i++) ret[n].kind = ACROSS;
		n++;
	}
	return n;
}

/* A wildcard may stand for nothing: whoever is before it is behind it too. */
static void spread(const token *t, size_t n, unsigned char *on)
{
	for (size_t i = 0; i < n; i++)
		if (on[i] && t[i].kind != LITERAL) on[i + 1] = 1;
}

static bool steps_over(token t, unsigned char byte)
{
	return t.kind == ACROSS || (t.kind == WITHIN && byte != '.' && byte != '/');
}

bool wire_glob_match(const char *pattern, size_t pattern_bytes, const char *name, size_t name_bytes)
{
	token t[WIRE_GLOB_BYTES_MAX] = {{0, 0}};
	unsigned char on[WIRE_GLOB_BYTES_MAX + 1] = {1}, next[WIRE_GLOB_BYTES_MAX + 1];
	size_t n;
	if (pattern_bytes > WIRE_GLOB_BYTES_MAX) return false;
	n = tokens_of(pattern, pattern_bytes, t);
	spread(t, n, on);
	for (size_t k = 0; k < name_bytes; k++) {
		unsigned char byte = (unsigned char)name[k], any = 0;
		memset(next, 0, n + 1);
		for (size_t i = 0; i < n; i++) {
			if (!on[i]) continue;
			if (t[i].kind == LITERAL && t[i].byte == byte) next[i + 1] = any = 1;
			if (steps_over(t[i], byte)) next[i] = any = 1;
		}
		if (!any) return false;
		spread(t, n, next);
		memcpy(on, next, n + 1);
	}
	return on[n] != 0;
}

/* config/suggest.c - see suggest.h. Edits: one letter more, less or other, or two neighbours swapped. */
#include "config/suggest.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define WORD_BYTES_MAX 40u

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;
	return ab < c ? ab : c;
}

static int lower(char c)
{
	return c == '-' ? '_' : tolower((unsigned char)c);
}

/* Optimal string alignment distance; words are at most WORD_BYTES_MAX. Case and - for _ do not count. */
static size_t edits_between(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
	size_t rows[3][WORD_BYTES_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];
	for (size_t j = 0; j <= b_bytes; j++) before[j] = last[j] = j;
	for (size_t i = 1; i <= a_bytes; i++) {
		now[0] = i;
		for (size_t j = 1; j <= b_bytes; j++) {
			size_t other = lower(a[i - 1]) != lower(b[j - 1]);
			now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + other);
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
				now[j] = min3(now[j], before[j - 2] + 1, now[j]);
		}
		size_t *spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[b_bytes];
}

void pcd_suggest_try(struct pcd_suggest *s, const char *known)
{
	size_t word_bytes = strlen(s->word), known_bytes = strlen(known);
	if (!word_bytes || word_bytes > WORD_BYTES_MAX || known_bytes > WORD_BYTES_MAX) return;
	size_t edits = edits_between(s->word, word_bytes, known, known_bytes);
	size_t longer = word_bytes > known_bytes ? word_bytes : known_bytes;
	if (edits > 1 + longer / 5) return; /* more is a guess */
	if (s->best && edits >= s->best_edits) return;
	s->best = known;
	s->best_edits = edits;
}

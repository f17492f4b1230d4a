/* base/edits.c - see edits.h. Optimal string alignment. */
#include "base/edits.h"

#include <stddef.h>
#include <string.h>

static int alike(char c)
{
	if (c == '-') return '_';
	return c >= 'A' && c <= 'Z' ? c + 32 : (unsigned char)c;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;
	return ab < c ? ab : c;
}

unsigned pc_edits_between(const char *a, const char *b)
{
	unsigned rows[3][PC_EDITS_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];
	size_t na = strlen(a), nb = strlen(b);
	if (na > PC_EDITS_MAX) na = PC_EDITS_MAX;
	if (nb > PC_EDITS_MAX) nb = PC_EDITS_MAX;
	for (unsigned j = 0; j <= nb; j++) above[j] = j;
	for (unsigned i = 1; i <= na; i++) {
		unsigned *free_row = before;
		row[0] = i;
		for (unsigned j = 1; j <= nb; j++) {
			unsigned other = alike(a[i - 1]) != alike(b[j - 1]);
			row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + other);
			if (i > 1 && j > 1 && alike(a[i - 1]) == alike(b[j - 2]) && alike(a[i - 2]) == alike(b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1, row[j]);
		}
		before = above;
		above = row;
		row = free_row;
	}
	return above[nb];
}

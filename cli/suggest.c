/* suggest.c - "did you mean": names that differ by a few letters, or that begin or end alike. See cli.h. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

#define LONGEST 96u /* longer names are compared up to here */
#define NONE    UINT32_MAX

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : (unsigned char)c;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;
	return ab < c ? ab : c;
}

/* Damerau-Levenshtein, letters of either case alike: typing errors are one letter more, less, other, or two swapped. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][LONGEST + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];
	size_t na = strlen(a), nb = strlen(b);
	if (na > LONGEST) na = LONGEST;
	if (nb > LONGEST) nb = LONGEST;
	for (unsigned j = 0; j <= nb; j++) above[j] = j;
	for (unsigned i = 1; i <= na; i++) {
		row[0] = i;
		for (unsigned j = 1; j <= nb; j++) {
			bool same = lower(a[i - 1]) == lower(b[j - 1]);
			row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + !same);
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1, row[j]);
		}
		unsigned *free_row = before;
		before = above;
		above = row;
		row = free_row;
	}
	return above[nb];
}

static unsigned judge(const char *wanted, const char *name)
{
	size_t length = strlen(wanted);
	unsigned errors = distance(wanted, name);
	if (errors <= (length < 5 ? 1 : length < 9 ? 2 : 3)) return errors;
	/* "cpu" for "sysmon.cpu", "sysmon" for "sysmon.cpu" */
	if (length >= 2 && strstr(name, wanted)) return 4;
	return NONE;
}

void cli_near_start(cli_near *near, const char *wanted)
{
	memset(near, 0, sizeof *near);
	near->wanted = wanted;
	for (unsigned i = 0; i < CLI_NEAR; i++) near->distance[i] = NONE;
}

void cli_near_add(cli_near *near, const char *name)
{
	unsigned found = judge(near->wanted, name), at = 0;
	while (at < CLI_NEAR && near->distance[at] <= found) {
		if (near->distance[at] != NONE && !strcmp(near->name[at], name)) return;
		at++;
	}
	if (found == NONE || at == CLI_NEAR || strlen(name) >= sizeof near->name[0]) return;
	for (unsigned i = CLI_NEAR - 1; i > at; i--) {
		near->distance[i] = near->distance[i - 1];
		memcpy(near->name[i], near->name[i - 1], sizeof near->name[i]);
	}
	near->distance[at] = found;
	(void)snprintf(near->name[at], sizeof near->name[at], "%s", name);
}

void cli_near_print(const cli_near *near)
{
	if (near->distance[0] == NONE) return;
	if (near->distance[1] == NONE) {
		cli_hint("did you mean '%s'?", near->name[0]);
		return;
	}
	cli_hint("did you mean one of these?");
	for (unsigned i = 0; i < CLI_NEAR && near->distance[i] != NONE; i++) cli_hint("    %s", near->name[i]);
}

/* suggest.c - "did you mean": names that differ by a few letters, or that begin or end alike. See cli.h. */
#include "base/edits.h"
#include "cli.h"

#include <stdio.h>
#include <string.h>

#define NONE UINT32_MAX

static unsigned judge(const char *wanted, const char *name)
{
	size_t length = strlen(wanted);
	unsigned errors = pc_edits_between(wanted, name);
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

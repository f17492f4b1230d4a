/* daemon/plugin_dirs.c - see plugin_dirs.h. */
#include "plugin_dirs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* PCD_PLUGIN_DIR, where `install` puts plugins, comes from CMake. */
#define PATH_BYTES 4096u
#define BUILT_IN   3u

static uint32_t count_of(const char *const *list)
{
	uint32_t n = 0;
	while (list && list[n]) n++;
	return n;
}

static char *copy_text(const char *text)
{
	char *copy = malloc(strlen(text) + 1);
	return copy ? memcpy(copy, text, strlen(text) + 1) : NULL;
}

/* Directory of the running program, without a slash at the end; "." if the system does not say. */
static void own_directory(char path[PATH_BYTES])
{
	size_t bytes = PATH_BYTES;
	if (uv_exepath(path, &bytes)) bytes = 0;
	while (bytes && path[bytes - 1] != '/' && path[bytes - 1] != '\\') bytes--;
	if (bytes)
		path[bytes - 1] = 0;
	else
		memcpy(path, ".", 2);
}

static char *beside_program(const char *directory, const char *rest)
{
	char path[PATH_BYTES + 64];
	(void)snprintf(path, sizeof path, "%s/%s", directory, rest);
	return copy_text(path);
}

char **pcd_plugin_dirs_create(const char *const *configured, const char *const *given)
{
	uint32_t a = count_of(configured), b = count_of(given), n = a + b + BUILT_IN;
	char own[PATH_BYTES], **dirs = calloc(n + 1, sizeof *dirs);
	if (!dirs) return NULL;
	for (uint32_t i = 0; i < a; i++) dirs[i] = copy_text(configured[i]);
	for (uint32_t i = 0; i < b; i++) dirs[a + i] = copy_text(given[i]);
	own_directory(own);
	dirs[a + b] = beside_program(own, "../plugins");
	dirs[a + b + 1] = beside_program(own, "../lib/pagecast/plugins");
	dirs[a + b + 2] = copy_text(PCD_PLUGIN_DIR);
	for (uint32_t i = 0; i < n; i++) {
		if (dirs[i]) continue;
		for (uint32_t k = 0; k < n; k++) free(dirs[k]);
		free(dirs);
		return NULL;
	}
	return dirs;
}

void pcd_plugin_dirs_destroy(char ***dirs)
{
	if (!*dirs) return;
	for (char **at = *dirs; *at; at++) free(*at);
	free(*dirs);
	*dirs = NULL;
}

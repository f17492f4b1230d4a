/* daemon/plugin_dirs.c - see plugin_dirs.h. */
#include "plugin_dirs.h"

#include <stdbool.h>
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

/* Cut a path at its last separator. Returns false if it has none. */
static bool cut_last(char *path)
{
	size_t bytes = strlen(path);
	while (bytes && path[bytes - 1] != '/' && path[bytes - 1] != '\\') bytes--;
	if (!bytes) return false;
	path[bytes - 1] = 0;
	return true;
}

/* The directory above the running program's own, without a slash at the end; ".." if the system does not say. */
static void installation(char path[PATH_BYTES])
{
	size_t bytes = PATH_BYTES;
	if (uv_exepath(path, &bytes) || !cut_last(path) || !cut_last(path)) memcpy(path, "..", 3);
}

static char *in_installation(const char *directory, const char *rest)
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
	installation(own);
	dirs[a + b] = in_installation(own, "plugins");
	dirs[a + b + 1] = in_installation(own, "lib/pagecast/plugins");
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

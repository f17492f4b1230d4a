/* daemon/plugin_dirs.c - see plugin_dirs.h. */
#include "plugin_dirs.h"

#include "os.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define PATH_BYTES 4096u

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

/* The running program's directory, without a slash at the end; "." if the system does not say. */
static void own_directory(char path[PATH_BYTES])
{
	size_t bytes = PATH_BYTES;
	if (uv_exepath(path, &bytes) || !cut_last(path)) memcpy(path, ".", 2);
}

/* As it stands in pcd_os_plugin_dirs: absolute, or below our own. */
static char *in_installation(const char *directory, const char *rest)
{
	char path[PATH_BYTES + 512];
	if (rest[0] == '/') return copy_text(rest);
	(void)snprintf(path, sizeof path, "%s", directory);
	for (; !strncmp(rest, "../", 3) && cut_last(path); rest += 3) continue;
	(void)snprintf(path + strlen(path), sizeof path - strlen(path), "/%s", rest);
	return copy_text(path);
}

char **pcd_plugin_dirs_create(const char *const *configured, const char *const *given)
{
	uint32_t a = count_of(configured), b = count_of(given), n = a + b + count_of(pcd_os_plugin_dirs);
	char own[PATH_BYTES], **dirs = calloc(n + 1, sizeof *dirs);
	if (!dirs) return NULL;
	for (uint32_t i = 0; i < a; i++) dirs[i] = copy_text(configured[i]);
	for (uint32_t i = 0; i < b; i++) dirs[a + i] = copy_text(given[i]);
	own_directory(own);
	for (uint32_t i = 0; pcd_os_plugin_dirs[i]; i++) dirs[a + b + i] = in_installation(own, pcd_os_plugin_dirs[i]);
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

/* daemon/plugin_load.c - see plugin_load.h. */
#include "plugin_load.h"

#include "os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* PCD_PLUGIN_SUFFIX, ".so" or ".dll", comes from CMake. */
#define PATH_BYTES 4096u

/* ---- finding and opening ------------------------------------------------------------------------------ */

static int is_file(const char *path)
{
	uv_fs_t request;
	int there = !uv_fs_stat(NULL, &request, path, NULL);
	uv_fs_req_cleanup(&request);
	return there;
}

static pc_status find(const pcd_plugins *plugins, const char *name, char path[PATH_BYTES], char *why)
{
	size_t at;
	/* A name is a file name: with a separator in it, it would leave the directories. */
	if (strpbrk(name, "/\\")) {
		(void)snprintf(why, PCD_WHY_BYTES, "a plugin is named by its file name without directory and suffix");
		return PC_EINVAL;
	}
	at = (size_t)snprintf(why, PCD_WHY_BYTES, "there is no %s%s in", name, PCD_PLUGIN_SUFFIX);
	for (uint32_t i = 0; plugins->dirs[i]; i++) {
		int bytes = snprintf(path, PATH_BYTES, "%s/%s%s", plugins->dirs[i], name, PCD_PLUGIN_SUFFIX);
		if (bytes > 0 && (size_t)bytes < PATH_BYTES && is_file(path)) return PC_OK;
		if (at < PCD_WHY_BYTES)
			at += (size_t)snprintf(why + at, PCD_WHY_BYTES - at, "%s %s", i ? "," : "", plugins->dirs[i]);
	}
	return PC_EABSENT;
}

static void plugin_free(pcd_plugin *p)
{
	if (!p) return;
	free(p->name);
	free(p->path);
	free(p);
}

static pcd_plugin *plugin_new(const char *name, const char *path)
{
	pcd_plugin *p = calloc(1, sizeof *p);
	if (!p) return NULL;
	p->name = calloc(1, strlen(name) + 1);
	p->path = calloc(1, strlen(path) + 1);
	if (!p->name || !p->path) {
		plugin_free(p);
		return NULL;
	}
	memcpy(p->name, name, strlen(name));
	memcpy(p->path, path, strlen(path));
	return p;
}

static pc_status open_and_judge(pcd_plugin *p, char *why)
{
	char reason[PCD_WHY_BYTES];
	void *library = pcd_os_library(p->path, why, PCD_WHY_BYTES); /* the reason names the file */
	const struct pc_plugin *descriptor;
	pc_status s;
	if (!library) return PC_EIO;
	descriptor = pcd_os_symbol(library, PC_PLUGIN_SYMBOL);
	if (!descriptor) {
		(void)snprintf(why, PCD_WHY_BYTES, "%s: not a pagecast plugin: it does not export `%s`", p->path,
		               PC_PLUGIN_SYMBOL);
		return PC_EINVAL;
	}
	s = pc_descriptor_judge(descriptor, reason);
	if (s != PC_OK) {
		(void)snprintf(why, PCD_WHY_BYTES, "%s: %.800s", p->path, reason);
		return s;
	}
	memcpy(&p->api, descriptor, descriptor->struct_size < sizeof p->api ? descriptor->struct_size : sizeof p->api);
	return PC_OK;
}

pc_status pcd_plugin_load(pcd_plugins *plugins, const char *name, const pcd_plugin **ret_plugin,
                          char why[PCD_WHY_BYTES])
{
	char path[PATH_BYTES];
	pcd_plugin *p;
	pc_status s;
	for (p = plugins->first; p; p = p->next) {
		if (strcmp(p->name, name) != 0) continue;
		*ret_plugin = p;
		return PC_OK;
	}
	s = find(plugins, name, path, why);
	if (s != PC_OK) return s;
	p = plugin_new(name, path);
	if (!p) {
		(void)snprintf(why, PCD_WHY_BYTES, "%s", pc_status_text(PC_ENOMEM));
		return PC_ENOMEM;
	}
	s = open_and_judge(p, why);
	if (s != PC_OK) {
		plugin_free(p);
		return s;
	}
	p->next = plugins->first;
	plugins->first = p;
	*ret_plugin = p;
	return PC_OK;
}

void pcd_plugins_fini(pcd_plugins *plugins)
{
	while (plugins->first) {
		pcd_plugin *p = plugins->first;
		plugins->first = p->next;
		plugin_free(p);
	}
}

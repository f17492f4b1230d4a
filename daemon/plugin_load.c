/* daemon/plugin_load.c - see plugin_load.h. */
#include "plugin_load.h"

#include "os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* PCD_PLUGIN_SUFFIX, ".so" or ".dll", comes from CMake. */
#define PATH_BYTES         4096u
#define DESCRIPTOR_MAX     65536u /* a struct_size beyond it is no size */
#define DESCRIPTOR_V1_0    (offsetof(struct pc_plugin, destroy) + sizeof(((struct pc_plugin *)0)->destroy))
#define KNOWN_OPTION_FLAGS (PC_OPT_REQUIRED | PC_OPT_RELOAD | PC_OPT_SECRET | PC_OPT_FILE)

/* ---- judging ---------------------------------------------------------------------------------------- */

static int is_word(const char *text, size_t bytes_max)
{
	size_t i = 0;
	for (; text[i]; i++) {
		char c = text[i];
		int letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
		if (i >= bytes_max || !(letter || (i && ((c >= '0' && c <= '9') || c == '-')))) return 0;
	}
	return i > 0;
}

/* The three words that stand first for ever. */
static pc_status judge_head(const struct pc_plugin *d, char *why)
{
	unsigned major = d->abi >> 16, minor = d->abi & 0xffff;
	if (d->magic != PC_PLUGIN_MAGIC) {
		(void)snprintf(why, PCD_WHY_BYTES, "not a pagecast plugin: its magic is 0x%08X, not 0x%08X", d->magic,
		               PC_PLUGIN_MAGIC);
		return PC_EINVAL;
	}
	if (major != PC_ABI_MAJOR) {
		(void)snprintf(why, PCD_WHY_BYTES,
		               "built for plugin ABI %u.%u, this daemon has %u.%u: rebuild the plugin", major, minor,
		               PC_ABI_MAJOR, PC_ABI_MINOR);
		return PC_EVERSION;
	}
	if (minor > PC_ABI_MINOR) {
		(void)snprintf(why, PCD_WHY_BYTES, "needs plugin ABI %u.%u, this daemon has %u.%u: update pagecast",
		               major, minor, PC_ABI_MAJOR, PC_ABI_MINOR);
		return PC_EVERSION;
	}
	if (d->struct_size < DESCRIPTOR_V1_0 || d->struct_size > DESCRIPTOR_MAX) {
		(void)snprintf(why, PCD_WHY_BYTES,
		               "broken descriptor: its struct_size is %u, ABI %u.%u has at least %u", d->struct_size,
		               major, minor, (unsigned)DESCRIPTOR_V1_0);
		return PC_EINVAL;
	}
	return PC_OK;
}

static pc_status missing(char *why, const char *field)
{
	(void)snprintf(why, PCD_WHY_BYTES, "broken descriptor: `%s` is missing", field);
	return PC_EINVAL;
}

static pc_status judge_fields(const struct pc_plugin *d, char *why)
{
	if (d->flags) {
		(void)snprintf(why, PCD_WHY_BYTES, "broken descriptor: `flags` is 0x%X, not 0", d->flags);
		return PC_EINVAL;
	}
	if (!d->id) return missing(why, "id");
	if (!d->version || !d->version[0]) return missing(why, "version");
	if (!d->license || !d->license[0]) return missing(why, "license");
	if (!d->summary || !d->summary[0]) return missing(why, "summary");
	if (!d->create) return missing(why, "create");
	if (!d->destroy) return missing(why, "destroy");
	if (!is_word(d->id, 31)) {
		(void)snprintf(why, PCD_WHY_BYTES,
		               "broken descriptor: `id` is not a word of letters, digits, '_' and '-'");
		return PC_EINVAL;
	}
	return PC_OK;
}

/* What is wrong with one row, or NULL. Whether its default fits its type is the config room's knowledge. */
static const char *judge_option(const struct pc_option *table, uint32_t row)
{
	const struct pc_option *o = table + row;
	if (!is_word(o->key, 63)) return "the key is not a word";
	if (!strcmp(o->key, "plugin") || !strcmp(o->key, "required")) return "the key is the daemon's own";
	if (o->type > PC_OPT_ENUM) return "unknown type";
	if (o->flags & ~(unsigned)KNOWN_OPTION_FLAGS) return "unknown flags";
	if (o->flags & PC_OPT_REQUIRED && o->def) return "required, and yet has a default";
	if (o->type == PC_OPT_ENUM && (!o->min || !o->min[0])) return "an enum without words";
	for (uint32_t i = 0; i < row; i++)
		if (!strcmp(table[i].key, o->key)) return "the key stands there twice";
	return NULL;
}

static pc_status judge_options(const struct pc_option *table, char *why)
{
	if (!table) return PC_OK;
	for (uint32_t i = 0; i < PCD_OPTIONS_MAX; i++) {
		const char *wrong;
		if (!table[i].key) return PC_OK;
		wrong = judge_option(table, i);
		if (!wrong) continue;
		(void)snprintf(why, PCD_WHY_BYTES, "broken option table: row %u ('%.63s'): %s", i, table[i].key, wrong);
		return PC_EINVAL;
	}
	(void)snprintf(why, PCD_WHY_BYTES, "broken option table: no end within %u rows", PCD_OPTIONS_MAX);
	return PC_EINVAL;
}

pc_status pcd_plugin_judge(const struct pc_plugin *descriptor, char why[PCD_WHY_BYTES])
{
	pc_status s = judge_head(descriptor, why);
	if (s == PC_OK) s = judge_fields(descriptor, why);
	if (s == PC_OK) s = judge_options(descriptor->options, why);
	return s;
}

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
	s = pcd_plugin_judge(descriptor, reason);
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

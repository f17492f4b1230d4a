/* facts.c - see facts.h. */
#include "facts.h"

#include "plugin_dirs.h"

#include <inttypes.h>
#include <pagecast/writer.h>
#include <stdio.h>

#define SLOTS_USUAL    4u
#define BIG            (UINT64_C(64) << 20) /* from here on a region has no slots unless it asks for them */
#define SLOT_ALIGNMENT 64u

static void put_field(const char *text)
{
	(void)putchar('\t');
	for (; text && *text; text++) (void)putchar((unsigned char)*text < ' ' ? ' ' : *text);
}

/* Of payload, control page and slots; the schema is small beside them. */
static uint64_t memory_of(const pcd_region_conf *r)
{
	uint64_t payload = r->layout ? pc_layout_bytes(r->layout) : 0, slots = r->slot_count, stride;
	if (r->payload_bytes > payload) payload = r->payload_bytes;
	if (slots == PC_SLOTS_AUTO) slots = payload < BIG ? SLOTS_USUAL : r->writer_kind == PC_WRITER_LEGACY;
	stride = (payload + sizeof(pc_slot) + SLOT_ALIGNMENT - 1) / SLOT_ALIGNMENT * SLOT_ALIGNMENT;
	return PC_CONTROL_BYTES + slots * stride + (r->path || r->is_adopted ? 0 : payload);
}

static void put_region(const pcd_region_conf *r)
{
	static const char *const kinds[] = {"plugin", "external", "legacy"};
	(void)fputs("region", stdout);
	put_field(r->key);
	put_field(r->object);
	put_field(r->is_adopted ? "adopted" : kinds[r->writer_kind <= PC_WRITER_LEGACY ? r->writer_kind : 0]);
	(void)printf("\t%" PRIu64, memory_of(r));
	put_field(r->path);
	(void)putchar('\n');
}

static void put_plugin(const pcd_plugin_conf *conf, const pcd_prepared_block *block)
{
	(void)fputs("plugin", stdout);
	put_field(conf->instance);
	put_field(conf->plugin);
	put_field(block->plugin ? "ok" : "refused");
	put_field(block->plugin ? "" : block->why);
	(void)putchar('\n');
}

static void put_all(const pcd_config *config, const pcd_prepared *prepared)
{
	(void)fputs("instance", stdout);
	put_field(config->instance);
	(void)putchar('\n');
	for (uint32_t i = 0; i < config->region_count; i++) put_region(config->regions + i);
	for (uint32_t i = 0; i < prepared->count; i++) put_plugin(config->plugins + i, prepared->blocks + i);
}

int pcd_facts_print(const pcd_app_options *options)
{
	pcd_diags *diags = pcd_diags_create();
	pcd_config *config = NULL;
	pcd_plugins plugins = {NULL, NULL};
	pcd_prepared prepared = {NULL, 0};
	char **dirs = NULL;
	pc_status s = diags ? pcd_config_load(options->config_path, &config, diags) : PC_ENOMEM;
	if (s == PC_OK && !(dirs = pcd_plugin_dirs_create(config->plugin_path, options->plugin_dirs))) s = PC_ENOMEM;
	plugins.dirs = (const char *const *)dirs;
	if (s == PC_OK) s = pcd_prepare(config, &plugins, &prepared, diags);
	if (s == PC_OK) put_all(config, &prepared);
	for (uint32_t i = 0; diags && i < pcd_diags_count(diags); i++)
		(void)fprintf(stderr, "%s\n", pcd_diags_get(diags, i));
	if (s == PC_ENOMEM) (void)fprintf(stderr, "pagecastd: %s\n", pc_status_text(s));
	pcd_prepared_fini(&prepared);
	pcd_plugins_fini(&plugins);
	pcd_plugin_dirs_destroy(&dirs);
	pcd_config_destroy(&config);
	pcd_diags_destroy(&diags);
	if (s == PC_OK && (fflush(stdout) || ferror(stdout))) s = PC_EIO;
	return s == PC_OK ? PCD_EXIT_OK : s == PC_ENOMEM || s == PC_EIO ? PCD_EXIT_FAILED : PCD_EXIT_USAGE;
}

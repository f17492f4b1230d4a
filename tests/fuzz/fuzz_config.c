/* fuzz_config.c - any bytes as a configuration: it is refused with messages that have places, or the result is whole, and
 * loading it again gives the same. */
#include "base/err.h"
#include "config/build.h"
#include "config/config.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct pc_option options[] = {{"interval", "100ms", "1ms", "1m", NULL, "", PC_OPT_DURATION, PC_OPT_RELOAD},
                                           {"port", NULL, "1", "65535", NULL, "", PC_OPT_INT, 0},
                                           {"buffer", "64KiB", "4KiB", "1GiB", NULL, "", PC_OPT_SIZE, 0},
                                           {"scale", "1.5", "-10", "10", NULL, "", PC_OPT_REAL, PC_OPT_RELOAD},
                                           {"title", NULL, "1", "16", NULL, "", PC_OPT_STRING, 0},
                                           {"mode", "fast", "slow|fast", NULL, NULL, "", PC_OPT_ENUM, 0},
                                           {"origins", NULL, NULL, NULL, NULL, "", PC_OPT_LIST, PC_OPT_RELOAD},
                                           {0}};

static void check_messages(pcd_diags *diags, uint32_t from)
{
	for (uint32_t i = from; i < pcd_diags_count(diags); i++) {
		const char *text = pcd_diags_get(diags, i);
		unsigned line = 0, column = 0;
		if (strstr(text, " more errors")) continue;
		PC_ASSERT(sscanf(text, "f.yaml:%u:%u: ", &line, &column) == 2 && line && column);
		PC_ASSERT(!strchr(text, '\n'));
	}
}

static void check_region(const pcd_region_conf *r)
{
	PC_ASSERT(r->key && r->object && r->doc && r->mark.line);
	PC_ASSERT(r->payload_bytes || r->layout_from);
	PC_ASSERT(r->stale_after_ms >= 2 * r->heartbeat_ms && r->heartbeat_ms);
	PC_ASSERT(!r->layout || r->payload_bytes == pc_layout_bytes(r->layout));
	for (uint32_t i = 0; i < r->initial_count; i++) {
		pc_ref ref;
		PC_ASSERT(pc_layout_find(r->layout, r->initial[i].path, &ref, NULL) == PC_OK && ref.count == 1);
	}
}

static void check_plugin(const pcd_plugin_conf *p, pcd_diags *diags)
{
	pc_config *o = NULL;
	uint32_t before = pcd_diags_count(diags);
	pc_status s = pcd_options_check(p, options, &o, diags);
	PC_ASSERT((s == PC_OK) == (pcd_diags_count(diags) == before));
	if (s != PC_OK) return;
	PC_ASSERT(pcd_options_compare(o, o, options) == PCD_OPTIONS_SAME);
	PC_ASSERT(pcd_options_int(o, "interval") >= 1000000);
	pcd_options_destroy(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	const char *text = (const char *)data;
	pcd_config *config = NULL, *again = NULL;
	pcd_diags *diags = pcd_diags_create();
	PC_ASSERT(diags);
	for (size_t i = 0; i + 7 <= bytes; i++)
		if (!memcmp(text + i, "include", 7)) goto out; /* the files of this machine are no input */
	pc_status s = pcd_config_parse("f.yaml", text, bytes, &config, diags);
	PC_ASSERT((s == PC_OK) == (config != NULL) && (s == PC_OK) == !pcd_diags_count(diags));
	check_messages(diags, 0);
	if (s != PC_OK) goto out;
	PC_ASSERT(pcd_config_parse("f.yaml", text, bytes, &again, diags) == PC_OK);
	PC_ASSERT(again->region_count == config->region_count && again->plugin_count == config->plugin_count);
	for (uint32_t i = 0; i < config->region_count; i++) {
		check_region(&config->regions[i]);
		PC_ASSERT(pcd_region_conf_equal(&config->regions[i], &again->regions[i]));
	}
	for (uint32_t i = 0; i < config->plugin_count; i++) check_plugin(&config->plugins[i], diags);
	check_messages(diags, 0);
out:
	pcd_config_destroy(&config);
	pcd_config_destroy(&again);
	pcd_diags_destroy(&diags);
	return 0;
}

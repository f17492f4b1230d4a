/* daemon/plugin_declare.c - struct pc_host of plugin.h: declare(), regions that plugins bring.
 *
 * The configuration has the first word: a region it describes keeps its terms, and what a plugin declares must
 * agree with them. A region that no configuration describes is its declarer's, as long as that instance is in the
 * configuration, also while it does not run: viewers then see what it said last, and that it ended.            */
#include "own_conf.h"
#include "plugin_host.h"

#include <stdlib.h>
#include <string.h>

#define SPEC_V1_0    (offsetof(struct pc_region_spec, reserved) + sizeof(uint32_t))
#define REGIONS_MODE 0644u

static pc_status mark_declared(pcd_region *r, const pcd_instance *instance)
{
	if (!r->declared_by) {
		size_t bytes = strlen(instance->name) + 1;
		r->declared_by = malloc(bytes);
		if (!r->declared_by) return PC_ENOMEM;
		memcpy(r->declared_by, instance->name, bytes);
	}
	r->declared_run = instance->run;
	return PC_OK;
}

static int is_by(const pcd_region *r, const pcd_instance *instance)
{
	return r->declared_by && !strcmp(r->declared_by, instance->name);
}

static pc_status into_config(pcd_instance *instance, pcd_region *r, const pc_layout *layout, pc_err *err)
{
	const pcd_region_conf *conf = r->conf;
	if (conf->writer_kind != PC_WRITER_PLUGIN)
		return pc_err_set(err, PC_EINVAL, "the configuration says that no plugin writes region '%s'",
		                  conf->key);
	if (conf->layout_from && strcmp(conf->layout_from, instance->name) != 0)
		return pc_err_set(err, PC_EINVAL, "the configuration says that region '%s' is declared by '%s'",
		                  conf->key, conf->layout_from);
	if (conf->layout_from) return pcd_region_bring(instance->env->regions, r, layout, err);
	if (conf->layout && pc_layout_id(conf->layout) == pc_layout_id(layout)) return PC_OK;
	return pc_err_set(err, PC_EINVAL,
	                  "region '%s' has another layout in the configuration; `layout_from: %s` there would do",
	                  conf->key, instance->name);
}

static pc_status declare(pcd_instance *instance, const pcd_region_conf *conf, pc_err *err)
{
	pcd_regions *t = instance->env->regions;
	pcd_region *r = pcd_regions_find(t, conf->key);
	pc_status s;
	if (!r) {
		s = pcd_regions_add_own(t, conf, 0, &r, err);
	} else if (!r->own) {
		s = into_config(instance, r, conf->layout, err);
	} else if (!is_by(r, instance)) {
		s = pc_err_set(err, PC_EBUSY, "region '%s' is %s's", conf->key,
		               r->declared_by ? r->declared_by : "the daemon");
	} else if (pcd_region_conf_equal(r->conf, conf)) {
		s = PC_OK;
	} else {
		s = pcd_region_replace_own(t, r, conf, err);
	}
	return s == PC_OK ? mark_declared(r, instance) : s;
}

int pcd_host_declare(const struct pc_host *host, const char *region, const struct pc_region_spec *spec)
{
	pcd_instance *instance = pcd_host_instance(host);
	pcd_region_conf conf = {.key = region, .object = region, .doc = "", .writer_kind = PC_WRITER_PLUGIN};
	pc_layout *layout = NULL;
	pc_err err = {""};
	pc_status s;
	if (!pcd_host_on_loop(instance, "declare")) return PC_EINVAL;
	if (!instance->creating) return pcd_host_refuse(instance, PC_EINVAL, "declare() is for create() only");
	if (!region || !region[0] || !spec || spec->struct_size < SPEC_V1_0 || !spec->layout)
		return pcd_host_refuse(instance, PC_EINVAL,
		                       "declare() needs a name, and a spec with struct_size and layout");
	s = pc_layout_parse(spec->layout, strlen(spec->layout), &layout, &err);
	if (s != PC_OK) return pcd_host_refuse(instance, s, "region '%.60s': layout %s", region, err.text);
	if (spec->doc) conf.doc = spec->doc;
	conf.layout = layout;
	conf.payload_bytes = pc_layout_bytes(layout);
	conf.mode = REGIONS_MODE;
	conf.slot_count = PC_SLOTS_AUTO;
	conf.heartbeat_ms = instance->env->heartbeat_ms;
	conf.stale_after_ms = spec->stale_after_ms ? spec->stale_after_ms : instance->env->stale_after_ms;
	conf.publish_hint_ms = spec->publish_hint_ms;
	/* A plugin may ask for a shorter deadline than the daemon's heartbeat allows. */
	if (conf.stale_after_ms < 2 * conf.heartbeat_ms)
		conf.heartbeat_ms = conf.stale_after_ms > 1 ? conf.stale_after_ms / 2 : 1;
	if (conf.stale_after_ms < 2) conf.stale_after_ms = 2;
	s = declare(instance, &conf, &err);
	pc_layout_destroy(&layout);
	return s == PC_OK ? PC_OK : pcd_host_refuse(instance, s, "%s", err.text[0] ? err.text : pc_status_text(s));
}

void pcd_host_drop_undeclared(pcd_instance *instance)
{
	pcd_regions *t = instance->env->regions;
	for (uint32_t i = t->count; i-- > 0;) {
		pcd_region *r = t->items[i];
		if (r->own && is_by(r, instance) && r->declared_run != instance->run)
			pcd_region_remove(t, r, PC_OWNER_RETIRE);
	}
}

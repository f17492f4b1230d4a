/* config/region.c - one entry of `regions:`, checked as a whole. */
#include "config/build.h"
#include "config/file.h"
#include "config/sddl.h"

#include <pagecast/writer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)

enum { BACKING_FILE = 1, BACKING_ADOPT = 2 }; /* in the order of the words */

#define PATH_BYTES_MAX 4095u /* what a control object has room for */

/* One region while its keys are looked at. */
struct region {
	struct pcd_sink *sink;
	const struct pcd_config *config;
	const struct pcd_types *types;
	const struct pcd_node *node;
	struct pcd_value v[PCD_REGION_KEY_COUNT];
	pcd_region_conf *to;
	char what[80];
};

static const pcd_mark *mark_of(const struct region *r, int key)
{
	return r->v[key].node ? &r->v[key].node->mark : &r->node->key_mark;
}

static bool given(const struct region *r, int key)
{
	return r->v[key].node != NULL;
}

/* A key that has no meaning beside what else was said. */
static void refuse(struct region *r, int key, const char *why)
{
	if (given(r, key))
		pcd_diags_add(r->sink->diags, &r->v[key].node->key_mark, "%s: '%s' %s", r->what,
		              pcd_region_keys[key].key, why);
}

/* ---- names ---- */

static void build_names(struct region *r)
{
	char plain[PC_NAME_BYTES];
	pc_err err = {""};
	bool own = given(r, PCD_REGION_NAME);
	const char *name = own ? r->v[PCD_REGION_NAME].text : r->node->key;
	r->to->key = r->node->key;
	r->to->object = name;
	if (strchr(r->node->key, '\\')) {
		pcd_diags_add(r->sink->diags, &r->node->key_mark,
		              "a prefix such as Local\\ belongs into the region's 'name', not into its key");
		return;
	}
	if (pc_name_parse(r->node->key, plain, NULL, &err) != PC_OK) {
		pcd_diags_add(r->sink->diags, &r->node->key_mark, "%s", err.text);
		if (!own) return;
	}
	if (pc_name_parse(name, plain, NULL, &err) != PC_OK)
		pcd_diags_add(r->sink->diags, mark_of(r, PCD_REGION_NAME), "%s", err.text);
	else if (!strncmp(plain, PC_DIRECTORY_PREFIX, strlen(PC_DIRECTORY_PREFIX)))
		pcd_diags_add(r->sink->diags, own ? mark_of(r, PCD_REGION_NAME) : &r->node->key_mark,
		              "names that start with '%s' belong to the daemon itself", PC_DIRECTORY_PREFIX);
}

/* ---- who writes, and who may ---- */

static void build_writer(struct region *r)
{
	const struct pcd_value *writer = &r->v[PCD_REGION_WRITER];
	bool from_plugin = given(r, PCD_REGION_LAYOUT_FROM), from_viewers = r->v[PCD_REGION_REMOTE_WRITE].i != 0;
	r->to->writer_kind = PC_WRITER_EXTERNAL;
	if (from_plugin || from_viewers) r->to->writer_kind = PC_WRITER_PLUGIN;
	if (!writer->node) return;
	if (from_viewers && writer->i != PC_WRITER_PLUGIN) {
		pcd_diags_add(r->sink->diags, &writer->node->mark,
		              "%s: with 'remote_write' a bridge is the one writer; 'writer' can only be plugin",
		              r->what);
		return;
	}
	if (from_plugin && writer->i != PC_WRITER_PLUGIN)
		pcd_diags_add(r->sink->diags, &writer->node->mark,
		              "%s: the plugin that brings the layout writes it; 'writer' can only be plugin", r->what);
	else
		r->to->writer_kind = (uint32_t)writer->i; /* the words are in the order of enum pc_writer_kind */
}

static void build_mode(struct region *r)
{
	const struct pcd_value *mode = &r->v[PCD_REGION_MODE];
	static const uint32_t modes[] = {0644, 0666, 0600}; /* in the order of the words */
	r->to->mode = modes[given(r, PCD_REGION_ACCESS) ? r->v[PCD_REGION_ACCESS].i : 0];
	if (!mode->node) return;
	refuse(r, PCD_REGION_ACCESS, "and 'mode' say the same thing: give one");
	char *end;
	unsigned long bits = strtoul(mode->text, &end, 8);
	if (strspn(mode->text, "01234567") != strlen(mode->text) || bits > 0777 || (bits & 0600) != 0600 ||
	    (bits & 0111))
		pcd_diags_add(
		        r->sink->diags, &mode->node->mark,
		        "mode: expected octal permission bits between 0600 and 0666 that let the owner read and write, "
		        "found %s",
		        pcd_node_found(mode->node).text);
	r->to->mode = (uint32_t)bits;
}

static void build_sddl(struct region *r)
{
	const struct pcd_value *sddl = &r->v[PCD_REGION_SDDL];
	const char *wrong;
	if (!sddl->node) return;
	r->to->sddl = sddl->text;
	wrong = pcd_sddl_wrong(sddl->text);
	if (wrong)
		pcd_diags_add(r->sink->diags, &sddl->node->mark,
		              "sddl: expected a text such as D:(A;;GR;;;WD)(A;;GA;;;OW), found %s", wrong);
}

/* ---- a map of another program ---- */

static void build_adopted(struct region *r)
{
	const struct pcd_value *writer = &r->v[PCD_REGION_WRITER], *backing = &r->v[PCD_REGION_BACKING];
	static const int others[] = {PCD_REGION_LAYOUT_FROM, PCD_REGION_REMOTE_WRITE, PCD_REGION_INITIAL,
	                             PCD_REGION_SDDL};
	r->to->is_adopted = backing->node && backing->i == BACKING_ADOPT;
	if (!r->to->is_adopted) {
		refuse(r, PCD_REGION_PERIOD, "is only for regions with backing: adopt");
		refuse(r, PCD_REGION_PROCESS, "is only for regions with backing: adopt");
		return;
	}
	if (writer->node && writer->i != PC_WRITER_LEGACY)
		pcd_diags_add(r->sink->diags, &writer->node->mark,
		              "%s: another program writes what is adopted; 'writer' can only be legacy", r->what);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		refuse(r, others[i], "and 'backing: adopt' exclude each other: the map is another program's");
	r->to->writer_kind = PC_WRITER_LEGACY;
	r->to->process = r->v[PCD_REGION_PROCESS].text;
}

/* ---- a file behind it ---- */

static void build_backing(struct region *r)
{
	const struct pcd_value *path = &r->v[PCD_REGION_PATH], *backing = &r->v[PCD_REGION_BACKING];
	bool is_file = backing->node && backing->i == BACKING_FILE;
	if (!is_file) {
		refuse(r, PCD_REGION_PATH, "is only for regions with backing: file");
		refuse(r, PCD_REGION_SPARSE, "is only for regions with backing: file");
		return;
	}
	r->to->sparse = r->v[PCD_REGION_SPARSE].i != 0;
	if (!path->node) {
		pcd_diags_add(r->sink->diags, &backing->node->key_mark, "%s: 'backing: file' needs a 'path'", r->what);
		return;
	}
	r->to->path = pcd_file_resolve(r->sink, path->node->mark.file, path->text);
	if (r->to->path) r->to->path = pcd_file_absolute(r->sink, r->to->path);
	if (!r->to->path || strlen(r->to->path) > PATH_BYTES_MAX || path->text[strlen(path->text) - 1] == '/')
		pcd_diags_add(r->sink->diags, &path->node->mark,
		              "path: expected a file, with its folders at most %u bytes long, found '%.60s'",
		              PATH_BYTES_MAX, path->text);
}

/* ---- times ---- */

/* Values that are kept in a coarser unit must be whole in it. */
static uint32_t whole_units(struct region *r, int key, int64_t unit_ns, const char *unit)
{
	const struct pcd_value *value = &r->v[key];
	if (value->node && value->i % unit_ns)
		pcd_diags_add(r->sink->diags, &value->node->mark, "%s: expected whole %s, found '%s'",
		              pcd_region_keys[key].key, unit, value->text);
	return (uint32_t)(value->i / unit_ns); /* the table's max keeps it small */
}

static void build_times(struct region *r)
{
	pcd_region_conf *to = r->to;
	to->heartbeat_ms = r->config->heartbeat_ms;
	to->stale_after_ms = r->config->stale_after_ms;
	if (given(r, PCD_REGION_HEARTBEAT))
		to->heartbeat_ms = whole_units(r, PCD_REGION_HEARTBEAT, NS_PER_MS, "milliseconds");
	if (given(r, PCD_REGION_STALE_AFTER))
		to->stale_after_ms = whole_units(r, PCD_REGION_STALE_AFTER, NS_PER_MS, "milliseconds");
	to->publish_hint_ms = whole_units(r, PCD_REGION_PUBLISH_HINT, NS_PER_MS, "milliseconds");
	to->notify_min_us = whole_units(r, PCD_REGION_NOTIFY_MIN, NS_PER_US, "microseconds");
	to->sample_ns = (uint64_t)r->v[PCD_REGION_SAMPLE].i;
	to->period_ms = whole_units(r, PCD_REGION_PERIOD, NS_PER_MS, "milliseconds");
	if (to->writer_kind != PC_WRITER_LEGACY)
		refuse(r, PCD_REGION_SAMPLE, "is only for regions with writer: legacy");
	bool own = given(r, PCD_REGION_HEARTBEAT) || given(r, PCD_REGION_STALE_AFTER);
	if (own && to->stale_after_ms < 2 * to->heartbeat_ms)
		pcd_diags_add(
		        r->sink->diags,
		        mark_of(r, given(r, PCD_REGION_STALE_AFTER) ? PCD_REGION_STALE_AFTER : PCD_REGION_HEARTBEAT),
		        "%s: expected stale_after to be at least two heartbeats, found %ums and %ums", r->what,
		        (unsigned)to->stale_after_ms, (unsigned)to->heartbeat_ms);
}

/* ---- its mutex, its event ---- */

/* Of another program's we take any name that the system takes; our own are made by the rules for our objects. */
static const char *build_companion(struct region *r, int key)
{
	const struct pcd_value *name = &r->v[key];
	char plain[PC_NAME_BYTES], object[PC_NAME_BYTES];
	pc_err err = {""};
	if (!name->node) return NULL;
	if (r->to->writer_kind == PC_WRITER_EXTERNAL) {
		refuse(r, key,
		       "is only for regions with writer: plugin or legacy: another program commits to this one");
		return NULL;
	}
	if (r->to->is_adopted) return name->text;
	if (pc_name_parse(name->text, plain, NULL, &err) != PC_OK)
		pcd_diags_add(r->sink->diags, &name->node->mark, "%s: %s", pcd_region_keys[key].key, err.text);
	else if (pc_name_parse(r->to->object, object, NULL, NULL) == PC_OK && !strcmp(plain, object))
		pcd_diags_add(r->sink->diags, &name->node->mark,
		              "%s: expected another name than that of the region's object, found '%s'",
		              pcd_region_keys[key].key, name->text);
	else if (!strncmp(plain, PC_DIRECTORY_PREFIX, strlen(PC_DIRECTORY_PREFIX)))
		pcd_diags_add(r->sink->diags, &name->node->mark,
		              "%s: names that start with '%s' belong to the daemon itself", pcd_region_keys[key].key,
		              PC_DIRECTORY_PREFIX);
	return name->text;
}

static void build_companions(struct region *r)
{
	pcd_region_conf *to = r->to;
	to->mutex = build_companion(r, PCD_REGION_MUTEX);
	to->event = build_companion(r, PCD_REGION_EVENT);
	if (to->mutex && to->event && !strcmp(to->mutex, to->event))
		pcd_diags_add(r->sink->diags, &r->v[PCD_REGION_EVENT].node->mark,
		              "event: expected another name than that of the mutex, found '%s'", to->event);
}

/* ---- bytes ---- */

static void build_slots(struct region *r)
{
	static const struct pc_option number = {.key = "slots", .min = "0", .max = "64", .type = PC_OPT_INT};
	const struct pcd_value *slots = &r->v[PCD_REGION_SLOTS];
	struct pcd_value count;
	r->to->slot_count = PC_SLOTS_AUTO;
	if (!slots->node || !strcmp(slots->text, "auto")) return;
	if (!pcd_value_parse(&number, slots->text, &count)) {
		pcd_diags_add(r->sink->diags, &slots->node->mark,
		              "slots: expected auto or a whole number, 0..64, found %s",
		              pcd_node_found(slots->node).text);
		return;
	}
	r->to->slot_count = (uint32_t)count.i;
	if (!count.i && r->to->writer_kind == PC_WRITER_LEGACY)
		pcd_diags_add(r->sink->diags, &slots->node->mark,
		              "slots: expected at least 1 for a region with writer: legacy");
}

/* The file says everything but what may be larger: the object. */
static pc_layout *build_from_file(struct region *r)
{
	const struct pcd_value *file = &r->v[PCD_REGION_LAYOUT_FILE], *size = &r->v[PCD_REGION_SIZE];
	const char *path = pcd_file_resolve(r->sink, file->node->mark.file, file->text);
	refuse(r, PCD_REGION_LAYOUT_FROM, "and 'layout_file' exclude each other");
	refuse(r, PCD_REGION_PACKING, "belongs into the layout file");
	refuse(r, PCD_REGION_ALIGN, "belongs into the layout file");
	pc_layout *layout = path ? pcd_layout_file(r->sink, path, &file->node->mark) : NULL;
	if (!layout) return NULL;
	uint64_t bytes = pc_layout_bytes(layout);
	if (size->node && r->to->payload_bytes < bytes)
		pcd_diags_add(r->sink->diags, &size->node->mark,
		              "size: expected at least the %llu bytes of the layout, found '%s'",
		              (unsigned long long)bytes, size->text);
	if (!size->node) r->to->payload_bytes = bytes;
	return layout;
}

static pc_layout *build_layout(struct region *r)
{
	const struct pcd_value *size = &r->v[PCD_REGION_SIZE];
	r->to->payload_bytes = size->node ? (uint64_t)size->i : 0;
	if (given(r, PCD_REGION_LAYOUT)) {
		struct pcd_layout_frame frame = {size, &r->v[PCD_REGION_ALIGN], &r->v[PCD_REGION_PACKING], r->what,
		                                 NULL};
		refuse(r, PCD_REGION_LAYOUT_FROM, "and 'layout' exclude each other");
		refuse(r, PCD_REGION_LAYOUT_FILE, "and 'layout' exclude each other");
		pc_layout *layout = pcd_layout_build(r->sink, r->v[PCD_REGION_LAYOUT].node, &frame, r->types);
		if (layout) r->to->payload_bytes = pc_layout_bytes(layout);
		return layout;
	}
	if (given(r, PCD_REGION_LAYOUT_FILE)) return build_from_file(r);
	refuse(r, PCD_REGION_PACKING, "needs a 'layout'");
	refuse(r, PCD_REGION_ALIGN, "needs a 'layout'");
	refuse(r, PCD_REGION_INITIAL, "needs a 'layout'");
	if (!size->node && !given(r, PCD_REGION_LAYOUT_FROM))
		pcd_diags_add(r->sink->diags, &r->node->key_mark,
		              "%s needs one of the keys 'layout', 'layout_file', 'layout_from' and 'size'", r->what);
	return NULL;
}

/* ---- viewers ---- */

/* "a,wheel[0].slip": a path has no comma. */
static const char *join_paths(struct region *r, const struct pcd_value *paths)
{
	size_t bytes = 1, at = 0;
	char *joined;
	for (uint32_t i = 0; i < paths->list_count; i++) bytes += strlen(paths->list[i]) + 1;
	joined = pcd_sink_alloc(r->sink, bytes, 1);
	for (uint32_t i = 0; joined && i < paths->list_count; i++)
		at += (size_t)snprintf(joined + at, bytes - at, "%s%s", i ? "," : "", paths->list[i]);
	return joined;
}

static void build_remote(struct region *r)
{
	const struct pcd_value *paths = &r->v[PCD_REGION_REMOTE_FIELDS];
	bool is_remote = r->v[PCD_REGION_REMOTE_WRITE].i != 0;
	r->to->remote_write = is_remote ? "*" : "";
	if (!is_remote) {
		refuse(r, PCD_REGION_REMOTE_FIELDS, "needs 'remote_write: true'");
		return;
	}
	refuse(r, PCD_REGION_LAYOUT_FROM, "and 'remote_write' exclude each other: the region has one writer");
	if (given(r, PCD_REGION_LAYOUT_FROM)) return;
	if (!given(r, PCD_REGION_LAYOUT))
		refuse(r, PCD_REGION_REMOTE_WRITE, "needs a 'layout': values are checked against it");
	if (!paths->node || !r->to->layout) return;
	for (uint32_t i = 0; i < paths->list_count; i++) {
		pc_err err = {""};
		pc_ref ref;
		if (pc_layout_find(r->to->layout, paths->list[i], &ref, &err) != PC_OK)
			pcd_diags_add(r->sink->diags, &paths->node->mark, "remote_fields: '%.60s': %s", paths->list[i],
			              err.text);
	}
	r->to->remote_write = join_paths(r, paths);
}

void pcd_region_build(struct pcd_build *b, const struct pcd_node *node, pcd_region_conf *ret, pc_layout **ret_layout)
{
	struct region r = {.sink = &b->sink, .types = b->types, .config = &b->whole->config, .node = node, .to = ret};
	(void)snprintf(r.what, sizeof r.what, "region %.60s", node->key);
	struct pcd_table table = {pcd_region_keys, NULL, r.what};
	bool all_well = pcd_table_read(r.sink, &table, node, r.v);
	ret->mark = node->key_mark;
	ret->doc = r.v[PCD_REGION_DOC].text ? r.v[PCD_REGION_DOC].text : "";
	if (given(&r, PCD_REGION_LAYOUT_FROM)) ret->layout_from = r.v[PCD_REGION_LAYOUT_FROM].text;
	build_names(&r);
	build_writer(&r);
	build_adopted(&r);
	build_mode(&r);
	build_sddl(&r);
	if (all_well) build_backing(&r);
	build_times(&r);
	build_companions(&r);
	build_slots(&r);
	/* What a wrong or unknown key meant is not guessed: "needs a layout" would only confuse. */
	*ret_layout =
	        all_well || given(&r, PCD_REGION_LAYOUT) || given(&r, PCD_REGION_LAYOUT_FILE) ? build_layout(&r) : NULL;
	ret->layout = *ret_layout;
	build_remote(&r);
	if (*ret_layout && given(&r, PCD_REGION_INITIAL))
		pcd_initial_build(r.sink, r.v[PCD_REGION_INITIAL].node, *ret_layout, ret);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_layout(const pc_layout *a, const pc_layout *b)
{
	return a == b || (a && b && same_text(pc_layout_text(a, NULL), pc_layout_text(b, NULL)));
}

static bool same_initial(const pcd_region_conf *a, const pcd_region_conf *b)
{
	bool same = a->initial_count == b->initial_count;
	for (uint32_t i = 0; same && i < a->initial_count; i++)
		same = same_text(a->initial[i].path, b->initial[i].path) &&
		       same_text(a->initial[i].value, b->initial[i].value);
	return same;
}

bool pcd_region_conf_equal(const pcd_region_conf *a, const pcd_region_conf *b)
{
	return same_text(a->key, b->key) && same_text(a->object, b->object) && same_text(a->doc, b->doc) &&
	       a->writer_kind == b->writer_kind && same_layout(a->layout, b->layout) &&
	       same_text(a->layout_from, b->layout_from) && same_text(a->remote_write, b->remote_write) &&
	       a->payload_bytes == b->payload_bytes && a->mode == b->mode && same_text(a->path, b->path) &&
	       a->sparse == b->sparse && same_text(a->sddl, b->sddl) && a->slot_count == b->slot_count &&
	       a->heartbeat_ms == b->heartbeat_ms && a->stale_after_ms == b->stale_after_ms &&
	       a->publish_hint_ms == b->publish_hint_ms && a->notify_min_us == b->notify_min_us &&
	       a->sample_ns == b->sample_ns && a->is_adopted == b->is_adopted && a->period_ms == b->period_ms &&
	       same_text(a->process, b->process) && same_text(a->mutex, b->mutex) && same_text(a->event, b->event) &&
	       same_initial(a, b);
}

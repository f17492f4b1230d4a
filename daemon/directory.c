/* daemon/directory.c - see directory.h. */
#include "directory.h"

#include "base/err.h"
#include "system_region.h"

#include <pagecast/reader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOC "what this daemon serves: one entry per region"

/* ---- layout ------------------------------------------------------------------------------------------- */

static const char header_layout[] =
        "version u32\n"
        "entry_bytes u32 unit=\"B\"\n"
        "capacity u32\n"
        "count u32 doc=\"entries in use, from the first\"\n"
        "instance char[32]\n"
        "daemon_pid u32\n"
        "config_generation u32 doc=\"configurations in force so far\"\n"
        "started_unix_ns u64 unit=\"ns\"\n"
        "reload_count u32 doc=\"reloads tried\"\n"
        "reload_status i32 doc=\"0, or why the last reload changed nothing\"\n"
        "config_path char[144]\n"
        "@256 entries struct[%u] size=256 {\n"
        "name char[64]\n"
        "object char[64]\n"
        "id u32\n"
        "generation u32 doc=\"+1 when size or layout changed\"\n"
        "payload_bytes u64 unit=\"B\"\n"
        "schema_id u64\n"
        "flags u32\n"
        "writer_kind enum32 labels=\"0:plugin,1:external,2:legacy\"\n"
        "liveness enum32 "
        "labels=\"0:absent,1:starting,2:live,3:stale,4:dead,5:closed,6:retired,7:legacy,8:unreachable\"\n"
        "access_mode u32\n"
        "plugin char[32] doc=\"instance that writes it\"\n"
        "}\n";

static pc_status serve(pcd_directory *d, const pcd_directory_facts *facts, uint32_t capacity, pc_err *err)
{
	char layout[sizeof header_layout + 16];
	pcd_system_region what = {.name = d->name, .doc = DOC, .layout = layout};
	pc_status s;
	(void)snprintf(layout, sizeof layout, header_layout, capacity);
	what.payload_bytes = sizeof(pc_directory) + (uint64_t)capacity * sizeof(pc_directory_entry);
	what.heartbeat_ms = facts->heartbeat_ms;
	what.stale_after_ms = facts->stale_after_ms;
	s = pcd_system_region_open(d->regions, &what, &d->region, err);
	if (s == PC_OK) d->capacity = capacity;
	return s;
}

/* ---- the predecessor ---------------------------------------------------------------------------------- */

static uint32_t remember(const pc_directory *header, uint64_t bytes, pcd_remembered *rows)
{
	uint64_t room = (bytes - sizeof *header) / sizeof(pc_directory_entry);
	uint32_t count = 0, listed = header->count < room ? header->count : (uint32_t)room;
	const pc_directory_entry *entry = (const pc_directory_entry *)(const void *)(header + 1);
	for (uint32_t i = 0; i < listed; i++, entry++) {
		pcd_remembered *row = rows + count;
		if (!entry->id || entry->id >= UINT32_MAX / 2 || !memchr(entry->name, 0, sizeof entry->name) ||
		    !memchr(entry->object, 0, sizeof entry->object) || !memchr(entry->plugin, 0, sizeof entry->plugin))
			continue;
		memcpy(row->key, entry->name, sizeof row->key);
		memcpy(row->object, entry->object, sizeof row->object);
		memcpy(row->plugin, entry->plugin, sizeof row->plugin);
		row->id = entry->id;
		row->generation = entry->generation;
		row->payload_bytes = entry->payload_bytes;
		count++;
	}
	return count;
}

/* Whoever can be read here ran as the same user, or as root: its numbers are continued. Nothing depends on them. */
static void recall(pcd_directory *d)
{
	pc_reader *reader = NULL;
	pc_directory *header = NULL;
	pcd_remembered *rows = NULL;
	uint64_t bytes;
	if (pc_reader_open(d->name, NULL, &reader, NULL) != PC_OK) return;
	bytes = pc_reader_payload_bytes(reader);
	if (bytes >= sizeof *header && bytes < UINT64_C(1) << 28) {
		header = malloc((size_t)bytes);
		rows = malloc((size_t)(bytes / sizeof(pc_directory_entry)) * sizeof *rows);
	}
	if (header && rows && pc_reader_snapshot(reader, header, (size_t)bytes, NULL) == PC_OK &&
	    header->version == PC_DIRECTORY_VERSION && header->entry_bytes == sizeof(pc_directory_entry)) {
		d->predecessor = (pcd_run){header->started_unix_ns, header->daemon_pid, 0};
		pcd_regions_remember(d->regions, rows, remember(header, bytes, rows));
		rows = NULL;
	}
	free(header);
	free(rows);
	pc_reader_close(&reader);
}

/* The holder of the owner lock is the one that beats the region. */
static pc_status busy(const pcd_directory *d, const pcd_directory_facts *facts, pc_err *err)
{
	pc_reader *reader = NULL;
	uint32_t pid = 0;
	if (pc_reader_open(d->name, NULL, &reader, NULL) == PC_OK) {
		pid = pc_load_relaxed_u32(&pc_reader_control(reader)->writer_pid);
		pc_reader_close(&reader);
	}
	return pc_err_set(err, PC_EBUSY, "instance '%s' is already run by pid %u", facts->instance, pid);
}

pc_status pcd_directory_open(pcd_directory *d, pcd_regions *regions, const pcd_directory_facts *facts,
                             uint32_t expected, pc_err *err)
{
	uint32_t capacity = PCD_DIRECTORY_CAPACITY;
	pc_status s;
	d->regions = regions;
	(void)snprintf(d->name, sizeof d->name, "%s%s", PC_DIRECTORY_PREFIX, facts->instance);
	while (capacity < expected) capacity *= 2;
	recall(d);
	s = serve(d, facts, capacity, err);
	return s == PC_EBUSY ? busy(d, facts, err) : s;
}

/* ---- the table ------------------------------------------------------------------------------------------ */

static void put(char *dst, size_t bytes, const char *text)
{
	size_t length = strlen(text);
	if (length > bytes - 1) length = bytes - 1;
	memcpy(dst, text, length);
	memset(dst + length, 0, bytes - length);
}

static void fill_entry(pc_directory_entry *entry, const pcd_region *r)
{
	const pcd_body *body = r->body;
	memset(entry, 0, sizeof *entry);
	put(entry->name, sizeof entry->name, body->info.name);
	put(entry->object, sizeof entry->object, body->info.object);
	entry->id = body->info.id;
	entry->generation = body->info.generation;
	entry->payload_bytes = body->info.payload_bytes;
	entry->schema_id = body->info.schema_id;
	entry->flags = body->terms.flags;
	entry->writer_kind = body->info.writer_kind;
	entry->liveness = pc_load_acquire_u32(&body->liveness);
	entry->access_mode = r->conf->mode;
	put(entry->plugin, sizeof entry->plugin,
	    r->flags & PC_REGION_SYSTEM || !body->in_process ? "" : body->writer_name);
}

static void fill_header(pc_directory *header, const pcd_directory *d, const pcd_directory_facts *facts)
{
	size_t length = strlen(facts->config_path);
	memset(header, 0, sizeof *header);
	header->version = PC_DIRECTORY_VERSION;
	header->entry_bytes = sizeof(pc_directory_entry);
	header->capacity = d->capacity;
	put(header->instance, sizeof header->instance, facts->instance);
	header->daemon_pid = facts->pid;
	header->config_generation = facts->config_generation;
	header->started_unix_ns = facts->started_unix_ns;
	header->reload_count = facts->reload_count;
	header->reload_status = facts->reload_status;
	if (length < sizeof header->config_path) {
		put(header->config_path, sizeof header->config_path, facts->config_path);
	} else {
		memcpy(header->config_path, "...", 3);
		put(header->config_path + 3, sizeof header->config_path - 3,
		    facts->config_path + length - (sizeof header->config_path - 4));
	}
}

static uint32_t count_bodies(const pcd_regions *t)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < t->count; i++) count += t->items[i]->body != NULL;
	return count;
}

/* Changes of the table and of liveness so far: two numbers that only grow. */
static uint64_t changes_of(const pcd_regions *t)
{
	return t->changes + pc_load_acquire_u64(&t->watchers->turns);
}

static bool is_shown(const pcd_directory *d, const pcd_directory_facts *facts, uint64_t changes)
{
	return d->shown == changes && d->region->body->writer && !memcmp(&d->shown_facts, facts, sizeof *facts);
}

pc_status pcd_directory_update(pcd_directory *d, const pcd_directory_facts *facts, pc_err *err)
{
	uint64_t changes = changes_of(d->regions); /* before it is looked at */
	uint32_t count, capacity = d->capacity;
	size_t bytes;
	pc_directory *header;
	pc_directory_entry *entry;
	pc_status s;
	if (is_shown(d, facts, changes)) return PC_OK;
	count = count_bodies(d->regions);
	while (capacity < count) capacity *= 2;
	if (capacity != d->capacity || !d->region->body->writer) {
		s = serve(d, facts, capacity, err);
		if (s != PC_OK) return s;
	}
	bytes = sizeof *header + d->capacity * sizeof *entry;
	header = calloc(1, bytes);
	if (!header) return pc_err_set(err, PC_ENOMEM, "no memory for the directory");
	fill_header(header, d, facts);
	entry = (pc_directory_entry *)(void *)(header + 1);
	for (uint32_t i = 0; i < d->regions->count; i++)
		if (d->regions->items[i]->body) fill_entry(entry + header->count++, d->regions->items[i]);
	d->shown = pcd_system_region_write(d->regions, d->region, header, bytes) ? changes : 0;
	memcpy(&d->shown_facts, facts, sizeof *facts);
	free(header);
	return PC_OK;
}

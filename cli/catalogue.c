/* catalogue.c - see catalogue.h. A directory is written by a daemon that may be of another user or mad: it is checked as any input. */
#include "catalogue.h"

#include "os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRECTORY_BYTES_MAX (UINT64_C(64) << 20)

/* ---- objects ------------------------------------------------------------------------------------------- */

struct collecting {
	cli_catalogue *catalogue;
	uint32_t capacity;
	bool failed;
};

static void collect(void *arg, const char *name)
{
	struct collecting *c = arg;
	size_t suffix = strlen(PC_CONTROL_SUFFIX), bytes = strlen(name);
	if (name[0] == '.' || bytes <= suffix || strcmp(name + bytes - suffix, PC_CONTROL_SUFFIX) != 0) return;
	if (bytes - suffix >= PC_NAME_BYTES) return;
	if (c->catalogue->object_count == c->capacity) {
		uint32_t larger = c->capacity ? c->capacity * 2 : 64;
		char **objects = realloc(c->catalogue->objects, larger * sizeof *objects);
		if (!objects) {
			c->failed = true;
			return;
		}
		c->catalogue->objects = objects;
		c->capacity = larger;
	}
	char *plain = malloc(bytes - suffix + 1);
	if (!plain) {
		c->failed = true;
		return;
	}
	memcpy(plain, name, bytes - suffix);
	plain[bytes - suffix] = 0;
	c->catalogue->objects[c->catalogue->object_count++] = plain;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- daemons ------------------------------------------------------------------------------------------- */

static void end_texts(cli_daemon *d)
{
	d->head.instance[sizeof d->head.instance - 1] = 0;
	d->head.config_path[sizeof d->head.config_path - 1] = 0;
	for (uint32_t i = 0; i < d->entry_count; i++) {
		d->entries[i].name[sizeof d->entries[i].name - 1] = 0;
		d->entries[i].object[sizeof d->entries[i].object - 1] = 0;
		d->entries[i].plugin[sizeof d->entries[i].plugin - 1] = 0;
	}
}

static bool take_entries(cli_daemon *d, const char *payload, uint64_t bytes)
{
	uint64_t room = (bytes - sizeof d->head) / sizeof *d->entries;
	uint32_t listed = d->head.count < room ? d->head.count : (uint32_t)room;
	const pc_directory_entry *from = (const pc_directory_entry *)(const void *)(payload + sizeof d->head);
	d->entries = calloc(listed ? listed : 1, sizeof *d->entries);
	if (!d->entries) return false;
	for (uint32_t i = 0; i < listed; i++)
		if (from[i].id && from[i].name[0] && from[i].object[0]) d->entries[d->entry_count++] = from[i];
	end_texts(d);
	return true;
}

/* True if the region is a directory of this version; others may have names that look like one. */
static bool read_directory(cli_daemon *d)
{
	uint64_t bytes = pc_reader_payload_bytes(d->reader);
	bool is_one = false;
	if (!(pc_reader_control(d->reader)->flags & PC_REGION_SYSTEM) || bytes < sizeof d->head ||
	    bytes > DIRECTORY_BYTES_MAX)
		return false;
	char *payload = malloc((size_t)bytes);
	if (payload && pc_reader_snapshot(d->reader, payload, (size_t)bytes, NULL) == PC_OK) {
		memcpy(&d->head, payload, sizeof d->head);
		is_one = d->head.version == PC_DIRECTORY_VERSION && d->head.entry_bytes == sizeof *d->entries &&
		         take_entries(d, payload, bytes);
	}
	free(payload);
	return is_one;
}

/* Behind the name of a name space. */
static const char *own_name(const char *object)
{
	const char *prefix = strrchr(object, '\\');
	return prefix ? prefix + 1 : object;
}

static bool find_daemons(cli_catalogue *c, const cli_args *args)
{
	size_t prefix = strlen(PC_DIRECTORY_PREFIX);
	c->daemons = calloc(c->object_count ? c->object_count : 1, sizeof *c->daemons);
	if (!c->daemons) return false;
	for (uint32_t i = 0; i < c->object_count; i++) {
		cli_daemon d = {.reader = NULL};
		pc_err err = {""};
		if (strncmp(own_name(c->objects[i]), PC_DIRECTORY_PREFIX, prefix) != 0) continue;
		pc_status s = pc_reader_open(c->objects[i], &args->trust, &d.reader, &err);
		if (s == PC_EUNTRUSTED && !c->untrusted_count++) c->untrusted = err;
		if (s != PC_OK) continue;
		(void)snprintf(d.region, sizeof d.region, "%s", c->objects[i]);
		if (read_directory(&d))
			c->daemons[c->daemon_count++] = d;
		else
			pc_reader_close(&d.reader);
	}
	return true;
}

/* ---- regions ------------------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
	return strcmp(((const cli_region *)a)->key, ((const cli_region *)b)->key);
}

/* Plain names of the objects that daemons list, in order: there may be ten thousand. Freed by the caller. */
static const char **listed_names(const cli_catalogue *c)
{
	const char **names = calloc(c->region_count + 1, sizeof *names);
	for (uint32_t i = 0; names && i < c->region_count; i++) names[i] = cli_os_plain_name(c->regions[i].object);
	if (names) qsort(names, c->region_count, sizeof *names, by_text);
	return names;
}

/* What a daemon calls by a plain name is in the name space that its directory is in, which need not be ours. */
static void take_object(cli_region *r, const cli_daemon *d, const char *object)
{
	size_t prefix = (size_t)(own_name(d->region) - d->region), bytes = strlen(object) + 1;
	if (own_name(object) != object || prefix + bytes > sizeof r->object) prefix = 0;
	memcpy(r->object, d->region, prefix);
	memcpy(r->object + prefix, object, bytes);
}

static bool list_regions(cli_catalogue *c)
{
	size_t most = c->object_count + 1;
	for (uint32_t i = 0; i < c->daemon_count; i++) most += c->daemons[i].entry_count;
	c->regions = calloc(most, sizeof *c->regions);
	if (!c->regions) return false;
	for (uint32_t i = 0; i < c->daemon_count; i++) {
		const cli_daemon *d = &c->daemons[i];
		uint32_t first = c->region_count;
		for (uint32_t k = 0; k < d->entry_count; k++) {
			cli_region *r = &c->regions[c->region_count++];
			memcpy(r->key, d->entries[k].name, sizeof r->key);
			take_object(r, d, d->entries[k].object);
			r->daemon = d;
			r->entry = &d->entries[k];
		}
		qsort(c->regions + first, c->region_count - first, sizeof *c->regions, by_key);
	}
	uint32_t listed_count = c->region_count;
	const char **listed = listed_names(c);
	if (!listed) return false;
	for (uint32_t i = 0; i < c->object_count; i++) {
		if (bsearch(&c->objects[i], listed, listed_count, sizeof *listed, by_text)) continue;
		cli_region *r = &c->regions[c->region_count++];
		(void)snprintf(r->key, sizeof r->key, "%s", c->objects[i]);
		(void)snprintf(r->object, sizeof r->object, "%s", c->objects[i]);
	}
	free(listed);
	return true;
}

pc_status cli_catalogue_load(cli_catalogue *c, const cli_args *args, pc_err *err)
{
	struct collecting collecting = {.catalogue = c};
	pc_status s = cli_os_each_object(collect, &collecting, err);
	if (s != PC_OK) return s;
	if (c->object_count) qsort(c->objects, c->object_count, sizeof *c->objects, by_text);
	if (collecting.failed || !find_daemons(c, args) || !list_regions(c))
		return pc_err_set(err, PC_ENOMEM, "out of memory");
	return PC_OK;
}

void cli_catalogue_free(cli_catalogue *c)
{
	for (uint32_t i = 0; i < c->daemon_count; i++) {
		pc_reader_close(&c->daemons[i].reader);
		free(c->daemons[i].entries);
	}
	for (uint32_t i = 0; i < c->object_count; i++) free(c->objects[i]);
	free(c->daemons);
	free(c->regions);
	free(c->objects);
	memset(c, 0, sizeof *c);
}

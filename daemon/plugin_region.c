/* daemon/plugin_region.c - struct pc_host of plugin.h: opening, reading and writing regions. */
#include "base/err.h"
#include "plugin_host.h"
#include "region/copy.h"
#include "region/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening -------------------------------------------------------------------------------------------- */

/* What stands under the name must be what the table says: a plugin sizes its buffers by the table. */
static pc_status open_reader(pc_region *region)
{
	const pcd_body *body = region->body;
	pc_reader_options options = {.struct_size = sizeof options};
	pc_reader *reader = NULL;
	pc_status s;
	if (pc_load_acquire_u32(&body->gone)) return PC_ESTALE;
	/* The control page is ours. A payload that another program made may be another user's, and is only read. */
	if (body->terms.flags & (PC_REGION_FOREIGN | PC_REGION_LEGACY)) options.flags = PC_READER_TRUST_ANY;
	s = pc_reader_open(body->info.object, &options, &reader, NULL);
	if (s != PC_OK) return s;
	if (pc_reader_payload_bytes(reader) != body->info.payload_bytes ||
	    pc_reader_schema_id(reader) != body->info.schema_id) {
		pc_reader_close(&reader);
		return PC_ESTALE;
	}
	pc_reader_spare(reader); /* the body knows who writes: one descriptor less per region and plugin */
	region->reader = reader;
	return PC_OK;
}

static pc_status open_body(pcd_instance *instance, const char *name, int mode, pcd_body **ret_body)
{
	const pcd_region *r = pcd_regions_find(instance->env->regions, name);
	pc_err err = {""};
	pc_status s;
	if (!r || !r->body) return PC_EABSENT;
	*ret_body = r->body;
	if (!(mode & PC_WR)) return PC_OK;
	if (r->flags & PC_REGION_SYSTEM || r->conf->writer_kind != PC_WRITER_PLUGIN)
		return (pc_status)pcd_host_refuse(instance, PC_EPERM,
		                                  "region '%s' is not configured for `writer: plugin`", name);
	s = pcd_body_open_writer(instance->env->regions, r->body, instance->name, &err);
	return s == PC_OK ? s : (pc_status)pcd_host_refuse(instance, s, "%s", err.text);
}

static int host_open(const struct pc_host *host, const char *name, int mode, pc_region **ret)
{
	pcd_instance *instance = pcd_host_instance(host);
	pc_region *region;
	pc_status s;
	if (!pcd_host_on_loop(instance, "open")) return PC_EINVAL;
	if (!name || !ret || !mode || mode & ~(PC_RD | PC_WR)) return PC_EINVAL;
	region = calloc(1, sizeof *region);
	if (!region) return PC_ENOMEM;
	s = open_body(instance, name, mode, &region->body);
	if (s == PC_OK && mode & PC_RD) {
		s = open_reader(region);
		if (s != PC_OK && mode & PC_WR) pcd_body_close_writer(instance->env->regions, region->body);
	}
	if (s != PC_OK) {
		free(region);
		return s;
	}
	pcd_body_hold(region->body);
	region->instance = instance;
	region->mode = mode;
	region->next = instance->regions;
	if (region->next) region->next->previous = region;
	instance->regions = region;
	instance->region_count++;
	*ret = region;
	return PC_OK;
}

static void forget_begun(pc_region *region)
{
	if (region->begun) region->instance->begun--;
	region->begun = false;
}

static void close_region(pc_region *region)
{
	pcd_instance *instance = region->instance;
	pcd_host_end_watches_of(region);
	forget_begun(region);
	if (region->mode & PC_WR && region->body->writer) pcd_body_close_writer(instance->env->regions, region->body);
	pc_reader_close(&region->reader);
	pcd_body_drop(region->body);
	instance->region_count--;
	if (region->next) region->next->previous = region->previous;
	if (region->previous)
		region->previous->next = region->next;
	else
		instance->regions = region->next;
	free(region);
}

static void host_close(pc_region *region)
{
	if (region && pcd_host_on_loop(region->instance, "close")) close_region(region);
}

void pcd_host_close_regions(pcd_instance *instance)
{
	while (instance->regions) close_region(instance->regions);
}

bool pcd_host_lost_region(const pcd_instance *instance)
{
	for (const pc_region *region = instance->regions; region; region = region->next)
		if (region->mode & PC_WR && region->body->gone) return true;
	return false;
}

static const struct pc_region_info *host_info(const pc_region *region)
{
	return &region->body->info;
}

/* ---- reading: on the one thread that uses the handle ------------------------------------------------------ */

/* Of an adopted map people want to know whose it is, not that we look at it. */
static void fill_writer(pc_region *region, const pc_control *control, struct pc_stamp *ret)
{
	pc_upstream upstream;
	if (!(region->body->terms.flags & PC_REGION_ADOPTED)) {
		ret->writer_pid = pc_load_relaxed_u32(&control->writer_pid);
		pc_copy_out(region->writer, control->writer_name, sizeof region->writer);
		return;
	}
	pc_copy_out(&upstream, control->upstream, sizeof upstream);
	ret->writer_pid = upstream.pid;
	memcpy(region->writer, upstream.name, sizeof upstream.name);
	region->writer[sizeof upstream.name - 1] = 0;
}

static void fill_stamp(pc_region *region, const pc_snapshot_info *info, struct pc_stamp *ret)
{
	pcd_watchers *w = region->instance->env->watchers;
	const pc_control *control = pc_reader_control(region->reader);
	uint64_t beat_age_ns = 0;
	ret->tick = info->tick;
	ret->commit_unix_ns = info->commit_unix_ns;
	ret->write_age_ns = info->age_ns;
	ret->epoch = info->epoch;
	ret->payload_flags = info->payload_flags;
	ret->liveness = (uint32_t)pcd_body_look(region->body, control, uv_hrtime(),
	                                        pc_load_acquire_u64(&w->loop_beat_ns), &beat_age_ns);
	ret->heartbeat_age_ns = beat_age_ns;
	fill_writer(region, control, ret);
	region->writer[sizeof region->writer - 1] = 0;
	ret->writer = region->writer;
}

static int host_read(pc_region *region, uint64_t offset, void *dst, uint64_t bytes, struct pc_stamp *ret)
{
	pc_snapshot_info info;
	pc_status s = PC_OK;
	if (pc_load_acquire_u32(&region->body->gone)) return PC_ESTALE;
	if (!region->reader) s = open_reader(region);
	if (s == PC_OK && bytes > SIZE_MAX) s = PC_EINVAL;
	if (s == PC_OK) s = pc_reader_read(region->reader, offset, dst, (size_t)bytes, &info);
	if (s == PC_OK && ret) fill_stamp(region, &info, ret);
	return s;
}

static int host_stamp(pc_region *region, struct pc_stamp *ret)
{
	return ret ? host_read(region, 0, NULL, 0, ret) : PC_EINVAL;
}

int pcd_host_why(pc_region *region, uint32_t liveness, char *ret, uint32_t bytes)
{
	pc_upstream upstream;
	pc_status s = PC_OK;
	if (!ret || !bytes) return PC_EINVAL;
	ret[0] = '\0';
	if (!(region->body->terms.flags & PC_REGION_ADOPTED)) return PC_OK;
	if (pc_load_acquire_u32(&region->body->gone)) return PC_ESTALE;
	if (!region->reader) s = open_reader(region);
	if (s != PC_OK) return s;
	pc_copy_out(&upstream, pc_reader_control(region->reader)->upstream, sizeof upstream);
	upstream.why[sizeof upstream.why - 1] = '\0';
	if (liveness == PC_UNREACHABLE)
		(void)snprintf(ret, bytes, "the daemon that looks at its map is silent");
	else if (upstream.liveness == liveness)
		(void)snprintf(ret, bytes, "%s", upstream.why);
	return PC_OK;
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static pc_status writable(const pc_region *region, const char *service)
{
	if (!pcd_host_on_loop(region->instance, service)) return PC_EINVAL;
	if (!(region->mode & PC_WR)) return PC_EPERM;
	return region->body->gone || !region->body->writer ? PC_ESTALE : PC_OK;
}

static void *host_begin(pc_region *region)
{
	void *payload;
	if (writable(region, "begin") != PC_OK || region->begun) return NULL;
	payload = pc_writer_begin(region->body->writer);
	if (!payload) return NULL;
	region->begun = true;
	region->instance->begun++;
	return payload;
}

static int host_commit(pc_region *region)
{
	pc_status s = writable(region, "commit");
	if (s == PC_EINVAL) return s; /* whatever was begun on the loop is not ours to end */
	if (s == PC_OK && !region->begun) s = PC_EINVAL;
	forget_begun(region);
	return s == PC_OK ? pcd_body_commit(region->instance->env->regions, region->body) : s;
}

static void host_abort(pc_region *region)
{
	pc_status s = writable(region, "abort");
	if (s == PC_EINVAL || !region->begun) return;
	forget_begun(region);
	if (s == PC_OK) pc_writer_abort(region->body->writer);
}

static int host_write(pc_region *region, uint64_t offset, const void *src, uint64_t bytes)
{
	uint64_t whole = region->body->info.payload_bytes;
	unsigned char *payload;
	pc_status s = writable(region, "write");
	if (s != PC_OK) return s;
	if (offset > whole || bytes > whole - offset || (bytes && !src) || region->begun) return PC_EINVAL;
	payload = pc_writer_begin(region->body->writer);
	if (!payload) return PC_ESTALE;
	if (bytes) memcpy(payload + offset, src, (size_t)bytes);
	return pcd_body_commit(region->instance->env->regions, region->body);
}

static void host_set_flags(pc_region *region, uint32_t payload_flags)
{
	if (writable(region, "set_flags") == PC_OK) pc_writer_set_flags(region->body->writer, payload_flags);
}

int pcd_host_abort_begun(pcd_instance *instance)
{
	int found = instance->begun != 0;
	for (pc_region *region = instance->regions; region && instance->begun; region = region->next)
		host_abort(region);
	return found;
}

void pcd_host_init_regions(struct pc_host *host)
{
	host->open = host_open;
	host->close = host_close;
	host->info = host_info;
	host->read = host_read;
	host->stamp = host_stamp;
	host->write = host_write;
	host->begin = host_begin;
	host->commit = host_commit;
	host->abort = host_abort;
	host->set_flags = host_set_flags;
}

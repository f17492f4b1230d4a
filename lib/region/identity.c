/* region/identity.c - see identity.h. Every number in here comes from another process. */
#include "region/identity.h"

#include "base/crc32c.h"
#include "base/err.h"
#include "platform/clock.h"
#include "platform/process.h"

#include <string.h>

#define CRC_FROM offsetof(pc_control, major)
#define CRC_TO   offsetof(pc_control, identity_crc)

static uint32_t crc_of(const pc_control *c)
{
	return pc_crc32c((const unsigned char *)c + CRC_FROM, CRC_TO - CRC_FROM);
}

/* NULL if [offset, offset + bytes) lies behind the control page and inside the object. */
static const char *check_schema(const pc_identity *id)
{
	if (!id->schema_bytes) return NULL;
	if (id->schema_offset < PC_CONTROL_BYTES || id->schema_offset > id->object_bytes) return "schema offset";
	return id->schema_bytes > id->object_bytes - id->schema_offset ? "schema size" : NULL;
}

/* A file region has a path, and only that. */
static const char *check_path(const pc_identity *id)
{
	if (!(id->flags & PC_REGION_FILE)) return id->path_bytes ? "path of what is no file" : NULL;
	if (!id->path_bytes || id->path_bytes >= PC_FILE_PATH_BYTES) return "path size";
	if (id->path_offset < PC_CONTROL_BYTES || id->path_offset > id->object_bytes) return "path offset";
	return id->path_bytes > id->object_bytes - id->path_offset ? "path size" : NULL;
}

static const char *check_slots(const pc_identity *id)
{
	if (id->slot_count > PC_SLOT_MAX) return "slot count";
	if (!id->slot_count) return id->flags & PC_REGION_LEGACY ? "slot count of a legacy region" : NULL;
	if (id->slot_offset % 64 || id->slot_offset < PC_CONTROL_BYTES || id->slot_offset > id->object_bytes)
		return "slot offset";
	if (id->slot_stride % 64 || id->slot_stride < sizeof(pc_slot) + id->payload_bytes ||
	    id->slot_stride > (id->object_bytes - id->slot_offset) / id->slot_count)
		return "slot stride";
	return NULL;
}

static const char *check_liveness(const pc_identity *id)
{
	uint32_t from = offsetof(pc_control, robust), to = from + sizeof((pc_control *)0)->robust;
	if (id->liveness_kind != PC_LIVENESS_NONE &&
	    (id->liveness_offset % 4 || id->liveness_offset < from || id->liveness_offset > to - 4))
		return "liveness offset";
	if (id->notify_min_us > PC_NOTIFY_MIN_US_MAX) return "notify period";
	return id->liveness_kind > PC_LIVENESS_PROCESS ? "liveness kind" : NULL;
}

/* Its readers look at slots alone, and its observer at a payload that is no object of ours. */
static int is_half_adopted(const pc_identity *id)
{
	uint32_t all = PC_REGION_ADOPTED | PC_REGION_LEGACY | PC_REGION_FOREIGN;
	return id->flags & PC_REGION_ADOPTED && ((id->flags & all) != all || id->flags & PC_REGION_FILE);
}

static const char *check(const pc_identity *id, uint64_t mapped_bytes)
{
	const char *wrong = NULL;
	if (is_half_adopted(id)) return "flags";
	if (id->object_bytes < PC_CONTROL_BYTES || id->object_bytes > mapped_bytes) return "object size";
	if (!id->payload_bytes || id->payload_bytes > PC_PAYLOAD_BYTES_MAX) return "payload size";
	wrong = check_schema(id);
	if (!wrong) wrong = check_path(id);
	if (!wrong) wrong = check_slots(id);
	if (!wrong) wrong = check_liveness(id);
	return wrong;
}

static void copy_identity(const pc_control *c, pc_identity *id)
{
	memset(id, 0, sizeof *id);
	id->object_bytes = c->object_bytes;
	id->payload_bytes = c->payload_bytes;
	id->slot_offset = c->slot_offset;
	id->slot_stride = c->slot_stride;
	id->schema_id = c->schema_id;
	id->region_id = c->region_id;
	id->payload_file_id = c->payload_file_id;
	id->flags = c->flags;
	id->slot_count = c->slot_count;
	id->schema_offset = c->schema_offset;
	id->schema_bytes = c->schema_bytes;
	id->schema_kind = c->schema_kind;
	id->heartbeat_ms = c->heartbeat_ms;
	id->stale_after_ms = c->stale_after_ms;
	id->dead_after_ms = c->dead_after_ms;
	id->publish_hint_ms = c->publish_hint_ms;
	id->notify_min_us = c->notify_min_us;
	id->liveness_kind = c->liveness_kind;
	id->liveness_offset = c->liveness_offset;
	id->path_offset = c->path_offset;
	id->path_bytes = c->path_bytes;
	memcpy(id->instance, c->instance, sizeof id->instance);
}

pc_status pc_identity_read(const pc_control *c, uint64_t mapped_bytes, pc_identity *ret_identity, pc_err *err)
{
	uint64_t magic = pc_load_acquire_u64(&c->magic);
	pc_control copy;
	pc_identity id;
	const char *wrong;
	if (!magic) return pc_err_set(err, PC_ENOTREADY, "the control page is still being set up");
	if (magic != PC_CONTROL_MAGIC) return pc_err_set(err, PC_ECORRUPT, "not a pagecast control page");
	/* One copy, checked and used: what a hostile owner changes after this line changes nothing here. */
	memcpy(&copy, c, offsetof(pc_control, writer_pid));
	if (copy.endian != PC_CONTROL_ENDIAN) return pc_err_set(err, PC_EVERSION, "written with another byte order");
	if (copy.major != PC_CONTROL_MAJOR)
		return pc_err_set(err, PC_EVERSION, "written by format %u.%u, this is %u.%u", copy.major, copy.minor,
		                  PC_CONTROL_MAJOR, PC_CONTROL_MINOR);
	if (copy.control_bytes != PC_CONTROL_BYTES || copy.lock_offset != PC_LOCK_OFFSET_WRITER ||
	    copy.identity_crc != crc_of(&copy) || !memchr(copy.name, 0, sizeof copy.name))
		return pc_err_set(err, PC_ECORRUPT, "damaged control page: checksum");
	copy_identity(&copy, &id);
	wrong = check(&id, mapped_bytes);
	if (wrong) return pc_err_set(err, PC_ECORRUPT, "damaged control page: %s", wrong);
	*ret_identity = id;
	return PC_OK;
}

pc_status pc_identity_path(const pc_identity *identity, const void *object, char ret_path[PC_FILE_PATH_BYTES],
                           pc_err *err)
{
	memcpy(ret_path, (const char *)object + identity->path_offset, identity->path_bytes);
	ret_path[identity->path_bytes] = 0;
	if (strlen(ret_path) == identity->path_bytes) return PC_OK;
	return pc_err_set(err, PC_ECORRUPT, "damaged control page: path");
}

void pc_identity_write(pc_control *c, const pc_identity *identity, const char *configured_name)
{
	c->major = PC_CONTROL_MAJOR;
	c->minor = PC_CONTROL_MINOR;
	c->control_bytes = PC_CONTROL_BYTES;
	c->endian = PC_CONTROL_ENDIAN;
	c->flags = identity->flags;
	c->object_bytes = identity->object_bytes;
	c->payload_bytes = identity->payload_bytes;
	c->slot_offset = identity->slot_offset;
	c->slot_stride = identity->slot_stride;
	c->slot_count = identity->slot_count;
	c->schema_kind = identity->schema_kind;
	c->schema_id = identity->schema_id;
	c->schema_offset = identity->schema_offset;
	c->schema_bytes = identity->schema_bytes;
	memcpy(c->instance, identity->instance, sizeof c->instance);
	pc_machine_boot_id(c->boot_id);
	c->region_id = identity->region_id;
	c->created_unix_ns = pc_clock_unix_ns();
	memcpy(c->name, configured_name, strlen(configured_name) + 1);
	c->heartbeat_ms = identity->heartbeat_ms;
	c->stale_after_ms = identity->stale_after_ms;
	c->dead_after_ms = identity->dead_after_ms;
	c->publish_hint_ms = identity->publish_hint_ms;
	c->liveness_kind = identity->liveness_kind;
	c->liveness_offset = identity->liveness_offset;
	c->lock_offset = PC_LOCK_OFFSET_WRITER;
	c->payload_file_id = identity->payload_file_id;
	c->notify_min_us = identity->notify_min_us;
	c->path_offset = identity->path_offset;
	c->path_bytes = identity->path_bytes;
	c->identity_crc = crc_of(c);
}

pc_status pc_identity_finish(pc_control *c, uint64_t mapped_bytes, pc_identity *ret_identity)
{
	pc_control complete;
	pc_status s;
	memcpy(&complete, c, sizeof complete);
	if (complete.magic) return PC_ECORRUPT;
	complete.magic = PC_CONTROL_MAGIC;
	s = pc_identity_read(&complete, mapped_bytes, ret_identity, NULL);
	if (s == PC_OK) pc_identity_publish(c);
	return s;
}

void pc_identity_publish(pc_control *c)
{
	pc_store_release_u64(&c->magic, PC_CONTROL_MAGIC);
}

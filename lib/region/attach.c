/* region/attach.c - see attach.h.
 *
 * The control object is judged strictly, since everything else is believed because of it: its owner
 * must be trusted and nobody else may write it. The payload may be open to all by its owner's choice
 * (legacy programs map it for writing), but who may write it may also truncate it, and reading it then
 * is SIGBUS: such a payload is mapped for those who want the pointer, and snapshots use slots alone.   */
#include "region/attach.h"

#include "base/err.h"
#include "base/name.h"
#include "platform/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRITABLE_BY_OTHERS 0022u
#define TRIES              16

int pc_trust_uid(const pc_trust *trust, uint32_t uid)
{
	if (trust->any || uid == 0 || uid == pc_process_uid()) return 1;
	for (uint32_t i = 0; i < trust->uid_count; i++)
		if (trust->uids[i] == uid) return 1;
	return 0;
}

void pc_describe_writer(const pc_control *c, char *text, size_t text_bytes)
{
	char name[sizeof c->writer_name + 1];
	memcpy(name, c->writer_name, sizeof c->writer_name);
	name[sizeof c->writer_name] = 0;
	for (char *at = name; *at; at++)
		if (*at < ' ' || *at > '~') *at = '?';
	if (name[0])
		(void)snprintf(text, text_bytes, "'%s' (pid %u)", name, (unsigned)pc_load_relaxed_u32(&c->writer_pid));
	else
		(void)snprintf(text, text_bytes, "nobody that left a name");
}

/* Errors of the parts name a reason; this puts the region's name in front. */
static pc_status named(const char *name, pc_status s, pc_err *err)
{
	pc_err reason = {""};
	if (s == PC_OK || !err) return s;
	memcpy(&reason, err, sizeof reason);
	return pc_err_set(err, s, "region '%s': %.180s", name, reason.text);
}

void pc_place_slots(pc_attached *a)
{
	uint64_t k = a->id.slot_count;
	a->slots = k ? (unsigned char *)a->control + a->id.slot_offset : NULL;
	a->slot_mask = k & (k - 1) ? UINT64_MAX : k - 1;
}

static pc_status open_control(pc_attached *a, int writable, const pc_trust *trust, pc_err *err)
{
	char control_name[PC_CONTROL_NAME_BYTES];
	pc_object_facts facts;
	pc_status s;
	pc_name_control(a->name, control_name);
	s = pc_object_open(control_name, writable, &a->control_object, &facts, err);
	if (s != PC_OK) return s;
	if (!pc_trust_uid(trust, facts.uid))
		return pc_err_set(err, PC_EUNTRUSTED, "control object belongs to user %u, who is not trusted",
		                  facts.uid);
	if (!trust->any && !writable && facts.mode & WRITABLE_BY_OTHERS)
		return pc_err_set(err, PC_EUNTRUSTED, "control object is writable by others (mode %04o)", facts.mode);
	a->control_uid = facts.uid;
	if (facts.bytes < PC_CONTROL_BYTES) return pc_err_set(err, PC_ECORRUPT, "control object is too small");
	s = pc_map_open(&a->control_object, facts.bytes, writable ? PC_MAP_WRITABLE | PC_MAP_NOT_INHERITED : 0,
	                &a->control_map, err);
	if (s != PC_OK) return s;
	a->control = a->control_map.base;
	s = pc_identity_read(a->control, facts.bytes, &a->id, err);
	if (s == PC_OK) pc_place_slots(a);
	return s;
}

/* Whose word counts only because anybody's does may lead us to files of his own, and not to those that we may open and he
 * may not. */
static int leads_astray(const pc_attached *a, const pc_trust *trust, const pc_object_facts *facts)
{
	pc_trust strict = *trust;
	strict.any = 0;
	return !pc_trust_uid(&strict, a->control_uid) && facts->uid != a->control_uid;
}

static pc_status map_payload(pc_attached *a, const pc_object *object, const pc_object_facts *facts, int writable,
                             pc_err *err)
{
	if (a->id.payload_file_id && a->id.payload_file_id != facts->file_id)
		return pc_err_set(err, PC_ENOTREADY,
		                  "the payload of this name is not the one that the control object is for");
	/* Who has slots needs no byte of a file that somebody has shortened for the moment. */
	if (facts->bytes < a->id.payload_bytes && !(a->path && a->slots))
		return pc_err_set(err, PC_ENOTREADY, "the payload is smaller than the control object says");
	return pc_map_open(object, a->id.payload_bytes, writable ? PC_MAP_WRITABLE | PC_MAP_NOT_INHERITED : 0,
	                   &a->payload_map, err);
}

static pc_status copy_path(pc_attached *a, pc_err *err)
{
	a->path = malloc(PC_FILE_PATH_BYTES);
	if (!a->path) return pc_err_set(err, PC_ENOMEM, "no memory for a path");
	return pc_identity_path(&a->id, a->control_map.base, a->path, err);
}

/* The slots are as good; there is only no pointer. */
static pc_status do_without_file(pc_attached *a, pc_object *object)
{
	pc_object_close(object);
	a->payload_file_id = a->id.payload_file_id;
	a->payload_is_loose = 1;
	return PC_OK;
}

/** @param is_optional  a file that cannot be had, or is too short, is no error where there are slots */
static pc_status open_payload(pc_attached *a, int writable, int is_optional, const pc_trust *trust, pc_err *err)
{
	pc_object object = {0};
	pc_object_facts facts;
	int is_file = (a->id.flags & PC_REGION_FILE) != 0;
	pc_status s = is_file ? copy_path(a, err) : PC_OK;
	if (s != PC_OK) return s;
	if (a->id.flags & PC_REGION_ADOPTED) { /* comes and goes as its program likes: its observer follows it */
		a->payload_is_loose = 1;
		return PC_OK;
	}
	s = pc_object_open_payload(a->name, a->path, a->id.payload_file_id, writable, &object, &facts, err);
	if (is_file && is_optional && a->slots &&
	    (s == PC_EPERM || s == PC_EABSENT || (s == PC_OK && facts.bytes < a->id.payload_bytes)))
		return do_without_file(a, &object);
	if (s == PC_EABSENT) return pc_err_set(err, PC_ENOTREADY, "there is a control object but no payload");
	if (s != PC_OK) return s;
	if (is_file && leads_astray(a, trust, &facts))
		s = pc_err_set(err, PC_EUNTRUSTED, "user %u leads to a file of user %u", a->control_uid, facts.uid);
	if (s == PC_OK) s = map_payload(a, &object, &facts, writable, err);
	if (s == PC_OK) {
		a->payload = a->payload_map.base;
		a->payload_file_id = facts.file_id;
		a->payload_is_loose =
		        !trust->any && (!pc_trust_uid(trust, facts.uid) || (facts.mode & WRITABLE_BY_OTHERS) != 0);
		/* What others may cut short is read and written past the mapping by those who need it. */
		if (is_file || (!is_optional && (a->id.flags & PC_REGION_LEGACY || a->payload_is_loose)))
			a->payload_file = object;
	}
	if (!a->payload_file.handle) pc_object_close(&object);
	return s;
}

static pc_status attach_once(pc_attached *a, int writable, const pc_trust *trust, pc_err *err)
{
	pc_status s = open_control(a, writable, trust, err);
	if (s == PC_OK) s = open_payload(a, writable && !(a->id.flags & PC_REGION_LEGACY), !writable, trust, err);
	return s;
}

pc_status pc_attach(const char *name, int writable, const pc_trust *trust, pc_attached *ret_attached, pc_err *err)
{
	pc_attached a;
	pc_status s = PC_ENOTREADY;
	/* A region that is being replaced shows two halves of different age for a moment: look again. */
	for (int i = 0; i < TRIES && s == PC_ENOTREADY; i++) {
		memset(&a, 0, sizeof a);
		memcpy(a.name, name, strlen(name) + 1);
		s = attach_once(&a, writable, trust, err);
		if (s != PC_OK) pc_detach(&a);
	}
	if (s != PC_OK) return named(name, s, err);
	*ret_attached = a;
	return PC_OK;
}

void pc_detach(pc_attached *attached)
{
	pc_map_close(&attached->control_map);
	pc_map_close(&attached->payload_map);
	pc_object_close(&attached->control_object);
	pc_object_close(&attached->payload_file);
	free(attached->path);
	memset(attached, 0, sizeof *attached);
}

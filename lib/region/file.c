/* region/file.c - see file.h. */
#include "region/file.h"

#include "base/err.h"
#include "platform/process.h"

#include <stdlib.h>
#include <string.h>

static pc_status check_user(const pc_plan *plan, const pc_object_facts *facts, pc_err *err)
{
	if (facts->uid == pc_process_uid() || facts->uid == 0) return PC_OK;
	return pc_err_set(err, PC_EPERM, "'%.200s' belongs to user %u", plan->path, facts->uid);
}

pc_status pc_file_prepare(const pc_plan *plan, pc_standing *st, pc_err *err)
{
	pc_status s;
	if (st->payload.handle && !st->is_writable) {
		if (st->payload_facts.bytes >= plan->id.payload_bytes) return PC_OK;
		return pc_err_set(err, PC_EPERM, "'%.200s' is too short, and may only be read", plan->path);
	}
	pc_object_close(&st->payload);
	s = pc_object_open_file(plan->path, plan->name, plan->id.payload_bytes, &plan->access,
	                        (plan->file_flags & PC_FILE_SPARSE) != 0, &st->payload, &st->payload_facts, err);
	if (s != PC_OK) return s;
	st->is_writable = 1;
	return check_user(plan, &st->payload_facts, err);
}

pc_status pc_file_serve(const pc_plan *plan, const pc_standing *st, const pc_served_file *before, pc_served_file *file,
                        pc_err *err)
{
	pc_status s = PC_OK;
	size_t bytes = strlen(plan->path) + 1;
	int has_lock = before && before->path && before->file_id == st->payload_facts.file_id;
	file->path = malloc(bytes);
	if (!file->path) return pc_err_set(err, PC_ENOMEM, "no memory for a path");
	memcpy(file->path, plan->path, bytes);
	file->file_id = st->payload_facts.file_id;
	file->bytes = plan->id.payload_bytes;
	file->flags = plan->file_flags;
	if (!has_lock) s = pc_lock_take_file(&st->payload, &file->lock, err);
	if (s != PC_OK) pc_file_let_go(file);
	return s == PC_EBUSY ? pc_err_set(err, s, "'%.200s' is the payload of another region", plan->path) : s;
}

pc_status pc_file_tend(const pc_served_file *file, const char *name, int *ret_restored)
{
	pc_access unused = {0};
	pc_object object = {0};
	pc_object_facts facts;
	pc_status s = pc_object_open_payload(name, file->path, file->file_id, 0, &object, &facts, NULL);
	pc_object_close(&object);
	if (s != PC_OK || facts.file_id != file->file_id) return PC_ESTALE;
	if (facts.bytes >= file->bytes) return PC_OK;
	s = pc_object_open_file(file->path, name, file->bytes, &unused, (file->flags & PC_FILE_SPARSE) != 0, &object,
	                        &facts, NULL);
	pc_object_close(&object);
	if (ret_restored) *ret_restored = s == PC_OK;
	return PC_OK; /* where it stays short, the next look tries again: slots do not need it */
}

void pc_file_hand_over(pc_served_file *from, pc_served_file *to)
{
	if (!to->path || to->lock.handle) return;
	to->lock = from->lock;
	memset(&from->lock, 0, sizeof from->lock);
}

void pc_file_let_go(pc_served_file *file)
{
	pc_lock_release(&file->lock);
	free(file->path);
	memset(file, 0, sizeof *file);
}

/* region/keep.c - a second, hidden name for a payload of ours.
 *
 * Linux lets any program of the same user unlink a name, and some do so with maps that they merely read.
 * A file without a name cannot be given one again; so we hold another one, `.NAME.keep`, from which the
 * same file, with everybody who has it mapped, is linked back. A foreign payload has none: whoever
 * created that may well mean it when he removes it.                                                   */
#include "base/name.h"
#include "region/standing.h"

#include <stdio.h>

#define KEEP_NAME_BYTES (PC_NAME_BYTES + 8u)

static void keep_name(const char *name, char ret_name[KEEP_NAME_BYTES])
{
	(void)snprintf(ret_name, KEEP_NAME_BYTES, ".%s.keep", name);
}

void pc_payload_keep(const char *name, uint64_t file_id)
{
	char kept[KEEP_NAME_BYTES];
	pc_object_facts facts;
	keep_name(name, kept);
	if (pc_object_look(kept, &facts) == PC_OK) {
		if (facts.file_id == file_id) return;
		(void)pc_object_unlink(kept, facts.file_id);
	}
	(void)pc_object_link(name, kept, file_id);
}

pc_status pc_payload_restore(const char *name, uint64_t file_id)
{
	char kept[KEEP_NAME_BYTES];
	keep_name(name, kept);
	return pc_object_link(kept, name, file_id);
}

void pc_payload_forget(const char *name, uint64_t file_id)
{
	char kept[KEEP_NAME_BYTES];
	keep_name(name, kept);
	(void)pc_object_unlink(kept, file_id);
}

/* region/foreign.c - see foreign.h.
 *
 * On Linux the object is read past any mapping: its program may cut it short, and that is an error of pread(2) and SIGBUS of a
 * load. On Windows there is only the mapping; there nobody can shorten a section, but one stays for as long as anybody
 * holds it, us included: it is let go and opened again once in a while, to see whether anybody else does.               */
#include "region/foreign.h"

#include <string.h>

#define REOPEN_NS UINT64_C(1000000000)

void pc_foreign_close(pc_attached *a, pc_foreign *source)
{
	pc_map_close(&a->payload_map);
	a->payload = NULL;
	pc_object_close(&a->payload_file);
	source->is_named = 0;
	source->bytes = 0;
}

/* Where the system cannot read it otherwise. */
static pc_status map_if_needed(pc_attached *a, pc_err *err)
{
	char byte;
	pc_status s;
	if (pc_object_read(&a->payload_file, 0, &byte, 1) != PC_EUNSUPPORTED) return PC_OK;
	s = pc_map_open(&a->payload_file, a->id.payload_bytes, 0, &a->payload_map, err);
	a->payload = a->payload_map.base;
	return s;
}

static void judge_size(pc_attached *a, pc_foreign *source, const pc_object_facts *facts)
{
	pc_status s = PC_OK;
	source->bytes = facts->bytes;
	source->state = facts->bytes < a->id.payload_bytes ? PC_FOREIGN_SMALL : PC_FOREIGN_READY;
	if (source->state == PC_FOREIGN_READY && !a->payload) s = map_if_needed(a, &source->refused);
	if (s == PC_OK) return;
	pc_foreign_close(a, source);
	source->state = PC_FOREIGN_REFUSED;
}

static void open_it(pc_attached *a, pc_foreign *source, uint64_t now_ns)
{
	pc_object_facts facts;
	int was_gone = source->state == PC_FOREIGN_NONE;
	pc_status s = pc_object_open(a->name, 0, &a->payload_file, &facts, &source->refused);
	source->state = s == PC_EABSENT ? PC_FOREIGN_NONE : PC_FOREIGN_REFUSED;
	if (s != PC_OK) return;
	if (a->payload_file_id != facts.file_id || was_gone) source->serial++;
	a->payload_file_id = facts.file_id;
	source->is_named = 1;
	source->opened_ns = now_ns;
	judge_size(a, source, &facts);
}

void pc_foreign_follow(pc_attached *a, pc_foreign *source, uint64_t now_ns)
{
	pc_object_facts named, facts;
	pc_status s;
	if (a->payload && now_ns - source->opened_ns >= REOPEN_NS) pc_foreign_close(a, source);
	if (!a->payload_file.handle) {
		open_it(a, source, now_ns);
		return;
	}
	s = a->payload ? PC_OK : pc_object_look(a->name, &named);
	if (!a->payload && s == PC_OK && named.file_id != a->payload_file.file_id) {
		pc_foreign_close(a, source);
		open_it(a, source, now_ns);
		return;
	}
	source->is_named = s == PC_OK;
	if (pc_object_facts_of(&a->payload_file, &facts) == PC_OK) judge_size(a, source, &facts);
}

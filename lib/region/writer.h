/* region/writer.h - inside of a pc_writer. */
#ifndef PC_REGION_WRITER_H
#define PC_REGION_WRITER_H
#include "platform/lock.h"
#include "region/adopt.h"
#include "region/drive.h"

#include <pagecast/writer.h>

struct pc_writer {
	pc_attached at;
	pc_lock lock;
	pc_layout *layout;     /* parsed on first request */
	pc_slot *slot;         /* begun: the slot handed out; NULL also for K = 0 */
	pc_drive drive;        /* the layout's roles; an observer only looks at them */
	unsigned char *sample; /* legacy: private copy of the payload */
	uint64_t whole_ns;     /* legacy: when the payload was seen whole last */
	pc_evidence evidence;  /* adopted: what is known of its writer */
	uint64_t tick;         /* newest commit */
	uint64_t last_wake_ns, last_beat_ns, late_max_ns;
	uint64_t unix_read_ns, unix_minus_mono_ns; /* when the wall clock was read, and what it was ahead (mod 2^64) */
	uint32_t forks;                            /* pc_process_forks() at open: other in a child */
	uint32_t epoch;                            /* ours: another one in the page means that somebody took over */
	uint32_t begun;                            /* 1 between begin and commit or abort */
	uint32_t payload_cut;   /* 1: a predecessor died in the payload, and there was no slot to repair it from */
	int is_last;            /* 1: the next commit carries the dead values */
	uint32_t wake_owed;     /* 1: a commit skipped its wake */
	uint32_t payload_flags; /* what the next commits carry */
};

/** PC_OK while this process is the writer of a region that is not retired; PC_ESTALE otherwise. */
pc_status pc_writer_check(const pc_writer *writer);
/** Heartbeat and, where due, the wake that an earlier commit skipped. */
void pc_writer_touch(pc_writer *writer, uint64_t now_ns);
/** Commit the layout's dead values, if it has any, as the writer's last. @return as pc_writer_commit() */
pc_status pc_writer_say_dead(pc_writer *writer);
/** Wake readers after a commit, at most every notify_min_us. The commit is visible already. */
void pc_writer_wake(pc_writer *writer);

#endif

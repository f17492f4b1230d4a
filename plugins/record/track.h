/* track.h - one region that is recorded, and what its next message says. */
#ifndef RECORD_TRACK_H
#define RECORD_TRACK_H
#include "files.h"

#include <pagecast/plugin.h>
#include <pagecast/reader.h>
#include <stdatomic.h>

typedef struct record_track {
	struct record_track *next;
	pc_inst *inst;
	atomic_int is_due; /* set by the host's thread */
	pc_region *region; /* NULL: it is gone, and this is to be freed */
	pc_watch *watch;
	pc_reader *slots; /* the same region once more, for what the host does not hand out; may be NULL */
	rec_channel about;
	char *layout;
	uint64_t schema_id;
	uint32_t id, generation;
	unsigned char *payload, *older;
	uint16_t channel; /* in the file of that number */
	uint32_t file_number;
	bool has_last, was_paused;
	uint64_t last_tick; /* of the last value or event */
	uint32_t last_epoch, last_liveness;
} record_track;

/** Also opens the region's slots. @return NULL: out of memory */
record_track *record_track_create(pc_inst *inst, const struct pc_region_info *info);
void record_track_free(record_track *t);

/** What a look at a region found out. */
struct record_look {
	struct pc_stamp stamp;
	uint64_t log_ns;
	uint32_t messages; /* put into the chunk */
	uint64_t missed;   /* commits that are known to be missing */
};
/**
 * Put what is new of a region into the chunk of the open file. [recorder's thread, under the lock]
 * @return PC_OK; PC_EAGAIN the writer was faster every time; PC_ESTALE; PC_ENOMEM; PC_EINVAL too many channels
 */
pc_status record_track_look(record_track *t, const struct pc_host *host, record_files *files, struct record_look *look,
                            pc_err *err);
/** Put an event without looking into the chunk, if this file knows the region at all. @return PC_OK; PC_ENOMEM */
pc_status record_track_event(record_track *t, record_files *files, enum rec_event event, uint32_t liveness,
                             uint64_t log_ns);

#endif

/* region/reader.h - inside of a pc_reader. */
#ifndef PC_REGION_READER_H
#define PC_REGION_READER_H
#include "region/attach.h"

#include <pagecast/reader.h>

#if defined(__GNUC__)
#define PC_NOINLINE __attribute__((noinline))
#elif defined(_MSC_VER)
#define PC_NOINLINE __declspec(noinline)
#else
#define PC_NOINLINE
#endif

struct pc_reader {
	pc_attached at;
	pc_layout *layout;      /* parsed on first request */
	uint32_t *trusted_uids; /* copy of the option, for reopening */
	pc_trust trust;
	/* reading */
	uint64_t last_tick;        /* newest tick handed out: a read never returns an older one */
	uint32_t payload_readable; /* 0: slots only (legacy, or a payload that others may truncate) */
	/* liveness */
	pc_liveness_terms terms;
	pc_beat beat;
	/* waiting: what was reported last */
	uint64_t seen_tick;
	uint32_t seen_epoch, seen_state, seen_death; /* seen_death: epoch + 1 of the last death told */
	uint32_t notify;                             /* last value of the notify word, and when it was first seen */
	uint64_t notify_since_ns;
};

/**
 * Close the control object, a descriptor: for who has the region's owner and asks that whether a writer is there. The mappings
 * stay. From then on the reader itself knows of a death by the word alone.
 */
void pc_reader_spare(pc_reader *reader);

#endif

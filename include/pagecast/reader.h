/* pagecast/reader.h - read a region: consistent snapshots, zero-copy views, waiting, liveness.
 * SPDX-License-Identifier: MIT
 *
 * A reader opens everything read-only and writes nothing anywhere, so any number of them can neither
 * harm nor slow a writer. Starting before the writer is normal and has its own results. One pc_reader
 * belongs to one thread at a time; different readers are independent.                              */
#ifndef PAGECAST_READER_H
#define PAGECAST_READER_H
#include <pagecast/control.h>
#include <pagecast/layout.h>
#include <pagecast/status.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct pc_reader pc_reader;

enum pc_reader_flags {
	PC_READER_TRUST_ANY = 1u << 0 /* accept objects of any owner and any write permission */
};
/** Zero-initialise, set struct_size; NULL in place of it means all defaults. */
typedef struct pc_reader_options {
	uint32_t struct_size;
	uint32_t flags;               /* enum pc_reader_flags */
	const uint32_t *trusted_uids; /* besides oneself and root */
	uint32_t trusted_uid_count;
	uint32_t reserved;
} pc_reader_options;

/** What a read found, taken in the same consistent moment as the bytes. */
typedef struct pc_snapshot_info {
	uint64_t tick;           /* number of the commit */
	uint64_t commit_unix_ns; /* wall clock of the writer at that commit; 0 = never written */
	uint64_t age_ns;         /* since that commit, by the machine's monotonic clock; 0 if never */
	uint32_t epoch;          /* writers attached so far */
	uint32_t payload_flags;  /* enum pc_payload_flags */
	uint32_t attempts;       /* copies made, 1 = the first succeeded */
	uint32_t from_slot;      /* 1 if taken from a shadow slot */
} pc_snapshot_info;

/**
 * Attach to a region by name. [any thread]
 *
 * @param name        `fork_server`, or with a `Local\` or `Global\` prefix, which is dropped on Linux
 * @param options     may be NULL
 * @param ret_reader  released with pc_reader_close()
 * @param err         may be NULL
 * @return PC_OK; PC_EINVAL bad name; PC_EABSENT nobody has created it yet; PC_ENOTREADY it is being created;
 *         PC_EVERSION; PC_ECORRUPT; PC_EUNTRUSTED its owner or mode is not acceptable; PC_EPERM not allowed
 *         to read it; PC_ENOMEM; PC_EIO.
 */
PC_API pc_status pc_reader_open(const char *name, const pc_reader_options *options, pc_reader **ret_reader,
                                pc_err *err);
/** pc_reader_open(), tried again until the region is there. @return as above, or PC_ETIMEDOUT. timeout_ms < 0: for ever. */
PC_API pc_status pc_reader_open_wait(const char *name, const pc_reader_options *options, int timeout_ms,
                                     pc_reader **ret_reader, pc_err *err);
/** Detach and set *reader to NULL; accepts NULL. Pointers obtained from it end here. */
PC_API void pc_reader_close(pc_reader **reader);
/**
 * Follow the name to the object it now stands for, after PC_RETIRED, PC_CLOSED or PC_ESTALE. Pointers obtained earlier end here.
 * @return PC_OK, also if it still is the same object; else as pc_reader_open(), and the reader keeps what it had.
 */
PC_API pc_status pc_reader_reopen(pc_reader *reader, pc_err *err);

/** Name as given to open, without prefix; borrowed. */
PC_API const char *pc_reader_name(const pc_reader *reader);
/** Path of the file that is the payload, borrowed; NULL = it is memory. */
PC_API const char *pc_reader_path(const pc_reader *reader);
PC_API uint64_t pc_reader_payload_bytes(const pc_reader *reader);
PC_API uint64_t pc_reader_schema_id(const pc_reader *reader);
/** Layout stored beside the region, borrowed; NULL if it has none, it does not parse, or it reaches beyond the payload. */
PC_API const pc_layout *pc_reader_layout(pc_reader *reader);
/** The mapped control page, read-only: use the pc_load_ functions of control.h. Borrowed. */
PC_API const pc_control *pc_reader_control(const pc_reader *reader);
/** The live payload, as any legacy program sees it: each aligned field of <= 8 bytes is old or new, the whole may be mixed. Borrowed;
 *  NULL if it is a file that we may not open. Touching a file that somebody has shortened is SIGBUS: snapshots are not. */
PC_API const void *pc_reader_payload(const pc_reader *reader);

/**
 * Copy one consistent snapshot of the payload. Never blocks and never writes to the mapping; gives up
 * after 1000 tries or 1 ms, whichever comes later. [owning thread]
 *
 * @param dst        caller's buffer; unspecified content on failure
 * @param dst_bytes  >= pc_reader_payload_bytes()
 * @param ret_info   filled on PC_OK only; may be NULL
 * @return PC_OK; PC_EINVAL dst too small; PC_EAGAIN every try met a write in progress;
 *         PC_ESTALE the region was retired (pc_reader_reopen() helps)
 */
PC_API pc_status pc_reader_snapshot(pc_reader *reader, void *dst, size_t dst_bytes, pc_snapshot_info *ret_info);
/**
 * Copy part of one consistent snapshot: pc_reader_snapshot() of some bytes. With @p bytes == 0 only the facts.
 * @return as pc_reader_snapshot(); PC_EINVAL if [offset, offset + bytes) is not inside the payload
 */
PC_API pc_status pc_reader_read(pc_reader *reader, uint64_t offset, void *dst, size_t bytes,
                                pc_snapshot_info *ret_info);

/** A zero-copy view: bytes in a shadow slot, good while pc_reader_still_valid() says so. */
typedef struct pc_view {
	const void *data;
	uint64_t bytes;
	pc_snapshot_info info;
	const pc_slot *slot;
	uint64_t slot_seq;
} pc_view;
/** @return PC_OK; PC_EAGAIN a write is in progress everywhere; PC_EUNSUPPORTED the region has no slots; PC_ESTALE retired. */
PC_API pc_status pc_reader_view(pc_reader *reader, pc_view *ret_view);
/** 1 if nothing in the view changed since it was taken; ask AFTER using the bytes, discard what you made of them on 0. */
PC_API int pc_reader_still_valid(const pc_view *view);
/** Copy the payload as it was at an earlier tick. @return PC_OK; PC_EINVAL dst too small; PC_EABSENT overwritten, or never held. */
PC_API pc_status pc_reader_history(pc_reader *reader, uint64_t tick, void *dst, size_t dst_bytes,
                                   pc_snapshot_info *ret_info);

enum pc_wait_events {
	PC_WAIT_DATA = 1u << 0,  /* a commit after the last snapshot, view or wait of this reader */
	PC_WAIT_STATE = 1u << 1, /* the writer attached, closed, or the object was retired */
	PC_WAIT_DEAD = 1u << 2   /* the writer ended without closing */
};
/**
 * Sleep until the region changes. One futex_waitv(2) on the notify word and on the writer's robust futex, so
 * that a death wakes like a commit; where the kernel has no futex_waitv, FUTEX_WAIT in slices of <= 50 ms.
 * Each death is reported once. [owning thread]
 *
 * @param timeout_ms  < 0: for ever; 0: look only
 * @param ret_events  enum pc_wait_events, filled on PC_OK
 * @return PC_OK; PC_ETIMEDOUT
 */
PC_API pc_status pc_reader_wait(pc_reader *reader, int timeout_ms, uint32_t *ret_events);

/** The region's liveness now: a few loads and one clock. See control.h for what the first look can tell. [owning thread] */
PC_API pc_liveness pc_reader_liveness(pc_reader *reader);
/** For programs that look once: watch for at most stale_after_ms until the heartbeat has moved, then answer. [owning thread] */
PC_API pc_liveness pc_reader_liveness_settled(pc_reader *reader);
/** "live", "stale", ... Static storage. [any thread] */
PC_API const char *pc_liveness_name(pc_liveness liveness);

#ifdef __cplusplus
}
#endif
#endif

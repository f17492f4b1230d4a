/* pagecast/writer.h - own a region, and write it.
 * SPDX-License-Identifier: MIT
 *
 * Two roles, often in one process. The OWNER creates the two shared-memory objects, adopts what a
 * predecessor left, and unlinks them when it stops: pagecastd, or a program that stands alone. The
 * WRITER attaches to them, one at a time, and commits. Each role is an exclusive lock that the
 * kernel gives back when the process ends. Both belong to one thread, and that thread's end counts
 * as the writer's death: open a writer on the thread that will commit.                             */
#ifndef PAGECAST_WRITER_H
#define PAGECAST_WRITER_H
#include <pagecast/control.h>
#include <pagecast/layout.h>
#include <pagecast/status.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct pc_owner pc_owner;
typedef struct pc_writer pc_writer;

/* 4; from 64 MiB 0, or 1 for a legacy region */
#define PC_SLOTS_AUTO UINT32_MAX

enum pc_file_flags {
	PC_FILE_SPARSE = 1u << 0 /* leave holes: a disk that is full then is the writer's surprise, not the owner's */
};

/** Zero-initialise, set struct_size; zero means the default in brackets. */
typedef struct pc_region_options {
	uint32_t struct_size;
	uint32_t flags;           /* PC_REGION_LEGACY, PC_REGION_SYSTEM */
	const char *name;         /* 1..55 bytes of [A-Za-z0-9_.$+#@ -] after an optional Local\ or Global\ prefix,
	                             not starting with '.' */
	uint64_t payload_bytes;   /* > 0 */
	const char *schema_text;  /* canonical layout text, or NULL */
	uint32_t schema_bytes;    /* without NUL */
	uint32_t slot_count;      /* 0..PC_SLOT_MAX or PC_SLOTS_AUTO; >= 1 for a legacy region */
	uint32_t mode;            /* POSIX permission bits of the payload [0644] */
	uint32_t control_mode;    /* of the control object [mode without write for group and others]: whoever may write
	                             it may become the region's writer, and readers distrust group and world write */
	uint32_t heartbeat_ms;    /* [100] */
	uint32_t stale_after_ms;  /* [500], >= 2 * heartbeat_ms */
	uint32_t dead_after_ms;   /* [0] */
	uint32_t publish_hint_ms; /* [0] */
	uint32_t notify_min_us;   /* [1000] */
	uint32_t file_flags;      /* enum pc_file_flags, with path */
	uint8_t instance[16];     /* id of the owner's run */
	uint64_t region_id;
	/* payload_bytes that a new payload starts with, as tick 0, "never written"; NULL = zeroes. A payload that is kept
	 * or adopted stays as it is. */
	const void *initial_payload;
	/* Absolute path, UTF-8, of a file that is the payload; NULL = memory. It is created if absent, lengthened if too short,
	 * its holes are filled unless PC_FILE_SPARSE, and it is never removed. */
	const char *path;
	/* Windows: security descriptor of the payload section in SDDL, in place of `mode`; NULL. Ignored elsewhere. */
	const char *sddl;
} pc_region_options;

enum pc_owner_outcome { PC_OWNER_CREATED = 1, PC_OWNER_ADOPTED = 2, PC_OWNER_REPLACED = 3 };

/**
 * Create a region, or adopt the one of that name: same size, schema and version -> in place, so that old
 * readers' pointers go on; same size but another schema -> only the control object is replaced; another
 * size -> both are. Memory is allocated before anything becomes visible, so a full tmpfs is an error here
 * and never a SIGBUS in a reader. A payload that somebody else created is adopted if it is large enough,
 * grown if it is too small. [the thread that will close it]
 *
 * @param ret_owner    released with pc_owner_close()
 * @param ret_outcome  enum pc_owner_outcome; may be NULL
 * @param err          may be NULL; names the object and, for PC_EBUSY, the holder
 * @return PC_OK; PC_EINVAL bad options; PC_EBUSY another process owns it; PC_EPERM the name belongs to another
 *         user; PC_EUNTRUSTED what stands there is not a plain object of ours; PC_EABSENT the file's folder is missing;
 *         PC_EUNSUPPORTED it is on a network file system; PC_ENOSPC; PC_ENOMEM; PC_EIO.
 */
PC_API pc_status pc_owner_open(const pc_region_options *options, pc_owner **ret_owner, int *ret_outcome, pc_err *err);
/**
 * Serve the same name by other terms, without giving it up in between: what pc_owner_open() does with a
 * predecessor's objects, done with one's own. Other terms are a new object, and *owner its owner; the old one is
 * retired, its writer gets PC_ESTALE. The same terms (PC_OWNER_ADOPTED) change nothing. [owner's thread]
 *
 * @param owner  replaced on success; on failure it goes on as it was
 * @return as pc_owner_open(); PC_EINVAL also another name; PC_ESTALE inherited by fork()
 */
PC_API pc_status pc_owner_replace(pc_owner **owner, const pc_region_options *options, int *ret_outcome, pc_err *err);
enum pc_owner_close_flags {
	PC_OWNER_KEEP = 1u << 0,  /* leave both objects where they are, for a successor to adopt */
	PC_OWNER_RETIRE = 1u << 1 /* tell readers that this object will not be served again */
};
/** Give the region up and set *owner to NULL; without PC_OWNER_KEEP the names are unlinked if they still are ours (a foreign payload never is). */
PC_API void pc_owner_close(pc_owner **owner, unsigned flags);
/**
 * Look after the names. Some programs unlink a map that they merely read (Python's SharedMemory before 3.13, Mumble's
 * Link plugin), and no new reader finds it then: this links the same payload back. Call it about once a second.
 * After a writer that died it also puts the dead values of the layout into the payload (docs/adopt.md), in a commit.
 *
 * @param ret_restored  1 if the payload had lost its name and has it again; may be NULL
 * @return PC_OK both names stand for this region's objects; PC_ESTALE one of them does not, and cannot be restored: close
 *         this owner with PC_OWNER_RETIRE and open the region again
 */
PC_API pc_status pc_owner_tend(pc_owner *owner, int *ret_restored);
/**
 * 1 if the payload could not get the region's name, which some other program's section keeps with a size of its own: readers
 * with libpagecast find it all the same, others see that section. pc_owner_tend() says PC_ESTALE once the name is
 * free, and pc_owner_replace() by the same terms takes it. Windows only.
 * @param ret_why  a line for people; may be NULL
 */
PC_API int pc_owner_is_beside(const pc_owner *owner, pc_err *ret_why);
/**
 * 1 if some program that is not its writer has written into the payload since the last commit, which programs can that are let to
 * open it for writing. Readers with libpagecast read slots and do not notice; the next commit writes all of it. Reads the
 * whole payload. Always 0 without slots, and for legacy regions, where that is what is meant.
 */
PC_API int pc_owner_is_overwritten(const pc_owner *owner);
/** Mapped control page, borrowed. */
PC_API const pc_control *pc_owner_control(const pc_owner *owner);
/** Live payload, borrowed; NULL if not readable. */
PC_API const void *pc_owner_payload(const pc_owner *owner);

enum pc_writer_flags {
	PC_WRITER_TRUST_ANY = 1u << 0 /* write into objects of any owner; otherwise one's own and root's */
};
/** Zero-initialise, set struct_size; NULL in place of it means all defaults. */
typedef struct pc_writer_options {
	uint32_t struct_size;
	uint32_t flags;      /* enum pc_writer_flags */
	const char *program; /* shown to people, cut to 31 bytes; default: the process name */
} pc_writer_options;

/**
 * Become the writer of an existing region: take the lock, repair what a killed predecessor left, announce oneself. [the thread that will commit]
 *
 * Does not wait for another writer, but up to 0.25 s for one that the kernel has not yet finished to bury. A program
 * that closes all its descriptors afterwards gives the lock away with them; do such things before.
 *
 * @return PC_OK; PC_EINVAL; PC_EABSENT; PC_ENOTREADY; PC_EVERSION; PC_ECORRUPT; PC_EUNTRUSTED; PC_EBUSY somebody
 *         else is its writer, err says who; PC_EPERM; PC_ENOMEM; PC_EIO
 */
PC_API pc_status pc_writer_open(const char *name, const pc_writer_options *options, pc_writer **ret_writer,
                                pc_err *err);
/** Say CLOSED to the readers, release the lock, set *writer to NULL; accepts NULL. An open begin() is aborted. */
PC_API void pc_writer_close(pc_writer **writer);

PC_API uint64_t pc_writer_payload_bytes(const pc_writer *writer);
/** Layout stored beside the region, borrowed; NULL if it has none, it does not parse, or it reaches beyond the payload. */
PC_API const pc_layout *pc_writer_layout(pc_writer *writer);
PC_API const pc_control *pc_writer_control(const pc_writer *writer);

/**
 * Start a commit in place. The buffer holds the newest committed payload: change what changed. Readers do not
 * see it before pc_writer_commit(); in a region without slots they cannot take snapshots until then. [writer's thread]
 * @return payload_bytes of writable memory; NULL if begun already, the region was retired, or it is a legacy region
 */
PC_API void *pc_writer_begin(pc_writer *writer);
/** Publish what begin() handed out, beat, wake readers. @return PC_OK; PC_EINVAL not begun; PC_ESTALE the region was retired: open it
 *  again; PC_ENOSPC, PC_EIO published in the slots, but its file could not take all of it */
PC_API pc_status pc_writer_commit(pc_writer *writer);
/** Forget what begin() handed out; the published payload is untouched. Without slots there is no undoing: what was changed stays. */
PC_API void pc_writer_abort(pc_writer *writer);
/** begin, copy, commit in one. @return as commit; PC_EINVAL if [offset, offset + bytes) is not inside the payload */
PC_API pc_status pc_writer_write(pc_writer *writer, uint64_t offset, const void *src, size_t bytes);
/** Say that the committing thread runs, at least every heartbeat_ms. Also done by each commit. @return PC_OK; PC_ESTALE */
PC_API pc_status pc_writer_beat(pc_writer *writer);
/** Flags that the next commits carry: PC_PAYLOAD_SOURCE_STALE, PC_PAYLOAD_TORN, PC_PAYLOAD_REPLAY. */
PC_API void pc_writer_set_flags(pc_writer *writer, uint32_t payload_flags);
/**
 * For the observer of a PC_REGION_LEGACY region: compare the foreign payload with the newest slot and publish a new
 * slot if it changed. The payload itself is only read.
 * @param ret_changed  1 if a tick was published; may be NULL
 * @return PC_OK; PC_EINVAL not a legacy region; PC_ESTALE
 */
PC_API pc_status pc_writer_observe(pc_writer *writer, int *ret_changed);

#ifdef __cplusplus
}
#endif
#endif

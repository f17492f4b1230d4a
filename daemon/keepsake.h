/* daemon/keepsake.h - what plugin instances leave for those of the next run: one object beside the directory.
 *
 * It appears whole at the end of a hand-over, and the next start removes it as soon as it owns the directory. Nothing
 * in it is believed; see docs/decisions/0032. [loop thread]                                                        */
#ifndef PCD_KEEPSAKE_H
#define PCD_KEEPSAKE_H
#include "log.h"

#include "platform/map.h"

#define PCD_KEEPSAKE_SUFFIX    ".keepsake"
#define PCD_KEEPSAKE_BYTES_MAX (UINT64_C(64) << 20) /* of one instance */
#define PCD_KEEPSAKES_MAX      (UINT64_C(256) << 20)
#define PCD_KEEPSAKE_TEXT      64u

/** A run of a daemon: no two of one machine began at the same time with the same number. */
typedef struct pcd_run {
	uint64_t started_unix_ns;
	uint32_t pid, reserved;
} pcd_run;

/** First bytes of the object, in the machine's byte order. Then `count` parts, each at a multiple of 8. */
typedef struct pcd_keepsake_head {
	uint64_t magic, sum; /* sum: of the head, with 0 in its place */
	uint64_t bytes;      /* of the object, as far as it counts */
	uint32_t version, count;
	pcd_run run; /* whoever left it: the owner of the directory */
	uint32_t next_id, reserved;
} pcd_keepsake_head;

typedef struct pcd_keepsake_part_head {
	uint64_t sum;              /* of the part head, with 0 in its place */
	uint64_t bytes, bytes_sum; /* that follow */
	char instance[PCD_KEEPSAKE_TEXT], plugin[PCD_KEEPSAKE_TEXT];
} pcd_keepsake_part_head;

/** Of the predecessor, in memory until it is taken. */
typedef struct pcd_keepsake {
	struct pcd_keepsake *next;
	pcd_keepsake_part_head head;
	unsigned char bytes[];
} pcd_keepsake;

/** Zero it to start. */
typedef struct pcd_keepsakes {
	pcd_log *log;
	char name[PC_OBJECT_NAME_BYTES];
	bool hands_over; /* a successor comes: what is left reaches it */
	pcd_keepsake *first;
	/* for the successor, without a name so far */
	pc_object object;
	uint64_t bytes;
	uint32_t count;
} pcd_keepsakes;

/** True if the plugin instance of that name may still ask. */
typedef bool pcd_keepsake_awaited_fn(const void *arg, const char *instance);

/**
 * Take into memory what the predecessor's instances left, and remove it from where it was. What cannot be believed is
 * logged and as if it had not been there.
 * @param directory  name of the directory region, which the caller owns
 * @param run        the run that owned it before; zeroes: there was none
 * @return the number that the predecessor would have given to its next region, 0 unknown
 */
uint32_t pcd_keepsakes_recall(pcd_keepsakes *k, pcd_log *log, const char *directory, const pcd_run *run);
/** What @p instance of plugin @p plugin finds, NULL: nothing. Good until pcd_keepsakes_drop(). */
const pcd_keepsake *pcd_keepsakes_find(const pcd_keepsakes *k, const char *instance, const char *plugin);
void pcd_keepsakes_drop(pcd_keepsakes *k, const pcd_keepsake *keepsake);
/** Drop what nobody will ask for. */
void pcd_keepsakes_drop_others(pcd_keepsakes *k, pcd_keepsake_awaited_fn *is_awaited, const void *arg);

/**
 * Leave bytes for the successor; copied.
 * @return PC_OK; PC_EINVAL a name is too long, or the bytes are too many; PC_ENOSPC; PC_EPERM; PC_EIO; on failure nothing
 *         of it is left
 */
pc_status pcd_keepsakes_leave(pcd_keepsakes *k, const char *instance, const char *plugin, const void *bytes,
                              uint64_t count, pc_err *err);
/** What was left becomes visible, if there is anything. While the directory is still owned. */
void pcd_keepsakes_publish(pcd_keepsakes *k, const pcd_run *run, uint32_t next_id);
/** Free everything; what was not published vanishes. */
void pcd_keepsakes_fini(pcd_keepsakes *k);

#endif

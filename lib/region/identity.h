/* region/identity.h - the immutable half of a control page: checked once, then used from a private copy. */
#ifndef PC_REGION_IDENTITY_H
#define PC_REGION_IDENTITY_H
#include <pagecast/control.h>
#include <pagecast/status.h>

#define PC_NOTIFY_MIN_US_MAX 1000000u
#define PC_PERIOD_MS_MAX     86400000u
#define PC_FILE_PATH_BYTES   4096u /* with NUL */
#define PC_PAYLOAD_BYTES_MAX (UINT64_C(1) << 40)

/** What a process knows of a region after attaching. Nothing in it is ever read from shared memory again. */
typedef struct pc_identity {
	uint64_t object_bytes, payload_bytes, slot_offset, slot_stride, schema_id, region_id, payload_file_id;
	uint32_t flags, slot_count, schema_offset, schema_bytes, schema_kind;
	uint32_t heartbeat_ms, stale_after_ms, dead_after_ms, publish_hint_ms, notify_min_us;
	uint32_t liveness_kind, liveness_offset;
	uint32_t path_offset, path_bytes; /* file regions: where the payload is */
	uint8_t instance[16];
} pc_identity;

/**
 * Check the identity group of a mapped control page and copy it.
 *
 * @param c             at least PC_CONTROL_BYTES mapped
 * @param mapped_bytes  size of the object as the system reports it
 * @param err           says what is wrong
 * @return PC_OK; PC_ENOTREADY not published yet; PC_EVERSION; PC_ECORRUPT. [any thread]
 */
pc_status pc_identity_read(const pc_control *c, uint64_t mapped_bytes, pc_identity *ret_identity, pc_err *err);
/** Path of the payload, out of a checked control object that is mapped at @p object. @return PC_OK; PC_ECORRUPT */
pc_status pc_identity_path(const pc_identity *identity, const void *object, char ret_path[PC_FILE_PATH_BYTES],
                           pc_err *err);
/** Write the identity group of a new control page, all but the magic. */
void pc_identity_write(pc_control *c, const pc_identity *identity, const char *configured_name);
/**
 * Publish a page whose owner died after writing it and before publishing it. Under the owner lock only.
 * @return PC_OK; as pc_identity_read() if it was not complete
 */
pc_status pc_identity_finish(pc_control *c, uint64_t mapped_bytes, pc_identity *ret_identity);
/** Store the magic: from here on readers accept the object. */
void pc_identity_publish(pc_control *c);

#endif

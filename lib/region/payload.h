/* region/payload.h - payload bytes, whether they are memory or a file of the user's.
 *
 * A file is read and written past its mapping where the platform can: who may write it may also shorten it, `cp` does, and
 * the disk may be full behind a hole. Only programs that take the bare pointer meet SIGBUS then.                     */
#ifndef PC_REGION_PAYLOAD_H
#define PC_REGION_PAYLOAD_H
#include "region/attach.h"

/** Copy bytes of the payload to @p dst, which may be shared memory. @return PC_OK, always for memory; PC_EIO the file is shorter, or cannot be read */
pc_status pc_payload_load(const pc_attached *a, uint64_t offset, void *dst, size_t bytes);
/** Copy bytes from @p src, which may be shared memory, to the payload. @return PC_OK, always for memory; PC_ENOSPC; PC_EIO */
pc_status pc_payload_store(const pc_attached *a, uint64_t offset, const void *src, size_t bytes);
/** 1 if the payload differs from private bytes, or cannot be read. */
int pc_payload_differs(const pc_attached *a, const void *private_bytes);
/** pc_owner_is_overwritten() of the region whose control object is @p control_file_id. */
int pc_payload_is_overwritten(const char *name, uint64_t control_file_id);
/** Put what is not zero into a payload of zeroes, so that a file keeps its holes. @return as pc_payload_store() */
pc_status pc_payload_fill(const pc_attached *a, const void *initial);

#endif

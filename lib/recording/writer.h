/* recording/writer.h - one recording file, written chunk by chunk. All of it on one thread. */
#ifndef PC_RECORDING_WRITER_H
#define PC_RECORDING_WRITER_H
#include "recording/format.h"

typedef struct rec_writer rec_writer;

/** Make a new file. @return PC_OK; PC_ENOMEM; as rec_file_create() and rec_file_append(), and then there is no file */
pc_status rec_writer_open(const char *path, rec_writer **ret, pc_err *err);
/**
 * Announce a region: into the chunk, memory only.
 * @param about      its id is ignored; layout NUL-ended; copied
 * @param schema_id  FNV-1a 64 of the layout
 * @return PC_OK; PC_EINVAL too many, or payload too large; PC_ENOMEM
 */
pc_status rec_writer_channel(rec_writer *w, const rec_channel *about, uint64_t schema_id, uint16_t *ret_id,
                             pc_err *err);
/** Add a message to the chunk, memory only; copied. A REC_VALUE has the payload_bytes of its channel. @return PC_OK; PC_ENOMEM */
pc_status rec_writer_add(rec_writer *w, uint16_t channel, const rec_message *message);
/** Bytes in the chunk, uncompressed. */
size_t rec_writer_pending(const rec_writer *w);
/** Bytes in the file. */
uint64_t rec_writer_bytes(const rec_writer *w);
/** Write the chunk, if there is anything in it. On failure nothing is lost: file and chunk are as they were. @return PC_OK; PC_ENOSPC; PC_EIO; PC_ENOMEM */
pc_status rec_writer_flush(rec_writer *w, pc_err *err);
/** rec_writer_flush(), summary, footer. On failure the writer goes on. On success it is gone. */
pc_status rec_writer_finish(rec_writer **w, pc_err *err);
/** Close it as it is: a file without an end, readable up to its last chunk. Accepts NULL. */
void rec_writer_abandon(rec_writer **w);

#endif

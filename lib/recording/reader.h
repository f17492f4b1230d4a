/* recording/reader.h - a recording, from its first message to the last that is whole. All of it on one thread. */
#ifndef PC_RECORDING_READER_H
#define PC_RECORDING_READER_H
#include "recording/format.h"

typedef struct rec_reader rec_reader;

typedef struct rec_facts {
	uint64_t file_bytes, chunks, messages, damaged; /* damaged: chunks that were left out */
	uint64_t chunk_bytes, packed_bytes;             /* of all chunks, uncompressed and as they lie there */
	bool is_whole;                                  /* known at the end: it was closed well */
	char why[160];                                  /* why not */
} rec_facts;

/** @return PC_OK; PC_ECORRUPT no MCAP file, or not one of ours; PC_EABSENT, PC_EPERM, PC_EIO of the file; PC_ENOMEM; err says why */
pc_status rec_reader_open(const char *path, rec_reader **ret, pc_err *err);
/** The same with a file in memory, which is borrowed. */
pc_status rec_reader_open_memory(const void *data, size_t bytes, rec_reader **ret, pc_err *err);
/**
 * The next message in the order of the file.
 * @param ret_channel, ret  borrowed until the next call; the channel until the reader is closed
 * @return PC_OK; PC_EABSENT the end, see rec_reader_facts(); PC_ECORRUPT one chunk is damaged and left out, err says which, the
 *         next call goes on behind it; PC_EUNSUPPORTED likewise, of a compression that is not built in; PC_ENOMEM; PC_EIO
 */
pc_status rec_reader_next(rec_reader *r, const rec_channel **ret_channel, rec_message *ret, pc_err *err);
/** Begin again. */
void rec_reader_rewind(rec_reader *r);
const rec_facts *rec_reader_facts(const rec_reader *r);
/** The channels met so far: the n-th, or NULL. */
const rec_channel *rec_reader_channel(const rec_reader *r, uint32_t n);
void rec_reader_close(rec_reader **r);

#endif

/* recording/compress.h - of chunks. zstd/ and none/ are the halves: with libzstd and without. */
#ifndef PC_RECORDING_COMPRESS_H
#define PC_RECORDING_COMPRESS_H
#include "recording/bytes.h"

#include <pagecast/status.h>

/** What MCAP calls it: "zstd", or "" for none. Static storage. */
const char *rec_compression(void);
/** Append the compressed bytes to @p to, or, if there is no compression or nothing is gained, nothing. @return was something appended? */
bool rec_compress(const void *data, size_t bytes, rec_buf *to);
/** Undo a chunk's. @param room exactly what comes out @return PC_OK; PC_ECORRUPT; PC_EUNSUPPORTED zstd is not built in */
pc_status rec_decompress(const void *data, size_t bytes, void *to, size_t room);

#endif

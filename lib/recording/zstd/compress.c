/* recording/zstd/compress.c - see compress.h. */
#include "../compress.h"

#include <stdlib.h>
#include <zstd.h>

#define LEVEL 3 /* higher ones gain little, since consecutive payloads are alike, and cost a multiple */

const char *rec_compression(void)
{
	return "zstd";
}

bool rec_compress(const void *data, size_t bytes, rec_buf *to)
{
	size_t room = ZSTD_compressBound(bytes), got;
	void *packed = malloc(room);
	if (!packed) return false;
	got = ZSTD_compress(packed, room, data, bytes, LEVEL);
	if (!ZSTD_isError(got) && got < bytes) rec_put(to, packed, got);
	free(packed);
	return !ZSTD_isError(got) && got < bytes;
}

pc_status rec_decompress(const void *data, size_t bytes, void *to, size_t room)
{
	size_t got = ZSTD_decompress(to, room, data, bytes);
	return !ZSTD_isError(got) && got == room ? PC_OK : PC_ECORRUPT;
}

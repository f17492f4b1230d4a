/* recording/none/compress.c - a build without libzstd. */
#include "../compress.h"

const char *rec_compression(void)
{
	return "";
}

bool rec_compress(const void *data, size_t bytes, rec_buf *to)
{
	(void)data, (void)bytes, (void)to;
	return false;
}

pc_status rec_decompress(const void *data, size_t bytes, void *to, size_t room)
{
	(void)data, (void)bytes, (void)to, (void)room;
	return PC_EUNSUPPORTED;
}

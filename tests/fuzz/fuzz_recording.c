/* fuzz_recording.c - any bytes as a recording: refused with a line, or messages whose payloads have their channel's size. */
#include "base/err.h"
#include "recording/reader.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	rec_reader *r = NULL;
	const rec_channel *channel;
	rec_message m;
	pc_err err = {""};
	pc_status s = rec_reader_open_memory(data, bytes, &r, &err);
	uint8_t seen = 0;
	PC_ASSERT((s == PC_OK) == (r != NULL) && (s == PC_OK) == !*err.text);
	while (r && (s = rec_reader_next(r, &channel, &m, &err)) != PC_EABSENT) {
		if (s != PC_OK) continue;
		PC_ASSERT(strlen(channel->topic) < REC_TOPIC_BYTES && channel->layout);
		PC_ASSERT(m.event || m.payload_bytes == channel->payload_bytes);
		for (uint64_t i = 0; i < m.payload_bytes; i++) seen ^= ((const uint8_t *)m.payload)[i];
	}
	PC_ASSERT(!r || rec_reader_facts(r)->is_whole || rec_reader_facts(r)->why[0]);
	rec_reader_close(&r);
	(void)seen; /* every byte was read */
	return 0;
}

/* recording/format.h - the numbers of docs/recording.md, and what a message says. */
#ifndef PC_RECORDING_FORMAT_H
#define PC_RECORDING_FORMAT_H
#include <pagecast/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REC_MAGIC        "\x89MCAP0\r\n"
#define REC_MAGIC_BYTES  8u
#define REC_PROFILE      "x-pagecast"
#define REC_LAYOUT       "x-pagecast-layout"
#define REC_HEAD_BYTES   24u /* of a message, before the payload */
#define REC_TOPIC_BYTES  128u
#define REC_CHANNELS_MAX 4096u
#define REC_PAYLOAD_MAX  (64u << 20)
#define REC_CHUNK_MAX    (256u << 20) /* uncompressed */
#define REC_UNKNOWN      UINT64_MAX   /* as `missed` */

enum rec_op {
	REC_HEADER = 1,
	REC_FOOTER = 2,
	REC_SCHEMA = 3,
	REC_CHANNEL = 4,
	REC_MESSAGE = 5,
	REC_CHUNK = 6,
	REC_MESSAGE_INDEX = 7,
	REC_CHUNK_INDEX = 8,
	REC_STATISTICS = 11,
	REC_SUMMARY_OFFSET = 14,
	REC_DATA_END = 15
};

enum rec_event { REC_VALUE = 0, REC_BEGINS = 1, REC_STATE = 2, REC_WAS_PAUSED = 3, REC_ENDS = 4 };

/** A region as a recording knows it. */
typedef struct rec_channel {
	uint16_t id;
	char topic[REC_TOPIC_BYTES];
	const char *layout; /* "" if there is none; NUL-ended, of the recording */
	uint64_t payload_bytes;
	uint32_t stale_after_ms, publish_hint_ms;
} rec_channel;

typedef struct rec_message {
	uint64_t log_ns, commit_unix_ns;
	uint64_t tick, missed;
	uint32_t epoch;
	uint16_t flags;
	uint8_t liveness, event; /* enum rec_event */
	const void *payload;     /* of REC_VALUE */
	uint64_t payload_bytes;
} rec_message;

#endif

/* feed.h - what a datagram must be to become the bytes of a region: one line of the option `feeds`, docs/udp.md. */
#ifndef UDP_FEED_H
#define UDP_FEED_H
#include <pagecast/status.h>
#include <stddef.h>
#include <stdint.h>

#define UDP_DATAGRAM_MAX 65535u
#define UDP_MATCHES_MAX  4u
#define UDP_MAGIC_MAX    16u

enum udp_size { UDP_EXACT, UDP_AT_LEAST, UDP_PREFIX, UDP_BYTES };
struct udp_match {
	uint32_t offset, bytes;
	unsigned char magic[UDP_MAGIC_MAX];
};
typedef struct udp_feed {
	char region[128];
	struct udp_match matches[UDP_MATCHES_MAX];
	uint32_t match_count;
	uint32_t offset; /* of the region's bytes in the datagram */
	enum udp_size size;
	uint32_t datagram_bytes; /* of UDP_BYTES */
} udp_feed;

/** Read "motion match=00@6 offset=29 size=exact". @return PC_OK; PC_EINVAL with what was expected in err. [any thread] */
pc_status udp_feed_parse(const char *text, udp_feed *ret, pc_err *err);
/** Can a datagram hold a region of that size at all? @return PC_OK; PC_EINVAL with the reason in err. [any thread] */
pc_status udp_feed_fits(const udp_feed *feed, uint64_t payload_bytes, pc_err *err);

enum udp_verdict { UDP_TAKE, UDP_UNMATCHED, UDP_WRONG_SIZE };
/**
 * Does a datagram fit this feed?
 * @param payload_bytes  of the region, for which udp_feed_fits()
 * @param ret_bytes      UDP_TAKE: how many bytes from feed->offset on are the region's first; > 0. [any thread]
 */
enum udp_verdict udp_feed_judge(const udp_feed *feed, uint64_t payload_bytes, const unsigned char *datagram,
                                size_t bytes, size_t *ret_bytes);

#endif

/* feed.h - from what a program says to values in a payload.
 *
 * Lines: `path=value path="two words" grid=1,2,3`, each line one commit; `#` starts a comment line. msgpack: a map of paths
 * to values after the other, each map one commit; maps inside are structs, arrays the elements in order.              */
#ifndef EXEC_FEED_H
#define EXEC_FEED_H
#include <pagecast/layout.h>

enum exec_format { EXEC_LINES = 0, EXEC_MSGPACK = 1 };

/**
 * Find the next whole message.
 * @param ret_bytes  length of it, with its line break
 * @return PC_OK; PC_EAGAIN it has not ended yet; PC_EINVAL it cannot become one
 */
pc_status exec_feed_next(enum exec_format format, const char *data, size_t bytes, size_t *ret_bytes);
/**
 * Put one message's values into a payload.
 * @param payload    pc_layout_bytes() of writable memory; half-changed on failure
 * @param ret_count  values set; 0 for an empty line or a comment
 * @return PC_OK; PC_EINVAL err says what is wrong with which path
 */
pc_status exec_feed_apply(enum exec_format format, const pc_layout *layout, const char *message, size_t bytes,
                          unsigned char *payload, unsigned *ret_count, pc_err *err);

#endif

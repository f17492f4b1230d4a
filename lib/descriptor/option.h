/* descriptor/option.h - the values of a plugin's option: what is expected, and text to number. */
#ifndef PC_DESCRIPTOR_OPTION_H
#define PC_DESCRIPTOR_OPTION_H
#include <pagecast/plugin.h>
#include <stdbool.h>

/** What a value of this option must be: "a duration such as 100ms, 1ms..1m". */
struct pc_option_expectation {
	char text[200];
};
struct pc_option_expectation pc_option_expected(const struct pc_option *option);

/**
 * Read one scalar, with the option's range.
 * @param ret_i  INT BOOL SIZE, DURATION in ns, ENUM: index of the word
 * @param ret_r  REAL
 * @return false: it is not what pc_option_expected() says; also for LIST
 */
bool pc_option_parse(const struct pc_option *option, const char *text, int64_t *ret_i, double *ret_r);
/** Read a `min` or `max` of INT, SIZE, DURATION, REAL or STRING. @return false: the table itself is wrong */
bool pc_option_limit(const struct pc_option *option, const char *limit, int64_t *ret_i, double *ret_r);
/** 1ms 250us 1.5s 2m 1h, 0. False: not a duration, negative or beyond 2^63 ns. */
bool pc_option_parse_duration(const char *text, int64_t *ret_ns);
/** 4096 64KiB 1MiB 2GiB 1TiB. False: not a size, or beyond 2^63. */
bool pc_option_parse_size(const char *text, int64_t *ret_bytes);
/** Words of an ENUM's `min`: copies word @p i to @p word, NUL-ended; false past the end. */
bool pc_option_word(const struct pc_option *option, uint32_t i, char word[64]);

#endif

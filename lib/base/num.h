/* base/num.h - numbers to text and back: whole text or nothing, never the locale's comma. */
#ifndef PC_BASE_NUM_H
#define PC_BASE_NUM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Enough for every double as pc_num_format_f64() writes it, with the NUL. */
#define PC_NUM_TEXT_MAX 32

enum pc_num_status { PC_NUM_OK, PC_NUM_SYNTAX, PC_NUM_RANGE };

/** An integer of any sign: -magnitude or magnitude. */
typedef struct pc_int {
	bool negative; /* never with magnitude 0 */
	uint64_t magnitude;
} pc_int;

/**
 * Read `12`, `-12`, `+12`, `0x1F`. All of @p text must be the number.
 * @return PC_NUM_OK; PC_NUM_SYNTAX not an integer; PC_NUM_RANGE more than 64 bits of magnitude. [any thread]
 */
enum pc_num_status pc_num_parse_int(const char *text, size_t bytes, pc_int *ret);
/** True, with *ret, if -2^63 <= n < 2^63. */
bool pc_num_to_i64(pc_int n, int64_t *ret);
/**
 * Read `1`, `-1.5`, `.5`, `2.5e3`, `nan`, `inf`, `-inf`, correctly rounded. All of @p text must be the number.
 * @return PC_NUM_OK; PC_NUM_SYNTAX not a number; PC_NUM_RANGE finite but larger than the type. [any thread]
 */
enum pc_num_status pc_num_parse_f64(const char *text, size_t bytes, double *ret);
enum pc_num_status pc_num_parse_f32(const char *text, size_t bytes, float *ret);
/** Shortest text that reads back as the same value: `0.1`, `1e+300`, `nan`, `-inf`. Returns the length. [any thread] */
size_t pc_num_format_f64(double value, char dst[PC_NUM_TEXT_MAX]);
size_t pc_num_format_f32(float value, char dst[PC_NUM_TEXT_MAX]);

#endif

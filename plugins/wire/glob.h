/* wire/glob.h - patterns over region names (PC-SUB-01). */
#ifndef PC_WIRE_GLOB_H
#define PC_WIRE_GLOB_H
#include <stdbool.h>
#include <stddef.h>

/** True if @p pattern holds a wildcard, false if it is a plain name. */
bool wire_glob_is_pattern(const char *pattern, size_t pattern_bytes);
/**
 * Match a whole name: `*` stands for any run of bytes without `.` and `/`, `**` for any run. Steps are bounded by
 * pattern_bytes * name_bytes, whatever the pattern. [any thread]
 * @return false too if the pattern is longer than WIRE_GLOB_BYTES_MAX
 */
bool wire_glob_match(const char *pattern, size_t pattern_bytes, const char *name, size_t name_bytes);

#endif

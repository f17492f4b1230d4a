/* parse.h - /proc and /sys text to samples. Pure functions: no files, no state; the tests feed them odd texts.
 *
 * Each returns false, with the result untouched, if the text is not what the kernel's proc(5) promises.       */
#ifndef SYSMON_PARSE_H
#define SYSMON_PARSE_H
#include "../os.h"
#include "cursor.h"

/** /proc/stat. Cores without a line are offline; cores beyond core_capacity are left out. */
bool sysmon_parse_stat(struct sysmon_cursor text, struct sysmon_cpu_sample *sample);
/** /proc/loadavg */
bool sysmon_parse_loadavg(struct sysmon_cursor text, float ret_load[3]);
/** /proc/meminfo. Kernels before 3.14 have no MemAvailable: then it is what is free, buffered and cached. */
bool sysmon_parse_meminfo(struct sysmon_cursor text, struct sysmon_memory *ret);
/** One line of /proc/diskstats. */
bool sysmon_parse_diskstat(struct sysmon_cursor line, struct sysmon_disk_sample *ret);

/** One line of /proc/self/mountinfo; the words are still escaped as the kernel wrote them (\040 for a blank). */
struct sysmon_mount {
	struct sysmon_cursor device, mount, type;
	bool read_only; /* the file system, wherever it is mounted: a sandbox may let us see all of them read-only */
};
bool sysmon_parse_mount(struct sysmon_cursor line, struct sysmon_mount *ret);
/** Is this mount covered by a later one at the same place? Then the path leads elsewhere. @param rest  the lines after its own */
bool sysmon_mount_is_covered(const struct sysmon_mount *mount, struct sysmon_cursor rest);
/** Undo the escapes; cut to fit as sysmon_text_copy(). @return false if the text did not fit as a whole */
bool sysmon_unescape(struct sysmon_cursor word, char *dst, size_t dst_bytes);
/** True for file systems where asking for free space may wait for another machine, a program or an automounter. */
bool sysmon_mount_may_hang(const struct sysmon_mount *mount);
/** True for file systems with space of their own that people care about. */
bool sysmon_mount_has_space(const struct sysmon_mount *mount);

/** One line of /proc/net/dev. The header lines are no such lines. Does not set `state`. */
bool sysmon_parse_net_dev(struct sysmon_cursor line, struct sysmon_link_sample *ret);
/** /sys/class/net/X/operstate to enum sysmon_link_state; "down" is SYSMON_LINK_DOWN. */
uint8_t sysmon_parse_operstate(struct sysmon_cursor text);

/** /proc/PID/stat; @p ns_per_tick converts its times, @p page_bytes its pages. */
bool sysmon_parse_pid_stat(struct sysmon_cursor text, uint64_t ns_per_tick, uint64_t page_bytes,
                           struct sysmon_process_sample *ret);

/** The first "model name" or "Model" of /proc/cpuinfo, with runs of blanks as one; cut to fit. */
bool sysmon_parse_cpu_model(struct sysmon_cursor text, char *dst, size_t dst_bytes);
/** PRETTY_NAME of os-release(5). */
bool sysmon_parse_os_release(struct sysmon_cursor text, char *dst, size_t dst_bytes);

#endif

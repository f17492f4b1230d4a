/* os.h - what sysmon asks of the operating system: raw counters, no rates. posix/ answers it, one half per system.
 *
 * A reading either fills its sample and returns PC_OK, or returns a negative pc_status and leaves the sample as it
 * was; sysmon_os_error() then says which source did not answer. Nothing here blocks for longer than the kernel
 * needs to print a few numbers. [loop]                                                                            */
#ifndef SYSMON_OS_H
#define SYSMON_OS_H
#include "payload.h"

#include <stdbool.h>
#include <stddef.h>

#define SYSMON_CORES_MAX 4096u

typedef struct sysmon_os sysmon_os;

/** @param procfs, sysfs  where the kernel's file systems are mounted; borrowed until close; unused on Windows */
int sysmon_os_open(const char *procfs, const char *sysfs, sysmon_os **ret_os);
void sysmon_os_close(sysmon_os **os);
/** What the last failed reading missed, e.g. "/proc/stat: No such file or directory"; "" at first. Borrowed until the next call. */
const char *sysmon_os_error(const sysmon_os *os);
/** Cores that can ever be online, 1..SYSMON_CORES_MAX. */
uint32_t sysmon_os_core_count(const sysmon_os *os);

/** Time spent per kind, in any unit that stays the same. */
struct sysmon_cpu_times {
	uint64_t user, nice, system, idle, iowait, irq, softirq, steal;
};
struct sysmon_core_sample {
	struct sysmon_cpu_times times;
	bool online;
};
struct sysmon_cpu_sample {
	struct sysmon_cpu_times all;
	uint64_t context_switches, interrupts, forks;
	uint32_t running_count, blocked_count;
	uint32_t core_capacity; /* set by the caller: rows that `core` has */
	struct sysmon_core_sample *core;
};
int sysmon_os_cpu(sysmon_os *os, struct sysmon_cpu_sample *sample);
int sysmon_os_load(sysmon_os *os, float ret_load[3]);
int sysmon_os_uptime(sysmon_os *os, double *ret_s);

/** Fills the byte fields, not the percentages. */
int sysmon_os_memory(sysmon_os *os, struct sysmon_memory *ret);

struct sysmon_disk_sample {
	char name[32];
	uint64_t reads, writes, read_bytes, written_bytes;
	uint32_t busy_ms; /* wraps at 32 bits */
	uint32_t in_flight_count;
};
/** Whole block devices that stand for hardware. @param ret_count  rows filled; @param ret_left_out  found beyond capacity */
int sysmon_os_disks(sysmon_os *os, struct sysmon_disk_sample *rows, uint32_t capacity, uint32_t *ret_count,
                    uint32_t *ret_left_out);
/** Mounted file systems that answer without asking another machine or program. Fills all but used_percent. */
int sysmon_os_filesystems(sysmon_os *os, struct sysmon_filesystem *rows, uint32_t capacity, uint32_t *ret_count,
                          uint32_t *ret_left_out);

struct sysmon_link_sample {
	char name[16];
	uint8_t state;
	uint64_t rx_bytes, tx_bytes, rx_packets, tx_packets, rx_errors, tx_errors, rx_dropped, tx_dropped;
};
int sysmon_os_links(sysmon_os *os, struct sysmon_link_sample *rows, uint32_t capacity, uint32_t *ret_count,
                    uint32_t *ret_left_out);

struct sysmon_process_sample {
	uint32_t pid;
	char name[16];
	uint8_t state;
	uint32_t thread_count;
	uint64_t start;  /* tells a reused pid from the old one */
	uint64_t cpu_ns; /* user + system */
	uint64_t rss_bytes;
};
/** Start over at the first process. */
int sysmon_os_processes_rewind(sysmon_os *os);
/** @return 1 with *ret filled; 0 there are no more; a negative pc_status */
int sysmon_os_processes_next(sysmon_os *os, struct sysmon_process_sample *ret);

int sysmon_os_host(sysmon_os *os, struct sysmon_host *ret);

#endif

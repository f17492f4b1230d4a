/* payload.h - the bytes of sysmon's regions as C structs, for this plugin and for C readers.
 * SPDX-License-Identifier: MIT
 *
 * Map the region, cast to the struct, read: each struct is what a C compiler makes of the layout text that
 * the matching .c file declares (tests/unit/sysmon_layout.c compares the two). Arrays have as many rows as
 * the region was created for; the counts in front say how many are in use, the rest is zero.              */
#ifndef SYSMON_PAYLOAD_H
#define SYSMON_PAYLOAD_H
#include <stdint.h>

/* ---- sysmon.cpu ------------------------------------------------------------------------------- */
struct sysmon_cpu_core {
	float usage_percent, user_percent, system_percent, iowait_percent;
	uint8_t online; /* 0: this core has no meaning now */
};
struct sysmon_cpu {
	/* shares of all cores together; they add up to 100, usage is 100 - idle - iowait */
	float usage_percent, user_percent, nice_percent, system_percent, iowait_percent;
	float irq_percent, softirq_percent, steal_percent, idle_percent;
	float load_1m, load_5m, load_15m;
	double context_switches_per_s, interrupts_per_s, forks_per_s;
	double uptime_s;
	uint32_t running_count, blocked_count; /* threads that run or want to; that wait for I/O */
	uint32_t core_count;                   /* cores online */
	struct sysmon_cpu_core core[];         /* by core number */
};

/* ---- sysmon.memory ---------------------------------------------------------------------------- */
struct sysmon_memory {
	uint64_t total_bytes, available_bytes, used_bytes; /* used = total - available */
	uint64_t free_bytes, buffers_bytes, cached_bytes, shared_bytes;
	uint64_t dirty_bytes, writeback_bytes;
	uint64_t swap_total_bytes, swap_used_bytes;
	float used_percent, swap_used_percent;
};

/* ---- sysmon.disks: this header, then disk rows, then filesystem rows ----------------------------- */
struct sysmon_disk {
	char name[32];
	double read_bytes_per_s, write_bytes_per_s;
	float reads_per_s, writes_per_s;
	float busy_percent;
	uint32_t in_flight_count;
	uint64_t read_bytes, written_bytes; /* since boot */
};
struct sysmon_filesystem {
	char mount[64], device[64], type[16];
	uint64_t total_bytes, free_bytes, available_bytes; /* available: to users other than root */
	float used_percent;
	uint8_t read_only;
};
struct sysmon_disks {
	uint32_t disk_count, disks_left_out, filesystem_count, filesystems_left_out;
};

/* ---- sysmon.network: this header, then interface rows -------------------------------------------- */
enum sysmon_link_state {
	SYSMON_LINK_UNKNOWN = 0, /* loopback and tunnels: there is nothing to plug in */
	SYSMON_LINK_DOWN = 1,
	SYSMON_LINK_NO_CARRIER = 2,
	SYSMON_LINK_DORMANT = 3,
	SYSMON_LINK_UP = 4
};
struct sysmon_interface {
	char name[16];
	uint8_t state; /* enum sysmon_link_state */
	double rx_bytes_per_s, tx_bytes_per_s;
	float rx_packets_per_s, tx_packets_per_s;
	uint64_t rx_bytes, tx_bytes, rx_packets, tx_packets; /* since the interface exists */
	uint64_t rx_errors, tx_errors, rx_dropped, tx_dropped;
};
struct sysmon_network {
	uint32_t interface_count, interfaces_left_out;
};

/* ---- sysmon.processes: this header, then process rows, busiest first ------------------------------ */
enum sysmon_process_state {
	SYSMON_PROCESS_UNKNOWN = 0,
	SYSMON_PROCESS_RUNNING = 1,
	SYSMON_PROCESS_SLEEPING = 2,
	SYSMON_PROCESS_WAITING = 3, /* for a device, cannot be interrupted */
	SYSMON_PROCESS_STOPPED = 4,
	SYSMON_PROCESS_TRACED = 5,
	SYSMON_PROCESS_ZOMBIE = 6,
	SYSMON_PROCESS_IDLE = 7,
	SYSMON_PROCESS_DEAD = 8
};
struct sysmon_process {
	uint32_t pid;
	char name[16];
	uint8_t state;     /* enum sysmon_process_state */
	float cpu_percent; /* 100 = one core */
	uint32_t thread_count;
	uint64_t rss_bytes;
};
struct sysmon_processes {
	uint32_t process_count, thread_count, running_count, zombie_count; /* of the machine */
	uint32_t top_count;                                                /* rows in use */
};

/* ---- sysmon.host ------------------------------------------------------------------------------- */
struct sysmon_host {
	char hostname[64], os[64], kernel[64], architecture[16], cpu_model[64];
	uint32_t cores_online, cores_configured;
	uint64_t memory_bytes;
	uint64_t boot_unix_s;
};

#endif

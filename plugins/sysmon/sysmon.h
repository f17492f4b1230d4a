/* sysmon.h - what plugin.c and the six sections of the machine say to each other. */
#ifndef SYSMON_H
#define SYSMON_H
#include <pagecast/plugin.h>

#include "os.h"

/** What the sections need; lives as long as the plugin instance. */
struct sysmon_env {
	const struct pc_host *host;
	sysmon_os *os;
	uint32_t disks_max, filesystems_max, interfaces_max, processes_max; /* rows, from the options */
};

enum sysmon_outcome {
	SYSMON_FULL,    /* every value is new */
	SYSMON_PARTLY,  /* some source did not answer: its values are the old ones */
	SYSMON_NOTHING, /* no source answered */
	SYSMON_AGAIN    /* not done yet, come back soon */
};

/** One section = one region. The tables are const; everything that changes is in the state that open() makes. */
struct sysmon_section {
	const char *region_option, *interval_option; /* keys of the option table */
	const char *doc;                             /* of the region */
	/** Make the state, from env alone: nothing is read here. @return PC_OK or a negative pc_status */
	int (*open)(const struct sysmon_env *env, void **ret_state);
	void (*close)(void *state);
	uint64_t (*payload_bytes)(const void *state);
	/** Write the layout text. @return as snprintf() */
	int (*layout)(const void *state, char *dst, size_t dst_bytes);
	/** Read the machine and change what changed in @p payload, which holds the newest committed values. */
	enum sysmon_outcome (*sample)(void *state, void *payload);
};

extern const struct sysmon_section sysmon_cpu_section, sysmon_memory_section, sysmon_disks_section,
        sysmon_network_section, sysmon_processes_section, sysmon_host_section;

/** Counts the sources of one sample. */
struct sysmon_tally {
	unsigned answered, failed;
};
static inline bool sysmon_answered(struct sysmon_tally *tally, int status)
{
	if (status)
		tally->failed++;
	else
		tally->answered++;
	return !status;
}
static inline enum sysmon_outcome sysmon_outcome_of(struct sysmon_tally tally)
{
	if (!tally.failed) return SYSMON_FULL;
	return tally.answered ? SYSMON_PARTLY : SYSMON_NOTHING;
}

/** As a C compiler rounds the size of a struct that holds 64-bit numbers. */
static inline uint64_t sysmon_round_up_8(uint64_t bytes)
{
	return (bytes + 7u) & ~UINT64_C(7);
}

#endif

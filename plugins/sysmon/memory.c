/* memory.c - region sysmon.memory: the simplest section, one reading and two shares. */
#include <stdio.h>
#include <stdlib.h>

#include "rate.h"
#include "sysmon.h"

struct memory {
	const struct sysmon_env *env;
};

static int memory_open(const struct sysmon_env *env, void **ret_state)
{
	struct memory *m = calloc(1, sizeof *m);
	if (!m) return PC_ENOMEM;
	m->env = env;
	*ret_state = m;
	return PC_OK;
}

static void memory_close(void *state)
{
	free(state);
}

static uint64_t memory_payload_bytes(const void *state)
{
	(void)state;
	return sizeof(struct sysmon_memory);
}

static int memory_layout(const void *state, char *dst, size_t dst_bytes)
{
	(void)state;
	return snprintf(dst, dst_bytes,
	                "total_bytes u64 unit=\"B\"\n"
	                "available_bytes u64 unit=\"B\" doc=\"what new programs can have without swapping\"\n"
	                "used_bytes u64 unit=\"B\" doc=\"total - available\"\n"
	                "free_bytes u64 unit=\"B\" doc=\"not used for anything, caches included\"\n"
	                "buffers_bytes u64 unit=\"B\"\n"
	                "cached_bytes u64 unit=\"B\" doc=\"file contents and reclaimable kernel objects\"\n"
	                "shared_bytes u64 unit=\"B\" doc=\"shared memory and tmpfs\"\n"
	                "dirty_bytes u64 unit=\"B\" doc=\"waiting to be written to a disk\"\n"
	                "writeback_bytes u64 unit=\"B\"\n"
	                "swap_total_bytes u64 unit=\"B\"\n"
	                "swap_used_bytes u64 unit=\"B\"\n"
	                "used_percent f32 unit=\"%%\" min=0 max=100 title=\"Memory\"\n"
	                "swap_used_percent f32 unit=\"%%\" min=0 max=100 title=\"Swap\"\n");
}

static enum sysmon_outcome memory_sample(void *state, void *payload)
{
	struct memory *m = state;
	struct sysmon_memory *out = payload;
	if (sysmon_os_memory(m->env->os, out)) return SYSMON_NOTHING;
	out->used_percent = sysmon_percent((double)out->used_bytes, (double)out->total_bytes);
	out->swap_used_percent = sysmon_percent((double)out->swap_used_bytes, (double)out->swap_total_bytes);
	return SYSMON_FULL;
}

const struct sysmon_section sysmon_memory_section = {.region_option = "memory",
                                                     .interval_option = "memory_interval",
                                                     .doc = "Memory and swap of the machine.",
                                                     .open = memory_open,
                                                     .close = memory_close,
                                                     .payload_bytes = memory_payload_bytes,
                                                     .layout = memory_layout,
                                                     .sample = memory_sample};

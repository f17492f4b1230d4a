/* host.c - region sysmon.host: which machine this is; changes hardly ever. */
#include <stdio.h>
#include <stdlib.h>

#include "sysmon.h"

struct host {
	const struct sysmon_env *env;
};

static int host_open(const struct sysmon_env *env, void **ret_state)
{
	struct host *h = calloc(1, sizeof *h);
	if (!h) return PC_ENOMEM;
	h->env = env;
	*ret_state = h;
	return PC_OK;
}

static void host_close(void *state)
{
	free(state);
}

static uint64_t host_payload_bytes(const void *state)
{
	(void)state;
	return sizeof(struct sysmon_host);
}

static int host_layout(const void *state, char *dst, size_t dst_bytes)
{
	(void)state;
	return snprintf(dst, dst_bytes,
	                "hostname char[64]\n"
	                "os char[64]\n"
	                "kernel char[64]\n"
	                "architecture char[16]\n"
	                "cpu_model char[64]\n"
	                "cores_online u32\n"
	                "cores_configured u32\n"
	                "memory_bytes u64 unit=\"B\"\n"
	                "boot_unix_s u64 unit=\"s\" doc=\"when the machine was started, seconds since 1970\"\n");
}

static enum sysmon_outcome host_sample(void *state, void *payload)
{
	struct host *h = state;
	return sysmon_os_host(h->env->os, payload) ? SYSMON_NOTHING : SYSMON_FULL;
}

const struct sysmon_section sysmon_host_section = {.region_option = "host",
                                                   .interval_option = "host_interval",
                                                   .doc = "Name, system, processor and start time of the machine.",
                                                   .open = host_open,
                                                   .close = host_close,
                                                   .payload_bytes = host_payload_bytes,
                                                   .layout = host_layout,
                                                   .sample = host_sample};

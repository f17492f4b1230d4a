/* network.c - region sysmon.network: traffic and state of each interface. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rate.h"
#include "sysmon.h"

struct network {
	const struct sysmon_env *env;
	struct sysmon_link_sample *then, *now;
	uint32_t then_count, now_count, left_out;
	uint64_t then_ns;
};

static void network_close(void *state)
{
	struct network *n = state;
	if (!n) return;
	free(n->then);
	free(n->now);
	free(n);
}

static int network_open(const struct sysmon_env *env, void **ret_state)
{
	struct network *n = calloc(1, sizeof *n);
	if (!n) return PC_ENOMEM;
	n->env = env;
	n->then = calloc(env->interfaces_max, sizeof *n->then);
	n->now = calloc(env->interfaces_max, sizeof *n->now);
	if (!n->then || !n->now) {
		network_close(n);
		return PC_ENOMEM;
	}
	*ret_state = n;
	return PC_OK;
}

static uint64_t network_payload_bytes(const void *state)
{
	const struct network *n = state;
	return sysmon_round_up_8(sizeof(struct sysmon_network) +
	                         n->env->interfaces_max * sizeof(struct sysmon_interface));
}

static int network_layout(const void *state, char *dst, size_t dst_bytes)
{
	const struct network *n = state;
	return snprintf(dst, dst_bytes,
	                "interface_count u32 doc=\"rows of interface in use\"\n"
	                "interfaces_left_out u32 doc=\"interfaces beyond the last row\"\n"
	                "interface struct[%u] {\n"
	                "  name char[16]\n"
	                "  state enum8 labels=\"0:unknown,1:down,2:no_carrier,3:dormant,4:up\"\n"
	                "  rx_bytes_per_s f64 unit=\"B/s\" min=0\n"
	                "  tx_bytes_per_s f64 unit=\"B/s\" min=0\n"
	                "  rx_packets_per_s f32 unit=\"1/s\" min=0\n"
	                "  tx_packets_per_s f32 unit=\"1/s\" min=0\n"
	                "  rx_bytes u64 unit=\"B\"\n"
	                "  tx_bytes u64 unit=\"B\"\n"
	                "  rx_packets u64\n"
	                "  tx_packets u64\n"
	                "  rx_errors u64\n"
	                "  tx_errors u64\n"
	                "  rx_dropped u64\n"
	                "  tx_dropped u64\n"
	                "}\n",
	                n->env->interfaces_max);
}

/* The same interface in the sample before; mostly in the same row. */
static const struct sysmon_link_sample *earlier(const struct network *n, uint32_t row)
{
	const char *name = n->now[row].name;
	if (row < n->then_count && !strcmp(n->then[row].name, name)) return &n->then[row];
	for (uint32_t i = 0; i < n->then_count; i++)
		if (!strcmp(n->then[i].name, name)) return &n->then[i];
	return &n->now[row]; /* new: against itself nothing has grown */
}

static struct sysmon_interface show(const struct sysmon_link_sample *then, const struct sysmon_link_sample *now,
                                    uint64_t elapsed_ns)
{
	struct sysmon_interface out = {
	        .state = now->state,
	        .rx_bytes_per_s = sysmon_per_s(sysmon_grown(then->rx_bytes, now->rx_bytes), elapsed_ns),
	        .tx_bytes_per_s = sysmon_per_s(sysmon_grown(then->tx_bytes, now->tx_bytes), elapsed_ns),
	        .rx_packets_per_s = (float)sysmon_per_s(sysmon_grown(then->rx_packets, now->rx_packets), elapsed_ns),
	        .tx_packets_per_s = (float)sysmon_per_s(sysmon_grown(then->tx_packets, now->tx_packets), elapsed_ns),
	        .rx_bytes = now->rx_bytes,
	        .tx_bytes = now->tx_bytes,
	        .rx_packets = now->rx_packets,
	        .tx_packets = now->tx_packets,
	        .rx_errors = now->rx_errors,
	        .tx_errors = now->tx_errors,
	        .rx_dropped = now->rx_dropped,
	        .tx_dropped = now->tx_dropped};
	memcpy(out.name, now->name, sizeof out.name);
	return out;
}

static enum sysmon_outcome network_sample(void *state, void *payload)
{
	struct network *n = state;
	struct sysmon_network *head = payload;
	struct sysmon_interface *rows = (struct sysmon_interface *)(head + 1);
	struct sysmon_link_sample *swap = n->then;
	uint32_t max = n->env->interfaces_max;
	if (sysmon_os_links(n->env->os, n->now, max, &n->now_count, &n->left_out)) return SYSMON_NOTHING;
	uint64_t now_ns = n->env->host->now_ns(n->env->host);
	uint64_t elapsed_ns = n->then_ns ? now_ns - n->then_ns : 0;
	for (uint32_t i = 0; i < n->now_count; i++) rows[i] = show(earlier(n, i), &n->now[i], elapsed_ns);
	memset(rows + n->now_count, 0, (max - n->now_count) * sizeof *rows);
	head->interface_count = n->now_count;
	head->interfaces_left_out = n->left_out;
	n->then = n->now;
	n->then_count = n->now_count;
	n->then_ns = now_ns;
	n->now = swap;
	return SYSMON_FULL;
}

const struct sysmon_section sysmon_network_section = {.region_option = "network",
                                                      .interval_option = "network_interval",
                                                      .doc = "Traffic and state of the network interfaces.",
                                                      .open = network_open,
                                                      .close = network_close,
                                                      .payload_bytes = network_payload_bytes,
                                                      .layout = network_layout,
                                                      .sample = network_sample};

/* plugin.c - udp: datagrams become regions. docs/udp.md is its manual.
 *
 * One socket per instance, watched by the daemon's loop. Each datagram is offered to every feed; one that fits is committed at
 * once, so that nothing is ever queued here: what comes faster than it is taken waits, and is dropped, in the kernel.   */
#include "feed.h"
#include "filter.h"
#include "kit/host.h"
#include "os.h"

#include <pagecast/control.h>
#include <pagecast/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS        UINT64_C(1000000)
#define S         (1000 * MS)
#define FEEDS_MAX 64u
#define AT_ONCE   64u /* datagrams; then, or after so long, the loop's other work has its turn */
#define TURN_NS   (5 * MS)

struct feed {
	udp_feed terms;
	pc_region *region;
	uint64_t payload_bytes, taken_ns; /* when the last datagram was taken, or we began */
	bool is_told_stale;
};

enum count { DATAGRAMS, COMMITS, UNMATCHED, WRONG_SIZE, REFUSED, LOST, COUNTS };

struct pc_inst {
	const struct pc_host *host;
	struct feed *feeds;
	unsigned feed_count;
	struct udp_terms terms;
	char *adapter;
	udp_filter filter;
	udp_socket socket;
	pc_watch *watch, *ageing;
	uint64_t stale_after_ns;
	kit_complaints dropped;
	uint32_t lost; /* as the system counts */
	pc_metric *counts[COUNTS];
	unsigned char datagram[UDP_DATAGRAM_MAX + 1];
};

/* ---- datagrams ------------------------------------------------------------------------------------------- */

static void drop(pc_inst *inst, enum count count, const char *why)
{
	inst->host->metric_add(inst->counts[count], 1);
	kit_complain(inst->host, &inst->dropped, "dropped", "datagram(s)", why);
}

static void commit(pc_inst *inst, struct feed *f, size_t bytes)
{
	const struct pc_host *host = inst->host;
	host->set_flags(f->region, 0);
	/* A failure: the region was replaced, and this instance is about to be restarted. */
	if (host->write(f->region, 0, inst->datagram + f->terms.offset, bytes) != PC_OK) return;
	f->taken_ns = host->now_ns(host);
	f->is_told_stale = false;
	host->metric_add(inst->counts[COMMITS], 1);
}

static void take(pc_inst *inst, size_t bytes, const udp_address *from)
{
	const struct feed *near_miss = NULL;
	bool is_taken = false;
	char text[UDP_ADDRESS_TEXT], why[200];
	inst->host->metric_add(inst->counts[DATAGRAMS], 1);
	if (!udp_filter_passes(&inst->filter, from)) {
		udp_address_write(from, text);
		(void)snprintf(why, sizeof why, "from %s, which is not in 'from'", text);
		drop(inst, REFUSED, why);
		return;
	}
	for (unsigned i = 0; i < inst->feed_count; i++) {
		struct feed *f = inst->feeds + i;
		size_t used = 0;
		enum udp_verdict verdict = udp_feed_judge(&f->terms, f->payload_bytes, inst->datagram, bytes, &used);
		if (verdict == UDP_TAKE) commit(inst, f, used);
		if (verdict == UDP_WRONG_SIZE) near_miss = f;
		is_taken |= verdict == UDP_TAKE;
	}
	if (is_taken) return;
	if (!near_miss) {
		inst->host->metric_add(inst->counts[UNMATCHED], 1);
		return;
	}
	udp_address_write(from, text);
	(void)snprintf(why, sizeof why, "%zu bytes from %s; region %.60s has %llu from byte %u on", bytes, text,
	               near_miss->terms.region, (unsigned long long)near_miss->payload_bytes, near_miss->terms.offset);
	drop(inst, WRONG_SIZE, why);
}

static void on_readable(void *arg, unsigned ready)
{
	pc_inst *inst = arg;
	uint32_t lost = inst->lost;
	uint64_t until = inst->host->now_ns(inst->host) + TURN_NS;
	(void)ready; /* an error is reported once by the system, and nothing follows from it for us */
	for (unsigned i = 0; i < AT_ONCE; i++) {
		udp_address from;
		ptrdiff_t bytes = udp_receive(inst->socket, inst->datagram, sizeof inst->datagram, &from, &lost);
		if (bytes < 0) break;
		take(inst, (size_t)bytes, &from);
		if (inst->host->now_ns(inst->host) > until) break;
	}
	if (lost != inst->lost) inst->host->metric_add(inst->counts[LOST], (int64_t)(uint32_t)(lost - inst->lost));
	inst->lost = lost;
}

/* ---- silence --------------------------------------------------------------------------------------------- */

static void look_at_ages(void *arg)
{
	pc_inst *inst = arg;
	uint64_t now = inst->host->now_ns(inst->host);
	for (unsigned i = 0; i < inst->feed_count; i++) {
		struct feed *f = inst->feeds + i;
		if (!f->is_told_stale && now - f->taken_ns >= inst->stale_after_ns)
			f->is_told_stale = kit_source_is_stale(inst->host, f->region);
	}
}

static int watch_ages(pc_inst *inst)
{
	const struct pc_host *host = inst->host;
	uint64_t every = inst->stale_after_ns / 4;
	host->cancel(inst->ageing);
	inst->ageing = NULL;
	if (!every) return PC_OK;
	if (every > S) every = S;
	return host->timer(host, every, every, look_at_ages, inst, &inst->ageing);
}

/* ---- options --------------------------------------------------------------------------------------------- */

static int read_address(pc_inst *inst, const pc_config *config)
{
	const struct pc_host *host = inst->host;
	const char *group = host->cfg_string(config, "group"), *address = host->cfg_string(config, "address");
	const char *adapter = host->cfg_string(config, "interface");
	const unsigned char *bytes = inst->terms.address.bytes;
	char why[160];
	if (group && address)
		return host->fail(host, PC_EINVAL, "give `address` or `group`: the socket of a group is bound to it");
	if (!address) address = group ? group : "127.0.0.1";
	if (!udp_address_read(address, &inst->terms.address)) {
		(void)snprintf(why, sizeof why,
		               "%s: expected a numeric address such as 127.0.0.1 or ::1, found '%.60s'",
		               group ? "group" : "address", address);
		return host->fail(host, PC_EINVAL, why);
	}
	inst->terms.is_group = inst->terms.address.is_v6 ? bytes[0] == 0xff : bytes[0] >> 4 == 0xe;
	if (inst->terms.is_group != (group != NULL)) {
		(void)snprintf(why, sizeof why,
		               group ? "group: '%.60s' is no multicast group (224.0.0.0/4, ff00::/8)"
		                     : "address: '%.60s' is a multicast group: name it as `group`",
		               address);
		return host->fail(host, PC_EINVAL, why);
	}
	inst->terms.port = (uint16_t)host->cfg_int(config, "port");
	inst->terms.buffer_bytes = (int)host->cfg_int(config, "buffer");
	if (!adapter) return PC_OK;
	inst->terms.adapter = inst->adapter = kit_copy(adapter);
	return inst->adapter ? PC_OK : PC_ENOMEM;
}

static int open_feed(pc_inst *inst, const char *text)
{
	const struct pc_host *host = inst->host;
	struct feed *f = inst->feeds + inst->feed_count;
	pc_err err = {""};
	int s = udp_feed_parse(text, &f->terms, &err);
	if (s != PC_OK) return host->fail(host, s, err.text);
	for (unsigned i = 0; i < inst->feed_count; i++)
		if (!strcmp(inst->feeds[i].terms.region, f->terms.region)) {
			(void)snprintf(err.text, sizeof err.text, "feeds: region %.60s is there twice",
			               f->terms.region);
			return host->fail(host, PC_EINVAL, err.text);
		}
	s = host->open(host, f->terms.region, PC_WR, &f->region);
	if (s == PC_EABSENT) {
		(void)snprintf(err.text, sizeof err.text,
		               "feeds: there is no region '%.60s': describe it under regions, with `writer: plugin`",
		               f->terms.region);
		return host->fail(host, s, err.text);
	}
	if (s != PC_OK) return s;
	inst->feed_count++;
	f->payload_bytes = host->info(f->region)->payload_bytes;
	s = udp_feed_fits(&f->terms, f->payload_bytes, &err);
	return s == PC_OK ? PC_OK : host->fail(host, s, err.text);
}

static int open_feeds(pc_inst *inst, const pc_config *config)
{
	const struct pc_host *host = inst->host;
	unsigned n = 0;
	int s = PC_OK;
	while (host->cfg_list(config, "feeds", n)) n++;
	if (!n || n > FEEDS_MAX) return host->fail(host, PC_EINVAL, "feeds: expected 1 to 64 regions");
	inst->feeds = calloc(n, sizeof *inst->feeds);
	if (!inst->feeds) return PC_ENOMEM;
	for (unsigned i = 0; i < n && s == PC_OK; i++) s = open_feed(inst, host->cfg_list(config, "feeds", i));
	return s;
}

static int read_filter(const struct pc_host *host, const pc_config *config, udp_filter *ret)
{
	const char *text;
	pc_err err = {""};
	*ret = (udp_filter){.count = 0};
	for (uint32_t i = 0; (text = host->cfg_list(config, "from", i)) != NULL; i++)
		if (udp_filter_add(ret, text, &err) != PC_OK) return host->fail(host, PC_EINVAL, err.text);
	return PC_OK;
}

static const struct kit_metric metrics[COUNTS] = {
        [DATAGRAMS] = {"datagrams", "", "received", PC_COUNTER},
        [COMMITS] = {"commits", "", "made from datagrams", PC_COUNTER},
        [UNMATCHED] = {"unmatched", "", "dropped: the match of no feed held", PC_COUNTER},
        [WRONG_SIZE] = {"wrong_size", "", "dropped: of another size than expected", PC_COUNTER},
        [REFUSED] = {"refused", "", "dropped: of a sender that is not in 'from'", PC_COUNTER},
        [LOST] = {"lost", "", "dropped by the system because they came too fast", PC_COUNTER},
};

/* ---- the plugin's life ----------------------------------------------------------------------------------- */

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	pc_inst *inst = calloc(1, sizeof *inst);
	int s;
	if (!inst) return PC_ENOMEM;
	*ret = inst;
	inst->host = host;
	inst->socket = UDP_NO_SOCKET;
	inst->stale_after_ns = (uint64_t)host->cfg_int(config, "stale_after");
	s = kit_metrics(host, metrics, COUNTS, inst->counts);
	if (s == PC_OK) s = read_address(inst, config);
	if (s == PC_OK) s = read_filter(host, config, &inst->filter);
	return s == PC_OK ? open_feeds(inst, config) : s;
}

static void warn_beyond_loopback(pc_inst *inst)
{
	const udp_address *a = &inst->terms.address;
	static const unsigned char loopback[16] = {[15] = 1};
	char address[UDP_ADDRESS_TEXT], text[200];
	if (a->is_v6 ? !memcmp(a->bytes, loopback, 16) : a->bytes[0] == 127) return;
	udp_address_write(a, address);
	(void)snprintf(text, sizeof text, "listening on %s port %u: %s may set its regions", address,
	               (unsigned)inst->terms.port,
	               inst->filter.count ? "whoever sends as an address of 'from'" : "anybody on the network");
	inst->host->log(inst->host, PC_LOG_WARN, text);
}

static int start(pc_inst *inst)
{
	const struct pc_host *host = inst->host;
	uint64_t now = host->now_ns(host);
	pc_err err = {""};
	int s = udp_open(&inst->terms, &inst->socket, &err);
	if (s != PC_OK) return host->fail(host, s, err.text);
	warn_beyond_loopback(inst);
	for (unsigned i = 0; i < inst->feed_count; i++) inst->feeds[i].taken_ns = now;
	s = host->io(host, inst->socket, PC_IO_READ, on_readable, inst, &inst->watch);
	return s == PC_OK ? watch_ages(inst) : s;
}

static int reload(pc_inst *inst, const pc_config *config)
{
	const struct pc_host *host = inst->host;
	udp_filter filter;
	int s = read_filter(host, config, &filter);
	if (s != PC_OK) return s;
	inst->filter = filter;
	inst->stale_after_ns = (uint64_t)host->cfg_int(config, "stale_after");
	return watch_ages(inst);
}

static void stop(pc_inst *inst)
{
	const struct pc_host *host = inst->host;
	host->cancel(inst->ageing);
	host->cancel(inst->watch);
	inst->ageing = inst->watch = NULL;
	udp_close(inst->socket);
	inst->socket = UDP_NO_SOCKET;
}

static void destroy(pc_inst *inst)
{
	for (unsigned i = 0; i < inst->feed_count; i++) inst->host->close(inst->feeds[i].region);
	free(inst->feeds);
	free(inst->adapter);
	free(inst);
}

/* clang-format off */
static const struct pc_option options[] = {
	{"feeds", NULL, NULL, NULL, NULL, "REGION [match=HEX@OFFSET]... [offset=N] [size=exact|at-least|prefix|BYTES]", PC_OPT_LIST, PC_OPT_REQUIRED},
	{"port", NULL, "1", "65535", NULL, "to listen on", PC_OPT_INT, PC_OPT_REQUIRED},
	{"address", NULL, NULL, NULL, NULL, "numeric, to listen on; 127.0.0.1 if not given", PC_OPT_STRING, 0},
	{"group", NULL, NULL, NULL, NULL, "a multicast group to join, in place of address", PC_OPT_STRING, 0},
	{"interface", NULL, NULL, NULL, NULL, "for a group or a link-local address: its name or number", PC_OPT_STRING, 0},
	{"from", NULL, NULL, NULL, NULL, "addresses and networks whose datagrams are taken; everybody's if not given", PC_OPT_LIST, PC_OPT_RELOAD},
	{"stale_after", "2s", "0s", "1h", NULL, "without a datagram a region is flagged source stale; 0s: never", PC_OPT_DURATION, PC_OPT_RELOAD},
	{"buffer", "0", "0", "64MiB", NULL, "of the socket, as far as the system allows; 0: the system's default", PC_OPT_SIZE, 0},
	{NULL, NULL, NULL, NULL, NULL, NULL, 0, 0}};
/* clang-format on */

PC_EXPORT const struct pc_plugin pagecast_plugin = {PC_PLUGIN_MAGIC,
                                                    sizeof(struct pc_plugin),
                                                    PC_ABI(1, 0),
                                                    0,
                                                    "udp",
                                                    "1.0.0",
                                                    "MIT",
                                                    "datagrams as regions",
                                                    options,
                                                    create,
                                                    start,
                                                    reload,
                                                    stop,
                                                    destroy};

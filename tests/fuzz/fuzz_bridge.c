/* fuzz_bridge.c - any bytes at the port of the real bridge: HTTP, RFC 6455 frames, messages of viewers.
 *
 * The plugin runs in this process, with its own thread, on a loopback port; the host is a small one with a few regions.
 * The first byte of an input says how far the client gets by itself before the rest is sent:
 *   0 nothing, 1 an upgrade, 2 an upgrade and HELLO, 3 the same and each piece of the rest as one good frame;
 *   +4: with a wrong token; +8: byte by byte. Each client comes from an address of its own, so that the failure limiter does
 *   not end the fun. A bridge that does not close within two minutes of the client's end is a finding.                    */
#define _GNU_SOURCE
#include "base/err.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pagecast/control.h>
#include <pagecast/layout.h>
#include <pagecast/plugin.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TOKEN   "fuzzfuzzfuzzfuzzfuzzfuzzfuzzfuzz"
#define REGIONS 3
#define TASKS   256
#define LAST    8u     /* lines of the log that a finding shows */
#define END_MS  120000 /* a machine that is busy elsewhere may hold us up for long */

#define FIRST                                                                                                        \
	"a f32 min=-10 max=10\nb u16[4]\nname char[12]\nmode enum8 labels=\"0:idle,1:run\"\nwheel struct[2] {\n  s " \
	"f64\n}\n"
static const char *const layouts[REGIONS] = {FIRST, "", "on bool\nblob u8[16]\n"};
static const char *const names[REGIONS] = {"set.one", "raw", "set.two/x"};

struct pc_region {
	struct pc_region_info info;
	uint8_t payload[256], working[256];
	uint64_t tick;
};
struct pc_watch {
	int unused;
};
struct pc_metric {
	int64_t value;
};

static struct {
	struct pc_host host;
	struct pc_region regions[REGIONS];
	pthread_mutex_t lock;
	struct {
		pc_task_fn *fn;
		void *arg;
	} tasks[TASKS];
	int task_count;
	pc_inst *inst;
	uint16_t port;
	uint32_t client;
	char token_file[64], last_log[LAST][200];
	unsigned log_count;
} h = {.lock = PTHREAD_MUTEX_INITIALIZER};
static struct pc_watch a_watch;
static struct pc_metric a_metric;

/* ---- the host ---- */

static void host_log(const struct pc_host *host, int level, const char *message)
{
	/* Only where we stand: an input can bring these words into the log. */
	const char *port = strncmp(message, "dashboard: http://", 18) ? NULL : strrchr(message, ':');
	(void)host, (void)level;
	if (port && !h.port) h.port = (uint16_t)atoi(port + 1);
	(void)snprintf(h.last_log[h.log_count++ % LAST], sizeof h.last_log[0], "%s", message);
	if (getenv("FUZZ_LOG")) fprintf(stderr, "%s\n", message);
}
static int host_fail(const struct pc_host *host, int status, const char *message)
{
	(void)host;
	fprintf(stderr, "fail: %s\n", message);
	return status;
}
static int host_metric(const struct pc_host *host, const char *name, int kind, const char *unit, const char *help,
                       pc_metric **ret)
{
	(void)host, (void)name, (void)kind, (void)unit, (void)help;
	*ret = &a_metric;
	return PC_OK;
}
static void host_metric_add(pc_metric *metric, int64_t n)
{
	(void)metric, (void)n;
}

static const struct pc_option *option_of(const char *key)
{
	const struct pc_option *o = pagecast_plugin.options;
	while (o->key && strcmp(o->key, key)) o++;
	PC_ASSERT(o->key);
	return o;
}
static const char *cfg_string(const pc_config *config, const char *key)
{
	(void)config;
	if (!strcmp(key, "listen")) return "127.0.0.1:0";
	if (!strcmp(key, "token_file")) return h.token_file;
	return option_of(key)->def;
}
static int64_t cfg_int(const pc_config *config, const char *key)
{
	const struct pc_option *o = option_of(key);
	const char *text = cfg_string(config, key);
	char *end;
	long long n;
	if (!strcmp(key, "auth")) return 0; /* token */
	if (!text) return 0;
	if (o->type == PC_OPT_BOOL) return !strcmp(text, "true");
	n = strtoll(text, &end, 10);
	if (o->type == PC_OPT_DURATION) return n * (*end == 'm' && end[1] == 's' ? 1000000LL : 1000000000LL);
	if (o->type == PC_OPT_SIZE) return n * (*end == 'K' ? 1024 : *end == 'M' ? 1048576 : 1);
	return n;
}
static const char *cfg_list(const pc_config *config, const char *key, uint32_t index)
{
	(void)config, (void)key, (void)index;
	return NULL;
}

static int host_post(const struct pc_host *host, pc_task_fn *fn, void *arg)
{
	int rc = PC_ENOMEM;
	(void)host;
	(void)pthread_mutex_lock(&h.lock);
	if (h.task_count < TASKS) {
		h.tasks[h.task_count].fn = fn;
		h.tasks[h.task_count++].arg = arg;
		rc = PC_OK;
	}
	(void)pthread_mutex_unlock(&h.lock);
	return rc;
}
static void run_tasks(void)
{
	for (;;) {
		pc_task_fn *fn = NULL;
		void *arg = NULL;
		(void)pthread_mutex_lock(&h.lock);
		if (h.task_count) {
			fn = h.tasks[--h.task_count].fn;
			arg = h.tasks[h.task_count].arg;
		}
		(void)pthread_mutex_unlock(&h.lock);
		if (!fn) return;
		fn(arg);
	}
}
static void host_cancel(pc_watch *watch)
{
	(void)watch;
}
static uint64_t host_now_ns(const struct pc_host *host)
{
	struct timespec t;
	(void)host;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int host_open(const struct pc_host *host, const char *name, int mode, pc_region **ret)
{
	(void)host, (void)mode;
	for (int i = 0; i < REGIONS; i++)
		if (!strcmp(names[i], name)) {
			*ret = &h.regions[i];
			return PC_OK;
		}
	return PC_EABSENT;
}
static void host_close(pc_region *region)
{
	(void)region;
}
static const struct pc_region_info *host_info(const pc_region *region)
{
	return &region->info;
}
static int host_read(pc_region *r, uint64_t offset, void *dst, uint64_t bytes, struct pc_stamp *ret)
{
	(void)pthread_mutex_lock(&h.lock);
	PC_ASSERT(offset + bytes <= r->info.payload_bytes);
	if (bytes) memcpy(dst, r->payload + offset, (size_t)bytes);
	if (ret)
		*ret = (struct pc_stamp){
		        .tick = r->tick, .liveness = PC_LIVE, .epoch = 1, .writer = "fuzz", .writer_pid = 1};
	(void)pthread_mutex_unlock(&h.lock);
	return PC_OK;
}
static int host_stamp(pc_region *region, struct pc_stamp *ret)
{
	return host_read(region, 0, NULL, 0, ret);
}
static void *host_begin(pc_region *r)
{
	memcpy(r->working, r->payload, sizeof r->working);
	return r->working;
}
static int host_commit(pc_region *r)
{
	(void)pthread_mutex_lock(&h.lock);
	memcpy(r->payload, r->working, sizeof r->payload);
	r->tick++;
	(void)pthread_mutex_unlock(&h.lock);
	return PC_OK;
}
static int host_watch(pc_region *region, uint64_t min_gap_ns, pc_region_fn *fn, void *arg, pc_watch **ret)
{
	(void)region, (void)min_gap_ns, (void)fn, (void)arg;
	*ret = &a_watch;
	return PC_OK;
}
/* A reason as a program's name may make it: not all of it is UTF-8. */
static int host_why(pc_region *region, uint32_t liveness, char *ret, uint32_t bytes)
{
	(void)region;
	(void)snprintf(ret, bytes, "state %u of '\xc3\xff\xe2\x82'", liveness);
	return PC_OK;
}

static const void *host_extension(const struct pc_host *host, const char *id)
{
	static const struct pc_ext_why why = {.struct_size = sizeof why, .why = host_why};
	(void)host;
	return !strcmp(id, PC_EXT_WHY) ? &why : NULL;
}

static int host_watch_regions(const struct pc_host *host, pc_regions_fn *fn, void *arg, pc_watch **ret)
{
	(void)host;
	*ret = &a_watch;
	for (int i = 0; i < REGIONS; i++) fn(arg, PC_REGION_ADDED, &h.regions[i].info);
	return PC_OK;
}

static void make_region(int i)
{
	struct pc_region_info *info = &h.regions[i].info;
	pc_layout *layout = NULL;
	pc_err err = {""};
	*info = (struct pc_region_info){.struct_size = sizeof *info,
	                                .id = (uint32_t)i + 1,
	                                .generation = 1,
	                                .name = names[i],
	                                .object = names[i],
	                                .schema = "",
	                                .payload_bytes = 100,
	                                .flags = i == 1 ? PC_REGION_ADOPTED | PC_REGION_LEGACY : 0,
	                                .doc = "",
	                                .remote_write = i == 0   ? "*"
	                                                : i == 2 ? "blob"
	                                                         : ""};
	if (!layouts[i][0]) return;
	if (pc_layout_parse(layouts[i], strlen(layouts[i]), &layout, &err) != PC_OK) {
		fprintf(stderr, "layout %d: %s\n", i, err.text);
		abort();
	}
	info->schema = strdup(pc_layout_text(layout, NULL));
	info->schema_id = pc_layout_id(layout);
	info->payload_bytes = pc_layout_bytes(layout);
	pc_layout_destroy(&layout);
}

static void down(void)
{
	pagecast_plugin.stop(h.inst);
	pagecast_plugin.destroy(h.inst);
	for (int i = 0; i < REGIONS; i++)
		if (h.regions[i].info.schema_id) free((void *)(uintptr_t)h.regions[i].info.schema);
}

static void up(void)
{
	FILE *file;
	(void)snprintf(h.token_file, sizeof h.token_file, "/tmp/pagecast-fuzz-%ld.token", (long)getpid());
	(void)umask(077);
	file = fopen(h.token_file, "w");
	PC_ASSERT(file && fputs(TOKEN " write=**\n", file) >= 0 && !fclose(file));
	for (int i = 0; i < REGIONS; i++) make_region(i);
	h.host = (struct pc_host){.struct_size = sizeof h.host,
	                          .abi = PC_ABI(PC_ABI_MAJOR, PC_ABI_MINOR),
	                          .instance = "fuzz",
	                          .daemon = "fuzz",
	                          .log = host_log,
	                          .fail = host_fail,
	                          .metric = host_metric,
	                          .metric_add = host_metric_add,
	                          .metric_set = host_metric_add,
	                          .cfg_int = cfg_int,
	                          .cfg_string = cfg_string,
	                          .cfg_list = cfg_list,
	                          .post = host_post,
	                          .cancel = host_cancel,
	                          .now_ns = host_now_ns,
	                          .open = host_open,
	                          .close = host_close,
	                          .info = host_info,
	                          .read = host_read,
	                          .stamp = host_stamp,
	                          .begin = host_begin,
	                          .commit = host_commit,
	                          .watch = host_watch,
	                          .watch_regions = host_watch_regions,
	                          .extension = host_extension};
	PC_ASSERT(pagecast_plugin.create(&h.host, NULL, &h.inst) == PC_OK);
	PC_ASSERT(pagecast_plugin.start(h.inst) == PC_OK);
	PC_ASSERT(h.port && !unlink(h.token_file));
	(void)atexit(down);
}

/* ---- the client ---- */

static int dial(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(h.port)}, from = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	if (fd < 0) return -1;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	h.client = (h.client + 1) % 0xfffff0;
	from.sin_addr.s_addr = htonl(0x7f000001u + h.client);
	(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&from, sizeof from) || connect(fd, (struct sockaddr *)&to, sizeof to)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static void put(int fd, const void *data, size_t bytes)
{
	const uint8_t *at = data;
	while (bytes) {
		ssize_t n = send(fd, at, bytes, MSG_NOSIGNAL);
		if (n <= 0) return; /* closed while we still wrote */
		at += n;
		bytes -= (size_t)n;
	}
}

static void put_frame(int fd, const uint8_t *data, size_t bytes)
{
	uint8_t head[8] = {0x82, 0x80};
	size_t head_bytes = bytes < 126 ? 6 : 8;
	head[1] = (uint8_t)(0x80 | (bytes < 126 ? bytes : 126));
	if (bytes >= 126) {
		head[2] = (uint8_t)(bytes >> 8);
		head[3] = (uint8_t)bytes;
	}
	put(fd, head, head_bytes); /* a mask of zeroes */
	put(fd, data, bytes);
}

static void upgrade(int fd, int with_token)
{
	char text[400];
	int n = snprintf(text, sizeof text,
	                 "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	                 "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
	                 "Sec-WebSocket-Protocol: pagecast.v1\r\n%s\r\n",
	                 (unsigned)h.port, with_token ? "Authorization: Bearer wrong\r\n" : "");
	put(fd, text, (size_t)n);
}

/* Pieces are led by their length in two bytes, so that a mutation moves borders. */
static void put_pieces(int fd, const uint8_t *data, size_t bytes)
{
	while (bytes > 2) {
		size_t piece = (size_t)(data[0] << 8 | data[1]) % 4096;
		data += 2;
		bytes -= 2;
		if (piece > bytes) piece = bytes;
		put_frame(fd, data, piece);
		data += piece;
		bytes -= piece;
	}
}

/* What the kernel knows of this connection, both ends; then whether it is the bridge that stands still, or only this one. */
static void stuck(int stuck_fd)
{
	char answer[64] = "", line[300], ours[16];
	struct sockaddr_in me;
	socklen_t bytes = sizeof me;
	FILE *table = fopen("/proc/net/tcp", "r");
	int fd = dial();
	struct pollfd p = {.fd = fd, .events = POLLIN}, again = {.fd = stuck_fd, .events = POLLIN};
	(void)getsockname(stuck_fd, (struct sockaddr *)&me, &bytes);
	(void)snprintf(ours, sizeof ours, "%08X:%04X", (unsigned)me.sin_addr.s_addr, (unsigned)ntohs(me.sin_port));
	while (table && fgets(line, sizeof line, table))
		if (strstr(line, ours)) fprintf(stderr, "tcp:%s", line);
	put(fd, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 35);
	if (poll(&p, 1, 5000) == 1) (void)!recv(fd, answer, sizeof answer - 1, 0);
	fprintf(stderr, "the bridge does not close %s; to another it says '%.20s'; %s within another minute\n", ours,
	        answer, poll(&again, 1, 60000) == 1 ? "it closes" : "nothing");
	for (unsigned i = 0; i < LAST; i++) fprintf(stderr, "log: %s\n", h.last_log[(h.log_count + i) % LAST]);
	abort();
}

static void wait_for_the_end(int fd)
{
	char sink[65536];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	(void)shutdown(fd, SHUT_WR);
	for (;;) {
		ssize_t n;
		int ready;
		do ready = poll(&p, 1, END_MS);
		while (ready < 0 && errno == EINTR); /* the fuzzer has an alarm of its own */
		if (ready != 1) stuck(fd);
		n = recv(fd, sink, sizeof sink, 0);
		run_tasks();
		if (n <= 0) return;
	}
}

static void put_hello(int fd, uint8_t mode)
{
	static const char hello[] = "\x93\x20\x00\x81\xa5token\xd9\x20" TOKEN;
	if (mode & 3) upgrade(fd, mode & 4);
	if ((mode & 3) >= 2) put_frame(fd, (const uint8_t *)hello, sizeof hello - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	int fd;
	if (!h.port) up();
	if (!bytes) return 0;
	fd = dial();
	PC_ASSERT(fd >= 0);
	put_hello(fd, data[0]);
	if ((data[0] & 3) == 3)
		put_pieces(fd, data + 1, bytes - 1);
	else if (data[0] & 8)
		for (size_t i = 1; i < bytes && i < 200; i++) put(fd, data + i, 1);
	else
		put(fd, data + 1, bytes - 1);
	wait_for_the_end(fd);
	(void)close(fd);
	return 0;
}

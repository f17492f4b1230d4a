/* A plugin as it was built with the headers of 1.0, which are frozen beside it: it must load and run for ever.
 *
 * It uses every service of 1.0 and then says in one line which of them did not do what 1.0 promised.          */
#include <pagecast/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REGION "abi10"
#define MS     UINT64_C(1000000)

/* What has answered as promised so far. */
enum {
	METRIC,
	CFG,
	POST,
	TIMER,
	IO,
	NOW,
	INFO,
	READ,
	STAMP,
	WRITE,
	COMMIT,
	ABORT,
	WATCH,
	TABLE,
	FAIL,
	FLAGS,
	EXTENSION,
	SERVICES
};
static const char *const names[SERVICES] = {"metric", "cfg",           "post",  "timer",     "io",       "now_ns",
                                            "info",   "read",          "stamp", "write",     "commit",   "abort",
                                            "watch",  "watch_regions", "fail",  "set_flags", "extension"};

struct pc_inst {
	const struct pc_host *host;
	pc_region *writer, *reader;
	pc_watch *timer, *io, *watch, *table;
	pc_metric *metric;
	int pipe[2];
	uint64_t born_ns;
	unsigned rounds, done;
	unsigned watched; /* set on a thread of the host */
};

static void good(pc_inst *self, int service, int is_good)
{
	if (is_good) self->done |= 1u << service;
}

static void on_post(void *arg)
{
	good(arg, POST, 1);
}

static void on_region(void *arg, pc_region *region)
{
	pc_inst *self = arg;
	if (region == self->reader) __atomic_store_n(&self->watched, 1, __ATOMIC_RELAXED);
}

static void on_regions(void *arg, int event, const struct pc_region_info *info)
{
	good(arg, TABLE, event == PC_REGION_ADDED && info->struct_size >= sizeof *info && !strcmp(info->name, REGION));
}

static void on_io(void *arg, unsigned ready)
{
	pc_inst *self = arg;
	char byte = 0;
	good(self, IO, ready & PC_IO_READ && read(self->pipe[0], &byte, 1) == 1 && byte == 'x');
	(void)self->host->io_mask(self->io, PC_IO_READ);
	self->host->cancel(self->io);
	self->io = NULL;
}

static void use_regions(pc_inst *self)
{
	const struct pc_host *h = self->host;
	const struct pc_region_info *info = h->info(self->reader);
	uint64_t value = 0, seen = 0, *p;
	struct pc_stamp stamp;
	memset(&stamp, 0, sizeof stamp);
	good(self, INFO, info->payload_bytes == 16 && !strcmp(info->name, REGION) && info->writer_kind == 0);
	p = h->begin(self->writer);
	if (p) p[0] = 77;
	h->abort(self->writer);
	good(self, ABORT, p && !h->read(self->reader, 0, &value, 8, &stamp) && value != 77);
	p = h->begin(self->writer);
	if (p) p[0] = self->rounds;
	good(self, COMMIT,
	     p && !h->commit(self->writer) && !h->read(self->reader, 0, &value, 8, NULL) && value == self->rounds);
	value = 1000 + self->rounds;
	good(self, WRITE, !h->write(self->writer, 8, &value, 8));
	good(self, READ, !h->read(self->reader, 8, &seen, 8, &stamp) && seen == value && stamp.tick >= 2);
	h->set_flags(self->writer, 1); /* PC_PAYLOAD_SOURCE_STALE */
	good(self, FLAGS,
	     !h->write(self->writer, 8, &value, 8) && !h->stamp(self->reader, &stamp) && stamp.payload_flags == 1);
	h->set_flags(self->writer, 0);
	good(self, STAMP,
	     !h->stamp(self->reader, &stamp) && stamp.epoch == 1 && stamp.liveness == 2 && stamp.commit_unix_ns > 0);
}

static void report(pc_inst *self)
{
	char text[512] = "1.0: services that failed:";
	size_t used = strlen(text), before = used;
	good(self, WATCH, (int)__atomic_load_n(&self->watched, __ATOMIC_RELAXED));
	good(self, EXTENSION, self->host->extension(self->host, "pagecast.nothing/1") == NULL);
	good(self, FAIL, self->host->fail(self->host, PC_EIO, "an error for the status region") == PC_EIO);
	self->host->metric_set(self->metric, 40);
	self->host->metric_add(self->metric, 2);
	for (int i = 0; i < SERVICES; i++)
		if (!(self->done & 1u << i)) used += (size_t)snprintf(text + used, sizeof text - used, " %s", names[i]);
	self->host->log(self->host, PC_LOG_INFO, used == before ? "1.0: every service answered" : text);
}

static void on_timer(void *arg)
{
	pc_inst *self = arg;
	good(self, TIMER, 1);
	good(self, NOW, self->host->now_ns(self->host) > self->born_ns);
	if (++self->rounds <= 5) use_regions(self);
	if (self->rounds == 5) report(self);
	if (self->rounds < 5) return;
	self->host->cancel(self->timer);
	self->timer = NULL;
}

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	struct pc_region_spec spec = {sizeof spec, 20, "a u64\nb u64\n", "written by a plugin of 1.0", 0, 0};
	pc_inst *self = calloc(1, sizeof *self);
	pc_metric *twin = NULL;
	int s;
	if (!self) return PC_ENOMEM;
	*ret = self;
	self->host = host;
	self->pipe[0] = self->pipe[1] = -1;
	self->born_ns = host->now_ns(host);
	if (host->struct_size < sizeof *host || host->abi >> 16 != 1) return PC_EVERSION;
	good(self, CFG,
	     host->cfg_int(config, "interval") == (int64_t)(20 * MS) && host->cfg_real(config, "ratio") > 0.49 &&
	             host->cfg_real(config, "ratio") < 0.51 && !strcmp(host->cfg_string(config, "text"), "hello") &&
	             !strcmp(host->cfg_list(config, "list", 1), "b") && !host->cfg_list(config, "list", 2));
	s = host->metric(host, "things", PC_COUNTER, "1", "counted by a plugin of 1.0", &self->metric);
	good(self, METRIC, !s && !host->metric(host, "things", PC_COUNTER, "1", "", &twin) && twin == self->metric);
	s = host->declare(host, REGION, &spec);
	if (!s) s = host->open(host, REGION, PC_WR, &self->writer);
	if (!s) s = host->open(host, REGION, PC_RD, &self->reader);
	return s;
}

static int start(pc_inst *self)
{
	const struct pc_host *h = self->host;
	int s = h->watch(self->reader, MS, on_region, self, &self->watch);
	if (!s) s = h->watch_regions(h, on_regions, self, &self->table);
	if (!s) s = h->post(h, on_post, self);
	if (!s && (pipe(self->pipe) || write(self->pipe[1], "x", 1) != 1)) s = PC_EIO;
	if (!s) s = h->io(h, self->pipe[0], PC_IO_READ, on_io, self, &self->io);
	if (!s) s = h->timer(h, 20 * MS, 20 * MS, on_timer, self, &self->timer);
	return s;
}

static int reload(pc_inst *self, const pc_config *config)
{
	(void)config;
	self->host->log(self->host, PC_LOG_INFO, "1.0: reloaded");
	return 0;
}

static void stop(pc_inst *self)
{
	if (self->host->post(self->host, on_post, self) == PC_ESTALE)
		self->host->log(self->host, PC_LOG_INFO, "1.0: stopped");
	self->host->cancel(self->timer);
	self->host->cancel(self->io);
	self->host->cancel(self->watch);
	self->host->cancel(self->table);
}

static void destroy(pc_inst *self)
{
	self->host->close(self->reader);
	self->host->close(self->writer);
	for (int i = 0; i < 2; i++)
		if (self->pipe[i] >= 0) (void)close(self->pipe[i]);
	free(self);
}

/* clang-format off */
static const struct pc_option options[] = {
	{ "interval", "20ms", "1ms", "1s", NULL, "between rounds", PC_OPT_DURATION, PC_OPT_RELOAD },
	{ "ratio", "0.5", "0", "1", NULL, "", PC_OPT_REAL, 0 },
	{ "text", "hello", NULL, NULL, NULL, "", PC_OPT_STRING, 0 },
	{ "list", "a,b", NULL, NULL, NULL, "", PC_OPT_LIST, 0 },
	{ NULL, NULL, NULL, NULL, NULL, NULL, 0, 0 } };

const struct pc_plugin pagecast_plugin = {
	PC_PLUGIN_MAGIC, sizeof pagecast_plugin, PC_ABI(1, 0), 0, "abi_1_0", "1.0.0", "MIT", "A plugin built with the headers of 1.0",
	options, create, start, reload, stop, destroy };
/* clang-format on */

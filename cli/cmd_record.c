/* cmd_record.c - `pagecast record`: regions into a file, from the mappings alone, without a daemon.
 *
 * It looks at the tick of every region each millisecond or two, takes what is newest, and out of the region's slots what came
 * between. What is in no slot any more is counted as missed.                                                     */
#include "catalogue.h"
#include "os.h"
#include "recording/writer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MS          UINT64_C(1000000)
#define LOOK_MS     2
#define STATE_NS    (50 * MS)
#define REOPEN_NS   (250 * MS)
#define CHUNK_NS    (1000 * MS)
#define CHUNK_BYTES (1u << 20)

enum { OPT_OUT, OPT_FOR, OPT_ALL, OPTS };
static const cli_option options[OPTS + 1] = {[OPT_OUT] = {'o', "out", "FILE", "the recording; must not exist"},
                                             [OPT_FOR] = {'f', "for", "TIME", "end after that; else with Ctrl-C"},
                                             [OPT_ALL] = {'a', "all", NULL, "every region but the daemons' own"},
                                             [OPTS] = {0, NULL, NULL, NULL}};

struct source {
	char name[PC_NAME_BYTES];
	pc_reader *reader;
	unsigned char *payload, *older;
	uint16_t channel; /* 0: not announced */
	uint64_t tick, state_ns, follow_ns;
	uint32_t epoch;
	pc_liveness state;
	struct source *next;
};

struct record {
	const cli_args *args;
	struct source *sources;
	rec_writer *writer;
	uint64_t unix_ns, mono_ns, chunk_ns, values, missed;
};

/* ---- messages -------------------------------------------------------------------------------------------- */

static pc_status announce(struct record *r, struct source *s, pc_err *err)
{
	const pc_control *c = pc_reader_control(s->reader);
	const pc_layout *layout = pc_reader_layout(s->reader);
	size_t bytes;
	rec_channel about = {.layout = "",
	                     .payload_bytes = pc_reader_payload_bytes(s->reader),
	                     .stale_after_ms = c->stale_after_ms,
	                     .publish_hint_ms = c->publish_hint_ms};
	(void)snprintf(about.topic, sizeof about.topic, "%s", s->name);
	if (layout) about.layout = pc_layout_text(layout, &bytes);
	free(s->payload);
	free(s->older);
	s->payload = s->older = NULL;
	if (about.payload_bytes <= REC_PAYLOAD_MAX) {
		s->payload = malloc((size_t)about.payload_bytes);
		s->older = malloc((size_t)about.payload_bytes);
	}
	if (!s->payload || !s->older)
		return pc_err_set(err, PC_ENOMEM, "%s: %" PRIu64 " bytes are too many", s->name, about.payload_bytes);
	return rec_writer_channel(r->writer, &about, pc_reader_schema_id(s->reader), &s->channel, err);
}

static uint64_t log_time(const struct record *r)
{
	return r->unix_ns + (cli_os_mono_ns() - r->mono_ns);
}

/* @param payload  of REC_VALUE, else NULL */
static pc_status add(struct record *r, struct source *s, enum rec_event event, const void *payload,
                     const pc_snapshot_info *info, uint64_t missed)
{
	rec_message m = {.log_ns = log_time(r),
	                 .commit_unix_ns = info->commit_unix_ns,
	                 .tick = info->tick,
	                 .missed = missed,
	                 .epoch = info->epoch,
	                 .flags = (uint16_t)info->payload_flags,
	                 .liveness = (uint8_t)s->state,
	                 .event = (uint8_t)event,
	                 .payload = payload,
	                 .payload_bytes = payload ? pc_reader_payload_bytes(s->reader) : 0};
	r->values += event == REC_VALUE;
	if (missed != REC_UNKNOWN) r->missed += missed;
	return rec_writer_add(r->writer, s->channel, &m);
}

/* What came between the last tick and the newest, as far as it is in a slot. Moves s->tick to what was found. */
static pc_status add_history(struct record *r, struct source *s, uint64_t newest)
{
	size_t bytes = (size_t)pc_reader_payload_bytes(s->reader);
	uint64_t tick = newest - s->tick > PC_SLOT_MAX ? newest - PC_SLOT_MAX : s->tick + 1;
	for (; tick < newest; tick++) {
		pc_snapshot_info info;
		if (pc_reader_history(s->reader, tick, s->older, bytes, &info) != PC_OK) continue;
		if (add(r, s, REC_VALUE, s->older, &info, tick - s->tick - 1) != PC_OK) return PC_ENOMEM;
		s->tick = tick;
	}
	return PC_OK;
}

/* The newest payload, what came before it, and a state that changed. @param is_first  of this object */
static pc_status add_news(struct record *r, struct source *s, bool is_first, bool is_state)
{
	pc_snapshot_info info = {0};
	uint64_t missed = REC_UNKNOWN;
	pc_status st = pc_reader_snapshot(s->reader, s->payload, (size_t)pc_reader_payload_bytes(s->reader), &info);
	bool is_new = is_first || info.tick > s->tick;
	if (st == PC_EAGAIN || st == PC_ESTALE) return PC_OK;
	if (st != PC_OK) return st;
	if (!is_first) {
		st = add_history(r, s, info.tick);
		missed = info.tick > s->tick ? info.tick - s->tick - 1 : 0;
	}
	if (st == PC_OK && (is_first || is_state || info.epoch != s->epoch)) {
		st = add(r, s, is_first ? REC_BEGINS : REC_STATE, NULL, &info, missed);
		missed = 0;
	}
	if (st == PC_OK && info.tick && is_new) st = add(r, s, REC_VALUE, s->payload, &info, missed);
	s->tick = info.tick;
	s->epoch = info.epoch;
	return st;
}

/* ---- regions --------------------------------------------------------------------------------------------- */

/* After the writer's end its region may be another one: look by name now and then. */
static bool follow(struct source *s, uint64_t now)
{
	const pc_control *held = pc_reader_control(s->reader);
	if (s->state != PC_RETIRED && s->state != PC_CLOSED && s->state != PC_DEAD) return false;
	if (now - s->follow_ns < REOPEN_NS) return false;
	s->follow_ns = now;
	return pc_reader_reopen(s->reader, NULL) == PC_OK && pc_reader_control(s->reader) != held;
}

static pc_status look_at(struct record *r, struct source *s, pc_err *err)
{
	uint64_t now = cli_os_mono_ns();
	bool is_first = !s->channel || follow(s, now), is_state = false;
	pc_status st = is_first ? announce(r, s, err) : PC_OK;
	if (st != PC_OK) return st;
	bool is_news = pc_load_acquire_u64(&pc_reader_control(s->reader)->latest) != s->tick ||
	               pc_load_acquire_u64(&pc_reader_control(s->reader)->tick) != s->tick;
	if (is_first || is_news || now - s->state_ns >= STATE_NS) {
		pc_liveness state = pc_reader_liveness(s->reader);
		is_state = state != s->state;
		s->state = state;
		s->state_ns = now;
	}
	if (!is_first && !is_state && !is_news) return PC_OK;
	return add_news(r, s, is_first, is_state);
}

static int add_source(struct record *r, const char *name)
{
	struct source *s = calloc(1, sizeof *s), **last = &r->sources;
	int result = s ? cli_open(r->args, name, &s->reader) : CLI_FAILED;
	if (result) {
		free(s);
		return result;
	}
	const char *colon = strchr(name, ':'); /* INSTANCE:KEY is recorded as KEY */
	(void)snprintf(s->name, sizeof s->name, "%s", colon ? colon + 1 : name);
	while (*last) last = &(*last)->next;
	*last = s;
	return CLI_OK;
}

static int add_all(struct record *r)
{
	cli_catalogue c = {0};
	pc_err err = {""};
	int result = CLI_OK;
	if (cli_catalogue_load(&c, r->args, &err) != PC_OK) {
		cli_error("%s", err.text);
		return CLI_FAILED;
	}
	for (uint32_t i = 0; i < c.region_count && !result; i++) {
		const cli_region *region = &c.regions[i];
		char name[2 * PC_NAME_BYTES + 2];
		if (region->entry && region->entry->flags & PC_REGION_SYSTEM) continue;
		if (!region->entry && !strncmp(region->key, PC_DIRECTORY_PREFIX, sizeof PC_DIRECTORY_PREFIX - 1))
			continue;
		(void)snprintf(name, sizeof name, "%s%s%s", region->daemon ? region->daemon->head.instance : "",
		               region->daemon ? ":" : "", region->key);
		result = add_source(r, name);
	}
	cli_catalogue_free(&c);
	if (!result && !r->sources) {
		cli_error("there is no region to record");
		result = CLI_FAILED;
	}
	return result;
}

/* ---- the loop -------------------------------------------------------------------------------------------- */

static int failed(const struct record *r, const char *why)
{
	cli_error("%s: %s", r->args->value[OPT_OUT], why);
	return CLI_FAILED;
}

static int loop(struct record *r, uint64_t for_ns)
{
	pc_err err = {""};
	while (!cli_os_stopped() && (!for_ns || cli_os_mono_ns() - r->mono_ns < for_ns)) {
		for (struct source *s = r->sources; s; s = s->next) {
			pc_status st = look_at(r, s, &err);
			if (st != PC_OK) return failed(r, err.text[0] ? err.text : pc_status_text(st));
		}
		uint64_t now = cli_os_mono_ns();
		if (now - r->chunk_ns >= CHUNK_NS || rec_writer_pending(r->writer) >= CHUNK_BYTES) {
			if (rec_writer_flush(r->writer, &err) != PC_OK) return failed(r, err.text);
			r->chunk_ns = now;
		}
		cli_os_sleep_ms(LOOK_MS);
	}
	for (struct source *s = r->sources; s; s = s->next) {
		pc_snapshot_info info = {.tick = s->tick, .epoch = s->epoch};
		if (s->channel && add(r, s, REC_ENDS, NULL, &info, 0) != PC_OK) return failed(r, "out of memory");
	}
	return rec_writer_finish(&r->writer, &err) == PC_OK ? CLI_OK : failed(r, err.text);
}

static int open_all(struct record *r)
{
	int result = CLI_OK;
	pc_err err = {""};
	if (r->args->value[OPT_ALL]) result = add_all(r);
	for (int i = 0; i < r->args->word_count && !result; i++) result = add_source(r, r->args->words[i]);
	if (result) return result;
	return rec_writer_open(r->args->value[OPT_OUT], &r->writer, &err) == PC_OK
	               ? CLI_OK
	               : (cli_error("%s", err.text), CLI_FAILED);
}

static int run(const cli_args *args)
{
	struct record r = {.args = args};
	uint64_t for_ns = 0;
	if (!args->value[OPT_OUT]) return cli_usage_error(&cli_record, "into which file? --out FILE");
	if (!args->value[OPT_ALL] == !args->word_count)
		return cli_usage_error(&cli_record, "which regions? names, or --all");
	if (args->value[OPT_FOR] && (!cli_parse_duration(args->value[OPT_FOR], &for_ns) || !for_ns))
		return cli_usage_error(&cli_record, "'%s' is not a time such as 100ms or 2s", args->value[OPT_FOR]);
	cli_os_catch_stop();
	int result = open_all(&r);
	r.unix_ns = cli_os_unix_ns();
	r.mono_ns = r.chunk_ns = cli_os_mono_ns();
	if (!result) {
		result = loop(&r, for_ns);
		cli_hint("%" PRIu64 " values, %" PRIu64 " commits missed", r.values, r.missed);
	}
	rec_writer_abandon(&r.writer);
	for (struct source *s = r.sources, *next; s; s = next) {
		next = s->next;
		pc_reader_close(&s->reader);
		free(s->payload);
		free(s->older);
		free(s);
	}
	return result;
}

const cli_command cli_record = {
        .name = "record",
        .group = "recordings",
        .summary = "regions into a file, until Ctrl-C",
        .usage = "NAME... --out FILE [--for TIME]",
        .about = "Reads the regions as any program does: no daemon is asked, and no writer disturbed.\n"
                 "Commits between two looks are taken out of a region's slots; what is in none any more is\n"
                 "counted as missed, in the file too. A killed `record` leaves a file that is good up to\n"
                 "its last second. The plugin `record` does it for long: docs/record.md.\n",
        .examples = "pagecast record car motion --out drive.mcap\ttwo regions\n"
                    "pagecast record --all --for 10s --out drive.mcap\tall of it, ten seconds\n",
        .options = options,
        .least = 0,
        .most = -1,
        .run = run};

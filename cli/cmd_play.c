/* cmd_play.c - `pagecast play`: a recording into regions, in its own time or another. */
#include "catalogue.h"
#include "os.h"
#include "recorded.h"

#include <pagecast/writer.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)

enum { OPT_SPEED, OPT_LOOP, OPT_REGION, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_SPEED] = {'s', "speed", "FACTOR", "2 is twice as fast, 0.5 half; 0: without waiting"},
        [OPT_LOOP] = {'l', "loop", NULL, "again and again, until Ctrl-C"},
        [OPT_REGION] = {'r', "region", "FROM=TO,...", "only these; TO may be left out where it is the same"},
        [OPTS] = {0, NULL, NULL, NULL}};

/* One region that is played into. */
struct target {
	const rec_channel *channel;
	pc_owner *owner; /* NULL: somebody else serves it */
	pc_writer *writer;
	struct target *next;
};

struct play {
	const cli_args *args;
	struct target *targets;
	double speed;
	uint64_t first_ns, start_ns; /* of the recording; of this round, on our clock */
	uint64_t beat_ns, played;
	int result;
};

/* ---- regions --------------------------------------------------------------------------------------------- */

/* The name to play a region to. @return false: not at all */
static bool target_name(const struct play *p, const char *topic, char to[PC_NAME_BYTES])
{
	const char *list = p->args->value[OPT_REGION];
	size_t bytes = strlen(topic);
	if (!list) {
		if (bytes >= PC_NAME_BYTES) return false;
		memcpy(to, topic, bytes + 1);
		return true;
	}
	while (*list) {
		size_t pair = strcspn(list, ","), from = strcspn(list, ",=");
		if (from == bytes && !memcmp(list, topic, bytes)) {
			const char *start = from < pair ? list + from + 1 : list;
			size_t length = (size_t)(list + pair - start);
			if (!length || length >= PC_NAME_BYTES) return false;
			memcpy(to, start, length);
			to[length] = 0;
			return true;
		}
		list += pair + (list[pair] == ',');
	}
	return false;
}

/* Nobody serves it: for the time being we do. */
static pc_status own(struct target *t, const char *object, pc_err *err)
{
	const rec_channel *c = t->channel;
	pc_region_options o = {.struct_size = sizeof o,
	                       .name = object,
	                       .payload_bytes = c->payload_bytes,
	                       .schema_text = c->layout[0] ? c->layout : NULL,
	                       .schema_bytes = (uint32_t)strlen(c->layout),
	                       .slot_count = PC_SLOTS_AUTO,
	                       .publish_hint_ms = c->publish_hint_ms};
	return pc_owner_open(&o, &t->owner, NULL, err);
}

static int open_target(struct play *p, struct target *t, const char *name)
{
	char object[PC_NAME_BYTES];
	pc_writer_options o = {.struct_size = sizeof o, .program = "pagecast play"};
	pc_err err = {""};
	int result = cli_resolve(p->args, name, object);
	if (result) return result;
	pc_status s = pc_writer_open(object, &o, &t->writer, &err);
	if (s == PC_EABSENT) {
		s = own(t, object, &err);
		if (s == PC_OK) s = pc_writer_open(object, &o, &t->writer, &err);
	}
	if (s != PC_OK) {
		cli_error("%s: %s", name, err.text[0] ? err.text : pc_status_text(s));
		return cli_exit_of(s);
	}
	if (pc_writer_payload_bytes(t->writer) != t->channel->payload_bytes) {
		cli_error("region '%s' has %llu bytes, the recorded one %llu", name,
		          (unsigned long long)pc_writer_payload_bytes(t->writer),
		          (unsigned long long)t->channel->payload_bytes);
		return CLI_FAILED;
	}
	return CLI_OK;
}

static void close_target(struct target *t)
{
	pc_writer_close(&t->writer);
	if (t->owner) pc_owner_close(&t->owner, PC_OWNER_RETIRE);
}

/* @return NULL with p->result set, or because this region is not played */
static struct target *target_of(struct play *p, const rec_channel *channel)
{
	char name[PC_NAME_BYTES];
	struct target *t = p->targets;
	while (t && t->channel != channel) t = t->next;
	if (t || !target_name(p, channel->topic, name)) return t;
	/* the same region with another size or layout, later in the recording: the earlier one ends */
	for (struct target *old = p->targets; old; old = old->next)
		if (!strcmp(old->channel->topic, channel->topic)) close_target(old);
	t = calloc(1, sizeof *t);
	if (!t) {
		p->result = CLI_FAILED;
		return NULL;
	}
	t->channel = channel;
	t->next = p->targets;
	p->targets = t;
	p->result = open_target(p, t, name);
	return p->result ? NULL : t;
}

/* ---- time ------------------------------------------------------------------------------------------------ */

static void beat_all(struct play *p)
{
	p->beat_ns = cli_os_mono_ns();
	for (struct target *t = p->targets; t; t = t->next)
		if (t->writer) (void)pc_writer_beat(t->writer);
}

/* Until the moment of the recording has come. @return false: stopped */
static bool wait_for(struct play *p, uint64_t log_ns)
{
	uint64_t since = log_ns > p->first_ns ? log_ns - p->first_ns : 0;
	uint64_t due = p->start_ns + (p->speed > 0 ? (uint64_t)((double)since / p->speed) : 0);
	for (;;) {
		uint64_t now = cli_os_mono_ns();
		if (cli_os_stopped()) return false;
		if (now - p->beat_ns >= 40 * MS) beat_all(p);
		if (now >= due || p->speed <= 0) return true;
		uint64_t left = due - now;
		cli_os_sleep_ms(left > 40 * MS ? 40 : left < MS ? 1 : (unsigned)(left / MS));
	}
}

/* ---- messages -------------------------------------------------------------------------------------------- */

/* A state in which what is known of a region does not count as fresh. */
static bool is_doubtful(const rec_message *m)
{
	return m->event && m->event != REC_BEGINS && m->event != REC_ENDS && m->liveness != PC_LIVE &&
	       m->liveness != PC_LEGACY;
}

static void play_one(struct play *p, struct target *t, const rec_message *m)
{
	uint32_t flags = PC_PAYLOAD_REPLAY | (m->flags & (PC_PAYLOAD_SOURCE_STALE | PC_PAYLOAD_TORN));
	pc_status s = PC_OK;
	if (!t->writer || (m->event && !is_doubtful(m))) return;
	if (m->event) flags |= PC_PAYLOAD_SOURCE_STALE;
	pc_writer_set_flags(t->writer, flags);
	if (!m->event) {
		s = pc_writer_write(t->writer, 0, m->payload, (size_t)m->payload_bytes);
		p->played++;
	} else if (pc_writer_begin(t->writer)) {
		s = pc_writer_commit(t->writer);
	}
	if (s == PC_OK) return;
	cli_error("region of '%s': %s", t->channel->topic, pc_status_text(s));
	p->result = cli_exit_of(s);
}

static bool play_round(struct play *p, rec_reader *r)
{
	const rec_channel *channel;
	rec_message m;
	pc_err err = {""};
	pc_status s;
	p->first_ns = 0;
	while (!p->result && (s = rec_reader_next(r, &channel, &m, &err)) != PC_EABSENT) {
		if (s != PC_OK) {
			cli_error("%s", err.text);
			if (s == PC_ENOMEM || s == PC_EIO) p->result = CLI_FAILED;
			continue;
		}
		struct target *t = target_of(p, channel);
		if (!t) continue;
		if (!p->first_ns) {
			p->first_ns = m.log_ns;
			p->start_ns = cli_os_mono_ns();
		}
		if (!wait_for(p, m.log_ns)) return false;
		play_one(p, t, &m);
	}
	return !p->result;
}

static int run(const cli_args *args)
{
	struct play p = {.args = args, .speed = 1};
	rec_reader *r = NULL;
	char *end = NULL;
	if (args->value[OPT_SPEED]) {
		p.speed = strtod(args->value[OPT_SPEED], &end);
		if (*end || end == args->value[OPT_SPEED] || !(p.speed >= 0 && p.speed <= 1e6))
			return cli_usage_error(&cli_play, "'%s' is not a speed such as 2 or 0.5",
			                       args->value[OPT_SPEED]);
	}
	int result = cli_recording_open(args->words[0], &r);
	if (result) return result;
	cli_os_catch_stop();
	while (play_round(&p, r) && args->value[OPT_LOOP] && p.played) rec_reader_rewind(r);
	if (!p.result && !p.played && !cli_os_stopped()) {
		cli_error("nothing was played: `pagecast recording info` shows what is in it");
		p.result = CLI_FAILED;
	}
	for (struct target *t = p.targets, *next; t; t = next) {
		next = t->next;
		close_target(t);
		free(t);
	}
	rec_reader_close(&r);
	return p.result;
}

const cli_command cli_play = {
        .name = "play",
        .group = "recordings",
        .summary = "a recording into regions, flagged as replay",
        .usage = "FILE [--speed FACTOR] [--loop] [--region FROM=TO,...]",
        .about = "Becomes the writer of each region, and commits what was recorded, when it was. A region\n"
                 "that nobody serves is served for as long as it plays. Every commit is flagged `replay`;\n"
                 "where the recorded writer was dead or silent it is flagged `source stale`, too. What\n"
                 "was missed is missing here, too.\n",
        .examples = "pagecast play drive.mcap\tas it was\n"
                    "pagecast play drive.mcap --speed 2 --loop\tfaster, for ever\n"
                    "pagecast play drive.mcap --region car=ghost\tone region, to another\n",
        .options = options,
        .least = 1,
        .most = 1,
        .run = run};

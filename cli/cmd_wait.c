/* cmd_wait.c - `pagecast wait`: for scripts that go on when a region exists, has data, lives, or its writer is gone. */
#include "catalogue.h"
#include "os.h"
#include "out.h"

#include <string.h>

#define LOOK_MS   50
#define FOLLOW_NS UINT64_C(100000000)

enum { OPT_FOR, OPT_TIMEOUT, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_FOR] = {'f', "for", "WHAT",
                     "exists  it can be opened\n"
                     "data    a commit from now on\n"
                     "live    its writer lives and its heartbeat moves (the default)\n"
                     "dead    its writer ended without saying so\n"
                     "closed  its writer ended\n"
                     "gone    dead, closed, or there is no such region\n"
                     "stale, starting, legacy, unreachable, retired, absent"},
        [OPT_TIMEOUT] = {'t', "timeout", "TIME", "give up with 4 after TIME; default: never"},
        [OPTS] = {0, NULL, NULL, NULL}};

enum goal { FOR_STATE, FOR_EXISTS, FOR_DATA, FOR_LIVE, FOR_GONE };

struct waiting {
	const cli_args *args;
	enum goal goal;
	pc_liveness wanted; /* for FOR_STATE */
	uint64_t deadline_ns, follow_ns;
	pc_reader *reader;
	pc_liveness found;
	bool was_absent; /* the region came while we waited: whatever is in it is new */
	bool has_data;
};

static bool is_reached(const struct waiting *w)
{
	switch (w->goal) {
	case FOR_EXISTS: return w->found != PC_ABSENT;
	case FOR_DATA: return w->has_data;
	case FOR_LIVE: return w->found == PC_LIVE || w->found == PC_LEGACY;
	case FOR_GONE: return w->found == PC_DEAD || w->found == PC_CLOSED || w->found == PC_ABSENT;
	case FOR_STATE: return w->found == w->wanted;
	}
	return false;
}

static bool is_over(const struct waiting *w)
{
	return w->deadline_ns && cli_os_mono_ns() >= w->deadline_ns;
}

/* @return CLI_OK, also if it is not there yet; another code if it never can be read */
static int try_open(struct waiting *w)
{
	const char *name = w->args->words[0];
	char object[PC_NAME_BYTES];
	uint32_t events = 0;
	pc_err err = {""};
	int result = CLI_OK;
	w->found = PC_ABSENT;
	if (cli_meant(w->args, name, object) > 1) result = cli_resolve(w->args, name, object); /* says which */
	if (result) return result;
	pc_status s = pc_reader_open(object, &w->args->trust, &w->reader, &err);
	if (s == PC_EABSENT || s == PC_ENOTREADY || (s == PC_EINVAL && strchr(name, ':'))) {
		w->was_absent = true;
		return CLI_OK;
	}
	if (s != PC_OK) return cli_open_failed(w->args, name, s, &err);
	/* what was committed before we came counts only if the region itself came after us */
	if (pc_reader_wait(w->reader, 0, &events) == PC_OK && events & PC_WAIT_DATA) w->has_data = w->was_absent;
	w->found = pc_reader_liveness(w->reader);
	return CLI_OK;
}

/* After its writer's end the region may be removed, or replaced. */
static void follow(struct waiting *w)
{
	uint64_t now = cli_os_mono_ns();
	if ((w->found != PC_RETIRED && w->found != PC_CLOSED && w->found != PC_DEAD) || now < w->follow_ns) return;
	w->follow_ns = now + FOLLOW_NS;
	const pc_control *held = pc_reader_control(w->reader);
	pc_status s = pc_reader_reopen(w->reader, NULL);
	if (s == PC_EABSENT) {
		pc_reader_close(&w->reader);
		w->found = PC_ABSENT;
		w->was_absent = true;
	} else if (s == PC_OK && pc_reader_control(w->reader) != held) {
		w->found = pc_reader_liveness(w->reader);
		w->was_absent = true;
	}
}

/* A first look can only tell that there is a writer; "live" is believed once its heartbeat was seen to move. */
static void confirm(struct waiting *w)
{
	if (w->goal == FOR_LIVE && is_reached(w)) w->found = pc_reader_liveness_settled(w->reader);
}

static void sleep_a_while(struct waiting *w)
{
	uint64_t now = cli_os_mono_ns(), ms = LOOK_MS;
	uint32_t events = 0;
	if (w->deadline_ns && w->deadline_ns - now < ms * 1000000) ms = (w->deadline_ns - now) / 1000000 + 1;
	if (!w->reader)
		cli_os_sleep_ms((unsigned)ms);
	else if (pc_reader_wait(w->reader, (int)ms, &events) == PC_OK && events & PC_WAIT_DATA)
		w->has_data = true;
}

static int loop(struct waiting *w)
{
	for (;;) {
		int result = CLI_OK;
		if (!w->reader)
			result = try_open(w);
		else
			w->found = pc_reader_liveness(w->reader);
		if (result) return result;
		if (w->reader && !is_reached(w)) follow(w);
		confirm(w);
		if (is_reached(w)) return CLI_OK;
		if (is_over(w)) break;
		sleep_a_while(w);
	}
	cli_error("timed out: region '%s' is %s", w->args->words[0], pc_liveness_name(w->found));
	return CLI_TIMED_OUT;
}

static bool parse_goal(const char *word, struct waiting *w)
{
	static const struct {
		const char *word;
		enum goal goal;
	} goals[] = {{"exists", FOR_EXISTS}, {"data", FOR_DATA}, {"live", FOR_LIVE}, {"gone", FOR_GONE}};
	for (size_t i = 0; i < sizeof goals / sizeof *goals; i++) {
		if (strcmp(word, goals[i].word) != 0) continue;
		w->goal = goals[i].goal;
		return true;
	}
	w->goal = FOR_STATE;
	for (w->wanted = PC_ABSENT; w->wanted <= PC_UNREACHABLE; w->wanted++)
		if (!strcmp(word, pc_liveness_name(w->wanted))) return true;
	return false;
}

static int run(const cli_args *args)
{
	struct waiting w = {.args = args, .goal = FOR_LIVE};
	uint64_t timeout_ns = 0;
	if (args->value[OPT_FOR] && !parse_goal(args->value[OPT_FOR], &w))
		return cli_usage_error(
		        &cli_wait,
		        "cannot wait for '%s'; it is exists, data, live, dead, closed, gone or another state",
		        args->value[OPT_FOR]);
	if (args->value[OPT_TIMEOUT] && !cli_parse_duration(args->value[OPT_TIMEOUT], &timeout_ns))
		return cli_usage_error(&cli_wait, "'%s' is not a time such as 100ms or 2s", args->value[OPT_TIMEOUT]);
	if (args->value[OPT_TIMEOUT]) w.deadline_ns = cli_os_mono_ns() + timeout_ns;
	int result = loop(&w);
	pc_reader_close(&w.reader);
	return result;
}

const cli_command cli_wait = {
        .name = "wait",
        .group = "write and wait",
        .summary = "sleep until a region exists, has data, lives, or its writer is gone",
        .usage = "NAME [--for WHAT] [--timeout TIME]",
        .about = "Prints nothing: the exit code is the answer, 0 or 4. A death wakes it as fast as data\n"
                 "does, within a millisecond or so. The region need not exist yet. TIME is 500ms, 2s,\n"
                 "1.5m or a number of seconds.\n",
        .examples = "pagecast wait car --timeout 10s && ./dashboard\tstart when the car's writer lives\n"
                    "pagecast wait car --for dead && systemctl restart car\tact on its death\n"
                    "pagecast wait car --for data --timeout 1s || echo 'no data'\tis anything coming?\n",
        .options = options,
        .least = 1,
        .most = 1,
        .run = run};

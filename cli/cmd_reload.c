/* cmd_reload.c - `pagecast reload`: a sign to the daemon, and its answer out of its own regions. */
#include "facts.h"
#include "os.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_NS UINT64_C(10000000000)
#define LOOK_MS    50
#define TEXT_MS    1500 /* for the text to follow the number */

enum { OPT_TIMEOUT, OPT_QUIET, OPT_PID, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_TIMEOUT] = {'t', "timeout", "TIME", "give up with 4 after TIME; default: 10s"},
        [OPT_QUIET] = {'q', "quiet", NULL, "print nothing if it went well"},
        [OPT_PID] = {'p', "pid", "PID", "the daemon that is this process, for service managers"},
        [OPTS] = {0, NULL, NULL, NULL}};

/* The header of the directory, now. */
static bool read_head(const cli_daemon *d, pc_directory *ret)
{
	uint64_t bytes = pc_reader_payload_bytes(d->reader);
	char *payload = bytes >= sizeof *ret && bytes < SIZE_MAX ? malloc((size_t)bytes) : NULL;
	pc_status s = payload ? pc_reader_snapshot(d->reader, payload, (size_t)bytes, NULL) : PC_ENOMEM;
	if (s == PC_OK) memcpy(ret, payload, sizeof *ret);
	free(payload);
	/* a larger configuration may need a larger directory: a new region of the same name */
	if (s == PC_ESTALE) (void)pc_reader_reopen(d->reader, NULL);
	return s == PC_OK;
}

static int ask(const cli_daemon *d)
{
	const pc_control *c = pc_reader_control(d->reader);
	pc_liveness liveness = pc_reader_liveness_settled(d->reader);
	pc_err err = {""};
	if (liveness != PC_LIVE) {
		cli_error("daemon '%s' (pid %" PRIu32 ") is %s", d->head.instance, d->head.daemon_pid,
		          pc_liveness_name(liveness));
		return CLI_NOT_LIVE;
	}
	pc_status s = cli_os_ask_reload(d->region, d->head.daemon_pid, c->writer_start, c->writer_pidns, &err);
	if (s == PC_OK) return CLI_OK;
	cli_error("daemon '%s': %s", d->head.instance, err.text);
	return CLI_FAILED;
}

/* The number of reloads moves when one is over. @return CLI_OK, CLI_TIMED_OUT, CLI_NOT_LIVE */
static int wait_for_answer(const cli_daemon *d, uint64_t deadline_ns, pc_directory *ret_head)
{
	while (cli_os_mono_ns() < deadline_ns) {
		uint32_t events;
		if (read_head(d, ret_head) && ret_head->reload_count != d->head.reload_count) return CLI_OK;
		if (pc_reader_liveness(d->reader) == PC_DEAD || pc_reader_liveness(d->reader) == PC_CLOSED) {
			cli_error("daemon '%s' ended over it", d->head.instance);
			return CLI_NOT_LIVE;
		}
		(void)pc_reader_wait(d->reader, LOOK_MS, &events);
	}
	cli_error("daemon '%s' has not answered yet", d->head.instance);
	return CLI_TIMED_OUT;
}

/* What it says of that reload; the region with the text is written a moment after the number. */
static void read_text(const cli_args *args, const cli_daemon *d, uint32_t reload_count, pc_strbuf *b)
{
	uint64_t deadline_ns = cli_os_mono_ns() + TEXT_MS * UINT64_C(1000000);
	bool is_there = false;
	while (!is_there && cli_os_mono_ns() < deadline_ns) {
		cli_facts facts = {.reader = NULL};
		if (cli_facts_read(&facts, args, d, ".daemon") && cli_fact(&facts, "reload_count", 0) == reload_count) {
			cli_fact_text(b, &facts, "reload_text");
			is_there = true;
		}
		cli_facts_free(&facts);
		if (!is_there) cli_os_sleep_ms(LOOK_MS);
	}
}

static int report(const cli_args *args, const cli_daemon *d, const pc_directory *head)
{
	pc_strbuf text = {0};
	const char *status = pc_status_text((pc_status)head->reload_status);
	read_text(args, d, head->reload_count, &text);
	int result = head->reload_status ? CLI_FAILED : CLI_OK;
	if (result)
		cli_error("daemon '%s' keeps its configuration: %s", d->head.instance, text.bytes ? text.text : status);
	else if (!args->value[OPT_QUIET])
		(void)printf("%s: reloaded, generation %" PRIu32 "%s%s\n", d->head.instance, head->config_generation,
		             text.bytes ? ": " : "", text.bytes ? text.text : "");
	pc_strbuf_free(&text);
	return result;
}

/* The daemon that is meant. @return NULL, and has said why */
static const cli_daemon *find(const cli_args *args, const cli_catalogue *c, uint64_t pid)
{
	if (!args->value[OPT_PID]) return cli_find_daemon(c, args->word_count ? args->words[0] : NULL);
	for (uint32_t i = 0; i < c->daemon_count; i++)
		if (c->daemons[i].head.daemon_pid == pid) return &c->daemons[i];
	cli_error("process %" PRIu64 " is no daemon that is known here", pid);
	cli_hint_untrusted(c);
	return NULL;
}

static int run(const cli_args *args)
{
	cli_catalogue c = {0};
	pc_directory head;
	uint64_t pid = 0;
	pc_err err = {""};
	uint64_t timeout_ns = TIMEOUT_NS;
	if (args->value[OPT_TIMEOUT] && !cli_parse_duration(args->value[OPT_TIMEOUT], &timeout_ns))
		return cli_usage_error(&cli_reload, "'%s' is not a time such as 100ms or 2s", args->value[OPT_TIMEOUT]);
	if (args->value[OPT_PID] && (!cli_parse_count(args->value[OPT_PID], &pid) || args->word_count))
		return cli_usage_error(&cli_reload, "--pid is the number of a process, and then there is no INSTANCE");
	if (cli_catalogue_load(&c, args, &err) != PC_OK) {
		cli_error("%s", err.text);
		return CLI_FAILED;
	}
	const cli_daemon *d = find(args, &c, pid);
	int result = d ? ask(d) : CLI_FAILED;
	if (!result) result = wait_for_answer(d, cli_os_mono_ns() + timeout_ns, &head);
	if (!result) result = report(args, d, &head);
	cli_catalogue_free(&c);
	return result;
}

const cli_command cli_reload = {
        .name = "reload",
        .group = "the daemon",
        .summary = "let a daemon read its configuration again, and say how it went",
        .usage = "[INSTANCE | --pid PID] [--timeout TIME]",
        .about = "Asks the daemon that the directory region names, by SIGHUP or on Windows by its event,\n"
                 "and waits for the answer.\n"
                 "A reload applies everything or nothing: if the exit code is 1 the old configuration\n"
                 "goes on, and the message says why. INSTANCE is needed where there are several.\n",
        .examples = "pagecast check my.yaml && pagecast reload\tonly if it is right\n"
                    "pagecast reload rig-1 --timeout 30s\tone of several daemons\n",
        .options = options,
        .least = 0,
        .most = 1,
        .run = run};

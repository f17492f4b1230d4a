/* trial/supervise.c - the process that looks on: starts the child, ends one that hangs, goes on behind one that crashed, and reports. */
#include "app.h"
#include "host.h"
#include "os.h"
#include "record.h"
#include "trial.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS      100u
#define HANG_MS      10000u /* without a sign of life */
#define CHILDREN_MAX 24u
#define PATH_BYTES   4096u

struct supervisor {
	const pcd_trial_options *options;
	uv_loop_t loop;
	uv_process_t child;
	uv_timer_t look;
	uv_signal_t interrupt, terminate;
	pc_map map;
	pcd_record *record;
	char record_name[48], folder[PATH_BYTES];
	uint64_t seen;
	unsigned quiet_ms;
	int has_exited, hangs, is_interrupted, term_signal;
	int64_t exit_status;
};

/* ---- a folder of shared memory of our own --------------------------------------------------------------- */

static bool make_folder(struct supervisor *s)
{
	char base[PATH_BYTES], template[PATH_BYTES + 32];
	size_t bytes = sizeof base;
	const char *places[] = {getenv("PAGECAST_SHM_DIR"), "/dev/shm", base};
	if (uv_os_tmpdir(base, &bytes)) return false;
	for (size_t i = 0; i < 3; i++) {
		uv_fs_t request;
		if (!places[i]) continue;
		(void)snprintf(template, sizeof template, "%s/pagecast-trial-XXXXXX", places[i]);
		bool is_made = uv_fs_mkdtemp(NULL, &request, template, NULL) == 0 && strlen(request.path) < PATH_BYTES;
		if (is_made) (void)snprintf(s->folder, sizeof s->folder, "%s", request.path);
		uv_fs_req_cleanup(&request);
		if (is_made) return !uv_os_setenv("PAGECAST_SHM_DIR", s->folder);
	}
	return false;
}

/* What children that crashed left there goes with it. */
static void remove_folder(struct supervisor *s)
{
	uv_fs_t all, one;
	uv_dirent_t entry;
	char path[PATH_BYTES + 300];
	if (!s->folder[0]) return;
	if (uv_fs_scandir(NULL, &all, s->folder, 0, NULL) >= 0)
		while (uv_fs_scandir_next(&all, &entry) != UV_EOF) {
			(void)snprintf(path, sizeof path, "%s/%s", s->folder, entry.name);
			(void)uv_fs_unlink(NULL, &one, path, NULL);
			uv_fs_req_cleanup(&one);
		}
	uv_fs_req_cleanup(&all);
	(void)uv_fs_rmdir(NULL, &one, s->folder, NULL);
	uv_fs_req_cleanup(&one);
}

/* ---- the child -------------------------------------------------------------------------------------------- */

static void on_exit_of_child(uv_process_t *child, int64_t status, int term_signal)
{
	struct supervisor *s = child->data;
	s->has_exited = 1;
	s->exit_status = status;
	s->term_signal = term_signal;
	(void)uv_timer_stop(&s->look);
	uv_close((uv_handle_t *)child, NULL);
	uv_stop(&s->loop);
}

static void on_look(uv_timer_t *timer)
{
	struct supervisor *s = timer->data;
	uint64_t progress = s->record->progress;
	s->quiet_ms = progress == s->seen ? s->quiet_ms + LOOK_MS : 0;
	s->seen = progress;
	if (s->quiet_ms < HANG_MS || s->hangs) return;
	s->hangs = 1;
	(void)uv_process_kill(&s->child, SIGKILL);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct supervisor *s = handle->data;
	(void)number;
	s->is_interrupted = 1;
	(void)uv_process_kill(&s->child, SIGKILL);
}

/* @return 0, or libuv's error */
static int start_child(struct supervisor *s, unsigned from)
{
	char self[PATH_BYTES], rounds[16], step[16];
	size_t bytes = sizeof self;
	const pcd_trial_options *o = s->options;
	char *args[16 + 2 * PCD_TRIAL_SETS_MAX];
	int count = 0, error;
	uv_stdio_container_t stdio[3] = {
	        {.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_INHERIT_FD, .data.fd = 2}};
	uv_process_options_t how = {
	        .exit_cb = on_exit_of_child, .file = self, .args = args, .stdio_count = 3, .stdio = stdio};
	if ((error = uv_exepath(self, &bytes)) != 0) return error;
	(void)snprintf(rounds, sizeof rounds, "%u", o->rounds);
	(void)snprintf(step, sizeof step, "%u", from);
#define ARG(text) (args[count++] = (char *)(uintptr_t)(text)) /* libuv does not write there */
	ARG(self), ARG("--try-plugin"), ARG(o->file), ARG("--rounds"), ARG(rounds), ARG("--trial-record");
	ARG(s->record_name), ARG("--trial-from"), ARG(step);
	for (unsigned i = 0; i < o->set_count; i++) ARG("--set"), ARG(o->sets[i]);
	if (o->config) ARG("--config"), ARG(o->config);
	if (o->is_verbose) ARG("--verbose");
	ARG(NULL);
#undef ARG
	s->child.data = s;
	s->has_exited = s->hangs = 0;
	s->quiet_ms = 0;
	error = uv_spawn(&s->loop, &s->child, &how);
	if (error) {
		uv_close((uv_handle_t *)&s->child, NULL);
		return error;
	}
	(void)uv_timer_start(&s->look, on_look, LOOK_MS, LOOK_MS);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	(void)uv_run(&s->loop, UV_RUN_NOWAIT); /* the handle closes */
	return 0;
}

static void how_it_ended(const struct supervisor *s, char text[96])
{
	if (s->term_signal)
		(void)snprintf(text, 96, "crashed with signal %d (%s)", s->term_signal,
		               s->term_signal == SIGSEGV   ? "a wrong address"
		               : s->term_signal == SIGABRT ? "abort"
		               : s->term_signal == SIGFPE  ? "arithmetic"
		               : s->term_signal == SIGILL  ? "a wrong instruction"
		                                           : "see signal(7)");
	else if (s->exit_status < 0 || s->exit_status > 255)
		(void)snprintf(text, 96, "crashed with 0x%08llX", (unsigned long long)(uint32_t)s->exit_status);
	else
		(void)snprintf(text, 96, "ended the process with exit status %d", (int)s->exit_status);
}

/* A child that did not come to its end. */
static void say_lost(struct supervisor *s)
{
	pcd_record *r = s->record;
	char text[PCD_FINDING_BYTES], how[96], where[96] = "outside its callbacks";
	r->callback[sizeof r->callback - 1] = r->doing[sizeof r->doing - 1] = 0;
	how_it_ended(s, how);
	if (r->callback[0]) (void)snprintf(where, sizeof where, "in %s", r->callback);
	(void)snprintf(text, sizeof text, "it %s %s, %s; last host call: %s%s: %s", s->hangs ? "hangs" : how, where,
	               r->doing, pcd_trial_call_name(r->service), r->service ? "()" : "",
	               s->hangs ? "nothing that runs on the loop may wait"
	                        : "run it under a debugger: gdb --args pagecastd --plugin-path FOLDER CONFIG");
	pcd_record_add(r, PCD_FAULT, text);
}

/* Children, one after the other, until one comes to the end. @return 0, or an exit status at once */
static int run_children(struct supervisor *s)
{
	unsigned from = 0;
	for (unsigned i = 0; i < CHILDREN_MAX; i++) {
		int error = start_child(s, from);
		if (error) {
			(void)fprintf(stderr, "pagecastd: cannot start the trial: %s\n", uv_strerror(error));
			return PCD_EXIT_FAILED;
		}
		if (s->is_interrupted) return PCD_EXIT_FAILED;
		if (!s->hangs && !s->term_signal && s->exit_status == PCD_EXIT_USAGE && !s->record->what[0])
			return PCD_EXIT_USAGE;
		if (s->record->has_ended && !s->hangs && !s->term_signal && !s->exit_status) return 0;
		say_lost(s);
		/* What cannot be loaded, or does not live with its own defaults, is no better with other values. */
		if (s->record->step == PCD_STEP_LOAD || s->record->step == PCD_STEP_ROUNDS) return 0;
		from = s->record->step + 1;
		s->record->callback[0] = 0;
	}
	return 0;
}

/* ---- report ------------------------------------------------------------------------------------------------- */

static int report(const struct supervisor *s)
{
	static const char *const words[] = {"?", "FAULT", "note", "ok"};
	const pcd_record *r = s->record;
	unsigned faults = 0;
	(void)printf("%s%s%s\n", s->options->file, r->what[0] ? ": " : "", r->what);
	for (int kind = PCD_WELL; kind >= PCD_FAULT; kind--)
		for (uint32_t i = 0; i < r->finding_count; i++) {
			if (r->findings[i].kind != (uint32_t)kind) continue;
			(void)printf("  %-6s %.*s\n", words[kind], (int)PCD_FINDING_BYTES, r->findings[i].text);
			faults += kind == PCD_FAULT;
		}
	(void)printf("%u round%s, %llu callbacks", r->rounds, r->rounds == 1 ? "" : "s",
	             (unsigned long long)r->callbacks);
	if (r->callbacks) (void)printf(", the longest %.1f ms (%s)", (double)r->longest_ns / 1e6, r->longest);
	(void)printf(": %s\n", faults ? "not fit to run" : "fit to run");
	return faults ? PCD_EXIT_FAILED : PCD_EXIT_OK;
}

static int supervise(struct supervisor *s)
{
	pc_err err = {""};
	(void)snprintf(s->record_name, sizeof s->record_name, "pagecast-trial-%d", (int)uv_os_getpid());
	if (pcd_record_create(s->record_name, &s->map, &err) != PC_OK) {
		(void)fprintf(stderr, "pagecastd: %s\n", err.text);
		return PCD_EXIT_FAILED;
	}
	s->record = s->map.base;
	s->look.data = s->interrupt.data = s->terminate.data = s;
	(void)uv_timer_init(&s->loop, &s->look);
	(void)uv_signal_init(&s->loop, &s->interrupt);
	(void)uv_signal_init(&s->loop, &s->terminate);
	(void)uv_signal_start(&s->interrupt, on_signal, SIGINT);
	(void)uv_signal_start(&s->terminate, on_signal, SIGTERM);
	int result = run_children(s);
	if (!result) result = report(s);
	uv_close((uv_handle_t *)&s->look, NULL);
	uv_close((uv_handle_t *)&s->interrupt, NULL);
	uv_close((uv_handle_t *)&s->terminate, NULL);
	pc_map_close(&s->map);
	return result;
}

int pcd_trial_run(const pcd_trial_options *options)
{
	struct supervisor *s = calloc(1, sizeof *s);
	int result = PCD_EXIT_FAILED;
	if (!s || uv_loop_init(&s->loop) || !make_folder(s)) {
		(void)fprintf(stderr, "pagecastd: cannot make a folder for the trial\n");
		free(s);
		return result;
	}
	s->options = options;
	/* What glibc keeps for each thread counts as handed out: memory would seem to grow. */
	(void)uv_os_setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0");
	result = supervise(s);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT); /* what was closed */
	(void)uv_loop_close(&s->loop);
	remove_folder(s);
	free(s);
	if (fflush(stdout) || ferror(stdout)) return PCD_EXIT_FAILED;
	return result;
}

/* processes.c - region sysmon.processes: the busiest processes.
 *
 * One /proc file per process: some 10 us each, so a machine with thousands of them cannot be scanned within one
 * callback of an event loop that others share. The scan therefore works for SLICE_NS, says SYSMON_AGAIN and is
 * called again; nothing is shown before it is complete.                                                        */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rate.h"
#include "sysmon.h"

#define SLICE_NS       UINT64_C(2000000)
#define SLICE_LOOK     16u /* processes between two looks at the clock */
#define REMEMBERED_MAX (1u << 20)

/* What a rate needs of the scan before. */
struct remembered {
	uint32_t pid;
	uint64_t start, cpu_ns;
};
struct memory_of {
	struct remembered *rows; /* by pid */
	size_t count, capacity;
};

struct processes {
	const struct sysmon_env *env;
	struct memory_of then, now;
	uint64_t then_ns, now_ns; /* when the scans began */
	double most_percent;      /* what all cores together can give */
	bool is_scanning;
	struct sysmon_processes head; /* of the scan that is going on */
	struct sysmon_process *top;   /* processes_max rows, busiest first */
};

static void processes_close(void *state)
{
	struct processes *p = state;
	if (!p) return;
	free(p->then.rows);
	free(p->now.rows);
	free(p->top);
	free(p);
}

static int processes_open(const struct sysmon_env *env, void **ret_state)
{
	struct processes *p = calloc(1, sizeof *p);
	if (!p) return PC_ENOMEM;
	p->env = env;
	p->most_percent = 100.0 * sysmon_os_core_count(env->os);
	p->top = calloc(env->processes_max, sizeof *p->top);
	if (!p->top) {
		processes_close(p);
		return PC_ENOMEM;
	}
	*ret_state = p;
	return PC_OK;
}

static uint64_t processes_payload_bytes(const void *state)
{
	const struct processes *p = state;
	uint64_t head = sysmon_round_up_8(sizeof(struct sysmon_processes));
	return head + p->env->processes_max * sizeof(struct sysmon_process);
}

static int processes_layout(const void *state, char *dst, size_t dst_bytes)
{
	const struct processes *p = state;
	return snprintf(dst, dst_bytes,
	                "process_count u32\n"
	                "thread_count u32\n"
	                "running_count u32 doc=\"processes running or ready to\"\n"
	                "zombie_count u32 doc=\"ended, not yet collected by their parents\"\n"
	                "top_count u32 doc=\"rows of top in use\"\n"
	                "top struct[%u] doc=\"busiest first\" {\n"
	                "  pid u32\n"
	                "  name char[16]\n"
	                "  state enum8 labels=\"0:unknown,1:running,2:sleeping,3:waiting,4:stopped,5:traced,"
	                "6:zombie,7:idle,8:dead\"\n"
	                "  cpu_percent f32 unit=\"%%\" min=0 doc=\"100 = one core\"\n"
	                "  thread_count u32\n"
	                "  rss_bytes u64 unit=\"B\" doc=\"memory resident, shared pages included\"\n"
	                "}\n",
	                p->env->processes_max);
}

static bool remember(struct memory_of *memory, const struct sysmon_process_sample *process)
{
	if (memory->count == memory->capacity) {
		size_t larger = memory->capacity ? memory->capacity * 2 : 256;
		struct remembered *rows = larger > REMEMBERED_MAX ? NULL : realloc(memory->rows, larger * sizeof *rows);
		if (!rows) return false;
		memory->rows = rows;
		memory->capacity = larger;
	}
	memory->rows[memory->count++] =
	        (struct remembered){.pid = process->pid, .start = process->start, .cpu_ns = process->cpu_ns};
	return true;
}

static int by_pid(const void *a, const void *b)
{
	uint32_t x = ((const struct remembered *)a)->pid, y = ((const struct remembered *)b)->pid;
	return (x > y) - (x < y);
}

/* Processor time since the scan before; for a process that did not exist then, all it ever had. */
static uint64_t cpu_since(const struct processes *p, const struct sysmon_process_sample *now)
{
	struct remembered key = {.pid = now->pid}, *then = NULL;
	if (p->then.count) then = bsearch(&key, p->then.rows, p->then.count, sizeof key, by_pid);
	return sysmon_grown(then && then->start == now->start ? then->cpu_ns : 0, now->cpu_ns);
}

static bool is_busier(const struct sysmon_process *a, const struct sysmon_process *b)
{
	if (a->cpu_percent != b->cpu_percent) return a->cpu_percent > b->cpu_percent;
	return a->rss_bytes > b->rss_bytes;
}

/* Keep the busiest: insertion into a short sorted table. */
static void rank(struct processes *p, const struct sysmon_process *process)
{
	uint32_t row = p->head.top_count;
	if (row == p->env->processes_max) {
		if (!is_busier(process, &p->top[row - 1])) return;
		row--;
	} else {
		p->head.top_count++;
	}
	for (; row > 0 && is_busier(process, &p->top[row - 1]); row--) p->top[row] = p->top[row - 1];
	p->top[row] = *process;
}

static void count_in(struct processes *p, const struct sysmon_process_sample *s)
{
	struct sysmon_process row = {
	        .pid = s->pid, .state = s->state, .thread_count = s->thread_count, .rss_bytes = s->rss_bytes};
	memcpy(row.name, s->name, sizeof row.name);
	if (p->then_ns) {
		double percent = sysmon_per_s(cpu_since(p, s), p->now_ns - p->then_ns) / 1e7;
		row.cpu_percent = (float)(percent > p->most_percent ? p->most_percent : percent);
	}
	p->head.process_count++;
	p->head.thread_count += s->thread_count;
	p->head.running_count += s->state == SYSMON_PROCESS_RUNNING;
	p->head.zombie_count += s->state == SYSMON_PROCESS_ZOMBIE;
	rank(p, &row);
}

/* @return 1 the scan is complete, 0 there is more to do, or a negative pc_status */
static int scan_slice(struct processes *p)
{
	const struct pc_host *host = p->env->host;
	uint64_t until_ns = host->now_ns(host) + SLICE_NS;
	struct sysmon_process_sample sample;
	for (unsigned i = 1;; i++) {
		int more = sysmon_os_processes_next(p->env->os, &sample);
		if (more < 0) return more;
		if (!more) return 1;
		if (!remember(&p->now, &sample)) return PC_ENOMEM;
		count_in(p, &sample);
		if (i % SLICE_LOOK == 0 && host->now_ns(host) > until_ns) return 0;
	}
}

static int scan_start(struct processes *p)
{
	int status = sysmon_os_processes_rewind(p->env->os);
	if (status) return status;
	p->now_ns = p->env->host->now_ns(p->env->host);
	p->now.count = 0;
	p->head = (struct sysmon_processes){0};
	p->is_scanning = true;
	return PC_OK;
}

static void show(struct processes *p, void *payload)
{
	uint64_t head_bytes = sysmon_round_up_8(sizeof p->head);
	struct sysmon_process *rows = (void *)((char *)payload + head_bytes);
	struct memory_of swap = p->then;
	memcpy(payload, &p->head, sizeof p->head);
	memcpy(rows, p->top, p->head.top_count * sizeof *rows);
	memset(rows + p->head.top_count, 0, (p->env->processes_max - p->head.top_count) * sizeof *rows);
	/* Linux lists them in order already, but promises nothing */
	if (p->now.count) qsort(p->now.rows, p->now.count, sizeof *p->now.rows, by_pid);
	p->then = p->now;
	p->now = swap;
	p->then_ns = p->now_ns;
}

static enum sysmon_outcome processes_sample(void *state, void *payload)
{
	struct processes *p = state;
	if (!p->is_scanning && scan_start(p)) return SYSMON_NOTHING;
	int done = scan_slice(p);
	if (!done) return SYSMON_AGAIN;
	p->is_scanning = false;
	if (done < 0) return SYSMON_NOTHING;
	show(p, payload);
	return SYSMON_FULL;
}

const struct sysmon_section sysmon_processes_section = {.region_option = "processes",
                                                        .interval_option = "processes_interval",
                                                        .doc = "The busiest processes, and how many there are.",
                                                        .open = processes_open,
                                                        .close = processes_close,
                                                        .payload_bytes = processes_payload_bytes,
                                                        .layout = processes_layout,
                                                        .sample = processes_sample};

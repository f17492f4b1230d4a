/* cpu.c - region sysmon.cpu: where the processors' time goes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rate.h"
#include "sysmon.h"

/* Two samples, used in turn: shares are differences. */
struct cpu {
	const struct sysmon_env *env;
	uint32_t core_count;
	struct sysmon_cpu_sample samples[2], *then, *now;
	uint64_t then_ns;
	bool has_then;
};

static void cpu_close(void *state)
{
	struct cpu *c = state;
	if (!c) return;
	free(c->samples[0].core);
	free(c->samples[1].core);
	free(c);
}

static int cpu_open(const struct sysmon_env *env, void **ret_state)
{
	struct cpu *c = calloc(1, sizeof *c);
	if (!c) return PC_ENOMEM;
	c->env = env;
	c->core_count = sysmon_os_core_count(env->os);
	for (int i = 0; i < 2; i++) {
		c->samples[i].core = calloc(c->core_count, sizeof *c->samples[i].core);
		c->samples[i].core_capacity = c->core_count;
	}
	if (!c->samples[0].core || !c->samples[1].core) {
		cpu_close(c);
		return PC_ENOMEM;
	}
	c->then = &c->samples[0];
	c->now = &c->samples[1];
	*ret_state = c;
	return PC_OK;
}

static uint64_t cpu_payload_bytes(const void *state)
{
	const struct cpu *c = state;
	return sysmon_round_up_8(offsetof(struct sysmon_cpu, core) + c->core_count * sizeof(struct sysmon_cpu_core));
}

static int cpu_layout(const void *state, char *dst, size_t dst_bytes)
{
	const struct cpu *c = state;
	return snprintf(dst, dst_bytes,
	                "usage_percent f32 unit=\"%%\" min=0 max=100 title=\"CPU\" doc=\"time not idle, all cores\"\n"
	                "user_percent f32 unit=\"%%\" min=0 max=100\n"
	                "nice_percent f32 unit=\"%%\" min=0 max=100\n"
	                "system_percent f32 unit=\"%%\" min=0 max=100\n"
	                "iowait_percent f32 unit=\"%%\" min=0 max=100 doc=\"idle while a thread waited for a disk\"\n"
	                "irq_percent f32 unit=\"%%\" min=0 max=100\n"
	                "softirq_percent f32 unit=\"%%\" min=0 max=100\n"
	                "steal_percent f32 unit=\"%%\" min=0 max=100 doc=\"taken by other virtual machines\"\n"
	                "idle_percent f32 unit=\"%%\" min=0 max=100\n"
	                "load_1m f32 min=0 doc=\"threads running or waiting, average of one minute\"\n"
	                "load_5m f32 min=0\n"
	                "load_15m f32 min=0\n"
	                "context_switches_per_s f64 unit=\"1/s\" min=0\n"
	                "interrupts_per_s f64 unit=\"1/s\" min=0\n"
	                "forks_per_s f64 unit=\"1/s\" min=0\n"
	                "uptime_s f64 unit=\"s\" min=0\n"
	                "running_count u32 doc=\"threads running or ready to\"\n"
	                "blocked_count u32 doc=\"threads waiting for I/O\"\n"
	                "core_count u32 doc=\"cores online\"\n"
	                "core struct[%u] doc=\"by core number\" {\n"
	                "  usage_percent f32 unit=\"%%\" min=0 max=100\n"
	                "  user_percent f32 unit=\"%%\" min=0 max=100\n"
	                "  system_percent f32 unit=\"%%\" min=0 max=100 doc=\"kernel and interrupts\"\n"
	                "  iowait_percent f32 unit=\"%%\" min=0 max=100\n"
	                "  online bool\n"
	                "}\n",
	                c->core_count);
}

/* What was spent between two readings; a kind that stepped back (iowait does) spent nothing. */
static struct sysmon_cpu_times spent(const struct sysmon_cpu_times *then, const struct sysmon_cpu_times *now,
                                     double *ret_total)
{
	struct sysmon_cpu_times t = {.user = sysmon_grown(then->user, now->user),
	                             .nice = sysmon_grown(then->nice, now->nice),
	                             .system = sysmon_grown(then->system, now->system),
	                             .idle = sysmon_grown(then->idle, now->idle),
	                             .iowait = sysmon_grown(then->iowait, now->iowait),
	                             .irq = sysmon_grown(then->irq, now->irq),
	                             .softirq = sysmon_grown(then->softirq, now->softirq),
	                             .steal = sysmon_grown(then->steal, now->steal)};
	*ret_total = (double)t.user + (double)t.nice + (double)t.system + (double)t.idle + (double)t.iowait +
	             (double)t.irq + (double)t.softirq + (double)t.steal;
	return t;
}

static void share_all(const struct sysmon_cpu_times *t, double total, struct sysmon_cpu *out)
{
	out->usage_percent = sysmon_percent(total - (double)t->idle - (double)t->iowait, total);
	out->user_percent = sysmon_percent((double)t->user, total);
	out->nice_percent = sysmon_percent((double)t->nice, total);
	out->system_percent = sysmon_percent((double)t->system, total);
	out->iowait_percent = sysmon_percent((double)t->iowait, total);
	out->irq_percent = sysmon_percent((double)t->irq, total);
	out->softirq_percent = sysmon_percent((double)t->softirq, total);
	out->steal_percent = sysmon_percent((double)t->steal, total);
	out->idle_percent = sysmon_percent((double)t->idle, total);
}

static void share_core(const struct sysmon_core_sample *then, const struct sysmon_core_sample *now,
                       struct sysmon_cpu_core *out)
{
	double total;
	struct sysmon_cpu_times t = spent(&then->times, &now->times, &total);
	if (!then->online || !now->online) {
		*out = (struct sysmon_cpu_core){.online = now->online};
	} else if (total > 0) { /* else no tick has passed on this core: what is shown still holds */
		out->usage_percent = sysmon_percent(total - (double)t.idle - (double)t.iowait, total);
		out->user_percent = sysmon_percent((double)t.user + (double)t.nice, total);
		out->system_percent = sysmon_percent((double)t.system + (double)t.irq + (double)t.softirq, total);
		out->iowait_percent = sysmon_percent((double)t.iowait, total);
		out->online = 1;
	}
}

static void show(struct cpu *c, uint64_t now_ns, struct sysmon_cpu *out)
{
	struct sysmon_cpu_sample *now = c->now;
	/* against itself the first sample has grown by nothing: every rate is 0 */
	struct sysmon_cpu_sample *then = c->has_then ? c->then : now;
	uint64_t elapsed_ns = c->has_then ? now_ns - c->then_ns : 0;
	double total;
	struct sysmon_cpu_times all = spent(&then->all, &now->all, &total);
	out->running_count = now->running_count;
	out->blocked_count = now->blocked_count;
	out->core_count = 0;
	for (uint32_t i = 0; i < c->core_count; i++) out->core_count += now->core[i].online;
	if (c->has_then && total <= 0) return; /* sampled faster than the kernel counts: keep `then`, try again later */
	share_all(&all, total, out);
	out->context_switches_per_s =
	        sysmon_per_s(sysmon_grown(then->context_switches, now->context_switches), elapsed_ns);
	out->interrupts_per_s = sysmon_per_s(sysmon_grown(then->interrupts, now->interrupts), elapsed_ns);
	out->forks_per_s = sysmon_per_s(sysmon_grown(then->forks, now->forks), elapsed_ns);
	for (uint32_t i = 0; i < c->core_count; i++) {
		if (!c->has_then) out->core[i] = (struct sysmon_cpu_core){0}; /* may hold a predecessor's values */
		out->core[i].online = now->core[i].online;
		share_core(&then->core[i], &now->core[i], &out->core[i]);
	}
	c->now = c->then; /* the older sample is the next to be filled */
	c->then = now;
	c->then_ns = now_ns;
	c->has_then = true;
}

static enum sysmon_outcome cpu_sample(void *state, void *payload)
{
	struct cpu *c = state;
	struct sysmon_cpu *out = payload;
	struct sysmon_tally tally = {0};
	float load[3];
	if (sysmon_answered(&tally, sysmon_os_cpu(c->env->os, c->now)))
		show(c, c->env->host->now_ns(c->env->host), out);
	if (sysmon_answered(&tally, sysmon_os_load(c->env->os, load))) {
		out->load_1m = load[0];
		out->load_5m = load[1];
		out->load_15m = load[2];
	}
	(void)sysmon_answered(&tally, sysmon_os_uptime(c->env->os, &out->uptime_s));
	return sysmon_outcome_of(tally);
}

const struct sysmon_section sysmon_cpu_section = {.region_option = "cpu",
                                                  .interval_option = "cpu_interval",
                                                  .doc = "Processor time by kind and by core, load, uptime.",
                                                  .open = cpu_open,
                                                  .close = cpu_close,
                                                  .payload_bytes = cpu_payload_bytes,
                                                  .layout = cpu_layout,
                                                  .sample = cpu_sample};

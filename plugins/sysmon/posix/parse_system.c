/* parse_system.c - /proc/stat, loadavg, meminfo, cpuinfo and os-release. */
#include "parse.h"

/* The numbers after "cpu" or "cpuN". Old kernels and some containers have fewer columns: those stay 0. The two last,
 * guest and guest_nice, are not added: they are counted in user and nice already. */
static bool parse_times(struct sysmon_cursor *line, struct sysmon_cpu_times *ret)
{
	struct sysmon_cpu_times t = {0};
	uint64_t *columns[] = {&t.user, &t.nice, &t.system, &t.idle, &t.iowait, &t.irq, &t.softirq, &t.steal};
	unsigned count = 0;
	while (count < sizeof columns / sizeof *columns && sysmon_u64(line, columns[count])) count++;
	if (count < 4) return false;
	*ret = t;
	return true;
}

static void parse_core(struct sysmon_cursor name, struct sysmon_cursor *line, struct sysmon_cpu_sample *sample)
{
	uint64_t core;
	name.at += strlen("cpu");
	if (!sysmon_digits(&name, &core) || name.at != name.end || core >= sample->core_capacity) return;
	sample->core[core].online = parse_times(line, &sample->core[core].times);
}

bool sysmon_parse_stat(struct sysmon_cursor text, struct sysmon_cpu_sample *sample)
{
	struct sysmon_cursor line, name;
	struct sysmon_cpu_times all;
	if (!sysmon_line(&text, &line) || !sysmon_word(&line, &name) || !sysmon_is(name, "cpu") ||
	    !parse_times(&line, &all))
		return false;
	sample->all = all;
	for (uint32_t i = 0; i < sample->core_capacity; i++) sample->core[i].online = false;
	while (sysmon_line(&text, &line)) {
		if (!sysmon_word(&line, &name)) continue;
		if (sysmon_starts(name, "cpu"))
			parse_core(name, &line, sample);
		else if (sysmon_is(name, "intr"))
			(void)sysmon_u64(&line, &sample->interrupts);
		else if (sysmon_is(name, "ctxt"))
			(void)sysmon_u64(&line, &sample->context_switches);
		else if (sysmon_is(name, "processes"))
			(void)sysmon_u64(&line, &sample->forks);
		else if (sysmon_is(name, "procs_running"))
			(void)sysmon_u32(&line, &sample->running_count);
		else if (sysmon_is(name, "procs_blocked"))
			(void)sysmon_u32(&line, &sample->blocked_count);
	}
	return true;
}

bool sysmon_parse_loadavg(struct sysmon_cursor text, float ret_load[3])
{
	double load[3];
	for (int i = 0; i < 3; i++)
		if (!sysmon_decimal(&text, &load[i])) return false;
	for (int i = 0; i < 3; i++) ret_load[i] = (float)load[i];
	return true;
}

/* Differences of two counters that the kernel reads one after the other may come out below zero. */
static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

bool sysmon_parse_meminfo(struct sysmon_cursor text, struct sysmon_memory *ret)
{
	struct sysmon_memory m = {0};
	uint64_t page_cache = 0, reclaimable = 0, swap_free = 0;
	bool has_total = false, has_available = false;
	const struct {
		const char *name;
		uint64_t *bytes;
		bool *seen;
	} rows[] = {{"MemTotal:", &m.total_bytes, &has_total},
	            {"MemAvailable:", &m.available_bytes, &has_available},
	            {"MemFree:", &m.free_bytes, NULL},
	            {"Buffers:", &m.buffers_bytes, NULL},
	            {"Cached:", &page_cache, NULL},
	            {"SReclaimable:", &reclaimable, NULL},
	            {"Shmem:", &m.shared_bytes, NULL},
	            {"Dirty:", &m.dirty_bytes, NULL},
	            {"Writeback:", &m.writeback_bytes, NULL},
	            {"SwapTotal:", &m.swap_total_bytes, NULL},
	            {"SwapFree:", &swap_free, NULL}};
	struct sysmon_cursor line, name;
	while (sysmon_line(&text, &line)) {
		uint64_t kib;
		if (!sysmon_word(&line, &name) || !sysmon_u64(&line, &kib)) continue;
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			if (!sysmon_is(name, rows[i].name)) continue;
			*rows[i].bytes = kib > UINT64_MAX / 1024 ? UINT64_MAX : kib * 1024;
			if (rows[i].seen) *rows[i].seen = true;
			break;
		}
	}
	if (!has_total) return false;
	m.cached_bytes = page_cache + reclaimable;
	if (!has_available) m.available_bytes = m.free_bytes + m.buffers_bytes + m.cached_bytes;
	m.used_bytes = less(m.total_bytes, m.available_bytes);
	m.swap_used_bytes = less(m.swap_total_bytes, swap_free);
	*ret = m;
	return true;
}

bool sysmon_parse_cpu_model(struct sysmon_cursor text, char *dst, size_t dst_bytes)
{
	struct sysmon_cursor line;
	while (sysmon_line(&text, &line)) {
		/* "model name\t: X" on x86, "Model\t\t: X" on ARM boards; plain "model" is a number */
		if (!sysmon_starts(line, "model name") && !sysmon_starts(line, "Model")) continue;
		const char *colon = memchr(line.at, ':', sysmon_left(&line));
		if (!colon) continue;
		char squeezed[256];
		size_t used = 0;
		struct sysmon_cursor value = {colon + 1, line.end}, word;
		while (sysmon_word(&value, &word) && used + 1 + sysmon_left(&word) <= sizeof squeezed) {
			if (used) squeezed[used++] = ' ';
			memcpy(squeezed + used, word.at, sysmon_left(&word));
			used += sysmon_left(&word);
		}
		if (!used) continue;
		sysmon_text_copy(dst, dst_bytes, sysmon_cursor_of(squeezed, used));
		return true;
	}
	return false;
}

bool sysmon_parse_os_release(struct sysmon_cursor text, char *dst, size_t dst_bytes)
{
	struct sysmon_cursor line;
	while (sysmon_line(&text, &line)) {
		if (!sysmon_starts(line, "PRETTY_NAME=")) continue;
		line.at += strlen("PRETTY_NAME=");
		if (line.at < line.end && (*line.at == '"' || *line.at == '\'')) {
			const char *closing = memchr(line.at + 1, *line.at, sysmon_left(&line) - 1);
			if (!closing) return false;
			line = (struct sysmon_cursor){line.at + 1, closing};
		}
		sysmon_text_copy(dst, dst_bytes, line);
		return true;
	}
	return false;
}

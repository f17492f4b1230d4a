/* parse_process.c - /proc/PID/stat. */
#include "parse.h"

static uint8_t state_of(char letter)
{
	switch (letter) {
	case 'R': return SYSMON_PROCESS_RUNNING;
	case 'S': return SYSMON_PROCESS_SLEEPING;
	case 'D': return SYSMON_PROCESS_WAITING;
	case 'T': return SYSMON_PROCESS_STOPPED;
	case 't': return SYSMON_PROCESS_TRACED;
	case 'Z': return SYSMON_PROCESS_ZOMBIE;
	case 'I': return SYSMON_PROCESS_IDLE;
	case 'X':
	case 'x': return SYSMON_PROCESS_DEAD;
	default: return SYSMON_PROCESS_UNKNOWN;
	}
}

static uint64_t times(uint64_t a, uint64_t b)
{
	return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

/* The name stands in parentheses and may itself hold blanks, newlines and parentheses, so it ends at the LAST one. */
static bool take_name(struct sysmon_cursor *text, struct sysmon_cursor *ret)
{
	const char *open = memchr(text->at, '(', sysmon_left(text)), *close = NULL;
	if (!open) return false;
	for (const char *p = open + 1; p < text->end; p++)
		if (*p == ')') close = p;
	if (!close) return false;
	*ret = (struct sysmon_cursor){open + 1, close};
	text->at = close + 1;
	return true;
}

bool sysmon_parse_pid_stat(struct sysmon_cursor text, uint64_t ns_per_tick, uint64_t page_bytes,
                           struct sysmon_process_sample *ret)
{
	struct sysmon_process_sample p = {0};
	struct sysmon_cursor name, state, line;
	uint64_t user, system, pages;
	if (!sysmon_u32(&text, &p.pid) || !take_name(&text, &name) || !sysmon_line(&text, &line) ||
	    !sysmon_word(&line, &state))
		return false;
	/* proc(5): 3 state, 14 utime, 15 stime, 20 num_threads, 22 starttime, 24 rss */
	if (!sysmon_skip(&line, 10) || !sysmon_u64(&line, &user) || !sysmon_u64(&line, &system) ||
	    !sysmon_skip(&line, 4) || !sysmon_u32(&line, &p.thread_count) || !sysmon_skip(&line, 1) ||
	    !sysmon_u64(&line, &p.start) || !sysmon_skip(&line, 1) || !sysmon_u64(&line, &pages))
		return false;
	sysmon_text_copy(p.name, sizeof p.name, name);
	p.state = state_of(*state.at);
	p.cpu_ns = times(user > UINT64_MAX - system ? UINT64_MAX : user + system, ns_per_tick);
	p.rss_bytes = times(pages, page_bytes);
	*ret = p;
	return true;
}

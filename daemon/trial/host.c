/* trial/host.c - see host.h. */
#include "host.h"

#include <pagecast/control.h>

#define TIMER_NS UINT64_C(1000000)

/* RESULT NAME (PARAMETERS) (ARGUMENTS), in the order of struct pc_host; timer() has its own. */
#define WITH_RESULT(X)                                                                                               \
	X(int, fail, (const struct pc_host *h, int s, const char *m), (h, s, m))                                     \
	X(int, metric, (const struct pc_host *h, const char *n, int k, const char *u, const char *t, pc_metric **r), \
	  (h, n, k, u, t, r))                                                                                        \
	X(int64_t, cfg_int, (const pc_config *c, const char *k), (c, k))                                             \
	X(double, cfg_real, (const pc_config *c, const char *k), (c, k))                                             \
	X(const char *, cfg_string, (const pc_config *c, const char *k), (c, k))                                     \
	X(const char *, cfg_list, (const pc_config *c, const char *k, uint32_t i), (c, k, i))                        \
	X(int, post, (const struct pc_host *h, pc_task_fn *f, void *a), (h, f, a))                                   \
	X(int, io, (const struct pc_host *h, intptr_t s, unsigned m, pc_io_fn *f, void *a, pc_watch **r),            \
	  (h, s, m, f, a, r))                                                                                        \
	X(int, io_mask, (pc_watch * w, unsigned m), (w, m))                                                          \
	X(uint64_t, now_ns, (const struct pc_host *h), (h))                                                          \
	X(int, declare, (const struct pc_host *h, const char *n, const struct pc_region_spec *s), (h, n, s))         \
	X(int, open, (const struct pc_host *h, const char *n, int m, pc_region **r), (h, n, m, r))                   \
	X(const struct pc_region_info *, info, (const pc_region *r), (r))                                            \
	X(int, read, (pc_region * r, uint64_t o, void *d, uint64_t n, struct pc_stamp *s), (r, o, d, n, s))          \
	X(int, stamp, (pc_region * r, struct pc_stamp * s), (r, s))                                                  \
	X(int, write, (pc_region * r, uint64_t o, const void *d, uint64_t n), (r, o, d, n))                          \
	X(void *, begin, (pc_region * r), (r))                                                                       \
	X(int, commit, (pc_region * r), (r))                                                                         \
	X(int, watch, (pc_region * r, uint64_t g, pc_region_fn * f, void *a, pc_watch **w), (r, g, f, a, w))         \
	X(int, watch_regions, (const struct pc_host *h, pc_regions_fn *f, void *a, pc_watch **w), (h, f, a, w))      \
	X(const void *, extension, (const struct pc_host *h, const char *i), (h, i))
#define WITHOUT(X)                                                               \
	X(void, log, (const struct pc_host *h, int l, const char *m), (h, l, m)) \
	X(void, metric_add, (pc_metric * m, int64_t n), (m, n))                  \
	X(void, metric_set, (pc_metric * m, int64_t v), (m, v))                  \
	X(void, cancel, (pc_watch * w), (w))                                     \
	X(void, close, (pc_region * r), (r))                                     \
	X(void, abort, (pc_region * r), (r))                                     \
	X(void, set_flags, (pc_region * r, uint32_t f), (r, f))

enum {
#define X(result, name, parameters, arguments) CALL_##name,
	WITH_RESULT(X) WITHOUT(X)
#undef X
	        CALL_timer
};
static const char *const names[] = {
#define X(result, name, parameters, arguments) #name,
        WITH_RESULT(X) WITHOUT(X)
#undef X
                "timer"};

static struct pc_host real;
static uint32_t *last_call;
static int is_hurried;

static void note(uint32_t number)
{
	pc_store_release_u32(last_call, number + 1);
}

#define X(result, name, parameters, arguments) \
	static result trial_##name parameters  \
	{                                      \
		note(CALL_##name);             \
		return real.name arguments;    \
	}
WITH_RESULT(X)
#undef X
#define X(result, name, parameters, arguments) \
	static result trial_##name parameters  \
	{                                      \
		note(CALL_##name);             \
		real.name arguments;           \
	}
WITHOUT(X)
#undef X

static int trial_timer(const struct pc_host *h, uint64_t first_ns, uint64_t every_ns, pc_task_fn *f, void *a,
                       pc_watch **r)
{
	note(CALL_timer);
	if (is_hurried && first_ns > TIMER_NS) first_ns = TIMER_NS;
	if (is_hurried && every_ns > TIMER_NS) every_ns = TIMER_NS;
	return real.timer(h, first_ns, every_ns, f, a, r);
}

void pcd_trial_wrap(struct pc_host *host, uint32_t *last)
{
	real = *host;
	last_call = last;
#define X(result, name, parameters, arguments) host->name = trial_##name;
	WITH_RESULT(X)
	WITHOUT(X)
#undef X
	host->timer = trial_timer;
}

void pcd_trial_hurry(int on)
{
	is_hurried = on;
}

const char *pcd_trial_call_name(uint32_t number)
{
	return number && number <= sizeof names / sizeof *names ? names[number - 1] : "none";
}

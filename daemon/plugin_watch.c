/* daemon/plugin_watch.c - struct pc_host of plugin.h: timers, sockets, and being told of regions.
 *
 * A watch has two ends: it is silenced (cancel(), stop()), and its memory goes (cancel(), or after destroy()). In
 * between its pointer stays good, so that a plugin may cancel in destroy() what stop() has silenced already.    */
#include "plugin_host.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_MS UINT64_C(1000000)

enum watch_kind { WATCH_TIMER, WATCH_IO, WATCH_REGION, WATCH_TABLE };

struct pc_watch {
	pc_watch *next, *previous; /* of the instance */
	pcd_instance *instance;
	enum watch_kind kind;
	bool ended, released; /* silenced; its memory goes as soon as nobody walks over it */
	void *arg;
	union {
		struct {
			uv_timer_t handle;
			pc_task_fn *fn;
			uint64_t due_ns, every_ns;
			bool forgotten; /* the plugin kept no pointer: gone after its one call */
		} timer;
		struct {
			uv_poll_t handle;
			pc_io_fn *fn;
			unsigned mask;
		} io;
		struct {
			pcd_region_watch watch;
			pc_region *handle; /* NULL once that is closed */
			pc_watch *next;    /* of the handle */
		} region;
		struct {
			pc_regions_fn *fn;
			pc_watch *next; /* of the environment */
		} table;
	} u;
};

static pc_watch *watch_new(pcd_instance *instance, enum watch_kind kind, void *arg)
{
	pc_watch *watch = calloc(1, sizeof *watch);
	if (!watch) return NULL;
	watch->instance = instance;
	watch->kind = kind;
	watch->arg = arg;
	watch->next = instance->watches;
	if (watch->next) watch->next->previous = watch;
	instance->watches = watch;
	return watch;
}

static void unlink_from_instance(pc_watch *watch)
{
	if (watch->next) watch->next->previous = watch->previous;
	if (watch->previous)
		watch->previous->next = watch->next;
	else
		watch->instance->watches = watch->next;
}

/* ---- ends ------------------------------------------------------------------------------------------------- */

static void leave_handle(pc_watch *watch)
{
	pc_watch **at;
	if (!watch->u.region.handle) return;
	for (at = &watch->u.region.handle->watches; *at != watch;) at = &(*at)->u.region.next;
	*at = watch->u.region.next;
	watch->u.region.handle = NULL;
}

static void silence(pc_watch *watch)
{
	if (watch->ended) return;
	watch->ended = true;
	if (watch->kind == WATCH_TIMER) (void)uv_timer_stop(&watch->u.timer.handle);
	if (watch->kind == WATCH_IO) (void)uv_poll_stop(&watch->u.io.handle);
	if (watch->kind == WATCH_REGION) {
		pcd_watch_remove(watch->instance->env->watchers, &watch->u.region.watch);
		leave_handle(watch);
	}
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

/* Table watches are in a list that may be walked just now; then the walker frees them. */
static void sweep_table(pcd_env *env)
{
	for (pc_watch **at = &env->table_watches; *at;) {
		pc_watch *watch = *at;
		if (!watch->released) {
			at = &watch->u.table.next;
			continue;
		}
		*at = watch->u.table.next;
		free(watch);
	}
}

static void release(pc_watch *watch)
{
	pcd_env *env = watch->instance->env;
	silence(watch);
	unlink_from_instance(watch);
	watch->released = true;
	switch (watch->kind) {
	case WATCH_TIMER: uv_close((uv_handle_t *)&watch->u.timer.handle, on_closed); break;
	case WATCH_IO: uv_close((uv_handle_t *)&watch->u.io.handle, on_closed); break;
	case WATCH_REGION: free(watch); break;
	case WATCH_TABLE:
		if (!env->telling) sweep_table(env);
		break;
	}
}

static void host_cancel(pc_watch *watch)
{
	if (watch && pcd_host_on_loop(watch->instance, "cancel")) release(watch);
}

void pcd_host_end_watches(pcd_instance *instance)
{
	for (pc_watch *watch = instance->watches; watch; watch = watch->next) silence(watch);
}

void pcd_host_free_watches(pcd_instance *instance)
{
	while (instance->watches) release(instance->watches);
}

void pcd_host_end_watches_of(struct pc_region *region)
{
	while (region->watches) silence(region->watches);
}

/* ---- timers ------------------------------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *timer);

/* Due times are kept in ns and rounded up to the loop's milliseconds, so that periods do not drift. */
static void arm(pc_watch *watch)
{
	uint64_t now_ms = uv_now(watch->u.timer.handle.loop);
	uint64_t due_ms = watch->u.timer.due_ns / NS_PER_MS + (watch->u.timer.due_ns % NS_PER_MS != 0);
	(void)uv_timer_start(&watch->u.timer.handle, on_timer, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

static uint64_t later(uint64_t ns, uint64_t by_ns)
{
	return by_ns < UINT64_MAX - ns ? ns + by_ns : UINT64_MAX;
}

static void on_timer(uv_timer_t *timer)
{
	pc_watch *watch = timer->data;
	pcd_instance *instance = watch->instance;
	uint64_t now = uv_hrtime();
	pc_task_fn *fn = watch->u.timer.fn;
	void *arg = watch->arg;
	pcd_call call;
	/* Before the call, which may cancel. Rounds that were missed are not made up for. */
	if (watch->u.timer.every_ns) {
		watch->u.timer.due_ns = later(watch->u.timer.due_ns, watch->u.timer.every_ns);
		if (watch->u.timer.due_ns <= now) watch->u.timer.due_ns = later(now, watch->u.timer.every_ns);
		arm(watch);
	} else if (watch->u.timer.forgotten) {
		release(watch);
	}
	pcd_call_begin(&call, instance, "timer", instance->env->budget_ns);
	fn(arg);
	pcd_call_end(&call);
}

static int host_timer(const struct pc_host *host, uint64_t first_ns, uint64_t every_ns, pc_task_fn *fn, void *arg,
                      pc_watch **ret)
{
	pcd_instance *instance = pcd_host_instance(host);
	pc_watch *watch;
	if (!pcd_host_on_loop(instance, "timer")) return PC_EINVAL;
	if (!fn || (!ret && every_ns)) return PC_EINVAL;
	watch = watch_new(instance, WATCH_TIMER, arg);
	if (!watch) return PC_ENOMEM;
	(void)uv_timer_init(instance->env->loop, &watch->u.timer.handle);
	watch->u.timer.handle.data = watch;
	watch->u.timer.fn = fn;
	watch->u.timer.every_ns = every_ns;
	watch->u.timer.due_ns = later(uv_hrtime(), first_ns);
	watch->u.timer.forgotten = !ret;
	arm(watch);
	if (ret) *ret = watch;
	return PC_OK;
}

/* ---- sockets ------------------------------------------------------------------------------------------------ */

static void on_io(uv_poll_t *poll, int status, int events)
{
	pc_watch *watch = poll->data;
	pcd_instance *instance = watch->instance;
	unsigned ready = 0;
	pcd_call call;
	if (events & UV_READABLE) ready |= PC_IO_READ;
	if (events & UV_WRITABLE) ready |= PC_IO_WRITE;
	if (status < 0 || events & UV_DISCONNECT) ready |= PC_IO_ERROR;
	pcd_call_begin(&call, instance, "io", instance->env->budget_ns);
	watch->u.io.fn(watch->arg, ready);
	pcd_call_end(&call);
}

static int poll_for(pc_watch *watch, unsigned mask)
{
	int events = 0;
	if (mask & ~(unsigned)(PC_IO_READ | PC_IO_WRITE | PC_IO_ERROR)) return PC_EINVAL;
	if (mask & PC_IO_READ) events |= UV_READABLE;
	if (mask & PC_IO_WRITE) events |= UV_WRITABLE;
	if (mask & PC_IO_ERROR) events |= UV_DISCONNECT;
	if (!events) return uv_poll_stop(&watch->u.io.handle) ? PC_EIO : PC_OK;
	return uv_poll_start(&watch->u.io.handle, events, on_io) ? PC_EIO : PC_OK;
}

static int host_io(const struct pc_host *host, intptr_t socket, unsigned mask, pc_io_fn *fn, void *arg, pc_watch **ret)
{
	pcd_instance *instance = pcd_host_instance(host);
	pc_watch *watch;
	int s;
	if (!pcd_host_on_loop(instance, "io")) return PC_EINVAL;
	if (!fn || !ret || mask & ~(unsigned)(PC_IO_READ | PC_IO_WRITE | PC_IO_ERROR)) return PC_EINVAL;
	watch = watch_new(instance, WATCH_IO, arg);
	if (!watch) return PC_ENOMEM;
	s = uv_poll_init_socket(instance->env->loop, &watch->u.io.handle, (uv_os_sock_t)socket);
	if (s) {
		unlink_from_instance(watch);
		free(watch);
		return s == UV_EEXIST ? PC_EBUSY : PC_EINVAL;
	}
	watch->u.io.handle.data = watch;
	watch->u.io.fn = fn;
	s = poll_for(watch, mask);
	if (s) {
		release(watch);
		return s;
	}
	*ret = watch;
	return PC_OK;
}

static int host_io_mask(pc_watch *watch, unsigned mask)
{
	if (!watch || !pcd_host_on_loop(watch->instance, "io_mask")) return PC_EINVAL;
	if (watch->kind != WATCH_IO) return PC_EINVAL;
	return watch->ended ? PC_ESTALE : poll_for(watch, mask);
}

/* ---- regions ------------------------------------------------------------------------------------------------ */

static int host_watch(pc_region *region, uint64_t min_gap_ns, pc_region_fn *fn, void *arg, pc_watch **ret)
{
	pcd_instance *instance = region->instance;
	pc_watch *watch;
	pc_status s;
	if (!pcd_host_on_loop(instance, "watch")) return PC_EINVAL;
	if (!fn || !ret) return PC_EINVAL;
	if (region->body->gone) return PC_ESTALE;
	watch = watch_new(instance, WATCH_REGION, arg);
	if (!watch) return PC_ENOMEM;
	watch->u.region.watch.body = region->body;
	watch->u.region.watch.handle = region;
	watch->u.region.watch.who = instance->name;
	watch->u.region.watch.gap_ns = min_gap_ns;
	watch->u.region.watch.fn = fn;
	watch->u.region.watch.arg = arg;
	s = pcd_watch_add(instance->env->watchers, &watch->u.region.watch);
	if (s != PC_OK) {
		unlink_from_instance(watch);
		free(watch);
		return s;
	}
	watch->u.region.handle = region;
	watch->u.region.next = region->watches;
	region->watches = watch;
	*ret = watch;
	return PC_OK;
}

static void tell_one(pc_watch *watch, int event, const pcd_body *body)
{
	pcd_call call;
	if (watch->ended) return;
	pcd_call_begin(&call, watch->instance, "region table", watch->instance->env->budget_ns);
	watch->u.table.fn(watch->arg, event, &body->info);
	pcd_call_end(&call);
}

static void done_telling(pcd_env *env)
{
	if (!--env->telling) sweep_table(env);
}

void pcd_host_tell_regions(pcd_env *env, int event, const pcd_body *body)
{
	env->telling++;
	for (pc_watch *watch = env->table_watches; watch; watch = watch->u.table.next) tell_one(watch, event, body);
	done_telling(env);
}

static int host_watch_regions(const struct pc_host *host, pc_regions_fn *fn, void *arg, pc_watch **ret)
{
	pcd_instance *instance = pcd_host_instance(host);
	pcd_env *env = instance->env;
	pc_watch *watch;
	if (!pcd_host_on_loop(instance, "watch_regions")) return PC_EINVAL;
	if (!fn || !ret) return PC_EINVAL;
	watch = watch_new(instance, WATCH_TABLE, arg);
	if (!watch) return PC_ENOMEM;
	watch->u.table.fn = fn;
	*ret = watch; /* before the first call, which may cancel it */
	env->telling++;
	for (uint32_t i = 0; i < env->regions->count; i++) {
		const pcd_body *body = env->regions->items[i]->body;
		if (body && !body->gone) tell_one(watch, PC_REGION_ADDED, body);
	}
	watch->u.table.next = env->table_watches;
	env->table_watches = watch;
	done_telling(env);
	return PC_OK;
}

void pcd_host_init_watches(struct pc_host *host)
{
	host->timer = host_timer;
	host->io = host_io;
	host->io_mask = host_io_mask;
	host->cancel = host_cancel;
	host->watch = host_watch;
	host->watch_regions = host_watch_regions;
}

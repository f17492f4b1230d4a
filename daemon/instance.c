/* daemon/instance.c - see instance.h. (The brief life of a plugin instance; its services are in plugin_*.c.) */
#include "instance.h"

#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- calls -------------------------------------------------------------------------------------------- */

void pcd_call_begin(pcd_call *call, pcd_instance *instance, const char *what, uint64_t budget_ns)
{
	call->instance = instance;
	call->what = what;
	call->budget_ns = budget_ns;
	call->nested_ns = 0;
	call->outer = instance->env->call;
	instance->env->call = call;
	if (instance->env->observer) instance->env->observer->entered(instance->env->observer->arg, call);
	call->start_ns = uv_hrtime();
}

void pcd_call_end(pcd_call *call)
{
	pcd_instance *instance = call->instance;
	pcd_env *env = instance->env;
	uint64_t whole_ns = uv_hrtime() - call->start_ns, own_ns = whole_ns - call->nested_ns;
	PC_ASSERT(env->call == call);
	env->call = call->outer;
	if (env->call) env->call->nested_ns += whole_ns;
	instance->calls++;
	instance->callback_ns += own_ns;
	if (own_ns > instance->longest_ns) instance->longest_ns = own_ns;
	bool left_begun = pcd_host_abort_begun(instance) != 0;
	if (env->observer) env->observer->left(env->observer->arg, call, own_ns, left_begun);
	if (left_begun)
		pcd_log_line(env->log, PC_LOG_ERROR, instance->name,
		             "a %s callback returned between begin() and commit(): the change is lost", call->what);
	if (own_ns <= call->budget_ns) return;
	instance->overruns++;
	env->overruns++;
	pcd_log_line(env->log, PC_LOG_WARN, instance->name,
	             "a %s callback held the loop for %.1f ms, its budget is %.1f ms", call->what, (double)own_ns / 1e6,
	             (double)call->budget_ns / 1e6);
}

/* ---- last error ----------------------------------------------------------------------------------------- */

void pcd_instance_error(pcd_instance *instance, int status, const char *text)
{
	uv_timeval64_t now = {0, 0};
	(void)uv_gettimeofday(&now);
	uv_mutex_lock(&instance->error_lock);
	instance->error_status = status;
	instance->errors++;
	(void)snprintf(instance->error, sizeof instance->error, "%s", text);
	instance->error_unix_ns = (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_usec * 1000u;
	uv_mutex_unlock(&instance->error_lock);
}

uint64_t pcd_instance_errors(pcd_instance *instance)
{
	uint64_t errors;
	uv_mutex_lock(&instance->error_lock);
	errors = instance->errors;
	uv_mutex_unlock(&instance->error_lock);
	return errors;
}

int pcd_instance_last_error(pcd_instance *instance, char *text, size_t bytes, uint64_t *ret_unix_ns)
{
	int status;
	uv_mutex_lock(&instance->error_lock);
	status = instance->error_status;
	(void)snprintf(text, bytes, "%s", instance->error);
	*ret_unix_ns = instance->error_unix_ns;
	uv_mutex_unlock(&instance->error_lock);
	return status;
}

const char *pcd_instance_state_name(enum pcd_instance_state state)
{
	static const char *const names[] = {"stopped", "starting", "running", "backoff", "failed"};
	return names[state];
}

static void set_state(pcd_instance *instance, enum pcd_instance_state state)
{
	instance->state = state;
	instance->running_since_ns = state == PCD_RUNNING ? uv_hrtime() : 0;
	instance->env->changed(instance->env->changed_arg);
}

/* ---- a run ---------------------------------------------------------------------------------------------- */

/* After the plugin's last call: nothing of the run is left. */
static void clear_run(pcd_instance *instance)
{
	pcd_posts_admit(&instance->env->posts, instance, 0);
	pcd_host_end_watches(instance);
	if (instance->inst) {
		pcd_call call;
		pcd_call_begin(&call, instance, "destroy()", PCD_LIFE_BUDGET_NS);
		instance->plugin->api.destroy(instance->inst);
		pcd_call_end(&call);
		instance->inst = NULL;
	}
	if (instance->env->observer) instance->env->observer->destroyed(instance->env->observer->arg, instance);
	pcd_host_free_watches(instance);
	pcd_host_close_regions(instance);
}

/* The plugin's own words if it called fail() meanwhile, else ours. Returns the status, made negative if it is not. */
static int report_failure(pcd_instance *instance, const char *what, int result, uint64_t since_unix_ns)
{
	char text[sizeof instance->error];
	uint64_t at;
	if (result > 0) result = PC_EINVAL;
	(void)pcd_instance_last_error(instance, text, sizeof text, &at);
	if (!text[0] || at < since_unix_ns) {
		(void)snprintf(text, sizeof text, "%s failed: %s", what, pc_status_text((pc_status)result));
		pcd_instance_error(instance, result, text);
		pcd_log_line(instance->env->log, PC_LOG_ERROR, instance->name, "%s", text);
	} else {
		pcd_log_line(instance->env->log, PC_LOG_ERROR, instance->name, "%s failed: %s", what, text);
	}
	return result;
}

static uint64_t unix_ns(void)
{
	uv_timeval64_t now = {0, 0};
	(void)uv_gettimeofday(&now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_usec * 1000u;
}

int pcd_instance_create_run(pcd_instance *instance)
{
	uint64_t since = unix_ns();
	pcd_call call;
	int result;
	PC_ASSERT(instance->plugin && instance->options && !instance->inst);
	instance->run++;
	set_state(instance, PCD_STARTING);
	pcd_posts_admit(&instance->env->posts, instance, 1);
	instance->creating = true;
	pcd_call_begin(&call, instance, "create()", PCD_LIFE_BUDGET_NS);
	result = instance->plugin->api.create(&instance->host, instance->options, &instance->inst);
	pcd_call_end(&call);
	instance->creating = false;
	if (!result && !instance->inst) {
		pcd_instance_error(instance, PC_EINVAL, "no instance was returned");
		result = PC_EINVAL;
	}
	if (!result) {
		pcd_host_drop_undeclared(instance);
		return 0;
	}
	result = report_failure(instance, "create()", result, since);
	clear_run(instance);
	set_state(instance, PCD_STOPPED);
	return result;
}

int pcd_instance_start_run(pcd_instance *instance)
{
	uint64_t since = unix_ns();
	pcd_call call;
	int result = 0;
	if (instance->plugin->api.start) {
		pcd_call_begin(&call, instance, "start()", PCD_LIFE_BUDGET_NS);
		result = instance->plugin->api.start(instance->inst);
		pcd_call_end(&call);
	}
	if (result) {
		result = report_failure(instance, "start()", result, since);
		pcd_instance_stop(instance);
		return result;
	}
	instance->backoff_ms = PCD_BACKOFF_FIRST_MS;
	set_state(instance, PCD_RUNNING);
	return 0;
}

static void on_backoff_closed(uv_handle_t *handle)
{
	free(handle);
}

static void end_backoff(pcd_instance *instance)
{
	if (!instance->backoff) return;
	uv_close((uv_handle_t *)instance->backoff, on_backoff_closed);
	instance->backoff = NULL;
}

void pcd_instance_stop(pcd_instance *instance)
{
	end_backoff(instance);
	if (instance->inst) {
		/* Before stop(): what it joins may still post, and must not wait for us to run it. */
		pcd_posts_admit(&instance->env->posts, instance, 0);
		if (instance->plugin->api.stop) {
			pcd_call call;
			pcd_call_begin(&call, instance, "stop()", PCD_LIFE_BUDGET_NS);
			instance->stopping = true;
			instance->plugin->api.stop(instance->inst);
			instance->stopping = false;
			pcd_call_end(&call);
		}
		clear_run(instance);
	}
	if (instance->state != PCD_FAILED) set_state(instance, PCD_STOPPED);
}

/* ---- back-off -------------------------------------------------------------------------------------------- */

static void on_backoff(uv_timer_t *timer)
{
	pcd_instance *instance = timer->data;
	end_backoff(instance);
	instance->restarts++;
	if (pcd_instance_create_run(instance) || pcd_instance_start_run(instance))
		pcd_instance_back_off(instance);
	else
		pcd_log_line(instance->env->log, PC_LOG_INFO, instance->name, "runs again");
}

void pcd_instance_back_off(pcd_instance *instance)
{
	uint64_t pause = instance->backoff_ms;
	if (!instance->plugin) return;
	instance->backoff = calloc(1, sizeof *instance->backoff);
	if (!instance->backoff) {
		set_state(instance, PCD_FAILED);
		return;
	}
	(void)uv_timer_init(instance->env->loop, instance->backoff);
	instance->backoff->data = instance;
	(void)uv_timer_start(instance->backoff, on_backoff, pause, 0);
	instance->backoff_ms = pause * 2 < PCD_BACKOFF_MAX_MS ? pause * 2 : PCD_BACKOFF_MAX_MS;
	pcd_log_line(instance->env->log, PC_LOG_WARN, instance->name, "next try in %llu s",
	             (unsigned long long)(pause / 1000));
	set_state(instance, PCD_BACKOFF);
}

/* ---- options --------------------------------------------------------------------------------------------- */

void pcd_instance_swap_options(pcd_instance *instance, pc_config **options)
{
	pc_config *old = instance->options;
	instance->options = *options;
	*options = old;
}

int pcd_instance_reload(pcd_instance *instance, pc_config **options)
{
	uint64_t since = unix_ns();
	pcd_call call;
	int result = 0;
	if (instance->plugin->api.reload) {
		pcd_call_begin(&call, instance, "reload()", PCD_LIFE_BUDGET_NS);
		result = instance->plugin->api.reload(instance->inst, *options);
		pcd_call_end(&call);
	}
	if (result) return report_failure(instance, "reload()", result, since);
	pcd_instance_swap_options(instance, options);
	return 0;
}

/* ---- life ------------------------------------------------------------------------------------------------ */

static char *copy_text(const char *text)
{
	char *copy = malloc(strlen(text) + 1);
	return copy ? memcpy(copy, text, strlen(text) + 1) : NULL;
}

pcd_instance *pcd_instance_create(pcd_env *env, const pcd_plugin_conf *block, const pcd_plugin *plugin,
                                  pc_config *options)
{
	pcd_instance *instance = calloc(1, sizeof *instance);
	if (!instance) return NULL;
	instance->env = env;
	instance->name = copy_text(block->instance);
	instance->plugin_name = copy_text(block->plugin);
	if (!instance->name || !instance->plugin_name || uv_mutex_init(&instance->error_lock)) {
		free(instance->name);
		free(instance->plugin_name);
		free(instance);
		return NULL;
	}
	instance->required = block->required;
	instance->plugin = plugin;
	instance->options = options;
	instance->backoff_ms = PCD_BACKOFF_FIRST_MS;
	pcd_host_init(instance);
	return instance;
}

void pcd_instance_destroy(pcd_instance **instance)
{
	pcd_instance *i = *instance;
	if (!i) return;
	*instance = NULL;
	pcd_instance_stop(i);
	while (i->metrics) {
		pc_metric *metric = i->metrics;
		i->metrics = metric->next;
		free(metric);
	}
	pcd_options_destroy(&i->options);
	uv_mutex_destroy(&i->error_lock);
	free(i->name);
	free(i->plugin_name);
	free(i);
}

void pcd_instance_refused(pcd_instance *instance, pc_status status, const char *why)
{
	pcd_instance_error(instance, status, why);
	pcd_log_line(instance->env->log, PC_LOG_ERROR, instance->name, "%s", why);
	set_state(instance, PCD_FAILED);
}

/* daemon/plugin_host.c - struct pc_host of plugin.h: log, errors, metrics, options, post; and the table of it all. */
#include "plugin_host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

pcd_instance *pcd_host_instance(const struct pc_host *host)
{
	return host->impl;
}

bool pcd_host_on_loop(pcd_instance *instance, const char *service)
{
	uv_thread_t self = uv_thread_self();
	pcd_env *env = instance->env;
	bool is_on_loop = uv_thread_equal(&self, &env->thread);
	char text[sizeof instance->error];
	if (is_on_loop && !env->watchers->calling) return true;
	(void)snprintf(text, sizeof text,
	               "%s() was called %s and did nothing: it is for the loop thread only, post() leads there",
	               service, is_on_loop ? "from a region watch" : "on a thread of the plugin");
	pcd_instance_error(instance, PC_EINVAL, text);
	pcd_log_line(env->log, PC_LOG_ERROR, instance->name, "%s", text);
	if (env->observer) env->observer->misused(env->observer->arg, service, is_on_loop);
	return false;
}

/* ---- log, errors, metrics ------------------------------------------------------------------------------- */

static void host_log(const struct pc_host *host, int level, const char *message)
{
	pcd_instance *instance = pcd_host_instance(host);
	pcd_log_line(instance->env->log, level, instance->name, "%s", message ? message : "(null)");
}

static int host_fail(const struct pc_host *host, int status, const char *message)
{
	pcd_instance *instance = pcd_host_instance(host);
	pcd_instance_error(instance, status, message ? message : "");
	pcd_log_line(instance->env->log, PC_LOG_ERROR, instance->name, "%s", message ? message : "");
	return status;
}

int pcd_host_refuse(pcd_instance *instance, pc_status status, const char *format, ...)
{
	char text[sizeof instance->error];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return host_fail(&instance->host, status, text);
}

static void copy_cut(char *dst, size_t bytes, const char *text)
{
	(void)snprintf(dst, bytes, "%s", text ? text : "");
}

static int host_metric(const struct pc_host *host, const char *name, int kind, const char *unit, const char *help,
                       pc_metric **ret)
{
	pcd_instance *instance = pcd_host_instance(host);
	pc_metric **at = &instance->metrics;
	if (!pcd_host_on_loop(instance, "metric")) return PC_EINVAL;
	if (!name || !name[0] || strlen(name) >= sizeof(*at)->name || (kind != PC_COUNTER && kind != PC_GAUGE) || !ret)
		return PC_EINVAL;
	for (; *at; at = &(*at)->next) {
		if (strcmp((*at)->name, name) != 0) continue;
		if ((*at)->kind != kind) return PC_EINVAL;
		*ret = *at;
		return PC_OK;
	}
	*at = calloc(1, sizeof **at);
	if (!*at) return PC_ENOMEM;
	copy_cut((*at)->name, sizeof(*at)->name, name);
	copy_cut((*at)->unit, sizeof(*at)->unit, unit);
	copy_cut((*at)->help, sizeof(*at)->help, help);
	(*at)->kind = kind;
	if (instance->metric_count++ == PCD_METRICS_SHOWN)
		pcd_log_line(instance->env->log, PC_LOG_WARN, instance->name,
		             "metric '%s' and later ones are not shown: the status region has room for %u", name,
		             PCD_METRICS_SHOWN);
	*ret = *at;
	return PC_OK;
}

static void host_metric_add(pc_metric *metric, int64_t n)
{
	if (metric) (void)pcd_atomic_add(&metric->value, n);
}

static void host_metric_set(pc_metric *metric, int64_t v)
{
	if (metric) pcd_atomic_set(&metric->value, v);
}

/* ---- options -------------------------------------------------------------------------------------------- */

static int64_t host_cfg_int(const pc_config *config, const char *key)
{
	return pcd_options_int(config, key);
}

static double host_cfg_real(const pc_config *config, const char *key)
{
	return pcd_options_real(config, key);
}

static const char *host_cfg_string(const pc_config *config, const char *key)
{
	return pcd_options_string(config, key);
}

static const char *host_cfg_list(const pc_config *config, const char *key, uint32_t index)
{
	return pcd_options_list(config, key, index);
}

/* ---- the rest --------------------------------------------------------------------------------------------- */

static int host_post(const struct pc_host *host, pc_task_fn *fn, void *arg)
{
	pcd_instance *instance = pcd_host_instance(host);
	return fn ? pcd_posts_add(&instance->env->posts, instance, fn, arg) : PC_EINVAL;
}

static uint64_t host_now_ns(const struct pc_host *host)
{
	(void)host;
	return uv_hrtime();
}

static const void *host_extension(const struct pc_host *host, const char *id)
{
	static const struct pc_ext_why why = {.struct_size = sizeof why, .why = pcd_host_why};
	if (!id || !pcd_host_on_loop(pcd_host_instance(host), "extension")) return NULL;
	if (!strcmp(id, PC_EXT_KEEPSAKE)) return &pcd_host_keepsake;
	return !strcmp(id, PC_EXT_WHY) ? &why : NULL;
}

void pcd_host_init(pcd_instance *instance)
{
	struct pc_host *h = &instance->host;
	h->struct_size = sizeof *h;
	h->abi = PC_ABI(PC_ABI_MAJOR, PC_ABI_MINOR);
	h->impl = instance;
	h->instance = instance->name;
	h->daemon = instance->env->daemon;
	h->log = host_log;
	h->fail = host_fail;
	h->metric = host_metric;
	h->metric_add = host_metric_add;
	h->metric_set = host_metric_set;
	h->cfg_int = host_cfg_int;
	h->cfg_real = host_cfg_real;
	h->cfg_string = host_cfg_string;
	h->cfg_list = host_cfg_list;
	h->post = host_post;
	h->now_ns = host_now_ns;
	h->extension = host_extension;
	h->declare = pcd_host_declare;
	pcd_host_init_watches(h);
	pcd_host_init_regions(h);
}

/* daemon/plugin_keepsake.c - PC_EXT_KEEPSAKE of plugin.h: what an instance leaves for the next run, what it finds of the last one. */
#include "keepsake.h"
#include "plugin_host.h"

#include <string.h>

static int hands_over(const struct pc_host *host)
{
	pcd_instance *instance = pcd_host_instance(host);
	if (!pcd_host_on_loop(instance, "hands_over")) return 0;
	return instance->env->keepsakes && instance->env->keepsakes->hands_over && instance->stopping;
}

static int leave(const struct pc_host *host, const void *bytes, uint64_t count)
{
	pcd_instance *instance = pcd_host_instance(host);
	pc_err err = {""};
	pc_status s;
	if (!pcd_host_on_loop(instance, "leave") || (!bytes && count)) return PC_EINVAL;
	if (!hands_over(host)) return PC_EPERM;
	if (instance->has_left) return PC_EBUSY;
	s = pcd_keepsakes_leave(instance->env->keepsakes, instance->name, instance->plugin->api.id, bytes, count, &err);
	instance->has_left = s == PC_OK;
	if (s != PC_OK)
		pcd_log_line(instance->env->log, PC_LOG_WARN, instance->name,
		             "%llu bytes for the next run cannot be kept: %s", (unsigned long long)count, err.text);
	return s;
}

static int take(const struct pc_host *host, void *to, uint64_t room, uint64_t *ret_bytes)
{
	pcd_instance *instance = pcd_host_instance(host);
	pcd_keepsakes *k = instance->env->keepsakes;
	const pcd_keepsake *found;
	if (!pcd_host_on_loop(instance, "take") || !ret_bytes || (!to && room)) return PC_EINVAL;
	*ret_bytes = 0;
	found = k ? pcd_keepsakes_find(k, instance->name, instance->plugin->api.id) : NULL;
	if (!found) return PC_EABSENT;
	*ret_bytes = found->head.bytes;
	if (room < found->head.bytes) return PC_ENOSPC;
	if (found->head.bytes) memcpy(to, found->bytes, (size_t)found->head.bytes);
	pcd_keepsakes_drop(k, found);
	return PC_OK;
}

const struct pc_ext_keepsake pcd_host_keepsake = {.struct_size = sizeof pcd_host_keepsake,
                                                  .bytes_max = PCD_KEEPSAKE_BYTES_MAX,
                                                  .hands_over = hands_over,
                                                  .leave = leave,
                                                  .take = take};

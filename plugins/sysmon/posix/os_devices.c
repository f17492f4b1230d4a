/* os_devices.c - disks, file systems and network interfaces, on Linux. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <pagecast/status.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "parse.h"
#include "proc.h"

/* ---- disks ---------------------------------------------------------------------------------------- */

/* Hardware has a `device` link; partitions, loop, ram, dm and md do not, and count what the disks below them count. */
static bool has_device(const sysmon_os *os, const char *name)
{
	char path[320], in_sysfs[32];
	(void)snprintf(in_sysfs, sizeof in_sysfs, "%s", name);
	for (char *p = in_sysfs; *p; p++)
		if (*p == '/') *p = '!'; /* cciss/c0d0 */
	(void)snprintf(path, sizeof path, "%s/block/%s/device", os->sysfs, in_sysfs);
	return access(path, F_OK) == 0;
}

static bool is_real_disk(sysmon_os *os, size_t line, const char *name)
{
	if (line >= SYSMON_KNOWN_DISKS) return has_device(os, name);
	struct sysmon_known_disk *known = &os->disks[line];
	if (strcmp(known->name, name) != 0) {
		known->is_real = has_device(os, name);
		(void)snprintf(known->name, sizeof known->name, "%s", name);
	}
	return known->is_real;
}

int sysmon_os_disks(sysmon_os *os, struct sysmon_disk_sample *rows, uint32_t capacity, uint32_t *ret_count,
                    uint32_t *ret_left_out)
{
	struct sysmon_cursor text, line;
	struct sysmon_disk_sample disk;
	uint32_t count = 0, left_out = 0;
	char path[256];
	int status = sysmon_proc_read(os, SYSMON_DISKSTATS, &text);
	if (status) return status;
	for (size_t i = 0; sysmon_line(&text, &line); i++) {
		if (!sysmon_parse_diskstat(line, &disk) || !is_real_disk(os, i, disk.name)) continue;
		if (count < capacity)
			rows[count++] = disk;
		else
			left_out++;
	}
	/* without /sys every disk would look like none */
	(void)snprintf(path, sizeof path, "%s/block", os->sysfs);
	if (!count && access(path, F_OK)) return sysmon_proc_fail(os, sysmon_proc_status(errno), path, strerror(errno));
	*ret_count = count;
	*ret_left_out = left_out;
	return PC_OK;
}

/* ---- file systems ---------------------------------------------------------------------------------- */

#define FOREIGN_MAX 64u

/* Mount points on the way to which a path walk may wait for somebody else. */
struct foreign {
	struct sysmon_cursor at[FOREIGN_MAX];
	uint32_t count;
	bool overflow;
};

static struct foreign find_foreign(struct sysmon_cursor text)
{
	struct foreign f = {.count = 0};
	struct sysmon_cursor line;
	struct sysmon_mount mount;
	while (sysmon_line(&text, &line)) {
		if (!sysmon_parse_mount(line, &mount) || !sysmon_mount_may_hang(&mount)) continue;
		if (f.count < FOREIGN_MAX)
			f.at[f.count++] = mount.mount;
		else
			f.overflow = true;
	}
	return f;
}

static bool is_below(const struct foreign *f, struct sysmon_cursor path)
{
	if (f->overflow && !sysmon_is(path, "/")) return true; /* cannot tell: better a missing row than a hang */
	for (uint32_t i = 0; i < f->count; i++) {
		size_t bytes = sysmon_left(&f->at[i]);
		if (sysmon_left(&path) >= bytes && !memcmp(path.at, f->at[i].at, bytes) &&
		    (sysmon_left(&path) == bytes || path.at[bytes] == '/'))
			return true;
	}
	return false;
}

static bool measure(const struct sysmon_mount *mount, struct sysmon_filesystem *ret)
{
	struct statvfs s;
	char path[4096];
	if (!sysmon_unescape(mount->mount, path, sizeof path) || statvfs(path, &s) || !s.f_blocks) return false;
	*ret = (struct sysmon_filesystem){.total_bytes = (uint64_t)s.f_blocks * s.f_frsize,
	                                  .free_bytes = (uint64_t)s.f_bfree * s.f_frsize,
	                                  .available_bytes = (uint64_t)s.f_bavail * s.f_frsize,
	                                  .read_only = mount->read_only};
	(void)sysmon_unescape(mount->mount, ret->mount, sizeof ret->mount);
	(void)sysmon_unescape(mount->device, ret->device, sizeof ret->device);
	(void)sysmon_unescape(mount->type, ret->type, sizeof ret->type);
	return true;
}

/* The same device mounted again (bind mounts, subvolumes) has the same space: its first mount stands for all. */
static bool is_listed(const struct sysmon_filesystem *rows, uint32_t count, const struct sysmon_mount *mount)
{
	char device[sizeof rows->device];
	if (sysmon_is(mount->type, "overlay")) return false;
	(void)sysmon_unescape(mount->device, device, sizeof device);
	for (uint32_t i = 0; i < count; i++)
		if (!strcmp(rows[i].device, device)) return true;
	return false;
}

int sysmon_os_filesystems(sysmon_os *os, struct sysmon_filesystem *rows, uint32_t capacity, uint32_t *ret_count,
                          uint32_t *ret_left_out)
{
	struct sysmon_cursor text, line;
	struct sysmon_mount mount;
	uint32_t count = 0, left_out = 0;
	int status = sysmon_proc_read(os, SYSMON_MOUNTS, &text);
	if (status) return status;
	struct foreign foreign = find_foreign(text);
	while (sysmon_line(&text, &line)) {
		if (!sysmon_parse_mount(line, &mount) || sysmon_mount_may_hang(&mount) ||
		    !sysmon_mount_has_space(&mount) || is_below(&foreign, mount.mount) ||
		    is_listed(rows, count, &mount) || sysmon_mount_is_covered(&mount, text))
			continue;
		if (count == capacity)
			left_out++;
		else if (measure(&mount, &rows[count]))
			count++;
	}
	*ret_count = count;
	*ret_left_out = left_out;
	return PC_OK;
}

/* ---- network interfaces ------------------------------------------------------------------------------ */

static uint8_t link_state(const sysmon_os *os, const char *name)
{
	char path[320], buffer[32];
	struct sysmon_cursor text;
	if (strchr(name, '/')) return SYSMON_LINK_UNKNOWN;
	(void)snprintf(path, sizeof path, "%s/class/net/%s/operstate", os->sysfs, name);
	if (sysmon_proc_peek(AT_FDCWD, path, buffer, sizeof buffer, &text)) return SYSMON_LINK_UNKNOWN;
	uint8_t state = sysmon_parse_operstate(text);
	if (state != SYSMON_LINK_DOWN) return state;
	/* "down" is also what an interface without its cable says; `carrier` cannot be read while it is switched off */
	(void)snprintf(path, sizeof path, "%s/class/net/%s/carrier", os->sysfs, name);
	return sysmon_proc_peek(AT_FDCWD, path, buffer, sizeof buffer, &text) ? SYSMON_LINK_DOWN
	                                                                      : SYSMON_LINK_NO_CARRIER;
}

int sysmon_os_links(sysmon_os *os, struct sysmon_link_sample *rows, uint32_t capacity, uint32_t *ret_count,
                    uint32_t *ret_left_out)
{
	struct sysmon_cursor text, line;
	struct sysmon_link_sample link;
	uint32_t count = 0, left_out = 0;
	int status = sysmon_proc_read(os, SYSMON_NET_DEV, &text);
	if (status) return status;
	while (sysmon_line(&text, &line)) {
		if (!sysmon_parse_net_dev(line, &link)) continue;
		if (count == capacity) {
			left_out++;
			continue;
		}
		link.state = link_state(os, link.name);
		rows[count++] = link;
	}
	*ret_count = count;
	*ret_left_out = left_out;
	return PC_OK;
}

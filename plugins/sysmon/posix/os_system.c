/* os_system.c - processors, load, memory and the machine itself, on Linux. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pagecast/status.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "parse.h"
#include "proc.h"

uint32_t sysmon_os_core_count(const sysmon_os *os)
{
	(void)os;
	long count = sysconf(_SC_NPROCESSORS_CONF); /* configured, not online: cores come and go while we run */
	if (count < 1) return 1;
	return count > (long)SYSMON_CORES_MAX ? SYSMON_CORES_MAX : (uint32_t)count;
}

int sysmon_os_cpu(sysmon_os *os, struct sysmon_cpu_sample *sample)
{
	struct sysmon_cursor text;
	int status = sysmon_proc_read(os, SYSMON_STAT, &text);
	if (status) return status;
	return sysmon_parse_stat(text, sample) ? PC_OK : sysmon_proc_unreadable(os, SYSMON_STAT);
}

int sysmon_os_load(sysmon_os *os, float ret_load[3])
{
	struct sysmon_cursor text;
	int status = sysmon_proc_read(os, SYSMON_LOADAVG, &text);
	if (status) return status;
	return sysmon_parse_loadavg(text, ret_load) ? PC_OK : sysmon_proc_unreadable(os, SYSMON_LOADAVG);
}

int sysmon_os_uptime(sysmon_os *os, double *ret_s)
{
	struct timespec t;
	/* the same number as /proc/uptime, without a file; counts while the machine sleeps, as that does */
	if (clock_gettime(CLOCK_BOOTTIME, &t)) return sysmon_proc_fail(os, PC_EIO, "CLOCK_BOOTTIME", strerror(errno));
	*ret_s = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
	return PC_OK;
}

int sysmon_os_memory(sysmon_os *os, struct sysmon_memory *ret)
{
	struct sysmon_cursor text;
	int status = sysmon_proc_read(os, SYSMON_MEMINFO, &text);
	if (status) return status;
	return sysmon_parse_meminfo(text, ret) ? PC_OK : sysmon_proc_unreadable(os, SYSMON_MEMINFO);
}

static void copy(char *dst, size_t dst_bytes, const char *text)
{
	sysmon_text_copy(dst, dst_bytes, sysmon_cursor_of(text, strlen(text)));
}

/* Distributions put it in /etc, read-only systems in /usr/lib: os-release(5). */
static void read_os_name(struct sysmon_host *h)
{
	static const char *const paths[] = {"/etc/os-release", "/usr/lib/os-release"};
	char buffer[4096];
	struct sysmon_cursor text;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (!sysmon_proc_peek(AT_FDCWD, paths[i], buffer, sizeof buffer, &text) &&
		    sysmon_parse_os_release(text, h->os, sizeof h->os))
			return;
}

/* Only the first page: printing all of cpuinfo makes the kernel ask every core for its clock, which takes
 * milliseconds on a large machine. */
static int read_cpu_model(sysmon_os *os, struct sysmon_host *h)
{
	char path[256], buffer[4096];
	struct sysmon_cursor text;
	(void)snprintf(path, sizeof path, "%s/cpuinfo", os->procfs);
	int status = sysmon_proc_peek(AT_FDCWD, path, buffer, sizeof buffer, &text);
	if (status) return sysmon_proc_fail(os, status, path, strerror(errno));
	/* some processors have no name to show; the architecture stands in */
	if (!sysmon_parse_cpu_model(text, h->cpu_model, sizeof h->cpu_model))
		copy(h->cpu_model, sizeof h->cpu_model, h->architecture);
	return PC_OK;
}

int sysmon_os_host(sysmon_os *os, struct sysmon_host *ret)
{
	struct sysmon_host h = {0};
	struct sysmon_memory memory;
	struct utsname names;
	struct timespec now;
	double uptime_s = 0;
	char kernel[160];
	int status;
	if (uname(&names)) return sysmon_proc_fail(os, PC_EIO, "uname", strerror(errno));
	copy(h.hostname, sizeof h.hostname, names.nodename);
	copy(h.architecture, sizeof h.architecture, names.machine);
	(void)snprintf(kernel, sizeof kernel, "%s %s", names.sysname, names.release);
	copy(h.kernel, sizeof h.kernel, kernel);
	read_os_name(&h);
	if ((status = read_cpu_model(os, &h)) || (status = sysmon_os_memory(os, &memory)) ||
	    (status = sysmon_os_uptime(os, &uptime_s)))
		return status;
	h.memory_bytes = memory.total_bytes;
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	h.cores_online = online > 0 ? (uint32_t)online : 0;
	h.cores_configured = sysmon_os_core_count(os);
	if (!clock_gettime(CLOCK_REALTIME, &now) && (double)now.tv_sec > uptime_s)
		h.boot_unix_s = (uint64_t)((double)now.tv_sec + (double)now.tv_nsec / 1e9 - uptime_s + 0.5);
	*ret = h;
	return PC_OK;
}

/* daemon/posix/notify.c - see notify.h: the protocol of sd_notify(3), without libsystemd.
 *
 * Every message is one datagram, never waited for: a manager that does not read must not hold us up. */
#include "daemon/notify.h"

#include "platform/clock.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void notify(const char *message)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t bytes = path ? strlen(path) : 0;
	int fd;
	if (bytes < 2 || bytes >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@')) return;
	memcpy(to.sun_path, path, bytes);
	if (path[0] == '@') to.sun_path[0] = 0; /* abstract name space */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) return;
	(void)sendto(fd, message, strlen(message), MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&to,
	             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + bytes));
	(void)close(fd);
}

/* A status is one line: what follows a line break would be a message of its own. */
static void notify_with_status(const char *head, const char *status)
{
	char text[512];
	(void)snprintf(text, sizeof text, "%sSTATUS=", head);
	for (size_t at = strlen(text); *status && at + 1 < sizeof text; status++) {
		text[at++] = *status == '\n' ? ' ' : *status;
		text[at] = 0;
	}
	notify(text);
}

void pcd_notify_ready(const char *status)
{
	notify_with_status("READY=1\n", status);
}

void pcd_notify_reloading(void)
{
	char text[64];
	/* Type=notify-reload wants to know from when on the next READY counts. */
	(void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%llu",
	               (unsigned long long)(pc_clock_mono_ns() / 1000));
	notify(text);
}

void pcd_notify_stopping(void)
{
	notify("STOPPING=1");
}

void pcd_notify_progress(void)
{
	notify("EXTEND_TIMEOUT_USEC=10000000");
}

void pcd_notify_watchdog(void)
{
	notify("WATCHDOG=1");
}

uint64_t pcd_notify_watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	unsigned long long value;
	char *end;
	if (!usec) return 0;
	if (pid && strtoll(pid, NULL, 10) != (long long)getpid()) return 0;
	errno = 0;
	value = strtoull(usec, &end, 10);
	if (errno || *end || !value) return 0;
	return value / 2000 ? value / 2000 : 1;
}

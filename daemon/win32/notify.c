/* daemon/win32/notify.c - see notify.h: what sd_notify(3) is elsewhere is the service's status here. */
#include "daemon/notify.h"

#include "daemon/win32/service.h"

void pcd_notify_ready(const char *status)
{
	(void)status; /* a service has no such line; it is in the log */
	pcd_service_report(SERVICE_RUNNING);
}

void pcd_notify_reloading(void)
{
	/* it runs all the while, as far as the service manager knows */
}

void pcd_notify_stopping(void)
{
	pcd_service_report(SERVICE_STOP_PENDING);
}

void pcd_notify_progress(void)
{
	pcd_service_report(0);
}

void pcd_notify_watchdog(void)
{
	/* there is none */
}

uint64_t pcd_notify_watchdog_ms(void)
{
	return 0;
}

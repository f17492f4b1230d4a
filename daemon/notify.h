/* daemon/notify.h - talking to the service manager that started us; silent where there is none.
 *
 * Linux: sd_notify(3)'s datagrams to $NOTIFY_SOCKET. Windows: SetServiceStatus(). [loop thread] */
#ifndef PCD_NOTIFY_H
#define PCD_NOTIFY_H
#include <stdint.h>

/** Regions are published, plugins run. */
void pcd_notify_ready(const char *status);
/** A reload begins; pcd_notify_ready() ends it. */
void pcd_notify_reloading(void);
void pcd_notify_stopping(void);
/** Start or stop go on, and may take some seconds more. */
void pcd_notify_progress(void);
/** The loop turns. */
void pcd_notify_watchdog(void);
/** How often pcd_notify_watchdog() is expected, halved to be on the safe side; 0 = not at all. */
uint64_t pcd_notify_watchdog_ms(void);

#endif

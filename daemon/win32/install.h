/* daemon/win32/install.h - making a service, and what the event viewer needs to know of it. */
#ifndef PCD_WIN32_INSTALL_H
#define PCD_WIN32_INSTALL_H
#include <stdbool.h>
#include <windows.h>

typedef struct pcd_service_plan {
	const char *name, *account, *config; /* account: NULL = NT AUTHORITY\LocalService; config: may be relative */
	bool is_manual;
} pcd_service_plan;

/** Make it, whole or not at all. @return 0 or a system error */
DWORD pcd_service_make(const pcd_service_plan *plan);
void pcd_event_source_remove(const char *name);

#endif

/* daemon/win32/service.h - this process as a service of Windows, and the commands that make and steer services. */
#ifndef PCD_WIN32_SERVICE_H
#define PCD_WIN32_SERVICE_H
#include <stdbool.h>
#include <windows.h>

#define PCD_SERVICE_NAME_MAX 80u
#define PCD_EVENT_LINE       1u /* the one message of messages.mc */

/** `pagecastd service ...`; what follows "service". @return exit status */
int pcd_service_command(int argc, char **argv);

/* ---- being one (service_run.c) ------------------------------------------------------------------------ */

/** `pagecastd service run NAME CONFIG`, as the service manager starts it: returns when the service has ended. @return exit status */
int pcd_service_run(int argc, char **argv);
/** The service's name if this process is one, else NULL. */
const wchar_t *pcd_service_name(void);
/** Tell the service manager; nothing without one. @param state  SERVICE_RUNNING, SERVICE_STOP_PENDING; 0: the state as it is, going on */
void pcd_service_report(DWORD state);

#endif

/* daemon/win32/service_run.c - being a service: pcd_main() on the thread that the service manager starts, and its status. */
#include "daemon/main.h"
#include "daemon/notify.h"
#include "daemon/win32/control.h"
#include "daemon/win32/service.h"
#include "daemon/win32/text.h"

#include <stdio.h>
#include <stdlib.h>

#define PENDING_MS 10000u /* until the next report, before we count as hung */

/* Of this process; a process is one service at most. */
static struct {
	SERVICE_STATUS_HANDLE handle; /* NULL: no service, or not yet */
	SERVICE_STATUS status;        /* as last reported, by the thread that runs the daemon */
	wchar_t *name;
	int argc;
	char **argv;
	int result;
} service;

const wchar_t *pcd_service_name(void)
{
	return service.name;
}

void pcd_service_report(DWORD state)
{
	SERVICE_STATUS *s = &service.status;
	if (!service.handle) return;
	if (state) s->dwCurrentState = state;
	bool is_pending = s->dwCurrentState == SERVICE_START_PENDING || s->dwCurrentState == SERVICE_STOP_PENDING;
	s->dwControlsAccepted = s->dwCurrentState == SERVICE_RUNNING
	                                ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_PARAMCHANGE
	                                : 0;
	s->dwCheckPoint = is_pending ? s->dwCheckPoint + 1 : 0;
	s->dwWaitHint = is_pending ? PENDING_MS : 0;
	(void)SetServiceStatus(service.handle, s);
}

static DWORD WINAPI on_control(DWORD control, DWORD type, void *data, void *context)
{
	(void)type;
	(void)data;
	(void)context;
	switch (control) {
	case SERVICE_CONTROL_STOP: (void)pcd_control_raise(PCD_CONTROL_STOP, "the service manager"); return NO_ERROR;
	case SERVICE_CONTROL_SHUTDOWN:
		(void)pcd_control_raise(PCD_CONTROL_STOP, "the system shuts down");
		return NO_ERROR;
	case SERVICE_CONTROL_PARAMCHANGE:
		(void)pcd_control_raise(PCD_CONTROL_RELOAD, "the service manager");
		return NO_ERROR;
	case SERVICE_CONTROL_INTERROGATE: return NO_ERROR;
	default: return ERROR_CALL_NOT_IMPLEMENTED;
	}
}

static void WINAPI service_main(DWORD argc, wchar_t **argv)
{
	(void)argc;
	(void)argv;
	service.status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
	service.handle = RegisterServiceCtrlHandlerExW(service.name, on_control, NULL);
	pcd_service_report(SERVICE_START_PENDING);
	service.result = pcd_main(service.argc, service.argv);
	if (service.result) {
		service.status.dwWin32ExitCode = ERROR_SERVICE_SPECIFIC_ERROR;
		service.status.dwServiceSpecificExitCode = (DWORD)service.result;
	}
	pcd_service_report(SERVICE_STOPPED); /* the process may end at any moment from here on */
}

int pcd_service_run(int argc, char **argv)
{
	char text[300];
	SERVICE_TABLE_ENTRYW table[] = {{NULL, service_main}, {NULL, NULL}};
	service.name = argc > 1 ? pcd_wide(argv[0]) : NULL;
	if (!service.name) return 2;
	/* argv[0] is the service's name, where pcd_main() expects the program's. */
	service.argc = argc;
	service.argv = argv;
	table[0].lpServiceName = service.name;
	if (StartServiceCtrlDispatcherW(table)) return service.result;
	DWORD error = GetLastError();
	service.name = NULL; /* this is a console: stderr leads somewhere */
	(void)fprintf(stderr, "pagecastd: %s\n",
	              error == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT
	                      ? "'service run' is for the service manager; 'pagecastd CONFIG' runs it here"
	                      : pcd_error_text(error, text, sizeof text));
	return 1;
}

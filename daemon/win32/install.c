/* daemon/win32/install.c - see install.h. */
#include "daemon/win32/install.h"

#include "daemon/win32/text.h"

#include <stdio.h>
#include <stdlib.h>

#define PATH_UNITS    32768u
#define SOURCES       L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\"
#define DAY_S         86400u
#define LOCAL_SERVICE L"NT AUTHORITY\\LocalService"

/* ---- the command line ------------------------------------------------------------------------------------- */

/* A path in quotes; it has none itself, but a backslash before the closing one would escape it. */
static void add_quoted(wchar_t *line, size_t room, const wchar_t *text)
{
	size_t length = wcslen(text);
	(void)swprintf(line + wcslen(line), room - wcslen(line), L" \"%ls%ls\"", text,
	               length && text[length - 1] == L'\\' ? L"\\" : L"");
}

/* "C:\...\pagecastd.exe" service run "NAME" "C:\...\rig.yaml"; malloc'ed, NULL without memory */
static wchar_t *command_line(const pcd_service_plan *plan)
{
	size_t room = 3 * PATH_UNITS;
	wchar_t *line = calloc(room, sizeof *line), *own = malloc(PATH_UNITS * sizeof *own);
	wchar_t *config = pcd_full_path(plan->config), *name = pcd_wide(plan->name);
	if (line && own && config && name && GetModuleFileNameW(NULL, own, PATH_UNITS)) {
		add_quoted(line, room, own);
		(void)swprintf(line + wcslen(line), room - wcslen(line), L" service run");
		add_quoted(line, room, name);
		add_quoted(line, room, config);
		(void)memmove(line, line + 1, wcslen(line) * sizeof *line); /* the space in front */
	} else {
		free(line);
		line = NULL;
	}
	free(own);
	free(config);
	free(name);
	return line;
}

/* ---- the event log ---------------------------------------------------------------------------------------- */

/* Where our lines' text is found: messages.mc in this very program. */
static DWORD event_source_add(const wchar_t *name)
{
	wchar_t key[600], *own = malloc(PATH_UNITS * sizeof *own);
	DWORD types = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE, bytes;
	LSTATUS error = ERROR_NOT_ENOUGH_MEMORY;
	HKEY opened = NULL;
	(void)swprintf(key, sizeof key / sizeof *key, SOURCES L"%ls", name);
	if (own && GetModuleFileNameW(NULL, own, PATH_UNITS))
		error = RegCreateKeyExW(HKEY_LOCAL_MACHINE, key, 0, NULL, 0, KEY_SET_VALUE, NULL, &opened, NULL);
	if (!error) {
		bytes = (DWORD)((wcslen(own) + 1) * sizeof *own);
		error = RegSetValueExW(opened, L"EventMessageFile", 0, REG_SZ, (const BYTE *)own, bytes);
	}
	if (!error) error = RegSetValueExW(opened, L"TypesSupported", 0, REG_DWORD, (const BYTE *)&types, sizeof types);
	if (opened) (void)RegCloseKey(opened);
	free(own);
	return (DWORD)error;
}

void pcd_event_source_remove(const char *name)
{
	wchar_t key[600], *wide = pcd_wide(name);
	if (wide) {
		(void)swprintf(key, sizeof key / sizeof *key, SOURCES L"%ls", wide);
		(void)RegDeleteKeyW(HKEY_LOCAL_MACHINE, key);
	}
	free(wide);
}

/* ---- the service ------------------------------------------------------------------------------------------ */

/* Restarted after a crash, sooner or later; not after an end of its own. No privilege but that of names for all sessions.
 * What a system does not know of this is no reason to go without the service. */
static void describe(SC_HANDLE made, const wchar_t *config)
{
	wchar_t text[1200], privileges[] = L"SeChangeNotifyPrivilege\0SeCreateGlobalPrivilege\0";
	SERVICE_DESCRIPTIONW description = {text};
	SC_ACTION restarts[] = {{SC_ACTION_RESTART, 1000}, {SC_ACTION_RESTART, 10000}, {SC_ACTION_RESTART, 60000}};
	SERVICE_FAILURE_ACTIONSW failures = {DAY_S, NULL, NULL, 3, restarts};
	SERVICE_REQUIRED_PRIVILEGES_INFOW required = {privileges};
	SERVICE_SID_INFO sid = {SERVICE_SID_TYPE_UNRESTRICTED}; /* files can be given to NT SERVICE\NAME */
	(void)swprintf(text, sizeof text / sizeof *text, L"Shared-memory regions and plugins of %.1000ls", config);
	(void)ChangeServiceConfig2W(made, SERVICE_CONFIG_DESCRIPTION, &description);
	(void)ChangeServiceConfig2W(made, SERVICE_CONFIG_FAILURE_ACTIONS, &failures);
	(void)ChangeServiceConfig2W(made, SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &required);
	(void)ChangeServiceConfig2W(made, SERVICE_CONFIG_SERVICE_SID_INFO, &sid);
}

static DWORD make(SC_HANDLE manager, const pcd_service_plan *plan, const wchar_t *name, const wchar_t *account,
                  const wchar_t *line)
{
	wchar_t title[PATH_UNITS / 64], *config = pcd_full_path(plan->config);
	(void)swprintf(title, sizeof title / sizeof *title, L"pagecast (%ls)", name);
	SC_HANDLE made =
	        CreateServiceW(manager, name, title, DELETE | SERVICE_CHANGE_CONFIG | SERVICE_START,
	                       SERVICE_WIN32_OWN_PROCESS, plan->is_manual ? SERVICE_DEMAND_START : SERVICE_AUTO_START,
	                       SERVICE_ERROR_NORMAL, line, NULL, NULL, NULL, account, NULL);
	DWORD error = made && config ? 0 : GetLastError();
	if (!error) {
		describe(made, config);
		error = event_source_add(name);
		if (error) (void)DeleteService(made);
	}
	if (made) (void)CloseServiceHandle(made);
	free(config);
	return error;
}

DWORD pcd_service_make(const pcd_service_plan *plan)
{
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
	DWORD error = manager ? ERROR_NOT_ENOUGH_MEMORY : GetLastError();
	wchar_t *name = pcd_wide(plan->name), *account = plan->account ? pcd_wide(plan->account) : NULL;
	wchar_t *line = command_line(plan);
	if (manager && name && line && (account || !plan->account))
		error = make(manager, plan, name, account ? account : LOCAL_SERVICE, line);
	free(line);
	free(account);
	free(name);
	if (manager) (void)CloseServiceHandle(manager);
	return error;
}

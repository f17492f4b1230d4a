/* daemon/win32/service.c - `pagecastd service`: make, remove, look at and steer services. */
#include "daemon/win32/service.h"

#include "daemon/app.h"
#include "daemon/main.h"
#include "daemon/win32/install.h"
#include "daemon/win32/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS 30000u
#define LOOK_MS     50u
#define NOT_RUNNING 3

static const char usage[] =
        "usage: pagecastd service <what> [--name NAME] ...\n"
        "\n"
        "  install [--manual] [--account ACCOUNT] CONFIG\n"
        "                make a service that runs 'pagecastd CONFIG', if CONFIG is right; it starts with the system,\n"
        "                or with --manual when told to. ACCOUNT is one without a password: NT AUTHORITY\\LocalService\n"
        "                (the default), NT AUTHORITY\\NetworkService, LocalSystem, or a managed service account\n"
        "  uninstall     stop it and remove it\n"
        "  start         and wait until its regions are there\n"
        "  stop          and wait until it has ended\n"
        "  reload        let it read CONFIG again; 'pagecast reload' also says how that went\n"
        "  status        exit status 0 if it runs, 3 if it does not, 1 if there is none\n"
        "\n"
        "NAME is 'pagecast' unless given. All but status need an administrator. A service logs to the event log, "
        "under\n"
        "Windows Logs > Application, or to the file that CONFIG names in log: { file: ... }.\n";

struct service_arguments {
	const char *what;
	const char *name, *account, *config;
	bool is_manual;
};

/* ---- talking -------------------------------------------------------------------------------------------- */

static int fail(const struct service_arguments *a, const char *doing, DWORD error)
{
	char text[300];
	const char *reason = pcd_error_text(error, text, sizeof text);
	if (error == ERROR_ACCESS_DENIED) reason = "access denied; this takes an administrator";
	if (error == ERROR_SERVICE_DOES_NOT_EXIST) reason = "there is no such service";
	if (error == ERROR_SERVICE_EXISTS) reason = "there is one of this name";
	if (error == ERROR_SERVICE_NOT_ACTIVE) reason = "it does not run";
	if (error == ERROR_SERVICE_ALREADY_RUNNING) reason = "it runs already";
	(void)fprintf(stderr, "pagecastd: cannot %s service '%s': %s\n", doing, a->name, reason);
	return PCD_EXIT_FAILED;
}

static const char *state_name(DWORD state)
{
	switch (state) {
	case SERVICE_STOPPED: return "stopped";
	case SERVICE_START_PENDING: return "starting";
	case SERVICE_STOP_PENDING: return "stopping";
	case SERVICE_RUNNING: return "running";
	default: return "paused";
	}
}

/* How a service that stands still came to do so. */
static void print_end(const SERVICE_STATUS_PROCESS *s)
{
	char text[300];
	if (s->dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR)
		(void)printf(", %s (exit status %lu)",
		             s->dwServiceSpecificExitCode == PCD_EXIT_USAGE ? "its configuration is wrong: see its log"
		                                                            : "it could not run: see its log",
		             s->dwServiceSpecificExitCode);
	else if (s->dwWin32ExitCode && s->dwWin32ExitCode != ERROR_SERVICE_NEVER_STARTED)
		(void)printf(", %s", pcd_error_text(s->dwWin32ExitCode, text, sizeof text));
}

static void print_status(const struct service_arguments *a, const SERVICE_STATUS_PROCESS *s)
{
	(void)printf("%s: %s", a->name, state_name(s->dwCurrentState));
	if (s->dwProcessId) (void)printf(", pid %lu", s->dwProcessId);
	if (s->dwCurrentState == SERVICE_STOPPED) print_end(s);
	(void)printf("\n");
}

/* ---- one service ---------------------------------------------------------------------------------------- */

/* @return a handle, or NULL with GetLastError() */
static SC_HANDLE open_service(const char *name, DWORD rights)
{
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), found = NULL;
	wchar_t *wide = pcd_wide(name);
	DWORD error = wide ? GetLastError() : ERROR_NOT_ENOUGH_MEMORY;
	if (manager && wide) {
		found = OpenServiceW(manager, wide, rights);
		error = GetLastError();
	}
	free(wide);
	if (manager) (void)CloseServiceHandle(manager);
	SetLastError(error);
	return found;
}

static bool query(SC_HANDLE found, SERVICE_STATUS_PROCESS *ret)
{
	DWORD bytes;
	return QueryServiceStatusEx(found, SC_STATUS_PROCESS_INFO, (BYTE *)ret, sizeof *ret, &bytes);
}

/* Until it is no longer in this state. @return false: GetLastError(), or it takes too long */
static bool wait_while(SC_HANDLE found, DWORD state, SERVICE_STATUS_PROCESS *ret)
{
	ULONGLONG end = GetTickCount64() + PATIENCE_MS;
	while (query(found, ret)) {
		if (ret->dwCurrentState != state) return true;
		if (GetTickCount64() > end) {
			SetLastError(ERROR_SERVICE_REQUEST_TIMEOUT);
			return false;
		}
		Sleep(LOOK_MS);
	}
	return false;
}

/* Its status is what a command says last. */
static int conclude(const struct service_arguments *a, SC_HANDLE found, DWORD pending, DWORD wanted)
{
	SERVICE_STATUS_PROCESS status;
	if (!wait_while(found, pending, &status)) return fail(a, a->what, GetLastError());
	print_status(a, &status);
	return status.dwCurrentState == wanted ? PCD_EXIT_OK : PCD_EXIT_FAILED;
}

static int run_start(const struct service_arguments *a, SC_HANDLE found)
{
	if (!StartServiceW(found, 0, NULL)) return fail(a, "start", GetLastError());
	return conclude(a, found, SERVICE_START_PENDING, SERVICE_RUNNING);
}

static int run_stop(const struct service_arguments *a, SC_HANDLE found)
{
	SERVICE_STATUS status;
	if (!ControlService(found, SERVICE_CONTROL_STOP, &status)) return fail(a, "stop", GetLastError());
	/* "running" for a moment still, until the daemon's loop has turned */
	SERVICE_STATUS_PROCESS now;
	if (!wait_while(found, SERVICE_RUNNING, &now)) return fail(a, "stop", GetLastError());
	return conclude(a, found, SERVICE_STOP_PENDING, SERVICE_STOPPED);
}

static int run_reload(const struct service_arguments *a, SC_HANDLE found)
{
	SERVICE_STATUS status;
	if (!ControlService(found, SERVICE_CONTROL_PARAMCHANGE, &status)) return fail(a, "reload", GetLastError());
	(void)printf("%s: asked to reload; 'pagecast status' and the log say how it went\n", a->name);
	return PCD_EXIT_OK;
}

static int run_status(const struct service_arguments *a, SC_HANDLE found)
{
	SERVICE_STATUS_PROCESS status;
	if (!query(found, &status)) return fail(a, "look at", GetLastError());
	print_status(a, &status);
	return status.dwCurrentState == SERVICE_RUNNING ? PCD_EXIT_OK : NOT_RUNNING;
}

static int run_uninstall(const struct service_arguments *a, SC_HANDLE found)
{
	SERVICE_STATUS status;
	SERVICE_STATUS_PROCESS now;
	if (ControlService(found, SERVICE_CONTROL_STOP, &status) &&
	    (!wait_while(found, SERVICE_RUNNING, &now) || !wait_while(found, SERVICE_STOP_PENDING, &now)))
		return fail(a, "stop", GetLastError());
	if (!DeleteService(found)) return fail(a, "remove", GetLastError());
	pcd_event_source_remove(a->name);
	(void)printf("%s: removed\n", a->name);
	return PCD_EXIT_OK;
}

/* ---- install --------------------------------------------------------------------------------------------- */

static int run_install(const struct service_arguments *a)
{
	char program[] = "pagecastd", check[] = "--check", *config = (char *)(uintptr_t)a->config;
	char *argv[] = {program, check, config, NULL};
	pcd_service_plan plan = {a->name, a->account, a->config, a->is_manual};
	int result = pcd_main(3, argv);
	if (result) return result;
	DWORD error = pcd_service_make(&plan);
	if (error) return fail(a, "install", error);
	(void)printf("%s: installed; 'pagecastd service start' starts it\n", a->name);
	return PCD_EXIT_OK;
}

/* ---- the command line ------------------------------------------------------------------------------------- */

static const struct {
	const char *word;
	int (*run)(const struct service_arguments *a, SC_HANDLE found);
	DWORD rights;
} words[] = {{"start", run_start, SERVICE_START | SERVICE_QUERY_STATUS},
             {"stop", run_stop, SERVICE_STOP | SERVICE_QUERY_STATUS},
             {"reload", run_reload, SERVICE_PAUSE_CONTINUE | SERVICE_QUERY_STATUS},
             {"status", run_status, SERVICE_QUERY_STATUS},
             {"uninstall", run_uninstall, SERVICE_STOP | SERVICE_QUERY_STATUS | DELETE}};

static int wrong(const char *what, const char *argument)
{
	(void)fprintf(stderr, "pagecastd: %s%s%s\nTry 'pagecastd service --help'.\n", what, argument ? ": " : "",
	              argument ? argument : "");
	return PCD_EXIT_USAGE;
}

/* The service manager's rule: no slash of either kind, at most 256 units; ours is shorter. */
static bool is_name(const char *name)
{
	size_t bytes = strlen(name);
	return bytes && bytes <= PCD_SERVICE_NAME_MAX && !strpbrk(name, "/\\\"");
}

/* @return -1, or an exit status */
static int read_arguments(struct service_arguments *a, int argc, char **argv)
{
	bool is_install = !strcmp(a->what, "install");
	for (int i = 0; i < argc; i++) {
		const char **value = !strcmp(argv[i], "--name")                    ? &a->name
		                     : is_install && !strcmp(argv[i], "--account") ? &a->account
		                                                                   : NULL;
		if (value && i + 1 == argc) return wrong("a value is missing after", argv[i]);
		if (value)
			*value = argv[++i];
		else if (is_install && !strcmp(argv[i], "--manual"))
			a->is_manual = true;
		else if (argv[i][0] == '-')
			return wrong("unknown option", argv[i]);
		else if (!is_install || a->config)
			return wrong("unexpected", argv[i]);
		else
			a->config = argv[i];
	}
	if (!is_name(a->name)) return wrong("this cannot be the name of a service", a->name);
	return is_install && !a->config ? wrong("a configuration is missing", NULL) : -1;
}

int pcd_service_command(int argc, char **argv)
{
	struct service_arguments a = {.what = argc ? argv[0] : "", .name = "pagecast"};
	if (!strcmp(a.what, "--help") || !strcmp(a.what, "-h")) {
		(void)fputs(usage, stdout);
		return PCD_EXIT_OK;
	}
	if (!strcmp(a.what, "run")) return pcd_service_run(argc - 1, argv + 1);
	size_t count = sizeof words / sizeof *words, i = 0;
	while (i < count && strcmp(words[i].word, a.what) != 0) i++;
	if (i == count && strcmp(a.what, "install") != 0)
		return *a.what ? wrong("unknown", a.what) : wrong("what about the service?", NULL);
	int result = read_arguments(&a, argc - 1, argv + 1);
	if (result >= 0) return result;
	if (i == count) return run_install(&a);
	SC_HANDLE found = open_service(a.name, words[i].rights);
	if (!found) return fail(&a, strcmp(a.what, "status") ? a.what : "look at", GetLastError());
	result = words[i].run(&a, found);
	(void)CloseServiceHandle(found);
	return result;
}

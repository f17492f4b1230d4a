/* daemon/win32/signals.c - see signals.h.
 *
 * A request comes on a thread of the system's (a console's control, the service manager's, a wait for one of three events),
 * leaves its name, and wakes the loop. libuv's signals would do for Ctrl-C only: it takes the end of the console for
 * SIGHUP, and hears nothing of the session's end.
 *
 * `Local\pagecast-stop-<pid>`, `-reload-` and `-dump-` are for this user, administrators and the system. One that
 * somebody else made before us is worth nothing, and not used.                                                        */
#include "daemon/signals.h"

#include "base/atomic.h"
#include "base/err.h"
#include "daemon/outlet.h"
#include "daemon/win32/control.h"
#include "daemon/win32/service.h"
#include "daemon/win32/text.h"

#include <pagecast/plugin.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>

#define EVENT_RIGHTS L"0x00120002" /* SYNCHRONIZE | READ_CONTROL | EVENT_MODIFY_STATE */

/* One way to ask: an event, and the wait for it. */
struct ask {
	HANDLE event, wait;
	enum pcd_control control;
	char name[64];
};

struct pcd_signals {
	uv_async_t wake;
	pcd_signals_fns fns;
	void *arg;
	const char *from[PCD_CONTROLS]; /* who asked; NULL: nobody */
	bool is_last;
	struct ask asks[PCD_CONTROLS];
};

/* The system's threads come whenever they like: what they find is there until they have left. */
static SRWLOCK guard = SRWLOCK_INIT;
static struct pcd_signals *current;

bool pcd_control_raise(enum pcd_control control, const char *from)
{
	bool is_taken = false;
	AcquireSRWLockExclusive(&guard);
	if (current && !(current->is_last && control == PCD_CONTROL_STOP)) {
		current->from[control] = from;
		(void)uv_async_send(&current->wake);
		is_taken = true;
	}
	ReleaseSRWLockExclusive(&guard);
	return is_taken;
}

static void on_wake(uv_async_t *wake)
{
	struct pcd_signals *s = wake->data;
	const char *from[PCD_CONTROLS];
	AcquireSRWLockExclusive(&guard);
	memcpy(from, s->from, sizeof from);
	memset(s->from, 0, sizeof s->from);
	ReleaseSRWLockExclusive(&guard);
	if (from[PCD_CONTROL_DUMP]) s->fns.dump(s->arg, from[PCD_CONTROL_DUMP]);
	if (from[PCD_CONTROL_RELOAD] && !from[PCD_CONTROL_STOP]) s->fns.reload(s->arg, from[PCD_CONTROL_RELOAD]);
	if (from[PCD_CONTROL_STOP]) s->fns.stop(s->arg, from[PCD_CONTROL_STOP]);
}

/* ---- the console -------------------------------------------------------------------------------------- */

/* The process ends when a handler of these returns, or some seconds later: main() ends it before, if it can. */
static BOOL end_of_everything(const char *what)
{
	(void)pcd_control_raise(PCD_CONTROL_STOP, what);
	Sleep(INFINITE);
	return TRUE;
}

static BOOL WINAPI on_console(DWORD event)
{
	bool is_service = pcd_service_name() != NULL; /* which outlives sessions, and is told of shutdowns otherwise */
	switch (event) {
	case CTRL_C_EVENT: return pcd_control_raise(PCD_CONTROL_STOP, "Ctrl-C"); /* else what it always does: the end */
	case CTRL_BREAK_EVENT: return pcd_control_raise(PCD_CONTROL_STOP, "Ctrl-Break");
	case CTRL_CLOSE_EVENT: return end_of_everything("the console is closed");
	case CTRL_LOGOFF_EVENT: return is_service ? TRUE : end_of_everything("the user logs off");
	case CTRL_SHUTDOWN_EVENT: return is_service ? TRUE : end_of_everything("the system shuts down");
	default: return FALSE;
	}
}

/* ---- the events --------------------------------------------------------------------------------------- */

static void CALLBACK on_event(void *arg, BOOLEAN timed_out)
{
	const struct ask *ask = arg;
	(void)timed_out;
	(void)pcd_control_raise(ask->control, ask->name);
}

/* "O:userD:P(A;;rights;;;user)(...)", owned by this user, for them, the system and administrators. LocalFree() it; NULL if that fails */
static PSECURITY_DESCRIPTOR own_descriptor(void)
{
	union {
		TOKEN_USER user;
		char room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
	} who;
	PSECURITY_DESCRIPTOR descriptor = NULL;
	wchar_t text[400], *sid = NULL;
	HANDLE token = NULL;
	DWORD bytes;
	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return NULL;
	if (GetTokenInformation(token, TokenUser, &who, sizeof who, &bytes) &&
	    ConvertSidToStringSidW(who.user.User.Sid, &sid)) {
		(void)swprintf(
		        text, sizeof text / sizeof *text,
		        L"O:%lsD:P(A;;" EVENT_RIGHTS L";;;%ls)(A;;" EVENT_RIGHTS L";;;SY)(A;;" EVENT_RIGHTS L";;;BA)",
		        sid, sid);
		(void)ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &descriptor, NULL);
		(void)LocalFree(sid);
	}
	(void)CloseHandle(token);
	return descriptor;
}

static void warn_without(const struct ask *ask, DWORD error)
{
	char text[300], line[500];
	int bytes = snprintf(line, sizeof line, "warn: nobody can use the event %s: %s\n", ask->name,
	                     error == ERROR_ALREADY_EXISTS ? "another program has made one of this name"
	                                                   : pcd_error_text(error, text, sizeof text));
	pcd_outlet_write(PC_LOG_WARN, line, (size_t)bytes);
}

static void open_ask(struct ask *ask, enum pcd_control control, const char *word)
{
	SECURITY_ATTRIBUTES own = {sizeof own, own_descriptor(), FALSE};
	wchar_t *name;
	DWORD error;
	ask->control = control;
	(void)snprintf(ask->name, sizeof ask->name, "Local\\pagecast-%s-%lu", word, GetCurrentProcessId());
	name = pcd_wide(ask->name);
	if (own.lpSecurityDescriptor && name) {
		ask->event = CreateEventW(&own, FALSE, FALSE, name);
		error = GetLastError();
		if (ask->event && error == ERROR_ALREADY_EXISTS) {
			(void)CloseHandle(ask->event);
			ask->event = NULL;
		}
		if (ask->event &&
		    !RegisterWaitForSingleObject(&ask->wait, ask->event, on_event, ask, INFINITE, WT_EXECUTEDEFAULT))
			error = GetLastError();
	} else {
		error = ERROR_NOT_ENOUGH_MEMORY;
	}
	if (!ask->wait) warn_without(ask, error);
	free(name);
	(void)LocalFree(own.lpSecurityDescriptor);
}

static void close_ask(struct ask *ask)
{
	/* Returns when no call of on_event() is under way. */
	if (ask->wait) (void)UnregisterWaitEx(ask->wait, INVALID_HANDLE_VALUE);
	if (ask->event) (void)CloseHandle(ask->event);
}

/* ---- the interface ------------------------------------------------------------------------------------- */

pc_status pcd_signals_start(uv_loop_t *loop, const pcd_signals_fns *fns, void *arg, pcd_signals **ret_signals,
                            pc_err *err)
{
	struct pcd_signals *s = calloc(1, sizeof *s);
	int error;
	if (!s) return pc_err_set(err, PC_ENOMEM, "no memory for signals");
	s->fns = *fns;
	s->arg = arg;
	s->wake.data = s;
	error = uv_async_init(loop, &s->wake, on_wake);
	if (error) {
		free(s);
		return pc_err_set(err, PC_EIO, "cannot wait for signals: %s", uv_strerror(error));
	}
	AcquireSRWLockExclusive(&guard);
	current = s;
	ReleaseSRWLockExclusive(&guard);
	(void)SetConsoleCtrlHandler(on_console, TRUE);
	open_ask(&s->asks[PCD_CONTROL_STOP], PCD_CONTROL_STOP, "stop");
	open_ask(&s->asks[PCD_CONTROL_RELOAD], PCD_CONTROL_RELOAD, "reload");
	open_ask(&s->asks[PCD_CONTROL_DUMP], PCD_CONTROL_DUMP, "dump");
	*ret_signals = s;
	return PC_OK;
}

void pcd_signals_last(pcd_signals *signals)
{
	AcquireSRWLockExclusive(&guard);
	if (signals) signals->is_last = true;
	ReleaseSRWLockExclusive(&guard);
}

static void on_closed(uv_handle_t *wake)
{
	free(wake->data);
}

/* The handler of the console stays: its end must not end us before we are done. */
void pcd_signals_end(pcd_signals **signals)
{
	struct pcd_signals *s = *signals;
	*signals = NULL;
	if (!s) return;
	AcquireSRWLockExclusive(&guard);
	current = NULL;
	ReleaseSRWLockExclusive(&guard);
	for (int i = 0; i < PCD_CONTROLS; i++) close_ask(s->asks + i);
	uv_close((uv_handle_t *)&s->wake, on_closed);
}

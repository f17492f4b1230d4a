/* knock.c - what the system and strangers do to a process; a plain Win32 program.
 *
 *     knock PID event N    console event N (0 Ctrl-C, 1 Ctrl-Break, 2 close, 5 log-off, 6 shutdown), on a thread that begins where the
 *                          system's begins, too
 *     knock PID opens      what somebody may do to it who is none of its user's, nor an administrator; and its DACL
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
/* behind windows.h */
#include <aclapi.h>
#include <sddl.h>

#define GROUPS_MAX 64

static int fail(const char *what)
{
	printf("%s: error %lu\n", what, GetLastError());
	return 1;
}

static int event(HANDLE process, const char *number)
{
	FARPROC begin = GetProcAddress(GetModuleHandleA("kernel32"), "CtrlRoutine");
	LPTHREAD_START_ROUTINE routine;
	HANDLE thread;
	memcpy(&routine, &begin, sizeof routine);
	thread = CreateRemoteThread(process, NULL, 0, routine, (void *)(ULONG_PTR)strtoul(number, NULL, 0), 0, NULL);
	return thread ? 0 : fail("CreateRemoteThread");
}

/* This process as everyone: its own user and all its groups count for nothing but for refusals. */
static int become_nobody(void)
{
	union {
		TOKEN_GROUPS groups;
		char room[sizeof(TOKEN_GROUPS) + GROUPS_MAX * (sizeof(SID_AND_ATTRIBUTES) + SECURITY_MAX_SID_SIZE)];
	} of;
	union {
		TOKEN_USER user;
		char room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
	} who;
	SID_AND_ATTRIBUTES disabled[GROUPS_MAX + 1];
	BYTE everyone[SECURITY_MAX_SID_SIZE];
	DWORD bytes = sizeof everyone, count = 0;
	HANDLE token, nobody, impersonated;
	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &token)) return fail("OpenProcessToken");
	if (!GetTokenInformation(token, TokenGroups, &of, sizeof of, &(DWORD){0})) return fail("groups");
	if (!GetTokenInformation(token, TokenUser, &who, sizeof who, &(DWORD){0})) return fail("user");
	if (!CreateWellKnownSid(WinWorldSid, NULL, everyone, &bytes)) return fail("everyone");
	disabled[count++] = (SID_AND_ATTRIBUTES){who.user.User.Sid, 0};
	for (DWORD i = 0; i < of.groups.GroupCount && count < GROUPS_MAX; i++)
		if (!EqualSid(of.groups.Groups[i].Sid, everyone))
			disabled[count++] = (SID_AND_ATTRIBUTES){of.groups.Groups[i].Sid, 0};
	if (!CreateRestrictedToken(token, DISABLE_MAX_PRIVILEGE, count, disabled, 0, NULL, 0, NULL, &nobody))
		return fail("CreateRestrictedToken");
	if (!DuplicateToken(nobody, SecurityImpersonation, &impersonated)) return fail("DuplicateToken");
	return SetThreadToken(NULL, impersonated) ? 0 : fail("SetThreadToken");
}

static void try_open(DWORD pid, DWORD access, const char *what)
{
	HANDLE process = OpenProcess(access, FALSE, pid);
	if (process)
		printf("%s: ok\n", what);
	else
		printf("%s: error %lu\n", what, GetLastError());
	if (process) (void)CloseHandle(process);
}

static int print_dacl(DWORD pid)
{
	HANDLE process = OpenProcess(READ_CONTROL, FALSE, pid);
	PSECURITY_DESCRIPTOR sd;
	char *text;
	if (!process) return fail("OpenProcess");
	if (GetSecurityInfo(process, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, NULL, NULL, &sd))
		return 1;
	if (!ConvertSecurityDescriptorToStringSecurityDescriptorA(sd, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text,
	                                                          NULL))
		return fail("SDDL");
	puts(text);
	return 0;
}

static int opens(DWORD pid)
{
	if (print_dacl(pid)) return 1;
	if (become_nobody()) return 1;
	try_open(pid, SYNCHRONIZE, "wait");
	try_open(pid, PROCESS_QUERY_LIMITED_INFORMATION, "ask");
	try_open(pid, PROCESS_VM_READ, "read memory");
	try_open(pid, PROCESS_TERMINATE, "terminate");
	return 0;
}

int main(int argc, char **argv)
{
	DWORD pid = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;
	HANDLE process;
	if (argc == 3 && !strcmp(argv[2], "opens")) return opens(pid);
	if (argc != 4 || strcmp(argv[2], "event") != 0) return 2;
	process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, pid);
	return process ? event(process, argv[3]) : fail("OpenProcess");
}

/* platform/win32/process.c - see platform/process.h. */
#include "platform/process.h"

#include "base/hash.h"
#include "platform/win32/peer.h"
#include "platform/win32/security.h"

#include <string.h>
#include <wchar.h>
#include <winternl.h>

#define PATH_UNITS        1024u
#define TIME_OF_DAY_CLASS 3 /* SystemTimeOfDayInformation */

void pc_process_self(pc_process *ret_process)
{
	wchar_t path[PATH_UNITS], *name = path, *dot;
	DWORD units = GetModuleFileNameW(NULL, path, PATH_UNITS);
	memset(ret_process, 0, sizeof *ret_process);
	ret_process->pid = GetCurrentProcessId();
	ret_process->uid = pc_process_uid();
	ret_process->start = pc_peer_own_start();
	if (!units || units == PATH_UNITS) return;
	for (wchar_t *at = path; *at; at++)
		if (*at == L'\\' || *at == L'/') name = at + 1;
	dot = wcsrchr(name, L'.');
	if (dot && dot != name) *dot = 0;
	pc_win_utf8(name, ret_process->name, sizeof ret_process->name);
}

uint32_t pc_process_uid(void)
{
	static uint32_t known, uid;
	if (!pc_load_acquire_u32(&known)) {
		pc_store_relaxed_u32(&uid, pc_security_own_uid()); /* the same for every thread */
		pc_store_release_u32(&known, 1);
	}
	return pc_load_relaxed_u32(&uid);
}

uint32_t pc_process_forks(void)
{
	return 0; /* there is no fork() */
}

/* Windows has no id of a boot for everybody: the machine's name and when it started are as good to tell two apart. */
void pc_machine_boot_id(uint8_t ret_id[16])
{
	struct {
		LARGE_INTEGER boot, now, zone;
		ULONG zone_id, reserved;
		ULONGLONG boot_bias, sleep_bias;
	} times;
	char name[256] = "";
	DWORD bytes = sizeof name;
	uint64_t halves[2] = {0, 0};
	memset(&times, 0, sizeof times);
	memset(ret_id, 0, 16);
	if (NtQuerySystemInformation((SYSTEM_INFORMATION_CLASS)TIME_OF_DAY_CLASS, &times, sizeof times, NULL) < 0)
		return;
	if (!GetComputerNameA(name, &bytes)) name[0] = 0;
	halves[0] = pc_fnv1a64(name, strlen(name));
	halves[1] = (uint64_t)times.boot.QuadPart - times.boot_bias;
	memcpy(ret_id, halves, sizeof halves);
}

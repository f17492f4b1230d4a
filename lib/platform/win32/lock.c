/* platform/win32/lock.c - named mutexes for roles; see platform/lock.h and mutant.h. */
#include "platform/lock.h"

#include "base/err.h"
#include "platform/process.h"
#include "platform/win32/mutant.h"
#include "platform/win32/security.h"

#include <wchar.h>
#include <winternl.h>

#define MUTANT_QUERY_RIGHT    0x0001u
#define SHARE_ALL             (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define FILE_LOCK_OFFSET_HIGH 0x7FFF0000u

/* Documented by use for decades and stable since NT 4; there is no Win32 function that asks without taking. */
typedef struct mutant_facts {
	LONG count; /* 1 = free */
	BOOLEAN is_mine;
	BOOLEAN is_abandoned;
} mutant_facts;
NTSTATUS NTAPI NtQueryMutant(HANDLE mutant, int what, void *facts, ULONG bytes, ULONG *ret_bytes);

void pc_mutant_name(const wchar_t *section, uint64_t offset, wchar_t ret_name[PC_SECTION_UNITS])
{
	if (offset == PC_LOCK_OFFSET_WRITER)
		(void)swprintf(ret_name, PC_SECTION_UNITS, L"%ls.writer", section);
	else if (offset == PC_LOCK_OFFSET_OWNER)
		(void)swprintf(ret_name, PC_SECTION_UNITS, L"%ls.owner", section);
	else
		(void)swprintf(ret_name, PC_SECTION_UNITS, L"%ls.%llx", section, (unsigned long long)offset);
}

static int query(HANDLE mutex, mutant_facts *ret_facts)
{
	return NtQueryMutant(mutex, 0, ret_facts, sizeof *ret_facts, NULL) >= 0;
}

int pc_mutant_is_held(const wchar_t *name)
{
	mutant_facts facts;
	HANDLE mutex = OpenMutexW(MUTANT_QUERY_RIGHT, FALSE, name);
	int held = -1;
	if (!mutex) return GetLastError() == ERROR_FILE_NOT_FOUND ? 0 : -1;
	if (query(mutex, &facts)) held = facts.count <= 0 && !facts.is_abandoned;
	(void)CloseHandle(mutex);
	return held;
}

int pc_mutant_is_mine(HANDLE mutex)
{
	mutant_facts facts;
	return query(mutex, &facts) && facts.count <= 0 && facts.is_mine;
}

static DWORD take(const wchar_t *name, PSECURITY_DESCRIPTOR sd, HANDLE *ret_mutex)
{
	SECURITY_ATTRIBUTES security = {sizeof security, sd, FALSE};
	HANDLE mutex = CreateMutexExW(&security, name, 0, SYNCHRONIZE | MUTANT_QUERY_RIGHT);
	DWORD found;
	if (!mutex) return GetLastError();
	/* A mutex may be taken again by who has it; a role may not. */
	found = pc_mutant_is_mine(mutex) ? WAIT_TIMEOUT : WaitForSingleObject(mutex, 0);
	if (found == WAIT_OBJECT_0 || found == WAIT_ABANDONED) {
		*ret_mutex = mutex;
		return ERROR_SUCCESS;
	}
	(void)CloseHandle(mutex);
	return found == WAIT_TIMEOUT ? ERROR_ALREADY_EXISTS : ERROR_GEN_FAILURE;
}

pc_status pc_lock_take(const pc_object *object, const char *name, uint64_t offset, pc_lock *ret_lock, pc_err *err)
{
	const pc_section *section = pc_section_of(object);
	wchar_t full[PC_SECTION_UNITS];
	PSECURITY_DESCRIPTOR sd;
	HANDLE mutex = NULL;
	uint64_t in_force = 0;
	DWORD error;
	pc_status s = pc_security_for_others(MUTANT_QUERY_RIGHT, &sd);
	if (s != PC_OK) return pc_err_set(err, s, "the system does not say who we are");
	pc_mutant_name(section->name, offset, full);
	error = take(full, sd, &mutex);
	(void)LocalFree(sd);
	if (error == ERROR_ALREADY_EXISTS) return pc_err_set(err, PC_EBUSY, "%s is locked", name);
	if (error) return pc_win_fail(err, error, "cannot lock", name);
	if (!object->is_unpublished) s = pc_section_in_force(name, &in_force);
	if (s == PC_EABSENT || (s == PC_OK && in_force && in_force != section->generation)) s = PC_ESTALE;
	if (s != PC_OK) {
		(void)ReleaseMutex(mutex);
		(void)CloseHandle(mutex);
		return pc_err_set(err, s, "%s is another object now", name);
	}
	pc_security_show_process();
	ret_lock->handle = (intptr_t)mutex;
	ret_lock->forks = pc_process_forks();
	return PC_OK;
}

/* Locks of this system are in the way of who reads and writes there: this one is where no byte will ever be. It goes with
 * its own handle, however its process ends. */
pc_status pc_lock_take_file(const pc_object *file, pc_lock *ret_lock, pc_err *err)
{
	OVERLAPPED at = {.OffsetHigh = FILE_LOCK_OFFSET_HIGH};
	HANDLE own = ReOpenFile(pc_section_of(file)->file, GENERIC_READ, SHARE_ALL, 0);
	DWORD error;
	if (own == INVALID_HANDLE_VALUE)
		return pc_err_set(err, PC_EIO, "cannot open the file once more (error %lu)", GetLastError());
	if (!LockFileEx(own, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)) {
		error = GetLastError();
		(void)CloseHandle(own);
		if (error == ERROR_LOCK_VIOLATION || error == ERROR_IO_PENDING)
			return pc_err_set(err, PC_EBUSY, "the file is locked");
		return pc_err_set(err, PC_EIO, "cannot lock the file (error %lu)", error);
	}
	ret_lock->handle = (intptr_t)own;
	ret_lock->forks = pc_process_forks();
	return PC_OK;
}

void pc_lock_release(pc_lock *lock)
{
	if (lock->handle) {
		/* On another thread than the one that took it, and for a file, this fails, and closing the last handle does it. */
		(void)ReleaseMutex((HANDLE)lock->handle);
		(void)CloseHandle((HANDLE)lock->handle);
	}
	lock->handle = 0;
}

int pc_lock_is_held(const pc_object *object, uint64_t offset)
{
	wchar_t full[PC_SECTION_UNITS];
	if (!object->handle) return -1;
	pc_mutant_name(pc_section_of(object)->name, offset, full);
	return pc_mutant_is_held(full);
}

int pc_lock_sees(const pc_lock *own, const char *name, uint64_t file_id, uint64_t offset)
{
	wchar_t section[PC_SECTION_UNITS], full[PC_SECTION_UNITS];
	if (!own->handle) return -1;
	pc_section_name(name, file_id, section);
	pc_mutant_name(section, offset, full);
	return pc_mutant_is_held(full);
}

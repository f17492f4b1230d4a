/* platform/win32/section.c - see section.h. */
#include "platform/win32/section.h"

#include "platform/random.h"

#include <string.h>
#include <wchar.h>

#define CREATE_TRIES 4

int pc_section_is_control(const char *name)
{
	size_t bytes = strlen(name), suffix = sizeof PC_CONTROL_SUFFIX - 1;
	return bytes > suffix && !strcmp(name + bytes - suffix, PC_CONTROL_SUFFIX);
}

void pc_section_name(const char *name, uint64_t generation, wchar_t ret_name[PC_SECTION_UNITS])
{
	wchar_t plain[PC_SECTION_UNITS];
	if (!pc_win_wide(name, plain, PC_SECTION_UNITS)) plain[0] = 0; /* names were checked: this opens nothing */
	if (generation == PC_GENERATION_PLAIN)
		(void)swprintf(ret_name, PC_SECTION_UNITS, L"%ls", plain);
	else
		(void)swprintf(ret_name, PC_SECTION_UNITS, L"%ls#%016llx", plain, (unsigned long long)generation);
}

uint64_t pc_section_bytes(HANDLE section)
{
	MEMORY_BASIC_INFORMATION info;
	uint64_t bytes = 0;
	void *view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
	if (!view) return 0;
	if (VirtualQuery(view, &info, sizeof info)) bytes = info.RegionSize;
	(void)UnmapViewOfFile(view);
	return bytes;
}

static void describe(const char *name, uint64_t generation, int writable, HANDLE handle, pc_section *section)
{
	section->handle = handle;
	section->generation = generation;
	section->is_control = (uint32_t)pc_section_is_control(name);
	section->is_writable = (uint32_t)(writable != 0);
	section->bytes = pc_section_bytes(handle);
	pc_section_name(name, generation, section->name);
}

DWORD pc_section_open(const char *name, uint64_t generation, int writable, pc_section *ret_section)
{
	DWORD access = FILE_MAP_READ | (writable ? FILE_MAP_WRITE : 0u);
	wchar_t full[PC_SECTION_UNITS];
	HANDLE handle;
	pc_section_name(name, generation, full);
	handle = OpenFileMappingW(access | READ_CONTROL, FALSE, full);
	/* A descriptor of its owner's making may let us read the bytes and not itself. */
	if (!handle && GetLastError() == ERROR_ACCESS_DENIED) handle = OpenFileMappingW(access, FALSE, full);
	if (!handle) return GetLastError();
	describe(name, generation, writable, handle, ret_section);
	return ERROR_SUCCESS;
}

static HANDLE create(const wchar_t *full, uint64_t bytes, PSECURITY_DESCRIPTOR sd)
{
	SECURITY_ATTRIBUTES security = {sizeof security, sd, FALSE};
	SetLastError(ERROR_SUCCESS);
	/* Committed at once: what the page file cannot hold is an error here and not in some writer. */
	return CreateFileMappingW(INVALID_HANDLE_VALUE, &security, PAGE_READWRITE | SEC_COMMIT, (DWORD)(bytes >> 32),
	                          (DWORD)bytes, full);
}

DWORD pc_section_create(const char *name, uint64_t bytes, PSECURITY_DESCRIPTOR sd, pc_section *ret_section)
{
	uint64_t generation = PC_GENERATION_PLAIN;
	for (int i = 0; i < CREATE_TRIES; i++) {
		wchar_t full[PC_SECTION_UNITS];
		HANDLE handle;
		DWORD error;
		pc_section_name(name, generation, full);
		handle = create(full, bytes, sd);
		error = GetLastError();
		if (handle && error != ERROR_ALREADY_EXISTS) {
			describe(name, generation, 1, handle, ret_section);
			return ERROR_SUCCESS;
		}
		if (!handle && (generation != PC_GENERATION_PLAIN || pc_section_is_control(name))) return error;
		/* The plain name of a control section leads on from here, so it has to last. A payload's may even be refused. */
		if (handle && generation == PC_GENERATION_PLAIN && pc_section_is_control(name))
			ret_section->signpost = handle;
		else if (handle)
			(void)CloseHandle(handle);
		else if (error != ERROR_ACCESS_DENIED)
			return error;
		if (pc_random_bytes(&generation, sizeof generation) != PC_OK) return ERROR_GEN_FAILURE;
		if (generation <= PC_GENERATION_PLAIN || generation == PC_GENERATION_NONE) generation = 2;
	}
	return ERROR_ALREADY_EXISTS;
}

void pc_section_close(pc_section *section)
{
	if (section->handle) (void)CloseHandle(section->handle);
	if (section->signpost) (void)CloseHandle(section->signpost);
	if (section->file) (void)CloseHandle(section->file);
	memset(section, 0, sizeof *section);
}

uint64_t pc_section_successor(HANDLE section)
{
	const pc_control *c = MapViewOfFile(section, FILE_MAP_READ, 0, 0, PC_CONTROL_BYTES);
	uint64_t successor = 0;
	if (!c) return 0;
	successor = pc_load_acquire_u64(&c->successor_generation);
	(void)UnmapViewOfFile(c);
	return successor;
}

int pc_section_set_successor(HANDLE section, uint64_t before, uint64_t after)
{
	pc_control *c = MapViewOfFile(section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, PC_CONTROL_BYTES);
	int done;
	if (!c) return 0;
	done = (uint64_t)InterlockedCompareExchange64((LONG64 *)(void *)&c->successor_generation, (LONG64)after,
	                                              (LONG64)before) == before;
	(void)UnmapViewOfFile(c);
	return done;
}

pc_status pc_section_in_force(const char *name, uint64_t *ret_generation)
{
	pc_section plain = {0}, next = {0};
	uint64_t successor = 0;
	DWORD error = pc_section_open(name, PC_GENERATION_PLAIN, 0, &plain);
	if (error) return pc_win_status(error);
	if (plain.is_control) successor = pc_section_successor(plain.handle);
	pc_section_close(&plain);
	*ret_generation = successor ? successor : PC_GENERATION_PLAIN;
	if (!successor) return PC_OK;
	if (successor == PC_GENERATION_NONE) return PC_EABSENT;
	error = pc_section_open(name, successor, 0, &next);
	pc_section_close(&next);
	return pc_win_status(error);
}

/* platform/win32/file.c - payloads that are files of the user's; see platform/map.h.
 *
 * Views of one file are the same bytes, whichever section they come from. So a section without a name is what we map, and the
 * one with the region's name, which the owner makes, is for programs that know that name only. The system refuses to
 * shorten a file that is mapped: touching a view is as good as reading and writing past it. */
#include "base/err.h"
#include "platform/win32/section.h"
#include "platform/win32/security.h"

#include <stdlib.h>
#include <string.h>
#include <winioctl.h>

#define PATH_UNITS 1024u
#define SHARE_ALL  (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* C:\folder\file, on a disk of this machine. */
static pc_status check_path(const char *path, wchar_t ret_path[PATH_UNITS], pc_err *err)
{
	wchar_t root[] = L"?:\\";
	int has_drive = ((path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z')) && path[1] == ':' &&
	                (path[2] == '\\' || path[2] == '/');
	if (!strncmp(path, "\\\\", 2) || !strncmp(path, "//", 2))
		return pc_err_set(err, PC_EUNSUPPORTED, "%.180s is on a network, which shares no memory", path);
	if (!has_drive) return pc_err_set(err, PC_EINVAL, "not an absolute path with a drive: '%.180s'", path);
	if (!pc_win_wide(path, ret_path, PATH_UNITS))
		return pc_err_set(err, PC_EINVAL, "not UTF-8, or too long: '%.180s'", path);
	root[0] = ret_path[0];
	if (GetDriveTypeW(root) == DRIVE_REMOTE)
		return pc_err_set(err, PC_EUNSUPPORTED, "%.180s is on a network, which shares no memory", path);
	return PC_OK;
}

/* The file as it is, following nothing. */
static pc_status open_file(const char *path, const wchar_t *wide, int writable, DWORD how, PSECURITY_DESCRIPTOR sd,
                           HANDLE *ret_file, BY_HANDLE_FILE_INFORMATION *ret_info, pc_err *err)
{
	SECURITY_ATTRIBUTES security = {sizeof security, sd, FALSE};
	HANDLE file = CreateFileW(wide, GENERIC_READ | (writable ? GENERIC_WRITE : 0u), SHARE_ALL, &security, how,
	                          FILE_FLAG_OPEN_REPARSE_POINT, NULL);
	DWORD error = file == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
	DWORD attributes = error ? GetFileAttributesW(wide) : 0;
	pc_status s = PC_OK;
	if (error && attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY)
		return pc_err_set(err, PC_EUNTRUSTED, "%.180s is a folder", path);
	if (error) return pc_win_fail(err, error, "cannot open", path);
	if (!GetFileInformationByHandle(file, ret_info))
		s = pc_win_fail(err, GetLastError(), "cannot look at", path);
	else if (ret_info->dwFileAttributes & (FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DIRECTORY) ||
	         GetFileType(file) != FILE_TYPE_DISK)
		s = pc_err_set(err, PC_EUNTRUSTED, "%.180s is not a plain file", path);
	if (s != PC_OK) {
		(void)CloseHandle(file);
		return s;
	}
	*ret_file = file;
	return PC_OK;
}

static uint64_t join(DWORD high, DWORD low)
{
	return (uint64_t)high << 32 | low;
}

/* Map the whole file, and give it to its caller; takes the handles. */
static pc_status hand_out(const char *path, HANDLE file, HANDLE named, int writable,
                          const BY_HANDLE_FILE_INFORMATION *info, pc_object *ret_object, pc_object_facts *ret_facts,
                          pc_err *err)
{
	pc_section *section = calloc(1, sizeof *section);
	pc_status s = PC_OK;
	if (!section) {
		s = pc_err_set(err, PC_ENOMEM, "no memory for an object");
	} else if (!(section->handle =
	                     CreateFileMappingW(file, NULL, writable ? PAGE_READWRITE : PAGE_READONLY, 0, 0, NULL))) {
		s = pc_win_fail(err, GetLastError(), "cannot map", path);
	}
	if (s != PC_OK) {
		free(section);
		(void)CloseHandle(file);
		if (named) (void)CloseHandle(named);
		return s;
	}
	section->file = file;
	section->signpost = named;
	section->generation = join(info->nFileIndexHigh, info->nFileIndexLow);
	section->bytes = join(info->nFileSizeHigh, info->nFileSizeLow);
	section->is_writable = (uint32_t)(writable != 0);
	memset(ret_object, 0, sizeof *ret_object);
	ret_object->handle = (intptr_t)section;
	ret_object->file_id = section->generation;
	return pc_object_facts_of(ret_object, ret_facts);
}

pc_status pc_object_open_payload(const char *name, const char *path, uint64_t file_id, int writable,
                                 pc_object *ret_object, pc_object_facts *ret_facts, pc_err *err)
{
	wchar_t wide[PATH_UNITS];
	BY_HANDLE_FILE_INFORMATION info;
	HANDLE file;
	pc_status s;
	if (!path) return pc_section_open_object(name, file_id, writable, ret_object, ret_facts, err);
	s = check_path(path, wide, err);
	if (s == PC_OK) s = open_file(path, wide, writable, OPEN_EXISTING, NULL, &file, &info, err);
	if (s != PC_OK) return s;
	if (!info.nFileSizeHigh && !info.nFileSizeLow) { /* nothing to map: as good as absent */
		(void)CloseHandle(file);
		return pc_err_set(err, PC_EABSENT, "%.180s is empty", path);
	}
	return hand_out(path, file, NULL, writable, &info, ret_object, ret_facts, err);
}

static pc_status lengthen(HANDLE file, const char *path, uint64_t bytes, int is_sparse, pc_err *err)
{
	FILE_END_OF_FILE_INFO end;
	DWORD got;
	end.EndOfFile.QuadPart = (LONGLONG)bytes;
	if (is_sparse) (void)DeviceIoControl(file, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &got, NULL);
	if (SetFileInformationByHandle(file, FileEndOfFileInfo, &end, sizeof end)) return PC_OK;
	return pc_win_fail(err, GetLastError(), "cannot lengthen", path);
}

/* The section by which other programs find the file; it keeps one that lingers under that name. */
static pc_status name_it(HANDLE file, const char *name, PSECURITY_DESCRIPTOR sd, HANDLE *ret_named, pc_err *err)
{
	SECURITY_ATTRIBUTES security = {sizeof security, sd, FALSE};
	wchar_t full[PC_SECTION_UNITS];
	pc_section_name(name, PC_GENERATION_PLAIN, full);
	*ret_named = CreateFileMappingW(file, &security, PAGE_READWRITE, 0, 0, full);
	return *ret_named ? PC_OK : pc_win_create_failed(err, GetLastError(), name);
}

pc_status pc_object_open_file(const char *path, const char *name, uint64_t bytes, const pc_access *access,
                              int is_sparse, pc_object *ret_object, pc_object_facts *ret_facts, pc_err *err)
{
	pc_access given = *access;
	wchar_t wide[PATH_UNITS];
	BY_HANDLE_FILE_INFORMATION info;
	PSECURITY_DESCRIPTOR sd = NULL;
	HANDLE file = NULL, named = NULL;
	int was_empty = 0;
	pc_status s = check_path(path, wide, err);
	if (!given.mode) given.mode = 0644;
	if (s == PC_OK) s = pc_security_of_access(&given, &sd, err);
	if (s == PC_OK) s = open_file(path, wide, 1, OPEN_ALWAYS, sd, &file, &info, err);
	if (s == PC_OK) {
		uint64_t before = join(info.nFileSizeHigh, info.nFileSizeLow);
		was_empty = before == 0;
		if (before < bytes) s = lengthen(file, path, bytes, is_sparse, err);
		if (s == PC_OK && !GetFileInformationByHandle(file, &info))
			s = pc_win_fail(err, GetLastError(), "cannot look at", path);
	}
	if (s == PC_OK) s = name_it(file, name, sd, &named, err);
	if (sd) (void)LocalFree(sd);
	if (s != PC_OK) {
		if (file) (void)CloseHandle(file);
		return s;
	}
	s = hand_out(path, file, named, 1, &info, ret_object, ret_facts, err);
	if (s == PC_OK) ret_facts->is_new = (uint32_t)was_empty;
	return s;
}

pc_status pc_object_read(const pc_object *object, uint64_t offset, void *dst, uint64_t bytes)
{
	(void)object;
	(void)offset;
	(void)dst;
	(void)bytes;
	return PC_EUNSUPPORTED;
}

pc_status pc_object_write(const pc_object *object, uint64_t offset, const void *src, uint64_t bytes)
{
	(void)object;
	(void)offset;
	(void)src;
	(void)bytes;
	return PC_EUNSUPPORTED;
}

/* win32/objects.c - see os.h: the sections of this session and of the machine, and their bytes.
 *
 * Names are listed by NtQueryDirectoryObject(), the only call that does; winobj and Process Explorer live by it. */
#include "os.h"

#include "win32/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define DIRECTORY_QUERY 0x0001u
#define ENTRY_BYTES     4096u
#define PLAIN           1u /* generation of what has the name itself; 0: unknown */
#define LOCAL           "Local\\"
#define GLOBAL          "Global\\"

/* ---- ntdll, as the Windows driver kit declares it --------------------------------------------------------- */

typedef struct nt_text { /* UNICODE_STRING */
	USHORT bytes, room;
	wchar_t *text;
} nt_text;

typedef struct nt_attributes { /* OBJECT_ATTRIBUTES */
	ULONG length;
	HANDLE root;
	const nt_text *name;
	ULONG attributes;
	void *security, *quality;
} nt_attributes;

typedef struct nt_entry { /* OBJECT_DIRECTORY_INFORMATION */
	nt_text name, type;
} nt_entry;

typedef LONG NTAPI nt_open_fn(HANDLE *ret, ULONG access, const nt_attributes *attributes);
typedef LONG NTAPI nt_query_fn(HANDLE directory, void *list, ULONG bytes, BOOLEAN one, BOOLEAN restart, ULONG *context,
                               ULONG *ret_bytes);
typedef ULONG NTAPI nt_error_fn(LONG status);

static struct {
	nt_open_fn *open;
	nt_query_fn *query;
	nt_error_fn *error;
} nt;

static FARPROC nt_function(const char *name)
{
	return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), name);
}

static bool nt_load(void)
{
	union {
		FARPROC found;
		nt_open_fn *open;
		nt_query_fn *query;
		nt_error_fn *error;
	} f;
	f.found = nt_function("NtOpenDirectoryObject");
	nt.open = f.open;
	f.found = nt_function("NtQueryDirectoryObject");
	nt.query = f.query;
	f.found = nt_function("RtlNtStatusToDosError");
	nt.error = f.error;
	return nt.open && nt.query && nt.error;
}

/* ---- names ------------------------------------------------------------------------------------------------ */

static DWORD session(void)
{
	DWORD id = 0;
	(void)ProcessIdToSessionId(GetCurrentProcessId(), &id);
	return id;
}

/* Session 0, that of services, has no name space besides the global one. */
const char *cli_os_plain_name(const char *name)
{
	if (!strncmp(name, LOCAL, strlen(LOCAL))) return name + strlen(LOCAL);
	if (!strncmp(name, GLOBAL, strlen(GLOBAL)) && !session()) return name + strlen(GLOBAL);
	return name;
}

void cli_os_place(const char *name, char *dst, size_t dst_bytes)
{
	(void)snprintf(dst, dst_bytes, "the section %s", name);
}

bool cli_os_is_beside(uint64_t file_id)
{
	return file_id > PLAIN;
}

void cli_os_payload_name(const char *name, uint64_t file_id, char *dst, size_t dst_bytes)
{
	if (cli_os_is_beside(file_id))
		(void)snprintf(dst, dst_bytes, "%s#%016" PRIx64, name, file_id);
	else
		(void)snprintf(dst, dst_bytes, "%s", name);
}

/* ---- listing ---------------------------------------------------------------------------------------------- */

struct listing {
	void (*fn)(void *arg, const char *name);
	void *arg;
	const char *prefix;
};

static bool is_section(const nt_text *type)
{
	static const wchar_t section[] = L"Section";
	return type->bytes == sizeof section - sizeof *section && !memcmp(type->text, section, type->bytes);
}

static void tell(const struct listing *l, const nt_entry *entry)
{
	char name[1024];
	size_t prefix = strlen(l->prefix);
	int units = entry->name.bytes / (int)sizeof(wchar_t), bytes;
	if (!is_section(&entry->type) || !units) return;
	memcpy(name, l->prefix, prefix);
	bytes = WideCharToMultiByte(CP_UTF8, 0, entry->name.text, units, name + prefix, (int)(sizeof name - prefix - 1),
	                            NULL, NULL);
	if (bytes <= 0) return; /* too long for a region */
	name[prefix + (size_t)bytes] = 0;
	l->fn(l->arg, name);
}

static DWORD list_opened(HANDLE directory, const struct listing *l)
{
	nt_entry *entry = malloc(ENTRY_BYTES); /* with its texts behind it */
	ULONG context = 0, bytes;
	BOOLEAN restart = TRUE;
	if (!entry) return ERROR_NOT_ENOUGH_MEMORY;
	/* One by one: Wine knows no other way. */
	while (nt.query(directory, entry, ENTRY_BYTES, TRUE, restart, &context, &bytes) >= 0) {
		restart = FALSE;
		tell(l, entry);
	}
	free(entry);
	return 0;
}

static DWORD list(const wchar_t *path, const struct listing *l)
{
	nt_text name = {(USHORT)(wcslen(path) * sizeof *path), 0, (wchar_t *)(uintptr_t)path};
	nt_attributes attributes = {sizeof attributes, NULL, &name, 0, NULL, NULL};
	HANDLE directory = NULL;
	LONG status = nt.open(&directory, DIRECTORY_QUERY, &attributes);
	if (status < 0) return nt.error(status);
	DWORD error = list_opened(directory, l);
	(void)CloseHandle(directory);
	return error;
}

pc_status cli_os_each_object(void (*fn)(void *arg, const char *name), void *arg, pc_err *err)
{
	struct listing local = {fn, arg, ""}, global = {fn, arg, GLOBAL};
	wchar_t path[64] = L"\\BaseNamedObjects";
	DWORD id = session(), error;
	if (!nt_load()) return pc_err_set(err, PC_EUNSUPPORTED, "this system does not list its objects");
	if (id) {
		/* The machine's: without them we still have our session's. */
		(void)list(path, &global);
		(void)swprintf(path, sizeof path / sizeof *path, L"\\Sessions\\%lu\\BaseNamedObjects", id);
	}
	error = list(path, &local);
	return error ? cli_fail(err, error, "cannot list shared memory") : PC_OK;
}

/* ---- bytes ------------------------------------------------------------------------------------------------ */

pc_status cli_os_object_read(const char *name, uint64_t offset, void *dst, size_t bytes, size_t *ret_bytes, pc_err *err)
{
	MEMORY_BASIC_INFORMATION view;
	wchar_t *wide = cli_wide(name);
	HANDLE section = wide ? OpenFileMappingW(FILE_MAP_READ, FALSE, wide) : NULL;
	DWORD error = GetLastError();
	const char *base = section ? MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0) : NULL;
	if (section && !base) error = GetLastError();
	free(wide);
	if (section) (void)CloseHandle(section);
	if (!base) return cli_fail(err, error, name);
	size_t size = VirtualQuery(base, &view, sizeof view) ? view.RegionSize : 0;
	size_t there = offset < size ? size - (size_t)offset : 0;
	*ret_bytes = bytes < there ? bytes : there;
	memcpy(dst, base + offset, *ret_bytes);
	(void)UnmapViewOfFile(base);
	return PC_OK;
}

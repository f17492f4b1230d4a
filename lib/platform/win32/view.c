/* platform/win32/view.c - see view.h. */
#include "platform/win32/view.h"

#include "base/err.h"
#include "platform/win32/security.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static struct {
	SRWLOCK lock;
	pc_view_entry *entries; /* by address */
	size_t count, room;
} views = {.lock = SRWLOCK_INIT};

void pc_view_begin(void)
{
	AcquireSRWLockExclusive(&views.lock);
}

void pc_view_end(void)
{
	ReleaseSRWLockExclusive(&views.lock);
}

/* Index of the first entry that begins behind @p at. */
static size_t index_behind(const unsigned char *at)
{
	size_t low = 0, high = views.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (views.entries[middle].base <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

pc_view_entry *pc_view_find(const void *at)
{
	size_t i = index_behind(at);
	pc_view_entry *entry = i ? &views.entries[i - 1] : NULL;
	return entry && (const unsigned char *)at - entry->base < (ptrdiff_t)entry->bytes ? entry : NULL;
}

static HANDLE copy_of(HANDLE handle)
{
	HANDLE copy = NULL;
	if (handle)
		(void)DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(), &copy, 0, FALSE,
		                      DUPLICATE_SAME_ACCESS);
	return copy;
}

static void event_name(const wchar_t *section, int odd, wchar_t ret_name[PC_SECTION_UNITS])
{
	(void)swprintf(ret_name, PC_SECTION_UNITS, L"%ls.%ls", section, odd ? L"odd" : L"even");
}

/* Whoever may write the page may wake; everybody may sleep. */
static void create_events(pc_view_entry *entry)
{
	PSECURITY_DESCRIPTOR sd;
	SECURITY_ATTRIBUTES security = {sizeof security, NULL, FALSE};
	if (pc_security_for_others(PC_OTHERS_MAY_WAIT, &sd) != PC_OK) return;
	security.lpSecurityDescriptor = sd;
	for (int odd = 0; odd < 2; odd++) {
		wchar_t name[PC_SECTION_UNITS];
		event_name(entry->name, odd, name);
		entry->events[odd] =
		        CreateEventExW(&security, name, CREATE_EVENT_MANUAL_RESET, SYNCHRONIZE | EVENT_MODIFY_STATE);
	}
	(void)LocalFree(sd);
}

int pc_view_open_events(pc_view_entry *entry)
{
	for (int odd = 0; odd < 2; odd++) {
		wchar_t name[PC_SECTION_UNITS];
		if (entry->events[odd]) continue;
		event_name(entry->name, odd, name);
		entry->events[odd] = OpenEventW(SYNCHRONIZE, FALSE, name);
	}
	return entry->events[0] && entry->events[1];
}

static void close_entry(pc_view_entry *entry)
{
	if (entry->section) (void)CloseHandle(entry->section);
	if (entry->signpost) (void)CloseHandle(entry->signpost);
	for (int odd = 0; odd < 2; odd++)
		if (entry->events[odd]) (void)CloseHandle(entry->events[odd]);
	pc_peer_drop(entry->peer);
}

pc_status pc_view_add(const void *base, uint64_t bytes, const pc_section *section, int writable, pc_err *err)
{
	pc_view_entry entry = {.base = base, .bytes = bytes, .is_control = section->is_control};
	pc_status s = PC_OK;
	entry.is_writable = (uint32_t)(writable != 0);
	entry.is_file = (uint32_t)(section->file != NULL);
	memcpy(entry.name, section->name, sizeof entry.name);
	entry.section = copy_of(section->handle);
	entry.signpost = copy_of(section->signpost);
	if (entry.is_control && writable) create_events(&entry);
	pc_view_begin();
	if (views.count == views.room) {
		size_t room = views.room ? views.room * 2 : 16;
		pc_view_entry *more = realloc(views.entries, room * sizeof *more);
		if (more) {
			views.entries = more;
			views.room = room;
		} else {
			s = pc_err_set(err, PC_ENOMEM, "no memory for a mapping");
		}
	}
	if (s == PC_OK) {
		size_t at = index_behind(base);
		memmove(views.entries + at + 1, views.entries + at, (views.count - at) * sizeof *views.entries);
		views.entries[at] = entry;
		views.count++;
	}
	pc_view_end();
	if (s != PC_OK) close_entry(&entry);
	return s;
}

int pc_view_remove(const void *base)
{
	pc_view_entry gone, *entry;
	int found = 0;
	pc_view_begin();
	entry = pc_view_find(base);
	if (entry && entry->base == base) {
		size_t behind = views.count - (size_t)(entry - views.entries) - 1;
		found = 1;
		gone = *entry;
		memmove(entry, entry + 1, behind * sizeof *entry);
		if (--views.count == 0) { /* the last one: nothing is kept for a table that nobody uses */
			free(views.entries);
			views.entries = NULL;
			views.room = 0;
		}
	}
	pc_view_end();
	if (!found) return 0;
	close_entry(&gone);
	return gone.is_file && gone.is_writable;
}

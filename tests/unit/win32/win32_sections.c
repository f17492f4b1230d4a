/* What is a promise on Windows alone: sections as other programs see them, names that linger, who may open what. */
#include "platform/win32/system.h"
#include "process_kit.h"

static wchar_t *wide(const char *name)
{
	static wchar_t units[128];
	CHECK(pc_win_wide(name, units, 128));
	return units;
}

static HANDLE open_as_legacy(const char *name, DWORD access)
{
	return OpenFileMappingW(access, FALSE, wide(name));
}

static DWORD refusal(const char *name, DWORD access)
{
	HANDLE handle = open_as_legacy(name, access);
	DWORD error = handle ? ERROR_SUCCESS : GetLastError();
	if (handle) (void)CloseHandle(handle);
	return error;
}

static pc_owner *own_as(const char *name, uint64_t bytes, uint32_t mode, const char *sddl)
{
	pc_region_options o = kit_options(name, bytes, 1);
	o.mode = mode;
	o.sddl = sddl;
	return kit_own_with(&o, PC_OWNER_CREATED);
}

static void exchange(const char *name)
{
	pc_owner *owner = kit_own(name, 10000, 1);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	HANDLE section;
	const char *view;
	kit_commit(writer, 7);
	section = open_as_legacy(name, FILE_MAP_READ);
	CHECK(section != NULL);
	view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 10000);
	CHECK(view && view[0] == 7 && view[9999] == 7);
	CHECK(!MapViewOfFile(section, FILE_MAP_READ, 0, 0, 3 * 4096 + 1)); /* a page more than there is */
	CHECK_INT(kit_value(reader, NULL), 7);
	CHECK_STR(pc_reader_name(reader), strchr(name, '\\') ? strchr(name, '\\') + 1 : name);
	(void)UnmapViewOfFile(view);
	(void)CloseHandle(section);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
	CHECK_INT(refusal(name, FILE_MAP_READ), ERROR_FILE_NOT_FOUND);
}

PC_TEST(a_program_that_knows_the_name_alone_maps_the_payload)
{
	exchange(kit_name("legacy"));
}

PC_TEST(a_global_name_is_another_one_than_the_plain)
{
	char name[80];
	const char *plain = kit_name("session");
	pc_owner *owner = kit_own(plain, 64, 1);
	pc_reader *reader = NULL;
	(void)snprintf(name, sizeof name, "Global\\%s", plain);
	CHECK_STATUS(pc_reader_open(name, NULL, &reader, NULL), PC_EABSENT);
	exchange(name);
	(void)snprintf(name, sizeof name, "Local\\%s", plain);
	CHECK_STATUS(pc_reader_open(name, NULL, &reader, NULL), PC_OK); /* and this one is the plain one */
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_refusal_for_all_sessions_names_the_privilege)
{
	pc_err err = {""};
	CHECK_STATUS(pc_win_create_failed(&err, ERROR_ACCESS_DENIED, "Global\\x"), PC_EPERM);
	CHECK(strstr(err.text, "SeCreateGlobalPrivilege") != NULL);
	CHECK_STATUS(pc_win_create_failed(&err, ERROR_ACCESS_DENIED, "x"), PC_EPERM);
	CHECK(strstr(err.text, "SeCreateGlobalPrivilege") == NULL && strstr(err.text, "5") != NULL);
	CHECK_STATUS(pc_win_create_failed(&err, ERROR_COMMITMENT_LIMIT, "Global\\x"), PC_ENOSPC);
}

static void write_into_a_read_only_view(const char *name, uint64_t *cells)
{
	volatile char *view = MapViewOfFile(open_as_legacy(name, FILE_MAP_READ), FILE_MAP_READ, 0, 0, 0);
	(void)SetErrorMode(SEM_NOGPFAULTERRORBOX);
	pc_store_release_u64(&cells[0], 1);
	view[0] = 1;
}

PC_TEST(a_read_only_region_is_read_and_nothing_else)
{
	const char *name = kit_name("readonly");
	uint64_t *cells = kit_cells();
	pc_owner *owner = own_as(name, 64, 0, "D:P(A;;GR;;;WD)");
	CHECK_INT(refusal(name, FILE_MAP_READ), 0);
	CHECK_INT(refusal(name, FILE_MAP_WRITE), ERROR_ACCESS_DENIED);
	CHECK_INT(refusal(name, FILE_MAP_ALL_ACCESS), ERROR_ACCESS_DENIED);
	CHECK_INT((unsigned)kit_reap(kit_spawn(write_into_a_read_only_view, name, cells)), EXCEPTION_ACCESS_VIOLATION);
	CHECK_INT(cells[0], 1);
	CHECK_INT(((const char *)pc_owner_payload(owner))[0], 0);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_read_write_compatible_region_takes_every_way_of_opening)
{
	const char *name = kit_name("compatible");
	pc_owner *owner = own_as(name, 64, 0666, NULL);
	CHECK_INT(refusal(name, FILE_MAP_READ), 0);
	CHECK_INT(refusal(name, FILE_MAP_WRITE), 0);
	CHECK_INT(refusal(name, FILE_MAP_ALL_ACCESS), 0);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_descriptor_that_is_none_or_lets_anybody_do_anything_is_refused)
{
	static const char *const bad[] = {"read-only", "D:NO_ACCESS_CONTROL", "O:BA"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		pc_region_options o = kit_options(kit_name("sddl"), 64, 1);
		pc_owner *owner = NULL;
		pc_err err = {""};
		o.sddl = bad[i];
		CHECK_STATUS(pc_owner_open(&o, &owner, NULL, &err), PC_EINVAL);
		CHECK(err.text[0] != 0);
	}
}

PC_TEST(a_first_opener_with_a_section_too_small_is_survived_and_reported)
{
	const char *name = kit_name("squatter");
	HANDLE small = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, wide(name));
	pc_owner *owner = kit_own(name, 10000, 1);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	pc_err why = {""};
	kit_commit(writer, 5);
	CHECK_INT(kit_value(reader, NULL), 5);
	CHECK_INT(pc_owner_is_beside(owner, &why), 1);
	CHECK(strstr(why.text, name) != NULL);
	CHECK_STATUS(pc_owner_tend(owner, NULL), PC_OK);
	(void)CloseHandle(small);
	CHECK_STATUS(pc_owner_tend(owner, NULL), PC_ESTALE); /* the name is free: time to take it */
	pc_writer_close(&writer);
	pc_owner_close(&owner, PC_OWNER_RETIRE);
	owner = kit_own(name, 10000, 1);
	CHECK_INT(pc_owner_is_beside(owner, NULL), 0);
	CHECK_STATUS(pc_owner_tend(owner, NULL), PC_OK);
	CHECK_STATUS(pc_reader_reopen(reader, NULL), PC_OK);
	CHECK_INT(refusal(name, FILE_MAP_READ), 0);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

PC_TEST(an_owner_beside_its_name_takes_it_when_it_is_free)
{
	const char *name = kit_name("beside");
	HANDLE small = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, wide(name));
	pc_region_options o = kit_options(name, 10000, 1);
	pc_owner *owner = kit_own(name, 10000, 1);
	pc_reader *reader = kit_read(name);
	unsigned char values[10000];
	int outcome = 0;
	memset(values, 7, sizeof values);
	o.initial_payload = values;
	CHECK_STATUS(pc_owner_replace(&owner, &o, &outcome, NULL), PC_OK);
	CHECK_INT(outcome, PC_OWNER_ADOPTED); /* it is not free yet */
	(void)CloseHandle(small);
	CHECK_STATUS(pc_owner_replace(&owner, &o, &outcome, NULL), PC_OK);
	CHECK_INT(outcome, PC_OWNER_REPLACED);
	CHECK_INT(pc_owner_is_beside(owner, NULL), 0);
	CHECK_STATUS(pc_owner_tend(owner, NULL), PC_OK);
	CHECK_INT(refusal(name, FILE_MAP_READ), 0);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "retired");
	CHECK_STATUS(pc_reader_reopen(reader, NULL), PC_OK);
	CHECK_INT(kit_value(reader, NULL), 7);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_first_opener_with_a_section_large_enough_is_adopted)
{
	const char *name = kit_name("first");
	HANDLE first = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 10000, wide(name));
	pc_owner *owner = kit_own(name, 64, 1);
	CHECK_INT(pc_owner_control(owner)->flags & PC_REGION_FOREIGN, PC_REGION_FOREIGN);
	CHECK_INT(pc_owner_is_beside(owner, NULL), 0);
	pc_owner_close(&owner, 0);
	(void)CloseHandle(first);
}

PC_TEST(readers_follow_from_size_to_size_while_the_first_lingers)
{
	const char *name = kit_name("chain");
	pc_owner *owner = kit_own(name, 64, 1);
	pc_reader *first = kit_read(name);
	for (uint64_t bytes = 5000; bytes <= 20000; bytes += 5000) {
		pc_region_options o = kit_options(name, bytes, 1);
		int outcome = 0;
		pc_reader *late;
		CHECK_STATUS(pc_owner_replace(&owner, &o, &outcome, NULL), PC_OK);
		CHECK_INT(outcome, PC_OWNER_REPLACED);
		late = kit_read(name);
		CHECK_INT(pc_reader_payload_bytes(late), bytes);
		pc_reader_close(&late);
	}
	CHECK_STR(pc_liveness_name(pc_reader_liveness(first)), "retired");
	pc_owner_close(&owner, 0);
	CHECK_STATUS(pc_reader_reopen(first, NULL), PC_EABSENT); /* it lingers and is not there */
	owner = kit_own(name, 64, 1);
	CHECK_STATUS(pc_reader_reopen(first, NULL), PC_OK);
	CHECK_INT(pc_reader_payload_bytes(first), 64);
	pc_reader_close(&first);
	pc_owner_close(&owner, 0);
}

static void own_and_write(const char *name, uint64_t *cells)
{
	pc_owner *owner = kit_own(name, 64, 1);
	pc_writer *writer = kit_write(name);
	kit_commit(writer, 3);
	pc_store_release_u64(&cells[0], owner != NULL);
	for (;;) {
		(void)pc_writer_beat(writer);
		kit_sleep_ms(20);
	}
}

PC_TEST(a_killed_owner_is_followed_in_place_while_one_reader_holds_on)
{
	const char *name = kit_name("adopt");
	uint64_t *cells = kit_cells();
	kit_process child = kit_spawn(own_and_write, name, cells);
	pc_reader *reader = kit_read(name);
	pc_region_options o = kit_options(name, 64, 1);
	pc_owner *owner = NULL;
	pc_writer *writer;
	int outcome = 0;
	CHECK_STATUS(pc_owner_open(&o, &owner, &outcome, NULL), PC_EBUSY);
	kit_kill(child);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "dead");
	CHECK_STATUS(pc_owner_open(&o, &owner, &outcome, NULL), PC_OK);
	CHECK_INT(outcome, PC_OWNER_ADOPTED);
	CHECK_INT(kit_value(reader, NULL), 3);
	writer = kit_write(name);
	kit_commit(writer, 4);
	CHECK_INT(kit_value(reader, NULL), 4); /* nobody had to open anything again */
	pc_writer_close(&writer);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

static DWORD WINAPI kill_soon(void *child)
{
	kit_sleep_ms(200);
	(void)TerminateProcess(child, 9);
	return 0;
}

PC_TEST(a_blocked_reader_is_woken_by_the_end_of_the_writer)
{
	const char *name = kit_name("blocked");
	uint64_t *cells = kit_cells();
	kit_process child = kit_spawn(own_and_write, name, cells);
	pc_reader *reader = kit_read(name);
	HANDLE killer = CreateThread(NULL, 0, kill_soon, child, 0, NULL);
	uint32_t events = 0;
	while (!(events & PC_WAIT_DEAD)) CHECK_STATUS(pc_reader_wait(reader, 10000, &events), PC_OK);
	(void)WaitForSingleObject(killer, INFINITE);
	(void)CloseHandle(killer);
	CHECK_STATUS(pc_reader_wait(reader, 300, &events), PC_ETIMEDOUT); /* told once, and no busy loop */
	pc_reader_close(&reader);
	(void)kit_reap(child);
}

PC_TEST(a_file_is_a_section_of_the_regions_name)
{
	const char *name = kit_name("file");
	char folder[MAX_PATH], path[2 * MAX_PATH];
	pc_region_options o = kit_options(name, 100000, 0);
	pc_owner *owner;
	HANDLE section;
	char *view;
	(void)GetTempPathA(sizeof folder, folder);
	(void)snprintf(path, sizeof path, "%s%s.bin", folder, name);
	o.path = path;
	o.flags = 0;
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	section = open_as_legacy(name, FILE_MAP_WRITE);
	CHECK(section != NULL);
	view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 65536, 1000); /* from the second 64 KiB on */
	CHECK(view != NULL);
	view[5] = 'x';
	CHECK_INT(((const char *)pc_owner_payload(owner))[65541], 'x');
	(void)UnmapViewOfFile(view);
	(void)CloseHandle(section);
	pc_owner_close(&owner, 0);
	CHECK_INT(DeleteFileA(path), 1);
}

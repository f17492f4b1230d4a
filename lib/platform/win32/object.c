/* platform/win32/object.c - named shared-memory objects as sections; see platform/map.h and docs/windows.md. */
#include "base/err.h"
#include "base/name.h"
#include "platform/win32/section.h"
#include "platform/win32/security.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

pc_status pc_object_name(const char *configured, char ret_name[PC_NAME_BYTES], pc_err *err)
{
	enum pc_name_space space;
	char plain[PC_NAME_BYTES];
	pc_status s = pc_name_parse(configured, plain, &space, err);
	/* Local\ is where names without a prefix are, too: dropping it makes one region of both. */
	if (s == PC_OK)
		(void)snprintf(ret_name, PC_NAME_BYTES, "%s%s", space == PC_NAME_GLOBAL ? "Global\\" : "", plain);
	return s;
}

static void facts_from(const pc_section *section, pc_object_facts *ret_facts)
{
	memset(ret_facts, 0, sizeof *ret_facts);
	ret_facts->file_id = section->generation;
	ret_facts->bytes = section->bytes;
	ret_facts->is_plain = 1;
	ret_facts->link_count = 1;
	if (section->file)
		pc_security_facts(section->file, FILE_READ_DATA, FILE_WRITE_DATA, &ret_facts->uid, &ret_facts->mode);
	else
		pc_security_facts(section->handle, FILE_MAP_READ, FILE_MAP_WRITE, &ret_facts->uid, &ret_facts->mode);
}

/* Give an opened section to its caller. */
static pc_status hand_out(const pc_section *section, pc_object *ret_object, pc_err *err)
{
	pc_section *kept = malloc(sizeof *kept);
	if (!kept) return pc_err_set(err, PC_ENOMEM, "no memory for an object");
	*kept = *section;
	memset(ret_object, 0, sizeof *ret_object);
	ret_object->handle = (intptr_t)kept;
	ret_object->file_id = section->generation;
	return PC_OK;
}

static pc_status open_generation(const char *name, uint64_t generation, int writable, HANDLE *signpost,
                                 pc_object *ret_object, pc_object_facts *ret_facts, pc_err *err)
{
	pc_section section = {0};
	DWORD error = pc_section_open(name, generation, writable, &section);
	pc_status s;
	if (error) return pc_win_fail(err, error, "cannot open", name);
	if (!section.bytes) {
		pc_section_close(&section);
		return pc_err_set(err, PC_EUNTRUSTED, "%s cannot be mapped", name);
	}
	section.signpost = signpost ? *signpost : NULL;
	facts_from(&section, ret_facts);
	s = hand_out(&section, ret_object, err);
	if (s == PC_OK && signpost) *signpost = NULL;
	if (s != PC_OK) {
		section.signpost = NULL;
		pc_section_close(&section);
	}
	return s;
}

/* Follow a control section's plain name to the one in force, and keep it while that is used. */
static pc_status open_control(const char *name, int writable, pc_object *ret_object, pc_object_facts *ret_facts,
                              pc_err *err)
{
	pc_section plain = {0};
	uint64_t successor;
	pc_status s;
	DWORD error = pc_section_open(name, PC_GENERATION_PLAIN, 0, &plain);
	if (error) return pc_win_fail(err, error, "cannot open", name);
	successor = pc_section_successor(plain.handle);
	if (!successor)
		s = open_generation(name, PC_GENERATION_PLAIN, writable, NULL, ret_object, ret_facts, err);
	else if (successor == PC_GENERATION_NONE)
		s = pc_err_set(err, PC_EABSENT, "%s was removed; what lingers is held by others", name);
	else
		s = open_generation(name, successor, writable, &plain.handle, ret_object, ret_facts, err);
	pc_section_close(&plain);
	return s;
}

pc_status pc_object_open(const char *name, int writable, pc_object *ret_object, pc_object_facts *ret_facts, pc_err *err)
{
	if (pc_section_is_control(name)) return open_control(name, writable, ret_object, ret_facts, err);
	return open_generation(name, PC_GENERATION_PLAIN, writable, NULL, ret_object, ret_facts, err);
}

pc_status pc_section_open_object(const char *name, uint64_t file_id, int writable, pc_object *ret_object,
                                 pc_object_facts *ret_facts, pc_err *err)
{
	uint64_t generation = file_id ? file_id : PC_GENERATION_PLAIN;
	return open_generation(name, generation, writable, NULL, ret_object, ret_facts, err);
}

pc_status pc_object_create(const char *name, uint64_t bytes, const pc_access *access, pc_object *ret_object,
                           pc_err *err)
{
	PSECURITY_DESCRIPTOR sd;
	pc_section section = {0};
	MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
	DWORD error;
	pc_status s = pc_security_of_access(access, &sd, err);
	if (s != PC_OK) return s;
	/* The system would say so itself where it counts what it promises. */
	error = GlobalMemoryStatusEx(&memory) && bytes > memory.ullAvailPageFile ? ERROR_COMMITMENT_LIMIT
	                                                                         : ERROR_SUCCESS;
	if (!error) error = pc_section_create(name, bytes, sd, &section);
	(void)LocalFree(sd);
	if (error) {
		pc_section_close(&section);
		return pc_win_create_failed(err, error, name);
	}
	s = hand_out(&section, ret_object, err);
	if (s == PC_OK)
		ret_object->is_unpublished = 1;
	else
		pc_section_close(&section);
	return s;
}

/* The signpost may lead on if what it leads to now is gone. */
static int is_vacant(const char *name, uint64_t successor)
{
	pc_section there = {0};
	DWORD error;
	if (successor == PC_GENERATION_NONE) return 1;
	if (!successor) return 0;
	error = pc_section_open(name, successor, 0, &there);
	pc_section_close(&there);
	return error == ERROR_FILE_NOT_FOUND;
}

static pc_status publish_control(const pc_section *section, const char *name, int replace)
{
	uint64_t before;
	if (!section->signpost) return PC_OK; /* created under its own name */
	before = pc_section_successor(section->signpost);
	if (!replace && !is_vacant(name, before)) return PC_EBUSY;
	return pc_section_set_successor(section->signpost, before, section->generation) ? PC_OK : PC_EBUSY;
}

/* What stands there is left alone if it is too small to be used instead, or if the caller knows it. */
static pc_status publish_payload(const pc_section *section, const char *name, int replace)
{
	pc_section plain = {0};
	uint64_t bytes;
	if (section->generation == PC_GENERATION_PLAIN || replace) return PC_OK;
	if (pc_section_open(name, PC_GENERATION_PLAIN, 0, &plain)) return PC_OK;
	bytes = plain.bytes;
	pc_section_close(&plain);
	return bytes < section->bytes ? PC_OK : PC_EBUSY;
}

pc_status pc_object_publish(pc_object *object, const char *name, int replace, pc_err *err)
{
	const pc_section *section = pc_section_of(object);
	pc_status s =
	        section->is_control ? publish_control(section, name, replace) : publish_payload(section, name, replace);
	if (s != PC_OK) return pc_err_set(err, s, "cannot publish %s: the name is taken", name);
	object->is_unpublished = 0;
	return PC_OK;
}

pc_status pc_object_facts_of(const pc_object *object, pc_object_facts *ret_facts)
{
	facts_from(pc_section_of(object), ret_facts);
	return PC_OK;
}

pc_status pc_object_look(const char *name, pc_object_facts *ret_facts)
{
	pc_section section = {0};
	uint64_t generation = PC_GENERATION_PLAIN;
	wchar_t full[PC_SECTION_UNITS];
	DWORD error;
	pc_status s = pc_section_is_control(name) ? pc_section_in_force(name, &generation) : PC_OK;
	if (s != PC_OK && s != PC_EPERM) return s;
	error = pc_section_open(name, generation, 0, &section);
	if (error == ERROR_ACCESS_DENIED) {
		/* Whose it is may be known even so. */
		pc_section_name(name, generation, full);
		section.handle = OpenFileMappingW(READ_CONTROL, FALSE, full);
		section.generation = generation;
		if (section.handle) error = ERROR_SUCCESS;
	}
	if (!error) facts_from(&section, ret_facts);
	pc_section_close(&section);
	return pc_win_status(error);
}

pc_status pc_object_is_named(const char *name, uint64_t file_id)
{
	uint64_t in_force;
	pc_section plain = {0};
	DWORD error;
	pc_status s;
	if (pc_section_is_control(name)) {
		s = pc_section_in_force(name, &in_force);
		return s == PC_OK && in_force != file_id ? PC_ESTALE : s;
	}
	error = pc_section_open(name, PC_GENERATION_PLAIN, 0, &plain);
	pc_section_close(&plain);
	if (file_id == PC_GENERATION_PLAIN) return pc_win_status(error);
	/* Beside another: a pity as long as that lasts, and a reason to move as soon as it is gone. */
	return error == ERROR_FILE_NOT_FOUND ? PC_ESTALE : PC_OK;
}

int pc_object_is_beside(uint64_t file_id)
{
	return file_id != PC_GENERATION_PLAIN;
}

uint64_t pc_object_names_stamp(void)
{
	return 0;
}

pc_status pc_object_grow(pc_object *object, uint64_t bytes, pc_err *err)
{
	const pc_section *section = pc_section_of(object);
	if (section->bytes >= bytes) return PC_OK;
	return pc_err_set(err, PC_EUNSUPPORTED, "a section of %llu bytes cannot grow",
	                  (unsigned long long)section->bytes);
}

pc_status pc_object_set_access(pc_object *object, const pc_access *access, pc_err *err)
{
	const pc_section *section = pc_section_of(object);
	PSECURITY_DESCRIPTOR sd;
	HANDLE handle;
	DWORD error = ERROR_SUCCESS;
	pc_status s = pc_security_of_access(access, &sd, err);
	if (s != PC_OK) return s;
	handle = OpenFileMappingW(WRITE_DAC, FALSE, section->name);
	if (!handle || !SetKernelObjectSecurity(handle, DACL_SECURITY_INFORMATION, sd)) error = GetLastError();
	if (handle) (void)CloseHandle(handle);
	(void)LocalFree(sd);
	return error ? pc_win_fail(err, error, "cannot set the permissions of", "an object") : PC_OK;
}

pc_status pc_object_link(const char *name, const char *second, uint64_t file_id)
{
	(void)name;
	(void)second;
	(void)file_id;
	return PC_EUNSUPPORTED; /* nobody can take a section's name away, so nothing has to be given back */
}

/* A name goes with its last handle; only a control section has somewhere to write that it is meant to. */
pc_status pc_object_unlink(const char *name, uint64_t file_id)
{
	pc_section plain = {0};
	uint64_t in_force, named;
	DWORD error;
	pc_status s;
	if (!pc_section_is_control(name)) {
		error = pc_section_open(name, file_id, 0, &plain);
		pc_section_close(&plain);
		return pc_win_status(error);
	}
	s = pc_section_in_force(name, &in_force);
	if (s != PC_OK) return s;
	if (in_force != file_id) return PC_ESTALE;
	error = pc_section_open(name, PC_GENERATION_PLAIN, 1, &plain);
	if (error) return pc_win_status(error);
	named = in_force == PC_GENERATION_PLAIN ? 0 : in_force;
	s = pc_section_set_successor(plain.handle, named, PC_GENERATION_NONE) ? PC_OK : PC_ESTALE;
	pc_section_close(&plain);
	return s;
}

void pc_object_close(pc_object *object)
{
	pc_section *section = pc_section_of(object);
	if (!section) return;
	/* A control page that was never published and that somebody has opened meanwhile must not look as if it would be. */
	if (object->is_unpublished && section->is_control && section->generation == PC_GENERATION_PLAIN)
		(void)pc_section_set_successor(section->handle, 0, PC_GENERATION_NONE);
	pc_section_close(section);
	free(section);
	memset(object, 0, sizeof *object);
}

void pc_object_use_temp_names(int on)
{
	(void)on; /* every section has a name */
}

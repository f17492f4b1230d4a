/* platform/win32/section.h - named sections: how they are called, and what stands beside one that lingers.
 *
 * A section's name lasts while anybody holds a handle of it, with the size that it was created with. What has to stand beside
 * is called NAME#<generation>; a generation is 64 random bits, 1 stands for the plain name. A control section that is not in
 * force any more says in its page which one is: `successor_generation`.                            */
#ifndef PC_PLATFORM_WIN32_SECTION_H
#define PC_PLATFORM_WIN32_SECTION_H
#include "platform/map.h"
#include "platform/win32/system.h"

#define PC_SECTION_UNITS    128u /* prefix, name, suffix, generation, suffix of a lock, NUL */
#define PC_GENERATION_PLAIN UINT64_C(1)
#define PC_GENERATION_NONE  UINT64_MAX /* as a successor: removed */

/** What pc_object.handle points to. */
typedef struct pc_section {
	HANDLE handle;
	HANDLE signpost; /* of a control section beside its plain name: the section that has it; else NULL */
	HANDLE file;     /* of a payload that is a file; else NULL */
	uint64_t generation, bytes;
	uint32_t is_control, is_writable;
	wchar_t name[PC_SECTION_UNITS]; /* with the generation */
} pc_section;

static inline pc_section *pc_section_of(const pc_object *object)
{
	return (pc_section *)object->handle;
}

/** 1 if an object of this name is a control object. */
int pc_section_is_control(const char *name);
/** Name of the system for one generation of an object. */
void pc_section_name(const char *name, uint64_t generation, wchar_t ret_name[PC_SECTION_UNITS]);
/**
 * Open one generation, and nothing else. @p ret_section starts zeroed, pc_section_close() accepts what a failure leaves.
 * @return ERROR_SUCCESS, or what the system said
 */
DWORD pc_section_open(const char *name, uint64_t generation, int writable, pc_section *ret_section);
/**
 * Create under the plain name, or beside it where that is taken.
 * @return ERROR_SUCCESS; what the system said
 */
DWORD pc_section_create(const char *name, uint64_t bytes, PSECURITY_DESCRIPTOR sd, pc_section *ret_section);
void pc_section_close(pc_section *section);
/** pc_object_open_payload() for a payload that is no file: the generation @p file_id, 0 = the plain name. */
pc_status pc_section_open_object(const char *name, uint64_t file_id, int writable, pc_object *ret_object,
                                 pc_object_facts *ret_facts, pc_err *err);
/** Bytes that a whole view spans; 0 if it cannot be mapped. */
uint64_t pc_section_bytes(HANDLE section);

/**
 * Generation of the control section in force.
 * @return PC_OK; PC_EABSENT there is none; PC_EPERM; PC_EIO
 */
pc_status pc_section_in_force(const char *name, uint64_t *ret_generation);
/** The successor that a control section names: 0 it is in force itself. */
uint64_t pc_section_successor(HANDLE section);
/** Say that @p after follows @p before. A section opened for writing. @return 1; 0 it says something else */
int pc_section_set_successor(HANDLE section, uint64_t before, uint64_t after);

#endif

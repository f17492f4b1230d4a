/* platform/win32/security.h - who may open an object: POSIX bits and SDDL to descriptors, and back. */
#ifndef PC_PLATFORM_WIN32_SECURITY_H
#define PC_PLATFORM_WIN32_SECURITY_H
#include "platform/map.h"
#include "platform/win32/system.h"

/** What others than the user are granted; see pc_security_for_others(). */
enum pc_others {
	PC_OTHERS_MAY_QUERY = 0x0001,    /* of a mutex: ask whether it is held, and not take it */
	PC_OTHERS_MAY_WAIT = SYNCHRONIZE /* of an event */
};

/**
 * Descriptor of a section: the user's own, all rights for him and the system, for everybody else what the mode's last digit
 * says; or @p access->sddl word for word, with the user as owner unless it names one.
 * @param ret_sd  freed with LocalFree()
 * @return PC_OK; PC_EINVAL not an SDDL text, or one without a DACL; PC_EIO
 */
pc_status pc_security_of_access(const pc_access *access, PSECURITY_DESCRIPTOR *ret_sd, pc_err *err);
/** Descriptor of a lock or event: all for the user and the system, @p rights for everybody else. @return as above */
pc_status pc_security_for_others(DWORD rights, PSECURITY_DESCRIPTOR *ret_sd);
/** Owner and permissions of an open object, as POSIX knows them, by the rights that stand for reading and writing it; unknown
 *  ones are nobody's, and nobody may anything. */
void pc_security_facts(HANDLE object, DWORD to_read, DWORD to_write, uint32_t *ret_uid, uint32_t *ret_mode);
/** The user of a SID as a number: 0 for the system and administrators, else a hash. */
uint32_t pc_security_uid(PSID sid);
/** Number of this process's user. [any thread] */
uint32_t pc_security_own_uid(void);
/** Let every user wait for the end of this process, and ask when it started. Once per process; failing costs only comfort. */
void pc_security_show_process(void);

#endif

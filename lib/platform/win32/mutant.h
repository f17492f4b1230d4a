/* platform/win32/mutant.h - named mutexes that can be asked about without taking them. */
#ifndef PC_PLATFORM_WIN32_MUTANT_H
#define PC_PLATFORM_WIN32_MUTANT_H
#include "platform/win32/section.h"

/** Name of the lock at @p offset of a section. */
void pc_mutant_name(const wchar_t *section, uint64_t offset, wchar_t ret_name[PC_SECTION_UNITS]);
/** 1 a living thread holds the lock of that name; 0 nobody, also if its holder died; -1 it may not be asked. */
int pc_mutant_is_held(const wchar_t *name);
/** 1 if the calling thread itself holds it: taking it again would succeed. */
int pc_mutant_is_mine(HANDLE mutex);

#endif

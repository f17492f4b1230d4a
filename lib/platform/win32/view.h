/* platform/win32/view.h - what this process has mapped, by address.
 *
 * A view alone keeps neither its section's name nor a way to its events and its writer. So every mapping of ours is noted
 * here, and whoever has a word's address finds them, as with a futex. */
#ifndef PC_PLATFORM_WIN32_VIEW_H
#define PC_PLATFORM_WIN32_VIEW_H
#include "platform/win32/peer.h"
#include "platform/win32/section.h"

typedef struct pc_view_entry {
	const unsigned char *base;
	uint64_t bytes;
	HANDLE section, signpost; /* own handles: they keep the names */
	HANDLE events[2]; /* of a control section: set by an even, an odd number of wakes; NULL not opened yet */
	pc_peer *peer;    /* process that the death bytes named last; NULL nobody asked */
	uint32_t is_control, is_writable, is_file;
	wchar_t name[PC_SECTION_UNITS];
} pc_view_entry;

/** Note a mapping. Handles of the section are duplicated; a control section opened for writing gets its events. */
pc_status pc_view_add(const void *base, uint64_t bytes, const pc_section *section, int writable, pc_err *err);
/** Forget it, and close what belongs to it. @return 1 if what was written there belongs into a file */
int pc_view_remove(const void *base);

/* The table is locked between begin and end; entries are good for that long. */
void pc_view_begin(void);
void pc_view_end(void);
/** The entry that @p at lies in, NULL if it is no memory of ours. Between begin and end. */
pc_view_entry *pc_view_find(const void *at);
/** Open what events are missing. Between begin and end. @return 1 both are there; 0 nobody has created them yet */
int pc_view_open_events(pc_view_entry *entry);

#endif

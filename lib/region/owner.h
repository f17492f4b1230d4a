/* region/owner.h - what an owner's process may ask of it beyond <pagecast/writer.h>. */
#ifndef PC_REGION_OWNER_H
#define PC_REGION_OWNER_H
#include <pagecast/writer.h>

/**
 * Does anybody hold the writer's lock? Asked through the owner's own: the two are different bytes of one object.
 * [any thread, not while the owner is replaced or closed]
 * @return 1 yes, also this process; 0 nobody; -1 unknown: the owner was inherited by fork()
 */
int pc_owner_has_writer(const pc_owner *owner);

#endif

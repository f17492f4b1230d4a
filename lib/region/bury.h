/* region/bury.h - what an owner says in the payload itself: that the region is served, and that nobody writes it any more. */
#ifndef PC_REGION_BURY_H
#define PC_REGION_BURY_H
#include "region/attach.h"

/** Fill in what a new payload says of itself by the roles of its layout. @return PC_OK; PC_ENOMEM; as pc_payload_store() */
pc_status pc_announce(const pc_attached *a, const char *schema_text);

enum pc_bury_whom {
	PC_BURY_DEAD,     /* a writer that died */
	PC_BURY_UNWRITTEN /* that, or nobody yet */
};
/**
 * Commit the layout's dead values on behalf of a writer that does not any more. Holds the writer's lock meanwhile: a successor
 * comes before, and then nothing is done, or after.
 * @param control_file_id  of the control object that is meant
 * @return PC_OK, also if there is nothing to do or to say; PC_EBUSY somebody holds the lock; as pc_attach()
 */
pc_status pc_bury(const char *name, uint64_t control_file_id, enum pc_bury_whom whom);

#endif

/* region/layout_of.h - the layout stored in a control object, parsed when somebody asks. */
#ifndef PC_REGION_LAYOUT_OF_H
#define PC_REGION_LAYOUT_OF_H
#include "region/attach.h"

#include <pagecast/layout.h>

/** Parse on the first call and keep it in *cache; NULL if there is none, it does not parse, or it is larger than
 *  the payload. */
const pc_layout *pc_layout_of(const pc_attached *a, pc_layout **cache);
/** Free what pc_layout_of() kept. */
void pc_layout_drop(pc_layout **cache);

#endif

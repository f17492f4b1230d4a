/* region/layout_of.c - see layout_of.h. */
#include "region/layout_of.h"

void pc_layout_drop(pc_layout **cache)
{
	*cache = NULL;
}

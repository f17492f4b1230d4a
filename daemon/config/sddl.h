/* config/sddl.h - is a text plausibly a security descriptor in SDDL? Windows judges; this finds slips on every system. */
#ifndef PCD_SDDL_H
#define PCD_SDDL_H

/** @return NULL if it may be one; else what is wrong, static */
const char *pcd_sddl_wrong(const char *text);

#endif

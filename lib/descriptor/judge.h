/* descriptor/judge.h - is what a plugin exports a sound descriptor? Runs none of its code.
 *
 * Head first, so that nothing of a foreign or newer plugin is believed before its version is known.  [any thread] */
#ifndef PC_DESCRIPTOR_JUDGE_H
#define PC_DESCRIPTOR_JUDGE_H
#include <pagecast/plugin.h>
#include <pagecast/status.h>

#define PC_OPTIONS_MAX 256u /* rows of an option table */
#define PC_WHY_BYTES   1024u

/** Magic, ABI and size: the words that stand first for ever. @return as pc_descriptor_judge() */
pc_status pc_descriptor_judge_head(const struct pc_plugin *descriptor, char why[PC_WHY_BYTES]);
/** All of it. @return PC_OK; PC_EINVAL, PC_EVERSION with one sentence for a person in @p why */
pc_status pc_descriptor_judge(const struct pc_plugin *descriptor, char why[PC_WHY_BYTES]);

#endif

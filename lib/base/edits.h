/* base/edits.h - how far one word is from another, for "did you mean". */
#ifndef PC_BASE_EDITS_H
#define PC_BASE_EDITS_H

#define PC_EDITS_MAX 96u /* letters of a word that are compared */

/**
 * Letters that are one more, one less, another, or swapped with their neighbour. Case does not count, nor - for _.
 * @return 0 if the words are alike; [any thread]
 */
unsigned pc_edits_between(const char *a, const char *b);

#endif

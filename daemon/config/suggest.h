/* config/suggest.h - "did you mean": the known word that is closest to an unknown one. */
#ifndef PCD_SUGGEST_H
#define PCD_SUGGEST_H
#include <stddef.h>

/** A search in progress; zero it, set word. */
struct pcd_suggest {
	const char *word; /* what was written */
	const char *best; /* closest so far, NULL if none is close */
	size_t best_edits;
};
/** Consider one more known word, borrowed. */
void pcd_suggest_try(struct pcd_suggest *s, const char *known);

#endif

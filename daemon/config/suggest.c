/* config/suggest.c - see suggest.h. */
#include "config/suggest.h"

#include "base/edits.h"

#include <string.h>

#define WORD_BYTES_MAX 40u

void pcd_suggest_try(struct pcd_suggest *s, const char *known)
{
	size_t word_bytes = strlen(s->word), known_bytes = strlen(known);
	if (!word_bytes || word_bytes > WORD_BYTES_MAX || known_bytes > WORD_BYTES_MAX) return;
	size_t edits = pc_edits_between(s->word, known);
	size_t longer = word_bytes > known_bytes ? word_bytes : known_bytes;
	if (edits > 1 + longer / 5) return; /* more is a guess */
	if (s->best && edits >= s->best_edits) return;
	s->best = known;
	s->best_edits = edits;
}

/* config/value.c - see value.h. */
#include "config/value.h"

#include "config/suggest.h"

#include <stdio.h>
#include <string.h>

bool pcd_value_parse(const struct pc_option *option, const char *text, struct pcd_value *ret)
{
	ret->text = text;
	return pc_option_parse(option, text, &ret->i, &ret->r);
}

/* ---- nodes ---- */

static void report(struct pcd_sink *sink, const struct pc_option *option, const struct pcd_node *node)
{
	struct pcd_suggest suggest = {.word = node->text};
	char word[64], best[64] = "";
	if (node->kind == PCD_NODE_WRONG) return;
	if (option->type == PC_OPT_ENUM && node->kind == PCD_NODE_TEXT)
		for (uint32_t i = 0; pc_option_word(option, i, word); i++) {
			pcd_suggest_try(&suggest, word);
			if (suggest.best == word) memcpy(best, word, sizeof best);
			if (suggest.best) suggest.best = best;
		}
	pcd_diags_add(sink->diags, &node->mark, "%s: expected %s, found %s%s%s%s", option->key,
	              pc_option_expected(option).text,
	              option->flags & PC_OPT_SECRET ? "something else" : pcd_node_found(node).text,
	              *best ? "; did you mean '" : "", best, *best ? "'?" : "");
}

static bool read_list(struct pcd_sink *sink, const struct pc_option *option, const struct pcd_node *node,
                      struct pcd_value *ret)
{
	bool is_list = node->kind == PCD_NODE_LIST, all_well = true;
	uint32_t count = is_list ? node->count : 1;
	ret->list = pcd_sink_alloc(sink, (size_t)count + 1, sizeof *ret->list);
	if (!ret->list) return false;
	for (const struct pcd_node *n = is_list ? node->first : node; n; n = is_list ? n->next : NULL) {
		if (n->kind != PCD_NODE_TEXT || pcd_node_is_null(n)) {
			report(sink, option, n);
			all_well = false;
			continue;
		}
		ret->list[ret->list_count++] = n->text;
	}
	return all_well;
}

bool pcd_value_read(struct pcd_sink *sink, const struct pc_option *option, const struct pcd_node *node,
                    struct pcd_value *ret)
{
	*ret = (struct pcd_value){.node = node, .is_set = true};
	if (node->kind == PCD_NODE_WRONG) return false;
	if (option->type == PC_OPT_LIST) return read_list(sink, option, node, ret);
	if (node->kind == PCD_NODE_TEXT && !pcd_node_is_null(node) && pcd_value_parse(option, node->text, ret))
		return true;
	report(sink, option, node);
	return false;
}

static bool default_list(struct pcd_sink *sink, const char *text, struct pcd_value *ret)
{
	uint32_t count = 1;
	for (const char *c = text; *c; c++) count += *c == ',';
	ret->list = pcd_sink_alloc(sink, (size_t)count + 1, sizeof *ret->list);
	if (!ret->list) return false;
	while (*text) {
		size_t bytes = strcspn(text, ",");
		const char *item = pc_arena_copy(sink->arena, text, bytes);
		if (!item) return false;
		ret->list[ret->list_count++] = item;
		text += bytes + (text[bytes] == ',');
	}
	return true;
}

bool pcd_value_default(struct pcd_sink *sink, const struct pc_option *option, struct pcd_value *ret)
{
	*ret = (struct pcd_value){.is_set = option->def != NULL};
	if (!option->def) return true;
	return option->type == PC_OPT_LIST ? default_list(sink, option->def, ret)
	                                   : pcd_value_parse(option, option->def, ret);
}

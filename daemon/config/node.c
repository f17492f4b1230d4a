/* config/node.c - see node.h. */
#include "config/node.h"

#include "base/sort.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* A list or map that is still open. */
struct frame {
	struct pcd_node *node;
	struct pcd_node **end;
	const struct pcd_node *key; /* map: read, its value comes next */
};

struct builder {
	struct pcd_sink *sink;
	const char *file, *text;
	size_t bytes;
	yaml_parser_t parser;
	struct frame frames[PCD_NODE_DEPTH_MAX];
	uint32_t depth, document_count;
	struct pcd_node *root;
};

void *pcd_sink_alloc(struct pcd_sink *sink, size_t count, size_t item_bytes)
{
	void *at = pc_arena_array(sink->arena, count, item_bytes);
	if (!at) sink->no_memory = true;
	return at;
}

const char *pcd_sink_copy(struct pcd_sink *sink, const char *text)
{
	const char *copy = pc_arena_copy(sink->arena, text, strlen(text));
	if (!copy) sink->no_memory = true;
	return copy;
}

bool pcd_node_is_null(const struct pcd_node *node)
{
	return node->kind == PCD_NODE_TEXT && node->is_plain &&
	       (!*node->text || !strcmp(node->text, "~") || !strcmp(node->text, "null"));
}

struct pcd_found pcd_node_found(const struct pcd_node *node)
{
	struct pcd_found found;
	if (node->kind != PCD_NODE_TEXT || pcd_node_is_null(node)) {
		const char *what = node->kind == PCD_NODE_LIST  ? "a list"
		                   : node->kind == PCD_NODE_MAP ? "a mapping"
		                                                : "nothing";
		(void)snprintf(found.text, sizeof found.text, "%s", what);
		return found;
	}
	size_t bytes = strlen(node->text), shown = pc_utf8_valid_bytes(node->text, bytes < 60 ? bytes : 60);
	(void)snprintf(found.text, sizeof found.text, "'%.*s'%s", (int)shown, node->text, shown < bytes ? "..." : "");
	return found;
}

/* ---- places ---- */

static pcd_mark mark_of(const struct builder *b, yaml_mark_t mark)
{
	return (pcd_mark){b->file, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
}

/* Place of a byte of the text. */
static pcd_mark mark_at(const struct builder *b, size_t offset)
{
	pcd_mark mark = {b->file, 1, 1};
	for (size_t i = 0; i < offset && i < b->bytes; i++) {
		if (b->text[i] == '\n') {
			mark.line++;
			mark.column = 1;
		} else if ((b->text[i] & 0xC0) != 0x80) {
			mark.column++;
		}
	}
	return mark;
}

static bool is_tab(const struct builder *b, pcd_mark mark)
{
	pcd_mark at = {b->file, 1, 1};
	for (size_t i = 0; i < b->bytes && at.line <= mark.line; i++) {
		if (at.line == mark.line && at.column == mark.column) return b->text[i] == '\t';
		if (b->text[i] == '\n')
			at = (pcd_mark){b->file, at.line + 1, 1};
		else if ((b->text[i] & 0xC0) != 0x80)
			at.column++;
	}
	return false;
}

/* ---- syntax errors ---- */

static void report_syntax(struct builder *b)
{
	const yaml_parser_t *p = &b->parser;
	const char *problem = p->problem ? p->problem : "not YAML";
	char context[120] = "";
	pcd_mark mark = mark_of(b, p->problem_mark);
	if (p->error == YAML_MEMORY_ERROR) {
		b->sink->no_memory = true;
		return;
	}
	if (p->error == YAML_READER_ERROR) mark = mark_at(b, p->problem_offset);
	if (p->context && p->context_mark.line + 1 != mark.line)
		(void)snprintf(context, sizeof context, " (%s that starts in line %u)", p->context,
		               (unsigned)p->context_mark.line + 1);
	else if (p->context)
		(void)snprintf(context, sizeof context, " (%s)", p->context);
	pcd_diags_add(b->sink->diags, &mark, "wrong YAML: %s%s%s", problem, context,
	              p->error == YAML_SCANNER_ERROR && is_tab(b, mark) ? "; indent with spaces, not with tabs" : "");
}

/* ---- the tree ---- */

static struct pcd_node *new_node(struct builder *b, enum pcd_node_kind kind, const yaml_event_t *event)
{
	struct pcd_node *node = pcd_sink_alloc(b->sink, 1, sizeof *node);
	if (!node) return NULL;
	node->kind = kind;
	node->mark = mark_of(b, event->start_mark);
	node->text = "";
	return node;
}

static void take_key(struct builder *b, struct frame *frame, const struct pcd_node *node)
{
	frame->key = node;
	if (node->kind == PCD_NODE_WRONG) return;
	if (node->kind != PCD_NODE_TEXT)
		pcd_diags_add(b->sink->diags, &node->mark, "expected a plain word as a key, found %s",
		              pcd_node_found(node).text);
	else if (pcd_node_is_null(node))
		pcd_diags_add(b->sink->diags, &node->mark, "expected a key before ':'");
	else if (node->is_plain && !strcmp(node->text, "<<"))
		pcd_diags_add(b->sink->diags, &node->mark, "merge keys (<<) are not supported: write the keys out");
}

static bool is_usable_key(const struct pcd_node *key)
{
	return key->kind == PCD_NODE_TEXT && !pcd_node_is_null(key) && !(key->is_plain && !strcmp(key->text, "<<"));
}

/* Hang a node, whose inside may still come, into what is open. */
static void attach(struct builder *b, struct pcd_node *node)
{
	struct frame *frame = b->depth ? &b->frames[b->depth - 1] : NULL;
	if (!frame) {
		b->root = node;
		return;
	}
	if (frame->node->kind == PCD_NODE_MAP) {
		const struct pcd_node *key = frame->key;
		if (!key) {
			take_key(b, frame, node);
			return;
		}
		frame->key = NULL;
		if (!is_usable_key(key)) {
			frame->node->is_partial = true;
			return;
		}
		node->key = key->text;
		node->key_mark = key->mark;
	}
	*frame->end = node;
	frame->end = &node->next;
	frame->node->count++;
}

/* What YAML has and a config file of ours has not. */
static void refuse_extras(struct builder *b, struct pcd_node *node, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		pcd_diags_add(b->sink->diags, &node->mark, "anchors (&%.40s) are not supported: write the value out",
		              anchor);
	if (tag) {
		const char *name = (const char *)tag, *yaml = "tag:yaml.org,2002:"; /* written as !! */
		bool is_yaml = !strncmp(name, yaml, strlen(yaml));
		pcd_diags_add(b->sink->diags, &node->mark, "tags (%s%.40s) are not supported: the key decides the type",
		              is_yaml ? "!!" : "", is_yaml ? name + strlen(yaml) : name);
		node->kind = PCD_NODE_WRONG;
	}
}

/* Columns from the start of a scalar to its first letter, if it stands in the file as it is. */
static int shift_of(const yaml_event_t *event)
{
	size_t quotes = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? 0 : 1;
	size_t columns = event->end_mark.column - event->start_mark.column;
	if (event->start_mark.line != event->end_mark.line) return -1;
	return columns == event->data.scalar.length + 2 * quotes ? (int)quotes : -1;
}

static bool on_text(struct builder *b, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t bytes = event->data.scalar.length;
	struct pcd_node *node = new_node(b, PCD_NODE_TEXT, event);
	if (!node) return false;
	node->text_shift = shift_of(event);
	node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->text = pc_arena_copy(b->sink->arena, text, bytes);
	if (!node->text) {
		b->sink->no_memory = true;
		return false;
	}
	refuse_extras(b, node, event->data.scalar.anchor, event->data.scalar.tag);
	if (memchr(text, '\0', bytes)) {
		pcd_diags_add(b->sink->diags, &node->mark, "expected a text without NUL");
		node->kind = PCD_NODE_WRONG;
	}
	attach(b, node);
	return true;
}

static bool on_alias(struct builder *b, const yaml_event_t *event)
{
	struct pcd_node *node = new_node(b, PCD_NODE_WRONG, event);
	if (!node) return false;
	pcd_diags_add(b->sink->diags, &node->mark, "aliases (*%.40s) are not supported: write the value out",
	              event->data.alias.anchor);
	attach(b, node);
	return true;
}

static bool on_open(struct builder *b, enum pcd_node_kind kind, const yaml_event_t *event)
{
	struct pcd_node *node = new_node(b, kind, event);
	if (!node) return false;
	if (b->depth == PCD_NODE_DEPTH_MAX) {
		pcd_diags_add(b->sink->diags, &node->mark, "expected at most %u levels of nesting", PCD_NODE_DEPTH_MAX);
		return false;
	}
	if (kind == PCD_NODE_MAP)
		refuse_extras(b, node, event->data.mapping_start.anchor, event->data.mapping_start.tag);
	else
		refuse_extras(b, node, event->data.sequence_start.anchor, event->data.sequence_start.tag);
	attach(b, node);
	node->kind = kind; /* also after a tag: what is inside is still checked */
	b->frames[b->depth++] = (struct frame){.node = node, .end = &node->first};
	return true;
}

/* ---- keys that are given twice ---- */

static int order_by_key(const void *a, const void *b)
{
	return strcmp(((const struct pcd_node *)a)->key, ((const struct pcd_node *)b)->key);
}

static void drop_marked(struct pcd_node *map)
{
	for (struct pcd_node **at = &map->first; *at;) {
		if ((*at)->key) {
			at = &(*at)->next;
		} else {
			*at = (*at)->next;
			map->count--;
		}
	}
}

static bool refuse_twins(struct builder *b, struct pcd_node *map)
{
	const void **items = malloc(2 * sizeof *items * (map->count + (size_t)1));
	uint32_t i = 0;
	bool found = false;
	if (!items) return false;
	for (const struct pcd_node *n = map->first; n; n = n->next) items[i++] = n;
	pc_sort(items, items + map->count, map->count, order_by_key);
	const struct pcd_node *first = i ? items[0] : NULL;
	for (i = 1; i < map->count; i++) {
		struct pcd_node *n = (struct pcd_node *)(uintptr_t)items[i];
		if (order_by_key(first, n)) {
			first = n;
			continue;
		}
		pcd_diags_add(b->sink->diags, &n->key_mark, "key '%.60s' is given twice; the first is in line %u",
		              n->key, (unsigned)first->key_mark.line);
		n->key = NULL;
		found = true;
	}
	if (found) drop_marked(map);
	free((void *)items);
	return true;
}

static bool on_close(struct builder *b)
{
	struct pcd_node *node = b->frames[--b->depth].node;
	return node->kind != PCD_NODE_MAP || refuse_twins(b, node);
}

/* ---- events ---- */

static bool on_document(struct builder *b, const yaml_event_t *event)
{
	pcd_mark mark = mark_of(b, event->start_mark);
	if (b->document_count++ == 0) return true;
	pcd_diags_add(b->sink->diags, &mark, "expected one YAML document, a second one starts here");
	return false;
}

/* False: stop, something was reported or there is no memory. */
static bool on_event(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT: return on_document(b, event);
	case YAML_ALIAS_EVENT: return on_alias(b, event);
	case YAML_SCALAR_EVENT: return on_text(b, event);
	case YAML_SEQUENCE_START_EVENT: return on_open(b, PCD_NODE_LIST, event);
	case YAML_MAPPING_START_EVENT: return on_open(b, PCD_NODE_MAP, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: return on_close(b);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT: break;
	}
	return true;
}

static bool read_events(struct builder *b)
{
	for (;;) {
		yaml_event_t event;
		if (!yaml_parser_parse(&b->parser, &event)) {
			report_syntax(b);
			return false;
		}
		bool is_end = event.type == YAML_STREAM_END_EVENT;
		bool go_on = on_event(b, &event);
		yaml_event_delete(&event);
		if (is_end || !go_on) return go_on;
	}
}

static bool check_encoding(struct builder *b)
{
	size_t valid = pc_utf8_valid_bytes(b->text, b->bytes);
	if (valid == b->bytes) return true;
	pcd_mark mark = mark_at(b, valid);
	bool is_utf16 = b->bytes >= 2 && (!memcmp(b->text, "\xFF\xFE", 2) || !memcmp(b->text, "\xFE\xFF", 2));
	pcd_diags_add(b->sink->diags, &mark, "expected UTF-8 text%s", is_utf16 ? ", found UTF-16" : "");
	return false;
}

struct pcd_node *pcd_node_parse(struct pcd_sink *sink, const char *file, const char *text, size_t bytes)
{
	if (bytes >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3)) { /* a byte order mark is no column */
		text += 3;
		bytes -= 3;
	}
	struct builder b = {.sink = sink, .file = file, .text = text, .bytes = bytes};
	if (!check_encoding(&b)) return NULL;
	if (!yaml_parser_initialize(&b.parser)) {
		sink->no_memory = true;
		return NULL;
	}
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)text, bytes);
	bool is_whole = read_events(&b);
	yaml_parser_delete(&b.parser);
	return is_whole ? b.root : NULL;
}

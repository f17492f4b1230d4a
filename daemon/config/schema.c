/* config/schema.c - see schema.h. It allows what the loader takes and says what it cannot: names, ranges of durations and
 * everything between two keys stay with the loader. */
#include "config/schema.h"

#include "base/strbuf.h"
#include "config/keys.h"

#include <string.h>

/* What stands where a table says PCD_OPT_TREE. */
static const struct {
	const char *key, *schema;
} trees[] = {
        {"log", "\"$ref\": \"#/definitions/log\""},
        {"regions", "\"type\": [\"object\", \"null\"], \"additionalProperties\": {\"$ref\": \"#/definitions/region\"}"},
        {"plugins", "\"type\": [\"object\", \"null\"], \"additionalProperties\": {\"$ref\": \"#/definitions/plugin\"}"},
        {"layout", "\"$ref\": \"#/definitions/fields\""},
        {"fields", "\"$ref\": \"#/definitions/fields\""},
        {"types", "\"$ref\": \"#/definitions/types\""},
        {"flags", "\"type\": [\"object\", \"array\"]"},
        {"codes", "\"type\": [\"object\", \"array\"]"},
        {"columns", "\"type\": \"object\", \"additionalProperties\": {\"type\": \"string\"}"},
        {"labels", "\"type\": [\"object\", \"array\"]"},
        {"initial", "\"type\": \"object\""},
};

static void add_string(pc_strbuf *out, const char *text)
{
	pc_strbuf_puts(out, "\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\') pc_strbuf_puts(out, "\\");
		pc_strbuf_add(out, text, 1);
	}
	pc_strbuf_puts(out, "\"");
}

static void add_limits(pc_strbuf *out, const struct pc_option *o, const char *min, const char *max)
{
	if (o->min) pc_strbuf_printf(out, ", \"%s\": %s", min, o->min);
	if (o->max) pc_strbuf_printf(out, ", \"%s\": %s", max, o->max);
}

/* A word that YAML reads as a number may stand there as one. */
static void add_words(pc_strbuf *out, const struct pc_option *o)
{
	char word[64];
	pc_strbuf_puts(out, "\"enum\": [");
	for (uint32_t i = 0; pc_option_word(o, i, word); i++) {
		if (i) pc_strbuf_puts(out, ", ");
		add_string(out, word);
		if (strspn(word, "0123456789") == strlen(word)) pc_strbuf_printf(out, ", %s", word);
	}
	pc_strbuf_puts(out, "]");
}

static void add_type(pc_strbuf *out, const struct pc_option *o)
{
	switch (o->type) {
	case PC_OPT_BOOL: pc_strbuf_puts(out, "\"type\": \"boolean\""); break;
	case PC_OPT_INT:
		pc_strbuf_puts(out, "\"type\": \"integer\"");
		add_limits(out, o, "minimum", "maximum");
		break;
	case PC_OPT_REAL:
		pc_strbuf_puts(out, "\"type\": \"number\"");
		add_limits(out, o, "minimum", "maximum");
		break;
	case PC_OPT_STRING:
	case PC_OPT_REGION:
		pc_strbuf_puts(out, "\"type\": [\"string\", \"number\", \"boolean\"]");
		if (o->max) pc_strbuf_printf(out, ", \"maxLength\": %s", o->max);
		break;
	case PC_OPT_DURATION:
		pc_strbuf_puts(out, "\"type\": [\"string\", \"integer\"], \"pattern\": "
		                    "\"^([0-9]+([.][0-9]{1,9})?(ns|us|ms|s|m|h)|0)$\"");
		break;
	case PC_OPT_SIZE:
		pc_strbuf_puts(out, "\"type\": [\"string\", \"integer\"], \"pattern\": "
		                    "\"^([0-9]+(B|KiB|MiB|GiB|TiB)?|0[xX][0-9a-fA-F]+)$\"");
		break;
	case PC_OPT_LIST:
		pc_strbuf_puts(out, "\"type\": [\"string\", \"array\"], \"items\": {\"type\": [\"string\", \"number\", "
		                    "\"boolean\"]}");
		break;
	case PC_OPT_ENUM: add_words(out, o); break;
	default:
		for (size_t i = 0; i < sizeof trees / sizeof trees[0]; i++)
			if (!strcmp(trees[i].key, o->key)) pc_strbuf_puts(out, trees[i].schema);
		break;
	}
}

static void add_properties(pc_strbuf *out, const struct pc_option *table, const char *indent)
{
	pc_strbuf_puts(out, "\"properties\": {\n");
	for (const struct pc_option *o = table; o->key; o++) {
		pc_strbuf_printf(out, "%s\t", indent);
		add_string(out, o->key);
		pc_strbuf_puts(out, ": {");
		add_type(out, o);
		pc_strbuf_puts(out, ", \"description\": ");
		add_string(out, o->doc);
		if (o->def && *o->def) {
			pc_strbuf_puts(out, ", \"default\": ");
			if (o->type == PC_OPT_BOOL)
				pc_strbuf_puts(out, o->def);
			else
				add_string(out, o->def);
		}
		pc_strbuf_printf(out, "}%s\n", o[1].key ? "," : "");
	}
	pc_strbuf_printf(out, "%s}", indent);
}

static void add_definition(pc_strbuf *out, const char *name, const char *head, const struct pc_option *table)
{
	pc_strbuf_printf(out, "\t\t\"%s\": {\n\t\t\t%s,\n\t\t\t", name, head);
	add_properties(out, table, "\t\t\t");
	pc_strbuf_puts(out, "\n\t\t}");
}

static void add_layout_definitions(pc_strbuf *out)
{
	static const char field[] = "\"type\": \"object\", \"additionalProperties\": false";
	pc_strbuf_puts(out,
	               "\t\t\"fields\": {\"type\": \"object\", \"minProperties\": 1, \"propertyNames\": {\"pattern\": "
	               "\"^[A-Za-z_][A-Za-z0-9_]{0,62}$\"}, \"additionalProperties\": {\"oneOf\": [{\"type\": "
	               "\"string\"}, {\"$ref\": \"#/definitions/field\"}]}},\n"
	               "\t\t\"types\": {\"type\": [\"object\", \"null\"], \"additionalProperties\": {\"anyOf\": "
	               "[{\"$ref\": \"#/definitions/fields\"}, {\"$ref\": \"#/definitions/type\"}]}},\n");
	add_definition(out, "field", field, pcd_field_keys);
	pc_strbuf_puts(out, ",\n");
	add_definition(out, "type", field, pcd_type_keys);
}

char *pcd_layout_schema(void)
{
	pc_strbuf out = {0};
	pc_strbuf_puts(&out, "{\n\t\"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
	                     "\t\"title\": \"Layout file of pagecast\",\n"
	                     "\t\"type\": \"object\", \"additionalProperties\": false,\n\t");
	add_properties(&out, pcd_layout_file_keys, "\t");
	pc_strbuf_puts(&out, ",\n\t\"definitions\": {\n");
	add_layout_definitions(&out);
	pc_strbuf_puts(&out, "\n\t}\n}\n");
	return pc_strbuf_take(&out, NULL);
}

char *pcd_config_schema(void)
{
	static const char closed[] = "\"type\": [\"object\", \"null\"], \"additionalProperties\": false";
	pc_strbuf out = {0};
	pc_strbuf_puts(&out, "{\n\t\"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
	                     "\t\"title\": \"Configuration of pagecastd\",\n"
	                     "\t\"type\": \"object\", \"additionalProperties\": false,\n\t");
	add_properties(&out, pcd_top_keys, "\t");
	pc_strbuf_puts(&out, ",\n\t\"definitions\": {\n");
	add_definition(&out, "log", closed, pcd_log_keys);
	pc_strbuf_puts(&out, ",\n");
	add_definition(&out, "region", closed, pcd_region_keys);
	pc_strbuf_puts(&out, ",\n");
	add_definition(&out, "plugin", "\"type\": [\"object\", \"null\"]", pcd_plugin_keys);
	pc_strbuf_puts(&out, ",\n");
	add_layout_definitions(&out);
	pc_strbuf_puts(&out, "\n\t}\n}\n");
	return pc_strbuf_take(&out, NULL);
}

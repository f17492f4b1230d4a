/* config/reference.c - the option tables as text for people: `pagecastd --help-config`. */
#include "config/keys.h"
#include "config/table.h"

#include "base/strbuf.h"

#include <string.h>

static void write_option(pc_strbuf *out, const struct pc_option *o, const char *indent)
{
	pc_strbuf_printf(out, "%s%s: %s", indent, o->key, pc_option_expected(o).text);
	if (o->unit) pc_strbuf_printf(out, " [%s]", o->unit);
	if (o->flags & PC_OPT_REQUIRED)
		pc_strbuf_puts(out, "; must be given");
	else if (o->def && *o->def)
		pc_strbuf_printf(out, "; default %s", o->def);
	if (o->flags & PC_OPT_RELOAD) pc_strbuf_puts(out, "; changes take effect on reload");
	if (o->flags & PC_OPT_SECRET) pc_strbuf_puts(out, "; never shown");
	pc_strbuf_printf(out, "\n%s    %s\n", indent, o->doc ? o->doc : "");
}

static void write_table(pc_strbuf *out, const char *head, const struct pc_option *table, const char *indent)
{
	pc_strbuf_puts(out, head);
	for (; table && table->key; table++) write_option(out, table, indent);
}

const char *pcd_config_reference(void)
{
	static char text[32768]; /* [loop thread]; the tables are ours, a test sees that they fit */
	pc_strbuf out = {0};
	size_t bytes = 0;
	write_table(&out, "The configuration is one YAML file.\n\n", pcd_top_keys, "");
	write_table(&out, "\nlog:\n", pcd_log_keys, "  ");
	write_table(&out, "\nregions:\n  NAME:\n", pcd_region_keys, "    ");
	write_table(&out, "\nA field in a layout is NAME: TYPE or NAME: {KEY: VALUE, ...} with\n", pcd_field_keys,
	            "  ");
	write_table(&out, "\nplugins:\n  INSTANCE:\n", pcd_plugin_keys, "    ");
	pc_strbuf_puts(&out, "    ...: the plugin's own options\n");
	write_table(&out, "\nAn included file may have\n", pcd_included_keys, "  ");
	if (!out.failed) bytes = out.bytes < sizeof text - 1 ? out.bytes : sizeof text - 1;
	memcpy(text, out.text ? out.text : "", bytes);
	text[bytes] = '\0';
	pc_strbuf_free(&out);
	return text;
}

char *pcd_options_reference(const struct pc_option *table)
{
	pc_strbuf out = {0};
	write_table(&out, "", table, "");
	return pc_strbuf_take(&out, NULL);
}

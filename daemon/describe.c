/* describe.c - every layout of a file as canonical text on stdout: what `pagecast layout` works with. */
#include "describe.h"

#include "config/config.h"

#include <stdio.h>
#include <string.h>

/* "# KIND TEXT": a comment for whoever parses the text, a heading for whoever takes it apart. */
static void put_heading(const char *kind, const char *text)
{
	(void)printf("# %s ", kind);
	for (; *text; text++) (void)putchar((unsigned char)*text < ' ' ? ' ' : *text);
	(void)putchar('\n');
}

static void put(const pcd_named_layout *item)
{
	put_heading(item->kind, item->name);
	if (*item->object) put_heading("object", item->object);
	if (*item->doc) put_heading("doc", item->doc);
	if (*item->source) put_heading("source", item->source);
	(void)fputs(pc_layout_text(item->layout, NULL), stdout);
}

int pcd_describe_layouts(const char *path)
{
	pcd_layouts layouts = {0};
	pcd_diags *diags = pcd_diags_create();
	pc_status s = diags ? pcd_layouts_load(path, &layouts, diags) : PC_ENOMEM;
	for (uint32_t i = 0; diags && i < pcd_diags_count(diags); i++)
		(void)fprintf(stderr, "%s\n", pcd_diags_get(diags, i));
	if (s == PC_ENOMEM) (void)fprintf(stderr, "pagecastd: %s\n", pc_status_text(s));
	for (uint32_t i = 0; i < layouts.count; i++) put(&layouts.items[i]);
	pcd_layouts_fini(&layouts);
	pcd_diags_destroy(&diags);
	if (s == PC_OK && (fflush(stdout) || ferror(stdout))) {
		(void)fprintf(stderr, "pagecastd: cannot write to standard output\n");
		return PCD_EXIT_FAILED;
	}
	return s == PC_OK ? PCD_EXIT_OK : s == PC_ENOMEM ? PCD_EXIT_FAILED : PCD_EXIT_USAGE;
}

/* trial/record.c - see record.h. */
#include "record.h"

#include <stdio.h>
#include <string.h>

pc_status pcd_record_create(const char *name, pc_map *ret_map, pc_err *err)
{
	const pc_access access = {0600, NULL};
	pc_object object = {.handle = 0};
	pc_status s = pc_object_create(name, sizeof(pcd_record), &access, &object, err);
	if (s == PC_OK) s = pc_map_open(&object, sizeof(pcd_record), PC_MAP_WRITABLE, ret_map, err);
	if (s == PC_OK) s = pc_object_publish(&object, name, 0, err);
	/* A section lasts as long as its mapping; a file until its folder is removed. */
	pc_object_close(&object);
	return s;
}

pc_status pcd_record_open(const char *name, pc_map *ret_map, pc_err *err)
{
	pc_object object = {.handle = 0};
	pc_object_facts facts;
	pc_status s = pc_object_open(name, 1, &object, &facts, err);
	if (s == PC_OK && facts.bytes < sizeof(pcd_record)) s = pc_err_set(err, PC_ECORRUPT, "%s is no record", name);
	if (s == PC_OK) s = pc_map_open(&object, sizeof(pcd_record), PC_MAP_WRITABLE, ret_map, err);
	pc_object_close(&object);
	return s;
}

void pcd_record_add(pcd_record *record, enum pcd_finding_kind kind, const char *text)
{
	pcd_finding *finding = &record->findings[record->finding_count];
	if (record->finding_count == PCD_FINDINGS_MAX) return;
	finding->kind = (uint32_t)kind;
	(void)snprintf(finding->text, sizeof finding->text, "%s", text);
	for (uint32_t i = 0; i < record->finding_count; i++)
		if (!strcmp(record->findings[i].text, finding->text)) return;
	record->finding_count++;
}

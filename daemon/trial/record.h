/* trial/record.h - what both processes of a trial see: where the child is, and what it found. */
#ifndef PCD_TRIAL_RECORD_H
#define PCD_TRIAL_RECORD_H
#include "base/err.h"
#include "platform/map.h"

#include <stdbool.h>
#include <stdint.h>

#define PCD_FINDINGS_MAX  64u
#define PCD_FINDING_BYTES 480u

/** What a child does, in this order; PCD_STEP_VALUES + i with value i of the options. */
enum pcd_trial_step { PCD_STEP_LOAD, PCD_STEP_TABLE, PCD_STEP_ROUNDS, PCD_STEP_VALUES };
enum pcd_finding_kind { PCD_FAULT = 1, PCD_NOTE = 2, PCD_WELL = 3 };

typedef struct pcd_finding {
	uint32_t kind;
	char text[PCD_FINDING_BYTES]; /* one line: what, and what to do */
} pcd_finding;

/** Written by the child, any thread; read by the parent. Texts are NUL-ended. */
typedef struct pcd_record {
	uint64_t progress; /* moves while the child does */
	uint32_t step;     /* what it does now, */
	uint32_t has_ended;
	char doing[160];   /* in words */
	char callback[32]; /* of the plugin, "" = none is running */
	uint32_t service;  /* last host call, index of pcd_trial_call_name() + 1; 0 = none yet */
	uint32_t rounds;
	uint64_t callbacks, longest_ns;
	char longest[32];
	char what[128]; /* "wave 1.0.0, ABI 1.0" */
	uint32_t finding_count;
	pcd_finding findings[PCD_FINDINGS_MAX];
} pcd_record;

/** By the parent: make it. @param name  no other process's */
pc_status pcd_record_create(const char *name, pc_map *ret_map, pc_err *err);
/** By the child: open it. */
pc_status pcd_record_open(const char *name, pc_map *ret_map, pc_err *err);
/** Add one line, once: the same text again is dropped. Takes no lock: see pcd_trial_add(). */
void pcd_record_add(pcd_record *record, enum pcd_finding_kind kind, const char *text);

#endif

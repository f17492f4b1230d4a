/* exposition.h - metrics as text: OpenMetrics 1.0, or the older Prometheus text format for who asks for text/plain.
 *
 * They differ in the names of counters' families, in UNIT lines, in types and at the end. [any thread]                */
#ifndef WS_EXPOSITION_H
#define WS_EXPOSITION_H
#include "wire/buf.h"

#include <stdbool.h>

typedef struct ws_expo {
	wire_buf *to;
	bool is_plain; /* Prometheus text format 0.0.4 */
} ws_expo;

typedef struct ws_family {
	const char *name; /* of a counter without _total */
	const char *type; /* "gauge", "counter", "info": the value is in the labels */
	const char *unit; /* the end of the name, or NULL */
	const char *help;
} ws_family;

/** The head of a family; its samples follow. */
void ws_expo_family(const ws_expo *e, const ws_family *f);
/** @param labels  key, value, key, value, NULL; values of any origin */
void ws_expo_sample(const ws_expo *e, const ws_family *f, const char *const *labels, double value);
/** A family with one sample without labels. */
void ws_expo_single(const ws_expo *e, const char *name, const char *type, const char *unit, const char *help,
                    double value);
void ws_expo_end(const ws_expo *e);

#endif

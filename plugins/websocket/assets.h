/* assets.h - the dashboard's files as a table; CMake writes assets.c from them when building. */
#ifndef WS_ASSETS_H
#define WS_ASSETS_H
#include <stddef.h>

typedef struct ws_asset {
	const char *path; /* "/app.js" */
	const char *type; /* Content-Type */
	const char *etag; /* with its quotes */
	const unsigned char *data;
	size_t bytes;
} ws_asset;

/** Ends with path == NULL. */
extern const ws_asset ws_assets[];

#endif

/* daemon/own_conf.c - see own_conf.h. */
#include "own_conf.h"

#include <stdlib.h>
#include <string.h>

pc_layout *pcd_layout_copy(const pc_layout *layout)
{
	size_t bytes;
	const char *text = pc_layout_text(layout, &bytes);
	pc_layout *copy = NULL;
	return pc_layout_parse(text, bytes, &copy, NULL) == PC_OK ? copy : NULL;
}

pcd_own_conf *pcd_own_conf_create(const pcd_region_conf *conf)
{
	size_t key = strlen(conf->key) + 1, object = strlen(conf->object) + 1, doc = strlen(conf->doc) + 1;
	pcd_own_conf *own = calloc(1, sizeof *own);
	if (!own) return NULL;
	own->strings = malloc(key + object + doc);
	if (conf->layout) own->layout = pcd_layout_copy(conf->layout);
	if (!own->strings || (conf->layout && !own->layout)) {
		pcd_own_conf_destroy(&own);
		return NULL;
	}
	own->conf = *conf;
	own->conf.key = memcpy(own->strings, conf->key, key);
	own->conf.object = memcpy(own->strings + key, conf->object, object);
	own->conf.doc = memcpy(own->strings + key + object, conf->doc, doc);
	own->conf.layout = own->layout;
	own->conf.layout_from = NULL;
	own->conf.path = NULL;
	own->conf.sddl = NULL;
	own->conf.process = NULL;
	own->conf.mutex = NULL;
	own->conf.event = NULL;
	own->conf.initial = NULL;
	own->conf.initial_count = 0;
	return own;
}

void pcd_own_conf_destroy(pcd_own_conf **own)
{
	if (!*own) return;
	pc_layout_destroy(&(*own)->layout);
	free((*own)->strings);
	free(*own);
	*own = NULL;
}

/* list.h - intrusive doubly linked lists. A zeroed link is in no list. */
#ifndef WS_LIST_H
#define WS_LIST_H
#include <stdbool.h>
#include <stddef.h>

typedef struct ws_link {
	struct ws_link *next, *before;
} ws_link;

/** The struct that holds a link. */
#define WS_OF(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void ws_list_init(ws_link *list)
{
	list->next = list->before = list;
}

static inline bool ws_list_is_empty(const ws_link *list)
{
	return list->next == list;
}

static inline bool ws_is_linked(const ws_link *link)
{
	return link->next != NULL;
}

/** Put @p link at the end unless it is in a list already. */
static inline void ws_list_add(ws_link *list, ws_link *link)
{
	if (link->next) return;
	link->next = list;
	link->before = list->before;
	list->before->next = link;
	list->before = link;
}

/** Put @p link at the beginning unless it is in a list already. */
static inline void ws_list_add_first(ws_link *list, ws_link *link)
{
	ws_list_add(list->next, link); /* before what was first */
}

/** Take @p link out of whatever list it is in. */
static inline void ws_list_remove(ws_link *link)
{
	if (!link->next) return;
	link->before->next = link->next;
	link->next->before = link->before;
	link->next = link->before = NULL;
}

/** First link, taken out; NULL if there is none. */
static inline ws_link *ws_list_take(ws_link *list)
{
	ws_link *first = list->next;
	if (first == list) return NULL;
	ws_list_remove(first);
	return first;
}

/** Walk a list; the body may remove the current link. */
#define WS_EACH(link, list)                                                           \
	for (ws_link *link = (list)->next, *link##_next = link->next; link != (list); \
	     link = link##_next, link##_next = link->next)

/** Bring what is at @p at nearer to the processor; any address will do. */
static inline void ws_prefetch(const void *at)
{
#if defined(__GNUC__)
	__builtin_prefetch(at);
#else
	(void)at;
#endif
}

#endif

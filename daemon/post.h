/* daemon/post.h - work that other threads hand to the loop. */
#ifndef PCD_POST_H
#define PCD_POST_H
#include <pagecast/plugin.h>
#include <uv.h>

struct pcd_instance;

typedef struct pcd_posts {
	uv_async_t async;
	uv_mutex_t lock; /* over the queue, and every instance's admits_posts */
	struct pcd_post *first, *last;
	uint32_t open; /* [loop] 0 before start and after stop */
} pcd_posts;

pc_status pcd_posts_start(pcd_posts *posts, uv_loop_t *loop);
/** Nothing is run any more. */
void pcd_posts_stop(pcd_posts *posts);
/** Have fn(arg) called on the loop, as a callback of @p instance. @return PC_OK; PC_ESTALE its posts are closed; PC_ENOMEM. [any] */
int pcd_posts_add(pcd_posts *posts, struct pcd_instance *instance, pc_task_fn *fn, void *arg);
/** Accept posts of an instance, or refuse them and forget what waits. */
void pcd_posts_admit(pcd_posts *posts, struct pcd_instance *instance, int admit);

#endif

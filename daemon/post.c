/* daemon/post.c - see post.h. */
#include "post.h"

#include "instance.h"

#include <stdlib.h>

struct pcd_post {
	struct pcd_post *next;
	struct pcd_instance *instance;
	pc_task_fn *fn;
	void *arg;
};

static struct pcd_post *take(pcd_posts *posts)
{
	struct pcd_post *post;
	uv_mutex_lock(&posts->lock);
	post = posts->first;
	if (post) posts->first = post->next;
	if (!posts->first) posts->last = NULL;
	uv_mutex_unlock(&posts->lock);
	return post;
}

/* What is posted while this runs is run in the next turn of the loop: timers and sockets get theirs in between. */
static void on_posts(uv_async_t *async)
{
	pcd_posts *posts = async->data;
	struct pcd_post *post, *stop_at;
	int done = 0;
	uv_mutex_lock(&posts->lock);
	stop_at = posts->last;
	uv_mutex_unlock(&posts->lock);
	while (!done && (post = take(posts)) != NULL) {
		pcd_call call;
		done = post == stop_at;
		pcd_call_begin(&call, post->instance, "post", post->instance->env->budget_ns);
		post->fn(post->arg);
		pcd_call_end(&call);
		free(post);
	}
	uv_mutex_lock(&posts->lock);
	if (posts->first) (void)uv_async_send(&posts->async);
	uv_mutex_unlock(&posts->lock);
}

pc_status pcd_posts_start(pcd_posts *posts, uv_loop_t *loop)
{
	if (uv_mutex_init(&posts->lock)) return PC_ENOMEM;
	if (uv_async_init(loop, &posts->async, on_posts)) {
		uv_mutex_destroy(&posts->lock);
		return PC_EIO;
	}
	posts->async.data = posts;
	posts->open = 1;
	return PC_OK;
}

void pcd_posts_stop(pcd_posts *posts)
{
	struct pcd_post *post;
	if (!posts->open) return;
	posts->open = 0;
	while ((post = take(posts)) != NULL) free(post);
	uv_mutex_destroy(&posts->lock);
	uv_close((uv_handle_t *)&posts->async, NULL);
}

int pcd_posts_add(pcd_posts *posts, struct pcd_instance *instance, pc_task_fn *fn, void *arg)
{
	struct pcd_post *post = malloc(sizeof *post);
	if (!post) return PC_ENOMEM;
	post->next = NULL;
	post->instance = instance;
	post->fn = fn;
	post->arg = arg;
	uv_mutex_lock(&posts->lock);
	if (!instance->admits_posts) {
		uv_mutex_unlock(&posts->lock);
		free(post);
		return PC_ESTALE;
	}
	if (posts->last)
		posts->last->next = post;
	else
		posts->first = post;
	posts->last = post;
	/* Under the lock: after pcd_posts_admit(.., 0) nobody touches the handle, which may then be closed. */
	(void)uv_async_send(&posts->async);
	uv_mutex_unlock(&posts->lock);
	return PC_OK;
}

void pcd_posts_admit(pcd_posts *posts, struct pcd_instance *instance, int admit)
{
	struct pcd_post **at, *post;
	uv_mutex_lock(&posts->lock);
	instance->admits_posts = admit;
	posts->last = NULL;
	for (at = &posts->first; (post = *at) != NULL;) {
		if (!admit && post->instance == instance) {
			*at = post->next;
			free(post);
		} else {
			posts->last = post;
			at = &post->next;
		}
	}
	uv_mutex_unlock(&posts->lock);
}

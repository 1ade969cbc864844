// SPDX-License-Identifier: BSD-3-Clause
// By size, by timer, by deadline: a queue a sub-task, one batch at a time, which batcher_choice.c and
// batcher_deadline.c choose.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "edge/desk/batcher_private.h"

static bool by_deadline(const struct batcher *b)
{
	return b->batching.mode == BATCH_BY_DEADLINE;
}

// rest_ns[n][b - 1] = F_n(b) + ... + F_{N-1}(b); F does not change during a run.
static void fill_rest(struct batcher *b, int network, struct queued_network *net)
{
	int size = b->batching.size;
	for (int n = net->n_subtasks - 1; n >= 0; n--)
		for (int m = 1; m <= size; m++)
			net->rest_ns[n * size + m - 1] =
			    net->rest_ns[(n + 1) * size + m - 1] + b->duration(network, n, m, b->user);
}

static int open_network(struct batcher *b, int network, int n_subtasks)
{
	if (network >= b->n_networks) {
		struct queued_network *more =
		    realloc(b->networks, ((size_t)network + 1) * sizeof(*b->networks));
		if (!more)
			return -ENOMEM;
		memset(more + b->n_networks, 0, (size_t)(network + 1 - b->n_networks) * sizeof(*more));
		b->networks = more;
		b->n_networks = network + 1;
	}
	struct queued_network *net = &b->networks[network];
	if (net->n_subtasks)
		return 0;
	size_t n = (size_t)n_subtasks, size = (size_t)b->batching.size;
	net->queue = calloc(n, sizeof(*net->queue));
	net->rest_ns = calloc((n + 1) * size, sizeof(*net->rest_ns));
	if (!net->queue || !net->rest_ns) {
		free(net->queue);
		free(net->rest_ns);
		*net = (struct queued_network){0};
		return -ENOMEM;
	}
	net->n_subtasks = n_subtasks;
	fill_rest(b, network, net);
	for (size_t k = 0; k < n; k++)
		net->queue[k] = (struct batch_queue){.network = network,
						     .subtask = (int)k,
						     .rest_ns = net->rest_ns + k * size,
						     .size = b->batching.size};
	return 0;
}

static int subtasks_of(const struct batch_task *task)
{
	return task->n_network_subtasks > 0 ? task->n_network_subtasks : task->n_subtasks;
}

int queues_expect(struct batcher *b, struct batch_task *task)
{
	int r = open_network(b, task->network, subtasks_of(task));
	if (r < 0)
		return r;
	task->next_known = b->known;
	b->known = task;
	return 0;
}

// By deadline: when it must start at the latest, which orders tasks that leave at equal places by due times.
static int64_t rank(const struct batcher *b, const struct batch_queue *q, const struct batch_task *t)
{
	return by_deadline(b) ? t->due_ns - queue_alone_ns(q, t) : t->arrived_ns;
}

void queues_input(struct batcher *b, struct batch_task *task)
{
	struct batch_queue *q = &b->networks[task->network].queue[task->next];
	struct batch_task **at = &q->first;
	while (*at && rank(b, q, *at) <= rank(b, q, task))
		at = &(*at)->next_waiting;
	task->next_waiting = *at;
	*at = task;
	q->n++;
}

static void leave_queue(struct batch_queue *q, const struct batch_task *task)
{
	for (struct batch_task **at = &q->first; *at; at = &(*at)->next_waiting)
		if (*at == task) {
			*at = task->next_waiting;
			q->n--;
			return;
		}
}

void queues_forget(struct batcher *b, const struct batch_task *task)
{
	if (task->network < b->n_networks && task->next < b->networks[task->network].n_subtasks)
		leave_queue(&b->networks[task->network].queue[task->next], task);
	for (struct batch_task **at = &b->known; *at; at = &(*at)->next_known)
		if (*at == task) {
			*at = task->next_known;
			return;
		}
}

struct batch_queue *queues_step(const struct batcher *b, const struct batch_queue *q)
{
	int network = q ? q->network : 0, n = q ? q->subtask + 1 : 0;
	for (; network < b->n_networks; network++, n = 0)
		for (struct queued_network *net = &b->networks[network]; n < net->n_subtasks; n++)
			if (net->queue[n].n > 0)
				return &net->queue[n];
	return NULL;
}

bool queues_idle(const struct batcher *b)
{
	return !queues_step(b, NULL);
}

void queues_free(struct batcher *b)
{
	for (int i = 0; i < b->n_networks; i++) {
		free(b->networks[i].queue);
		free(b->networks[i].rest_ns);
	}
	free(b->networks);
}

// Moves one from the queue to the batch; the caller's cursor then points to the one behind it.
static void take(struct batch_queue *q, struct batch_task **at, struct batch_task *member[], int *n)
{
	member[(*n)++] = *at;
	*at = (*at)->next_waiting;
	q->n--;
}

// Whether the n_chosen of n members are in time, by their own due times, though one more rides along.
static bool bear_another(const struct batch_queue *q, struct batch_task *const member[], int n_chosen, int n,
			 int64_t now_ns)
{
	for (int i = 0; i < n_chosen; i++)
		if (now_ns + queue_run_ns(q, member[i]->n_subtasks, n + 1) > member[i]->due_ns)
			return false;
	return true;
}

// Those who were chosen; by deadline late ones, who stand before them, then ride along where there is room.
static int take_members(const struct batcher *b, const struct choice *c, int64_t now_ns,
			struct batch_task *member[])
{
	struct batch_queue *q = c->queue;
	bool in_time_only = c->due_ns != INT64_MAX;
	int n = 0;
	for (struct batch_task **at = &q->first; *at && n < c->n;)
		if (in_time_only && choice_is_late(b, q, *at, now_ns))
			at = &(*at)->next_waiting;
		else
			take(q, at, member, &n);
	int n_chosen = n;
	while (in_time_only && q->first && n < b->batching.size && choice_is_late(b, q, q->first, now_ns) &&
	       bear_another(q, member, n_chosen, n, now_ns))
		take(q, &q->first, member, &n);
	return n;
}

const struct batch *queues_next(struct batcher *b, int64_t now_ns, int64_t *wake_ns)
{
	if (b->running)
		return NULL;
	struct choice c = choice_make(b, now_ns, wake_ns);
	if (!c.queue)
		return NULL;
	*wake_ns = TIME_NEVER; // asked again when it ends
	struct booked_batch *s = b->single;
	int n = take_members(b, &c, now_ns, s->member);
	int64_t duration_ns = queue_step_ns(c.queue, c.queue->subtask, n);
	s->batch = (struct batch){.id = batcher_number(b),
				  .booking = {.network = c.queue->network,
					      .subtask = c.queue->subtask,
					      .group = -1,
					      .gpu_shares = 1,
					      .edge_freq = 1,
					      .start_ns = c.since_ns,
					      .duration_ns = duration_ns},
				  .reason = c.reason,
				  .planned_members = n,
				  .n_members = n,
				  .member = s->member};
	s->end_ns = now_ns + duration_ns;
	return batcher_run(b, s);
}

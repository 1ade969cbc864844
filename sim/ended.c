// SPDX-License-Identifier: BSD-3-Clause
// A batch's end in virtual time: it took its profile's median, and where exits are taken by confidence each
// member stands for a held-out input.
#include "sim/engine_private.h"

static int exit_behind(const struct snapshot_network *net, int subtask)
{
	int exit = 0;
	for (int e = 1; e <= net->n_exits; e++)
		exit = net->exit_subtasks[e - 1] == subtask + 1 ? e : exit;
	return exit;
}

// Which members leave before their planned exits; 0 when nobody does, else how many members there are.
static int draw_leaving(const struct sim *s, const struct batch *b, bool leaving[])
{
	const struct confidence *c = s->networks.confidence[b->booking.network];
	int exit = exit_behind(&s->networks.seen[b->booking.network], b->booking.subtask), n = 0;
	if (!c || exit == 0)
		return 0;
	for (int i = 0; i < b->n_members; i++) {
		const struct batch_task *t = b->member[i];
		leaving[i] = batch_task_may_leave(t) && confidence_draw(c, (uint64_t)s->topology->seed, t->ue,
									t->id, exit, t->threshold);
		n += leaving[i];
	}
	return n > 0 ? b->n_members : 0;
}

struct desk_event edge_ended(const struct sim *s, const struct batch *b, bool leaving[])
{
	const struct booking *at = &b->booking;
	int64_t alone = sim_networks_run_ns(&s->networks, 0, at->network, at->subtask, b->n_members);
	int64_t p95 = sim_networks_p95_ns(&s->networks, 0, at->network, at->subtask, b->n_members);
	return (struct desk_event){.kind = DESK_BATCH_ENDED,
				   .now_ns = s->now_ns,
				   .ended = {.batch = b->id,
					     .times = batch_times_of_profile(b, s->now_ns, alone, p95),
					     .alone_ns = alone,
					     .leaving = leaving,
					     .n_leaving = draw_leaving(s, b, leaving)}};
}

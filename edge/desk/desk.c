// SPDX-License-Identifier: BSD-3-Clause
// The way of events and actions.
#include "edge/desk/desk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "edge/desk/desk_private.h"

#define ACTIONS_A_JOB 2 // that an event can lead to: a message and a close,
#define NOTES 4		// and of all jobs together: notes, grants

static int change_radio(struct desk *d, const struct radio_record *radio, struct err *err)
{
	if (radio->ue >= (uint32_t)d->config.n_ues)
		return err_set(err, EINVAL, "the radio of ue%u: this run has ue1 to ue%d", radio->ue + 1,
			       d->config.n_ues);
	struct edge_ue *ue = &d->config.ues[radio->ue];
	ue->uplink_bps = radio->uplink_bps;
	ue->downlink_bps = radio->downlink_bps;
	ue->uplink_delay_s = radio->uplink_delay_s;
	ue->downlink_delay_s = radio->downlink_delay_s;
	return 0;
}

static int take(struct desk *d, const struct desk_event *e, struct err *err)
{
	switch (e->kind) {
	case DESK_RUN_BEGINS:
		if (d->boundaries)
			boundaries_start(d->boundaries, e->epoch_ns);
		return 0;
	case DESK_REQUEST:
		return desk_request(d, e, err);
	case DESK_TENSOR:
		return desk_tensor(d, e, err);
	case DESK_PLAN:
		return desk_plan(d, e, err);
	case DESK_RUN:
		desk_run(d, e->now_ns);
		return 0;
	case DESK_BATCH_ENDED:
		return desk_batch_ended(d, e, err);
	case DESK_SERVED:
		return desk_served(d, e, err);
	case DESK_UE_LOST:
		return desk_lost(d, e->lost_ue, err);
	case DESK_RADIO_CHANGED:
		return change_radio(d, &e->radio, err);
	case DESK_CELL:
		return desk_see_cell(d, e, err);
	case DESK_GRANT_REFUSED:
		desk_grant_refused(d);
		return 0;
	case DESK_EVENTS:
		break;
	}
	return err_set(err, EINVAL, "the desk knows no event %d", (int)e->kind);
}

// For what one more event can lead to.
static int make_room(struct desk *d)
{
	size_t need = d->n_actions + NOTES + ACTIONS_A_JOB * (size_t)(d->n_made + 1);
	if (need <= d->room)
		return 0;
	struct desk_action *actions = malloc(2 * need * sizeof(*actions));
	if (!actions)
		return -ENOMEM;
	for (size_t i = 0; i < d->n_actions; i++)
		actions[i] = d->actions[(d->first_action + i) % d->room];
	free(d->actions);
	d->actions = actions;
	d->first_action = 0;
	d->room = 2 * need;
	return 0;
}

int desk_take(struct desk *d, const struct desk_event *event, struct err *err)
{
	int r =
	    make_room(d) < 0 ? err_set(err, ENOMEM, "no memory for the edge's actions") : take(d, event, err);
	if (d->listener.event)
		d->listener.event(d->listener.user, event, r);
	return r;
}

void desk_push(struct desk *d, const struct desk_action *action)
{
	d->actions[(d->first_action + d->n_actions++) % d->room] = *action;
}

static bool next_action(struct desk *d, struct desk_action *action)
{
	desk_recycle(d);
	if (d->n_starts > 0) {
		*action = (struct desk_action){.kind = DESK_START_BATCH, .batch = d->starts[0]};
		d->n_starts--;
		memmove(d->starts, d->starts + 1, (size_t)d->n_starts * sizeof(struct batch *));
		return true;
	}
	if (d->n_actions == 0)
		return false;
	*action = d->actions[d->first_action];
	d->first_action = (d->first_action + 1) % d->room;
	d->n_actions--;
	if (action->kind == DESK_CLOSE)
		d->closed = action->job;
	return true;
}

bool desk_next(struct desk *d, struct desk_action *action)
{
	bool is_there = next_action(d, action);
	if (is_there && d->listener.action)
		d->listener.action(d->listener.user, action);
	return is_there;
}

int64_t desk_due_ns(const struct desk *d)
{
	int64_t plan_ns = desk_plan_due_ns(d), run_ns = desk_run_due_ns(d);
	return plan_ns < run_ns ? plan_ns : run_ns;
}

bool desk_idle(const struct desk *d)
{
	return batcher_idle(d->batcher) && d->n_waiting == 0 && d->n_away == 0;
}

const struct policy *desk_policy(const struct desk *d)
{
	return d->policy;
}

const struct edge_config *desk_config(const struct desk *d)
{
	return &d->config;
}

const struct round_networks *desk_networks(const struct desk *d)
{
	return &d->networks;
}

int desk_most_batches(const struct desk *d)
{
	return d->most_batches;
}

struct edge_record *desk_totals(struct desk *d)
{
	return &d->totals;
}

void desk_listen(struct desk *d, const struct desk_listener *listener)
{
	d->listener = *listener;
}

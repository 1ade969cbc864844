// SPDX-License-Identifier: BSD-3-Clause
// Local parts, one after the other.
#include "ue/life/life_private.h"

// The first in the device's line has it once the one before is through.
static void give_device(struct life *l)
{
	struct task *first = l->device.first;
	if (first && !first->has_device)
		task_take_device(first, l->device_free_ns);
}

static void enter_line(struct life *l, struct task *t)
{
	struct task *first = l->device.first;
	bool runs = first && first->record.end_ns[STAGE_PLAN] <= l->now_ns;
	line_enter(&l->device, t, runs ? first : NULL);
	if (first && l->device.first == t)
		task_leave_device(first);
	give_device(l);
}

static void computed(struct life *l, struct task *t)
{
	if (task_computed(t, l->now_ns))
		line_enter(&l->uplink, t, NULL);
	else
		life_end(l, t);
}

void life_compute(struct life *l)
{
	while (l->direct.first && l->direct.first->compute_end_ns <= l->now_ns)
		computed(l, line_take(&l->direct));
	while (l->device.first && l->device.first->compute_end_ns <= l->now_ns) {
		struct task *t = line_take(&l->device);
		l->device_free_ns = t->compute_end_ns;
		give_device(l);
		computed(l, t);
	}
}

static void leave_device(struct life *l, struct task *t)
{
	bool has_begun = t->has_device && t->record.end_ns[STAGE_PLAN] <= l->now_ns;
	if (!line_leave(&l->device, t))
		return;
	if (has_begun)
		l->device_free_ns = t->compute_end_ns;
	give_device(l);
}

void life_leave_lines(struct life *l, struct task *t)
{
	leave_device(l, t);
	line_leave(&l->direct, t);
	line_leave(&l->uplink, t);
}

void life_take_plan(struct life *l, struct task *t)
{
	if (t->record.work_flop > 0) {
		enter_line(l, t);
	} else {
		task_take_device(t, 0);
		line_enter(&l->direct, t, NULL);
	}
}

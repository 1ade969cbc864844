// SPDX-License-Identifier: BSD-3-Clause
#include "ue/life/task.h"

#include <errno.h>

#include "base/clock.h"

void task_begin(struct task *t, const struct task_network *network, const struct device *device,
		double tx_power_w, uint32_t ue, uint32_t number, int64_t arrival_ns, int64_t deadline_ns)
{
	*t = (struct task){
	    .state = TASK_REQUESTED, .network = network, .device = device, .tx_power_w = tx_power_w};
	t->record = (struct task_record){.ue = ue,
					 .task = number,
					 .n_subtasks = (uint32_t)network->n_subtasks,
					 .arrival_ns = arrival_ns,
					 .deadline_ns = deadline_ns};
	for (int stage = 0; stage < STAGE_COUNT; stage++)
		t->record.plan_end_ns[stage] = arrival_ns; // a task that is never planned has empty stages
}

static void take_predictions(struct task_record *r, const struct message_plan *plan)
{
	r->plan_end_ns[STAGE_PLAN] = plan->compute_start_ns;
	r->plan_end_ns[STAGE_LOCAL] = plan->compute_end_ns;
	r->plan_end_ns[STAGE_UPLOAD] = plan->upload_end_ns;
	r->plan_end_ns[STAGE_WAIT] = plan->batch_start_ns;
	r->plan_end_ns[STAGE_BATCH] = plan->batch_end_ns;
	r->plan_end_ns[STAGE_RESULT] = plan->finish_ns;
	r->plan_compute_j = plan->compute_j;
	r->plan_transmit_j = plan->transmit_j;
}

static void take_choice(struct task_record *r, const struct message_plan *plan)
{
	r->admission = plan->admission;
	r->exit = plan->exit;
	r->server = plan->server;
	r->variant = plan->variant;
	r->hertz = plan->hertz;
	r->accuracy = plan->accuracy;
}

void task_refused(struct task *t, const struct message_plan *plan)
{
	take_choice(&t->record, plan);
}

int task_planned(struct task *t, const struct message_plan *plan, int64_t now_ns, struct err *err)
{
	struct task_record *r = &t->record;
	uint32_t runs = plan->subtasks ? plan->subtasks : r->n_subtasks;
	if (runs > r->n_subtasks)
		return err_set(err, EPROTO, "the plan runs %u sub-tasks: the network has %u", runs,
			       r->n_subtasks);
	if (plan->cut > runs)
		return err_set(err, EPROTO, "the plan cuts after %u sub-tasks: %s has %u", plan->cut,
			       plan->subtasks ? "its exit" : "the network", runs);
	double f = plan->freq_flops, low = t->device->f_min_flops, high = t->device->f_max_flops;
	double work_flop = 0; // none in front of the first layer that multiplies, whatever lies there
	for (uint32_t n = 0; n < plan->cut; n++)
		work_flop += t->network->work_flop[n];
	if (work_flop > 0 && (f < low * (1 - 1e-9) || f > high * (1 + 1e-9)))
		return err_set(err, EPROTO, "the plan wants %g FLOP/s: the device runs from %g to %g", f, low,
			       high);
	r->n_subtasks = runs;
	take_choice(r, plan);
	r->cut = plan->cut;
	r->group = plan->group;
	r->promised = plan->feasible;
	r->work_flop = work_flop;
	r->freq_flops = work_flop > 0 ? f : 0;
	take_predictions(r, plan);
	t->planned_start_ns = plan->compute_start_ns;
	t->earliest_ns = plan->compute_start_ns > now_ns ? plan->compute_start_ns : now_ns;
	t->state = TASK_PLANNED;
	return 0;
}

void task_take_device(struct task *t, int64_t free_ns)
{
	struct task_record *r = &t->record;
	int64_t start_ns = t->earliest_ns > free_ns ? t->earliest_ns : free_ns;
	r->end_ns[STAGE_PLAN] = start_ns;
	t->compute_end_ns = start_ns + s_to_ns(device_time_s(r->work_flop, r->freq_flops));
	t->has_device = true;
}

void task_leave_device(struct task *t)
{
	t->record.end_ns[STAGE_PLAN] = 0;
	t->has_device = false;
}

static void end_stages_from(struct task_record *r, enum task_stage stage, int64_t now_ns)
{
	for (int s = (int)stage; s < STAGE_COUNT; s++)
		r->end_ns[s] = now_ns;
}

bool task_computed(struct task *t, int64_t now_ns)
{
	struct task_record *r = &t->record;
	r->end_ns[STAGE_LOCAL] = now_ns;
	r->host_ns[STAGE_LOCAL] = now_ns - t->compute_end_ns;
	r->compute_j = device_energy_j(t->device, r->work_flop, r->freq_flops);
	if (r->cut < r->n_subtasks) {
		r->upload_bits = t->network->cut_bits[r->cut];
		t->state = TASK_COMPUTED;
		return true;
	}
	end_stages_from(r, STAGE_LOCAL, now_ns);
	r->outcome = TASK_DONE;
	t->state = TASK_ENDED;
	return false;
}

void task_answered(struct task *t, const struct message_result *result, int64_t now_ns, int64_t airtime_ns)
{
	struct task_record *r = &t->record;
	r->end_ns[STAGE_UPLOAD] = result->upload_end_ns;
	r->end_ns[STAGE_WAIT] = result->batch_start_ns;
	r->end_ns[STAGE_BATCH] = result->batch_end_ns;
	r->end_ns[STAGE_RESULT] = now_ns;
	r->batch_run_ns = result->batch_run_ns;
	r->largest_batch = result->largest_batch;
	if (result->exit > 0) {
		r->exit = result->exit;
		r->n_subtasks = result->subtasks;
	}
	t->has_values = result->computed;
	r->airtime_ns = airtime_ns;
	r->transmit_j = t->tx_power_w * ns_to_s(r->airtime_ns);
	r->outcome = TASK_DONE;
	t->state = TASK_ENDED;
}

static enum task_stage reached(const struct task *t)
{
	switch (t->state) {
	case TASK_IDLE:
	case TASK_REQUESTED:
		return STAGE_PLAN;
	case TASK_PLANNED:
		return t->has_device ? STAGE_LOCAL : STAGE_PLAN;
	case TASK_COMPUTED:
	case TASK_SENDING:
	case TASK_SENT:
	case TASK_ENDED:
		break;
	}
	return STAGE_UPLOAD;
}

void task_abandon(struct task *t, enum task_outcome outcome, int64_t now_ns)
{
	struct task_record *r = &t->record;
	enum task_stage stage = reached(t);
	int64_t began = stage == STAGE_PLAN ? r->arrival_ns : r->end_ns[stage - 1];
	end_stages_from(r, stage, now_ns > began ? now_ns : began);
	r->outcome = outcome;
	t->state = TASK_ENDED;
}

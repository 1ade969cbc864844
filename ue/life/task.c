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
}

void task_take_up(struct task *t, const struct task_radio *radio, int64_t now_ns, struct task_airtime airtime)
{
	t->radio = *radio;
	t->taken_up_ns = now_ns;
	t->then = airtime;
}

void task_put_down(struct task *t, int64_t now_ns, struct task_airtime airtime)
{
	int64_t received_ns = airtime.down_ns - t->then.down_ns, sent_ns = airtime.up_ns - t->then.up_ns;
	int64_t idle_ns = now_ns - t->taken_up_ns - sent_ns - received_ns;
	t->record.receive_j = t->radio.receive_w * ns_to_s(received_ns);
	t->record.idle_j = idle_ns > 0 ? t->radio.idle_w * ns_to_s(idle_ns) : 0;
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

int task_planned(struct task *t, const struct message_plan *plan, int64_t now_ns, struct err *err)
{
	struct task_record *r = &t->record;
	if (plan->cut > r->n_subtasks)
		return err_set(err, EPROTO, "the plan cuts after %u sub-tasks: the network has %u", plan->cut,
			       r->n_subtasks);
	double f = plan->freq_flops, low = t->device->f_min_flops, high = t->device->f_max_flops;
	double work_flop = 0; // none in front of the first layer that multiplies, whatever lies there
	for (uint32_t n = 0; n < plan->cut; n++)
		work_flop += t->network->work_flop[n];
	if (work_flop > 0 && (f < low * (1 - 1e-9) || f > high * (1 + 1e-9)))
		return err_set(err, EPROTO, "the plan wants %g FLOP/s: the device runs from %g to %g", f, low,
			       high);
	r->cut = plan->cut;
	r->group = plan->group;
	r->promised = plan->feasible;
	r->work_flop = work_flop;
	r->freq_flops = work_flop > 0 ? f : 0;
	take_predictions(r, plan);
	int64_t start = plan->compute_start_ns > now_ns ? plan->compute_start_ns : now_ns;
	r->end_ns[STAGE_PLAN] = start;
	t->compute_end_ns = start + s_to_ns(device_time_s(work_flop, f));
	t->state = TASK_COMPUTING;
	return 0;
}

static void end_stages_from(struct task_record *r, enum task_stage stage, int64_t now_ns)
{
	for (int s = (int)stage; s < STAGE_COUNT; s++)
		r->end_ns[s] = now_ns;
}

bool task_computed(struct task *t, int64_t now_ns, int64_t airtime_ns)
{
	struct task_record *r = &t->record;
	r->end_ns[STAGE_LOCAL] = now_ns;
	r->compute_j = device_energy_j(t->device, r->work_flop, r->freq_flops);
	t->airtime_before_ns = airtime_ns;
	if (r->cut < r->n_subtasks) {
		r->upload_bits = t->network->cut_bits[r->cut];
		t->state = TASK_UPLOADED;
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
	r->airtime_ns = airtime_ns - t->airtime_before_ns;
	r->transmit_j = t->tx_power_w * ns_to_s(r->airtime_ns);
	r->outcome = TASK_DONE;
	t->state = TASK_ENDED;
}

void task_abandon(struct task *t, enum task_outcome outcome, int64_t now_ns)
{
	struct task_record *r = &t->record;
	enum task_stage reached = t->state == TASK_REQUESTED   ? STAGE_PLAN
				  : t->state == TASK_COMPUTING ? STAGE_LOCAL
							       : STAGE_UPLOAD;
	int64_t began = reached == STAGE_PLAN ? r->arrival_ns : r->end_ns[reached - 1];
	end_stages_from(r, reached, now_ns > began ? now_ns : began);
	r->outcome = outcome;
	t->state = TASK_ENDED;
}

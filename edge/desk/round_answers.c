// SPDX-License-Identifier: BSD-3-Clause
// What a plan means to each job of its round: the answer, and the round's record.
#include "edge/desk/round_private.h"

#include <math.h>

#include "base/clock.h"

static double work_of(const struct snapshot_network *net)
{
	double work_flop = 0;
	for (int n = 0; n < net->n_subtasks; n++)
		work_flop += net->work_flop[n];
	return work_flop;
}

// All of it on the device, as slowly as the deadline allows.
static void stay_local(struct message_plan *a, const struct snapshot *snapshot, int m, int64_t now_ns)
{
	const struct snapshot_job *u = &snapshot->jobs[m];
	const struct snapshot_network *net = &snapshot->networks[u->network];
	double work_flop = work_of(net), time_s;
	if (u->device_s) {
		time_s = u->device_s[u->network][net->n_subtasks];
		a->compute_j = u->device_w * time_s;
	} else {
		double f_flops = work_flop / fmax(u->deadline_s - u->release_s, 1e-9);
		f_flops = fmin(fmax(f_flops, u->device.f_min_flops), u->device.f_max_flops);
		a->freq_flops = work_flop > 0 ? f_flops : 0;
		time_s = device_time_s(work_flop, f_flops);
		a->compute_j = device_energy_j(&u->device, work_flop, f_flops);
	}
	a->compute_start_ns = now_ns + s_to_ns(u->release_s);
	a->compute_end_ns = a->compute_start_ns + s_to_ns(time_s);
	a->feasible = u->release_s + time_s <= u->deadline_s;
	a->accuracy = net->accuracy;
}

// The answer to a job that is not admitted.
static void fill_refusal(struct message_plan *a, const struct round *r, const struct snapshot *snapshot,
			 int m)
{
	*a = (struct message_plan){.cut = (uint32_t)snapshot->networks[snapshot->jobs[m].network].n_subtasks,
				   .group = (uint32_t)-1,
				   .admission = r->config->refuses ? ADMISSION_REFUSED : ADMISSION_LOCAL,
				   .compute_start_ns = r->now_ns,
				   .compute_end_ns = r->now_ns};
	if (!r->config->refuses)
		stay_local(a, snapshot, m, r->now_ns);
	a->upload_end_ns = a->batch_start_ns = a->batch_end_ns = a->finish_ns = a->compute_end_ns;
}

static uint32_t variant_of(const struct snapshot_job *job, int network)
{
	int v = 0;
	while (v < job->n_variants && job->variants[v] != network)
		v++;
	return network == job->network || v == job->n_variants ? 0 : (uint32_t)v + 1;
}

static void fill_choice(struct message_plan *a, const struct snapshot *snapshot, const struct plan_job *u,
			int m)
{
	int runs = plan_subtasks(snapshot, u);
	a->exit = (uint32_t)u->exit;
	a->variant = variant_of(&snapshot->jobs[m], u->network);
	a->server = u->cut < runs ? (uint32_t)u->server : 0;
	a->subtasks = u->exit > 0 ? (uint32_t)runs : 0;
	a->hertz = u->cut < runs ? u->hertz : 0;
	a->accuracy = u->accuracy;
}

// What its exits give by confidence, where it runs at the edge.
static void fill_confidence(struct message_plan *a, const struct round *r, int i, const struct plan_job *u)
{
	struct confidence_rule rule =
	    round_rule(r->networks, u->network, u->exit, r->requests[i].request.least_accuracy);
	if (u->group >= 0 && u->server == 0 && rule.threshold <= 1)
		a->accuracy = rule.accuracy;
}

static void fill_answer(struct message_plan *a, const struct plan_job *u, int64_t now_ns)
{
	*a = (struct message_plan){
	    .cut = (uint32_t)u->cut,
	    .feasible = u->feasible,
	    .group = (uint32_t)u->group,
	    .freq_flops = u->freq_flops,
	    .compute_start_ns = now_ns + s_to_ns(u->compute_start_s),
	    .compute_end_ns = now_ns + s_to_ns(u->compute_end_s),
	    .upload_end_ns = now_ns + s_to_ns(u->upload_end_s),
	    .finish_ns = now_ns + s_to_ns(u->finish_s),
	    .compute_j = u->compute_j,
	    .transmit_j = u->transmit_j,
	};
	// Until a batch says otherwise (fill_batch_times) the task has no stage at the edge.
	a->batch_start_ns = a->upload_end_ns;
	a->batch_end_ns = a->upload_end_ns;
}

static void fill_batch_times(struct message_plan *answers, const struct plan *plan, int64_t now_ns)
{
	for (int i = 0; i < plan->n_batches; i++) {
		const struct plan_batch *b = &plan->batches[i];
		for (int k = 0; k < b->n_jobs; k++) {
			int user = plan->members[b->first + k];
			if (b->subtask == plan->jobs[user].cut)
				answers[user].batch_start_ns = now_ns + s_to_ns(b->start_s);
			answers[user].batch_end_ns = now_ns + s_to_ns(b->start_s + b->duration_s);
		}
	}
}

void round_fill_answers(const struct round *r, const struct snapshot *snapshot, const struct plan *plan,
			struct message_plan *answers)
{
	for (int i = 0; i < r->n; i++) {
		const struct plan_job *u = &plan->jobs[i];
		if (!u->admitted) {
			fill_refusal(&answers[i], r, snapshot, i);
			continue;
		}
		fill_answer(&answers[i], u, r->now_ns);
		fill_choice(&answers[i], snapshot, u, i);
		fill_confidence(&answers[i], r, i, u);
	}
	fill_batch_times(answers, plan, r->now_ns);
	// Where batches form as inputs come, a plan's times are what it reckoned with, and no promise.
	for (int i = 0; r->config->batching.mode != BATCH_AS_PLANNED && i < r->n; i++)
		if (plan->jobs[i].group >= 0)
			answers[i].feasible = false;
}

// What answer i adds to the grants so far: of a UE's jobs, which stand side by side, the largest counts.
static double more_hz(const struct round *round, const struct message_plan *answers, int i, double *of_ue_hz)
{
	if (i > 0 && round->requests[i].ue != round->requests[i - 1].ue)
		*of_ue_hz = 0;
	bool is_granted = answers[i].admission == ADMISSION_GRANTED;
	double more = is_granted ? fmax(answers[i].hertz - *of_ue_hz, 0) : 0;
	*of_ue_hz += more;
	return more;
}

struct round_record round_record_of(uint64_t number, const struct round *round, const struct plan *plan,
				    const struct message_plan *answers, int64_t took_ns)
{
	struct round_record r = {.round = (uint32_t)number,
				 .n_requests = (uint32_t)round->n,
				 .n_batches = (uint32_t)plan->n_batches,
				 .at_ns = round->now_ns,
				 .took_ns = took_ns};
	double of_ue_hz = 0;
	for (int i = 0; i < round->n; i++) {
		r.n_promised += answers[i].feasible != 0;
		r.hertz += more_hz(round, answers, i, &of_ue_hz);
		if (answers[i].admission != ADMISSION_GRANTED)
			continue;
		r.n_admitted++;
		r.accuracy += answers[i].accuracy;
	}
	if (r.n_admitted > 0)
		r.accuracy /= r.n_admitted;
	return r;
}

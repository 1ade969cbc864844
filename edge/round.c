// SPDX-License-Identifier: BSD-3-Clause
#include "edge/round.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

// Planning, and both hosts' stacks, beside the answer's time on the air.
#define ANSWER_MARGIN_S 1e-3

// What a task is left whose deadline has passed before it was planned (it waited for the UE's task before
// it): too little for anything, so that the policy calls it infeasible and does its best.
#define LEAST_DEADLINE_S 1e-6

// A link without coverage counts as 1 bit/s: hours instead of a division by zero, and nothing is planned over
// it.
static double radio_time_s(double bps, double delay_s, int64_t body, int mtu)
{
	return 8 * (double)message_radio_bytes(body, mtu) / (bps > 1 ? bps : 1) + delay_s;
}

void round_user(struct snapshot_user *u, const struct edge_config *c, const struct round_networks *networks,
		const struct round_request *r, int64_t now_ns)
{
	const struct edge_ue *radio = &c->ues[r->ue];
	double tensor_share = (double)(c->mtu - 52) / (double)(c->mtu + 14);
	double result_bytes = networks->result_bytes[radio->network];
	double deadline_s = ns_to_s(r->deadline_ns - now_ns) - c->guard_s;
	*u = (struct snapshot_user){
	    .network = radio->network,
	    .rate_bps = radio->uplink_bps * tensor_share,
	    .tx_power_w = r->request.tx_power_w,
	    .uplink_delay_s = radio->delay_s,
	    .downlink_s = radio_time_s(radio->downlink_bps, radio->delay_s, (int64_t)result_bytes, c->mtu),
	    .device = {.f_min_flops = r->request.f_min_flops,
		       .f_max_flops = r->request.f_max_flops,
		       .kappa = r->request.kappa},
	    .release_s = radio_time_s(radio->downlink_bps, radio->delay_s, MESSAGE_PLAN_SIZE, c->mtu) +
			 ANSWER_MARGIN_S,
	    .deadline_s = deadline_s > LEAST_DEADLINE_S ? deadline_s : LEAST_DEADLINE_S,
	};
}

static void fill_answer(struct message_plan *a, const struct plan_user *u, int64_t now_ns)
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
		for (int k = 0; k < b->n_users; k++) {
			int user = plan->members[b->first + k];
			if (b->subtask == plan->users[user].cut)
				answers[user].batch_start_ns = now_ns + s_to_ns(b->start_s);
			answers[user].batch_end_ns = now_ns + s_to_ns(b->start_s + b->duration_s);
		}
	}
}

struct batch_slot round_slot(const struct plan *plan, const struct plan_batch *b, int64_t now_ns)
{
	return (struct batch_slot){.network = b->network,
				   .subtask = b->subtask,
				   .group = b->group,
				   .gpu_shares = plan->gpu_shares,
				   .edge_freq = b->edge_freq,
				   .start_ns = now_ns + s_to_ns(b->start_s),
				   .duration_ns = s_to_ns(b->duration_s)};
}

void round_power(struct snapshot *snapshot, const struct edge_power *power)
{
	snapshot->has_edge_dvfs = true;
	snapshot->n_edge_freq = power->n_freq;
	snapshot->edge_freq = power->freq;
	snapshot->edge_static_w = power->static_w;
	snapshot->edge_dynamic_w = power->dynamic_w;
}

double round_batch_j(const struct edge_power *power, double x, int64_t alone_ns)
{
	return ns_to_s(alone_ns) * (power->static_w / x + power->dynamic_w * x * x);
}

int round_plan(const struct edge_config *config, const struct policy *policy,
	       const struct round_networks *networks, const struct round_request *requests, int n,
	       int64_t now_ns, int64_t gpu_free_ns, struct plan *plan, struct message_plan *answers,
	       struct err *err)
{
	struct snapshot_user *users = calloc((size_t)n, sizeof(*users));
	if (!users)
		return err_set(err, ENOMEM, "no memory for a round of %d tasks", n);
	for (int i = 0; i < n; i++)
		round_user(&users[i], config, networks, &requests[i], now_ns);
	struct snapshot snapshot = {.n_users = n,
				    .n_networks = networks->n,
				    .users = users,
				    .networks = networks->networks,
				    .gpu_free_s = gpu_free_ns > now_ns ? ns_to_s(gpu_free_ns - now_ns) : 0,
				    .guard_s = config->guard_s};
	round_power(&snapshot, &config->power);
	int r = policy_plan(policy, &snapshot, plan, err);
	for (int i = 0; r == 0 && i < n; i++)
		fill_answer(&answers[i], &plan->users[i], now_ns);
	if (r == 0)
		fill_batch_times(answers, plan, now_ns);
	free(users);
	return r;
}

struct round_record round_record_of(uint64_t round, const struct plan *plan,
				    const struct message_plan *answers, int n, int64_t now_ns,
				    int64_t took_ns)
{
	struct round_record r = {.round = (uint32_t)round,
				 .n_requests = (uint32_t)n,
				 .n_batches = (uint32_t)plan->n_batches,
				 .at_ns = now_ns,
				 .took_ns = took_ns};
	for (int i = 0; i < n; i++)
		r.n_promised += answers[i].feasible != 0;
	return r;
}

// SPDX-License-Identifier: BSD-3-Clause
#include "sim/rehearsal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "edge/desk/desk.h"
#include "sim/networks.h"

struct rehearsal {
	const struct prepared_run *run;
	struct sim_networks networks;
	struct edge_config config; // as the simulated edge is told
	struct desk *desk;
	struct round_request *requests; // [n] one of each network
	int n;
};

// Networks that nobody has tasks of are not there.
static int open_desk(struct rehearsal *h, struct err *err)
{
	const struct edge_config *told = &h->run->resolved->edge;
	struct round_networks networks = sim_networks_for_rounds(&h->networks);
	h->config = *told;
	h->config.ues = calloc((size_t)told->n_ues, sizeof(*told->ues));
	h->requests = calloc((size_t)h->networks.n + 1, sizeof(*h->requests));
	if (!h->config.ues || !h->requests)
		return err_set(err, ENOMEM, "no memory for %d UEs", told->n_ues);
	for (int i = 0; i < told->n_ues; i++)
		h->config.ues[i] = told->ues[i];
	sim_networks_tell(&h->networks, &h->config);
	return desk_open(&h->desk, &h->config, &networks, NULL, err);
}

static bool has_task(const struct rehearsal *h, int network)
{
	for (int i = 0; i < h->n; i++)
		if (h->config.ues[h->requests[i].ue].network == network)
			return true;
	return false;
}

static void ask(struct rehearsal *h)
{
	const struct topology *t = h->run->topology;
	struct ue_config ue;
	for (int i = 0; i < t->n_ues; i++) {
		if (t->ue[i].arrivals.kind == ARRIVALS_NONE || has_task(h, h->config.ues[i].network))
			continue;
		resolved_ue(&ue, h->run->resolved, i);
		h->requests[h->n++] = (struct round_request){.ue = i,
							     .request = {.f_min_flops = ue.device.f_min_flops,
									 .f_max_flops = ue.device.f_max_flops,
									 .kappa = ue.device.kappa,
									 .tx_power_w = ue.tx_power_w,
									 .least_accuracy = ue.least_accuracy},
							     .deadline_ns = NS_PER_S};
	}
}

static int plan(const struct rehearsal *h, struct err *err)
{
	struct round_networks networks = sim_networks_for_rounds(&h->networks);
	struct message_plan *answers = calloc((size_t)h->n + 1, sizeof(*answers));
	struct plan *plan = plan_new(h->n, POLICY_MAX_SUBTASKS);
	const struct round round = {.config = &h->config,
				    .policy = desk_policy(h->desk),
				    .networks = &networks,
				    .requests = h->requests,
				    .n = h->n};
	int r = answers && plan ? round_plan(&round, plan, answers, err)
				: err_set(err, ENOMEM, "no memory for a round of %d tasks", h->n);
	plan_free(plan);
	free(answers);
	return r;
}

// Batches that compute take as long as they take: nobody can decree a share of the processor.
static int check_shares(const struct rehearsal *h, struct err *err)
{
	const struct policy *policy = desk_policy(h->desk);
	if (!policy_shares_gpu(policy) || h->run->topology->edge.executor == EXECUTOR_REPLAY)
		return 0;
	return err_set(err, EINVAL,
		       "the policy %s shares the GPU among batches, which the %s executor cannot: set "
		       "edge.executor=replay and edge.profile (or only plan, with airbatch plan)",
		       policy->name, h->config.executor);
}

static bool ends_requests_only(int r)
{
	return r == -EPROTO;
}

int rehearse(const struct prepared_run *run, bool emulated, struct err *err)
{
	struct rehearsal h = {.run = run};
	int r = sim_networks_open(&h.networks, run, err);
	if (r == 0 && h.networks.n > 0) {
		r = open_desk(&h, err);
		r = r < 0 || !emulated ? r : check_shares(&h, err);
		if (r == 0) {
			ask(&h);
			r = plan(&h, err);
		}
	}
	desk_close(h.desk);
	free(h.config.ues);
	free(h.requests);
	sim_networks_close(&h.networks);
	if (r < 0 && r != -ENOMEM)
		r = ends_requests_only(r) ? 0 : -EINVAL;
	return r;
}

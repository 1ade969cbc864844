// SPDX-License-Identifier: BSD-3-Clause
#include "emu/sim/networks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "dnn/network.h"

static int describe(struct sim_networks *s, int i, const struct prepared_network *from, struct err *err)
{
	struct network *net;
	int r = network_outline(&net, from->name, WEIGHT_SEED, err);
	if (r < 0)
		return r;
	r = profile_check(from->profile, net, err);
	if (r < 0) {
		network_free(net);
		return r;
	}
	int n = net->n_subtasks;
	double *work = calloc((size_t)(2 * n + 1), sizeof(*work));
	if (!work) {
		network_free(net);
		return err_set(err, ENOMEM, "no memory");
	}
	double *bits = work + n;
	for (int k = 0; k < n; k++)
		work[k] = network_work_flop(net, k);
	for (int k = 0; k <= n; k++)
		bits[k] = (double)network_cut_bits(net, k);
	const struct profile *p = from->profile;
	s->network[i] = (struct sim_network){.hash = net->hash,
					     .result_values = network_cut_values(net, n),
					     .sizes = {.n_subtasks = n, .work_flop = work, .cut_bits = bits},
					     .run = {.n_subtasks = n,
						     .work_flop = work,
						     .cut_bits = bits,
						     .max_batch = p->max_batch,
						     .batch_s = p->median_s}};
	s->seen[i] = s->network[i].run;
	s->seen[i].batch_s = p->p95_s;
	snprintf(s->seen[i].name, sizeof(s->seen[i].name), "%s", from->name);
	s->result_bytes[i] = MESSAGE_RESULT_SIZE + (double)s->network[i].result_values * sizeof(float);
	s->n = i + 1;
	network_free(net);
	return 0;
}

int sim_networks_open(struct sim_networks *s, const struct run_plan *plan, struct err *err)
{
	const struct prepared *prepared = plan->prepared;
	size_t n = (size_t)prepared->n, n_ues = (size_t)plan->topology->n_ues;
	int *known_as = calloc(n, sizeof(int));
	*s = (struct sim_networks){.network = calloc(n, sizeof(*s->network)),
				   .seen = calloc(n, sizeof(*s->seen)),
				   .result_bytes = calloc(n, sizeof(*s->result_bytes)),
				   .of_ue = calloc(n_ues, sizeof(*s->of_ue))};
	bool memory = known_as && s->network && s->seen && s->result_bytes && s->of_ue;
	int r = memory ? 0 : err_set(err, ENOMEM, "no memory");
	for (int i = 0; r == 0 && i < prepared->n; i++) {
		if (!prepared->networks[i].profile)
			continue; // nobody has tasks of it
		known_as[i] = s->n;
		r = describe(s, s->n, &prepared->networks[i], err);
	}
	for (size_t i = 0; r == 0 && i < n_ues; i++)
		s->of_ue[i] = known_as[prepared->network_of_ue[i]];
	free(known_as);
	if (r < 0)
		sim_networks_close(s);
	return r;
}

void sim_networks_close(struct sim_networks *s)
{
	for (int i = 0; i < s->n; i++)
		free((void *)(uintptr_t)s->network[i].sizes.work_flop);
	free(s->network);
	free(s->seen);
	free(s->result_bytes);
	free(s->of_ue);
	*s = (struct sim_networks){0};
}

int64_t sim_networks_run_ns(const struct sim_networks *s, int network, int subtask, int batch)
{
	return s_to_ns(snapshot_batch_s(&s->network[network].run, subtask, batch));
}

int64_t sim_networks_expected_ns(int network, int subtask, int batch, void *user)
{
	const struct sim_networks *s = user;
	return s_to_ns(snapshot_batch_s(&s->seen[network], subtask, batch));
}

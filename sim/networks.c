// SPDX-License-Identifier: BSD-3-Clause
#include "sim/networks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "dnn/network.h"
#include "edge/desk/served.h"

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
	// As the edge sees them; runs take the median, plans are made with the 95th percentile.
	struct snapshot_network *seen = &s->seen[i];
	r = served_network(seen, &s->result_bytes[i], net, from->profile, err);
	if (r < 0) {
		network_free(net);
		return r;
	}
	s->network[i] = (struct sim_network){
	    .hash = net->hash, .result_values = network_cut_values(net, net->n_subtasks), .run = *seen};
	for (int f = 0; f < FEATURES_COUNT; f++)
		s->network[i].sizes[f] =
		    (struct task_network){.n_subtasks = net->n_subtasks,
					  .work_flop = seen->work_flop,
					  .cut_bits = served_upload_bits(seen, (enum features)f)};
	s->network[i].run.batch_s = from->profile->median_s;
	s->n = i + 1;
	network_free(net);
	return 0;
}

int sim_networks_open(struct sim_networks *s, const struct prepared_run *run, struct err *err)
{
	const struct prepared *prepared = run->prepared;
	size_t n = (size_t)prepared->n, n_ues = (size_t)run->topology->n_ues;
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
		served_network_free(&s->seen[i]);
	free(s->network);
	free(s->seen);
	free(s->result_bytes);
	free(s->of_ue);
	*s = (struct sim_networks){0};
}

struct round_networks sim_networks_for_rounds(const struct sim_networks *s)
{
	return (struct round_networks){.n = s->n, .networks = s->seen, .result_bytes = s->result_bytes};
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

void sim_networks_describe(const struct prepared_run *run, char *text, size_t size)
{
	const struct prepared *p = run->prepared;
	int i = 0;
	while (i < p->n - 1 && !p->networks[i].profile)
		i++;
	snprintf(text, size, "virtual time after %.120s", p->networks[i].profile->source);
}

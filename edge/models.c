// SPDX-License-Identifier: BSD-3-Clause
#include "edge/models.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "proto/message.h"

// Sizes and work as policies see them; the arrays live as long as the models.
static int describe(struct models *m, int i, struct err *err)
{
	const struct network *net = m->networks[i];
	const struct profile *p = m->profiles[i];
	int n = net->n_subtasks;
	if (p->n_subtasks != n || strcmp(p->network, net->name) != 0)
		return err_set(err, EINVAL, "the profile is of %s with %d sub-tasks: %s has %d", p->network, p->n_subtasks,
			       net->name, n);
	double *work = calloc(2 * (size_t)n + 1, sizeof(*work));
	if (!work)
		return err_set(err, ENOMEM, "no memory");
	double *bits = work + n;
	for (int k = 0; k < n; k++)
		work[k] = network_work_flop(net, k);
	for (int k = 0; k <= n; k++)
		bits[k] = (double)network_cut_bits(net, k);
	struct snapshot_network *seen = &m->seen[i];
	*seen = (struct snapshot_network){
		.n_subtasks = n, .work_flop = work, .cut_bits = bits, .max_batch = p->max_batch, .batch_s = p->p95_s};
	snprintf(seen->name, sizeof(seen->name), "%s", net->name);
	m->result_bytes[i] = MESSAGE_RESULT_SIZE + (double)network_cut_values(net, n) * sizeof(float);
	return 0;
}

static int open_one(struct models *m, int i, const struct edge_config *c, struct err *err)
{
	const struct edge_network *n = &c->networks[i];
	int r = network_open(&m->networks[i], n->name, n->weight_seed, err);
	r = r < 0 ? r : profile_load(&m->profiles[i], n->profile, err);
	r = r < 0 ? r : describe(m, i, err);
	struct executor_options options = {.threads = c->threads, .profile = m->profiles[i], .outputs = c->outputs};
	r = r < 0 ? r : executor_open(&m->executors[i], c->executor, m->networks[i], &options, err);
	return r < 0 ? r : executor_prepare(m->executors[i], c->max_batch, err);
}

int models_open(struct models *m, const struct edge_config *config, struct err *err)
{
	size_t n = (size_t)config->n_networks;
	*m = (struct models){.n = config->n_networks,
			     .networks = calloc(n, sizeof(struct network *)),
			     .profiles = calloc(n, sizeof(struct profile *)),
			     .executors = calloc(n, sizeof(struct executor *)),
			     .seen = calloc(n, sizeof(*m->seen)),
			     .result_bytes = calloc(n, sizeof(*m->result_bytes))};
	bool memory = m->networks && m->profiles && m->executors && m->seen && m->result_bytes;
	if (!memory) {
		models_close(m);
		return err_set(err, ENOMEM, "no memory");
	}
	for (int i = 0; i < m->n; i++) {
		int r = open_one(m, i, config, err);
		if (r < 0) {
			models_close(m);
			return r;
		}
	}
	return 0;
}

void models_close(struct models *m)
{
	bool memory = m->networks && m->profiles && m->executors && m->seen;
	for (int i = 0; memory && i < m->n; i++) {
		if (m->executors[i])
			executor_close(m->executors[i]);
		profile_free(m->profiles[i]);
		network_free(m->networks[i]);
		free((void *)m->seen[i].work_flop);
	}
	free(m->networks);
	free(m->profiles);
	free(m->executors);
	free(m->seen);
	free(m->result_bytes);
	*m = (struct models){0};
}

struct round_networks models_for_rounds(const struct models *m)
{
	return (struct round_networks){.n = m->n, .networks = m->seen, .result_bytes = m->result_bytes};
}

int64_t models_duration_ns(int network, int subtask, int batch, void *models)
{
	const struct models *m = models;
	return s_to_ns(snapshot_batch_s(&m->seen[network], subtask, batch));
}

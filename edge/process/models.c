// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/models.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "edge/desk/record.h"
#include "edge/desk/served.h"

// The first batch of a process would otherwise pay for cold code, caches and memory: the smallest and the
// largest batch of every sub-task run once before there is a deadline.
static int warm_up(const struct models *m, int i, int max_batch, struct err *err)
{
	const struct network *net = m->networks[i];
	int64_t largest = network_largest_cut(net, 0, net->n_subtasks);
	float *in = calloc((size_t)max_batch, (size_t)largest * sizeof(*in));
	float *out = calloc((size_t)max_batch, (size_t)largest * sizeof(*out));
	int r = in && out ? 0 : err_set(err, ENOMEM, "no memory to warm up batches of %d", max_batch);
	const float *inputs[BATCH_MAX_MEMBERS];
	float *outputs[BATCH_MAX_MEMBERS];
	for (int b = 0; r == 0 && b < max_batch && b < BATCH_MAX_MEMBERS; b++) {
		inputs[b] = in + (size_t)b * (size_t)largest;
		outputs[b] = out + (size_t)b * (size_t)largest;
	}
	for (int n = 0; r == 0 && n < net->n_subtasks; n++) {
		r = executor_run(m->executors[i], n, 1, inputs, outputs, NULL, err);
		r = r < 0 ? r : executor_run(m->executors[i], n, max_batch, inputs, outputs, NULL, err);
	}
	free(in);
	free(out);
	return r;
}

static int make_spare(struct models *m, struct err *err)
{
	int64_t most = 0;
	for (int i = 0; i < m->n; i++) {
		int64_t values = network_largest_cut(m->networks[i], 0, m->networks[i]->n_subtasks);
		most = values > most ? values : most;
	}
	m->spare = calloc((size_t)most, sizeof(*m->spare));
	return m->spare ? 0 : err_set(err, ENOMEM, "no memory for a tensor");
}

static int open_one(struct models *m, int i, const struct edge_config *c, struct err *err)
{
	const struct edge_network *n = &c->networks[i];
	int r = network_open(&m->networks[i], n->name, n->weight_seed, err);
	r = r < 0 ? r : profile_load(&m->profiles[i], n->profile, err);
	r = r < 0 ? r : served_network(&m->seen[i], &m->result_bytes[i], m->networks[i], m->profiles[i], err);
	if (r == 0 && *n->confidence)
		r = confidence_open(&m->confidence[i], n->confidence, m->networks[i], err);
	if (r == 0 && drift_open(&m->drift[i], m->profiles[i]) < 0)
		r = err_set(err, ENOMEM, "no memory for a profile");
	if (r == 0)
		m->seen[i].batch_s = m->drift[i].planned_s;
	struct executor_options options = {.threads = c->threads, .profile = m->profiles[i]};
	r = r < 0 ? r : executor_open(&m->executors[i], c->executor, m->networks[i], &options, err);
	if (r == 0 && executor_is_modelled(m->executors[i]))
		return c->outputs ? samples_open(&m->samples[i], n->samples, m->networks[i], err) : 0;
	int padded = r == 0 ? profile_largest_run(m->profiles[i]) : 0;
	r = r < 0 ? r : executor_prepare(m->executors[i], padded > c->max_batch ? padded : c->max_batch, err);
	return r < 0
		   ? r
		   : warm_up(m, i, c->max_batch < BATCH_MAX_MEMBERS ? c->max_batch : BATCH_MAX_MEMBERS, err);
}

int models_open(struct models *m, const struct edge_config *config, struct err *err)
{
	size_t n = (size_t)config->n_networks;
	*m = (struct models){.n = config->n_networks,
			     .networks = calloc(n, sizeof(struct network *)),
			     .profiles = calloc(n, sizeof(struct profile *)),
			     .executors = calloc(n, sizeof(struct executor *)),
			     .samples = calloc(n, sizeof(struct samples *)),
			     .confidence = calloc(n, sizeof(struct confidence *)),
			     .drift = calloc(n, sizeof(*m->drift)),
			     .seen = calloc(n, sizeof(*m->seen)),
			     .result_bytes = calloc(n, sizeof(*m->result_bytes))};
	bool memory = m->networks && m->profiles && m->executors && m->samples && m->confidence && m->drift &&
		      m->seen && m->result_bytes;
	if (!memory) {
		models_close(m);
		return err_set(err, ENOMEM, "no memory");
	}
	int r = 0;
	for (int i = 0; r == 0 && i < m->n; i++)
		r = open_one(m, i, config, err);
	r = r < 0 ? r : make_spare(m, err);
	if (r < 0)
		models_close(m);
	return r;
}

void models_close(struct models *m)
{
	bool memory =
	    m->networks && m->profiles && m->executors && m->samples && m->confidence && m->drift && m->seen;
	for (int i = 0; memory && i < m->n; i++) {
		if (m->executors[i])
			executor_close(m->executors[i]);
		drift_close(&m->drift[i]);
		samples_close(m->samples[i]);
		confidence_close(m->confidence[i]);
		profile_free(m->profiles[i]);
		network_free(m->networks[i]);
		served_network_free(&m->seen[i]);
	}
	free(m->networks);
	free(m->profiles);
	free(m->executors);
	free(m->samples);
	free(m->confidence);
	free(m->drift);
	free(m->spare);
	free(m->seen);
	free(m->result_bytes);
	*m = (struct models){0};
}

struct round_networks models_for_rounds(const struct models *m)
{
	return (struct round_networks){.n = m->n,
				       .networks = m->seen,
				       .result_bytes = m->result_bytes,
				       .confidence = (const struct confidence *const *)m->confidence};
}

static int64_t stated_ns(const struct models *m, int network, int subtask, int batch, const double *batch_s)
{
	struct snapshot_network run = m->seen[network];
	run.batch_s = batch_s;
	return s_to_ns(snapshot_batch_s(&run, subtask, batch));
}

int64_t models_median_ns(const struct models *m, int network, int subtask, int batch)
{
	return stated_ns(m, network, subtask, batch, m->profiles[network]->median_s);
}

int64_t models_p95_ns(const struct models *m, int network, int subtask, int batch)
{
	return stated_ns(m, network, subtask, batch, m->profiles[network]->p95_s);
}

// SPDX-License-Identifier: BSD-3-Clause
#include "sim/networks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dnn/network.h"
#include "edge/desk/served.h"

static uint8_t *count_tensors(const struct network *net)
{
	uint8_t *tensors = calloc((size_t)net->n_subtasks + 1, sizeof(*tensors));
	for (int cut = 0; tensors && cut <= net->n_subtasks; cut++)
		tensors[cut] = (uint8_t)features_table_rows(net, cut);
	return tensors;
}

static int take_sizes(struct sim_network *network, const struct snapshot_network *seen,
		      const struct network *net, struct err *err)
{
	uint8_t *tensors = count_tensors(net);
	if (!tensors)
		return err_set(err, ENOMEM, "no memory");
	*network = (struct sim_network){.hash = net->hash,
					.result_values = network_cut_values(net, net->n_subtasks),
					.tensors = tensors,
					.run = *seen};
	for (int f = 0; f < FEATURES_COUNT; f++)
		network->sizes[f] =
		    (struct task_network){.n_subtasks = net->n_subtasks,
					  .work_flop = seen->work_flop,
					  .cut_bits = served_upload_bits(seen, (enum features)f),
					  .tensors = tensors};
	return 0;
}

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
	if (r == 0 && (r = take_sizes(&s->network[i], seen, net, err)) < 0)
		served_network_free(seen);
	if (r < 0) {
		network_free(net);
		return r;
	}
	s->network[i].run.batch_s = from->profile->median_s;
	s->n = i + 1;
	if (*from->confidence)
		r = confidence_open(&s->confidence[i], from->confidence, net, err);
	network_free(net);
	return r;
}

static int describe_variant(struct sim_networks *s, const char *name, struct err *err)
{
	struct network *net;
	int i = s->n, r = network_outline(&net, name, WEIGHT_SEED, err);
	if (r < 0)
		return r;
	r = served_variant(&s->seen[i], &s->result_bytes[i], net, &s->seen[0], err);
	if (r == 0 && (r = take_sizes(&s->network[i], &s->seen[i], net, err)) < 0)
		served_network_free(&s->seen[i]);
	if (r == 0) {
		for (int f = 0; f < FEATURES_COUNT; f++)
			s->variant_sizes[f][s->n_variants] = &s->network[i].sizes[f];
		s->variants[s->n_variants++] = s->n++;
	}
	network_free(net);
	return r;
}

static int describe_variants(struct sim_networks *s, const struct topology *t, struct err *err)
{
	char name[NETWORK_REFERENCE_MAX];
	int r = 0;
	for (int i = 0; r == 0 && s->n > 0 && topology_variant(t, i, name, sizeof(name)); i++) {
		r = describe_variant(s, name, err);
		if (r < 0)
			err_prefix(err, "ues.variants");
	}
	return r;
}

// Inputs of a stated size.
static int describe_inputs(struct sim_networks *s, const struct topology *t, struct err *err)
{
	s->n_ues = t->n_ues;
	s->inputs = calloc((size_t)t->n_ues, sizeof(*s->inputs));
	if (!s->inputs)
		return err_set(err, ENOMEM, "no memory for %d UEs", t->n_ues);
	for (int i = 0; s->n > 0 && i < t->n_ues; i++) {
		struct task_network *sizes = &s->inputs[i].sizes;
		*sizes = s->network[s->of_ue[i]].sizes[t->ue[i].features];
		if (t->ue[i].input_bytes == 0)
			continue;
		size_t size = ((size_t)sizes->n_subtasks + 1) * sizeof(double);
		double *bits = s->inputs[i].upload_bits = malloc(size);
		if (!bits)
			return err_set(err, ENOMEM, "no memory for %d UEs", t->n_ues);
		memcpy(bits, sizes->cut_bits, size);
		bits[0] = 8. * t->ue[i].input_bytes;
		sizes->cut_bits = bits;
	}
	return 0;
}

const struct task_network *sim_networks_sizes(const struct sim_networks *s, int ue, enum features features)
{
	return s->inputs[ue].upload_bits ? &s->inputs[ue].sizes : &s->network[s->of_ue[ue]].sizes[features];
}

void sim_networks_tell(const struct sim_networks *s, struct edge_config *c)
{
	c->n_networks = s->n;
	c->networks = NULL;
	c->n_variants = s->n_variants;
	memcpy(c->variants, s->variants, sizeof(c->variants));
	for (int i = 0; i < c->n_ues; i++) {
		c->ues[i].network = s->of_ue[i];
		c->ues[i].upload_bits = s->inputs[i].upload_bits;
	}
}

static int describe_server(struct sim_networks *s, int server, int network, const struct prepared_run *run,
			   int prepared)
{
	const struct profile *own = run->prepared->server_profiles[server * run->prepared->n + prepared];
	const struct profile *profile = own ? own : run->prepared->networks[prepared].profile;
	double speed = run->topology->server[server].speed;
	int at = server * s->n + network;
	s->server_run[at] = served_table(&s->seen[network], profile, profile->median_s, speed);
	s->server_seen[at] = served_table(&s->seen[network], profile, profile->p95_s, speed);
	return s->server_run[at] && s->server_seen[at] ? 0 : -ENOMEM;
}

static int describe_variant_server(struct sim_networks *s, int server, int network, double speed)
{
	const struct snapshot_network *seen = &s->seen[network];
	const struct profile like = {.max_batch = seen->max_batch};
	int at = server * s->n + network;
	s->server_run[at] = served_table(seen, &like, seen->batch_s, speed);
	s->server_seen[at] = served_table(seen, &like, seen->batch_s, speed);
	return s->server_run[at] && s->server_seen[at] ? 0 : -ENOMEM;
}

// known_as: of each prepared network that some UE has tasks of.
static int describe_servers(struct sim_networks *s, const struct prepared_run *run, const int *known_as,
			    struct err *err)
{
	size_t n = (size_t)(run->topology->n_servers * s->n);
	s->n_servers = run->topology->n_servers;
	s->server_run = calloc(n + 1, sizeof(double *));
	s->server_seen = calloc(n + 1, sizeof(double *));
	s->server_rows = calloc((size_t)s->n_servers + 1, sizeof(*s->server_rows));
	int r = s->server_run && s->server_seen && s->server_rows ? 0 : -ENOMEM;
	for (int i = 0; r == 0 && i < s->n_servers; i++) {
		s->server_rows[i] = (const double *const *)&s->server_seen[i * s->n];
		for (int k = 0; r == 0 && k < run->prepared->n; k++)
			if (run->prepared->networks[k].profile)
				r = describe_server(s, i, known_as[k], run, k);
		for (int v = 0; r == 0 && v < s->n_variants; v++)
			r = describe_variant_server(s, i, s->variants[v], run->topology->server[i].speed);
	}
	return r < 0 ? err_set(err, ENOMEM, "no memory for %d servers", s->n_servers) : 0;
}

int sim_networks_open(struct sim_networks *s, const struct prepared_run *run, struct err *err)
{
	const struct prepared *prepared = run->prepared;
	size_t n = (size_t)prepared->n + EDGE_MAX_VARIANTS, n_ues = (size_t)run->topology->n_ues;
	int *known_as = calloc(n, sizeof(int));
	*s = (struct sim_networks){.network = calloc(n, sizeof(*s->network)),
				   .seen = calloc(n, sizeof(*s->seen)),
				   .result_bytes = calloc(n, sizeof(*s->result_bytes)),
				   .confidence = calloc(n, sizeof(struct confidence *)),
				   .of_ue = calloc(n_ues, sizeof(*s->of_ue))};
	bool memory = known_as && s->network && s->seen && s->result_bytes && s->confidence && s->of_ue;
	int r = memory ? 0 : err_set(err, ENOMEM, "no memory");
	for (int i = 0; r == 0 && i < prepared->n; i++) {
		if (!prepared->networks[i].profile)
			continue; // nobody has tasks of it
		known_as[i] = s->n;
		r = describe(s, s->n, &prepared->networks[i], err);
	}
	r = r < 0 ? r : describe_variants(s, run->topology, err);
	if (r == 0 && run->topology->n_servers > 0)
		r = describe_servers(s, run, known_as, err);
	for (size_t i = 0; r == 0 && i < n_ues; i++)
		s->of_ue[i] = known_as[prepared->network_of_ue[i]];
	r = r < 0 ? r : describe_inputs(s, run->topology, err);
	free(known_as);
	if (r < 0)
		sim_networks_close(s);
	return r;
}

void sim_networks_close(struct sim_networks *s)
{
	for (int i = 0; i < s->n; i++) {
		served_network_free(&s->seen[i]);
		free(s->network[i].tensors);
		confidence_close(s->confidence[i]);
	}
	free(s->confidence);
	for (int i = 0; s->server_run && s->server_seen && i < s->n_servers * s->n; i++) {
		free(s->server_run[i]);
		free(s->server_seen[i]);
	}
	free(s->server_run);
	free(s->server_seen);
	free(s->server_rows);
	for (int i = 0; s->inputs && i < s->n_ues; i++)
		free(s->inputs[i].upload_bits);
	free(s->inputs);
	free(s->network);
	free(s->seen);
	free(s->result_bytes);
	free(s->of_ue);
	*s = (struct sim_networks){0};
}

struct round_networks sim_networks_for_rounds(const struct sim_networks *s)
{
	return (struct round_networks){.n = s->n,
				       .networks = s->seen,
				       .result_bytes = s->result_bytes,
				       .server_batch_s = s->n_servers > 0 ? s->server_rows : NULL,
				       .confidence = (const struct confidence *const *)s->confidence};
}

int64_t sim_networks_run_ns(const struct sim_networks *s, int server, int network, int subtask, int batch)
{
	const struct snapshot_network *net = &s->network[network].run;
	const double *table = server > 0 ? s->server_run[(server - 1) * s->n + network] : net->batch_s;
	return s_to_ns(snapshot_table_batch_s(net, table, subtask, batch));
}

int64_t sim_networks_p95_ns(const struct sim_networks *s, int server, int network, int subtask, int batch)
{
	const struct snapshot_network *net = &s->seen[network];
	const double *table = server > 0 ? s->server_seen[(server - 1) * s->n + network] : net->batch_s;
	return s_to_ns(snapshot_table_batch_s(net, table, subtask, batch));
}

void sim_networks_describe(const struct prepared_run *run, char *text, size_t size)
{
	const struct prepared *p = run->prepared;
	int i = 0;
	while (i < p->n - 1 && !p->networks[i].profile)
		i++;
	snprintf(text, size, "virtual time after %.120s", p->networks[i].profile->source);
}

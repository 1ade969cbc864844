// SPDX-License-Identifier: BSD-3-Clause
// Where tasks ran: their response times by place, and how busy each place was.
#include "records/results/results_private.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json_finite.h"
#include "base/quantile.h"

static json_t *response_json(const struct results *r, int server, double *values)
{
	size_t n = 0;
	double sum = 0;
	for (size_t i = 0; i < r->n_tasks; i++) {
		const struct task_record *t = &r->tasks[i];
		if (t->outcome != TASK_DONE || task_server(t) != server)
			continue;
		values[n] = (double)task_latency_ns(t) / 1e6;
		sum += values[n++];
	}
	// quantile sorts, so the largest comes last
	return json_pack("{s:I, s:o, s:o, s:o, s:o}", "n", (json_int_t)n, "mean",
			 json_finite(n ? sum / (double)n : NAN), "p50", json_finite(quantile(values, n, .5)),
			 "p95", json_finite(quantile(values, n, .95)), "max",
			 json_finite(quantile(values, n, 1)));
}

static json_t *node_json(const struct results *r, const char *name, int server, double *values)
{
	return json_pack("{s:s, s:i, s:o}", "node", name, "server", server, "latency_ms",
			 response_json(r, server, values));
}

// wait_ns: of all jobs; -1 = not known.
static void add_load(const struct results *r, json_t *node, uint32_t cores, uint64_t batches, int64_t busy_ns,
		     double wait_ms)
{
	int64_t run_ns = r->topology->duration_ns, span_ns = r->last_batch_ns - r->epoch_ns;
	span_ns = span_ns > run_ns ? span_ns : run_ns;
	json_object_set_new(node, "cores", json_integer(cores));
	json_object_set_new(node, "batches", json_integer((json_int_t)batches));
	json_object_set_new(node, "busy_s", json_finite(ns_to_s(busy_ns)));
	json_object_set_new(node, "utilisation",
			    json_finite((double)busy_ns / ((double)span_ns * (double)cores)));
	json_object_set_new(node, "mean_wait_ms", json_finite(wait_ms));
}

static json_t *server_json(const struct results *r, int i, double *values)
{
	const struct server_record *s = &r->servers[i];
	json_t *node = node_json(r, r->topology->server[i].name, i + 1, values);
	add_load(r, node, (uint32_t)r->topology->server[i].cores, s->batches, s->busy_ns,
		 s->jobs ? (double)s->wait_ns / (double)s->jobs / 1e6 : NAN);
	return node;
}

// The stage wait of those who ran at the edge.
static double edge_wait_ms(const struct results *r)
{
	double sum_ns = 0;
	size_t n = 0;
	for (size_t i = 0; i < r->n_tasks; i++) {
		const struct task_record *t = &r->tasks[i];
		if (t->outcome != TASK_DONE || task_server(t) != 0)
			continue;
		sum_ns += (double)task_stage_ns(t, STAGE_WAIT);
		n++;
	}
	return n ? sum_ns / (double)n / 1e6 : NAN;
}

json_t *nodes_json(const struct results *r)
{
	bool on_cores = r->topology->edge.batching.mode == BATCHING_CORES;
	if (r->topology->n_servers == 0 && !on_cores)
		return NULL;
	json_t *list = json_array();
	double *values = calloc(r->n_tasks + 1, sizeof(*values));
	if (values) {
		json_array_append_new(list, node_json(r, "device", -1, values));
		json_t *edge = node_json(r, "edge", 0, values);
		add_load(r, edge, on_cores ? (uint32_t)r->topology->edge.cores : 1, r->edge.batches,
			 r->edge.busy_ns, edge_wait_ms(r));
		json_array_append_new(list, edge);
		for (int i = 0; i < r->topology->n_servers; i++)
			json_array_append_new(list, server_json(r, i, values));
	}
	free(values);
	return list;
}

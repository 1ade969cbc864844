// SPDX-License-Identifier: BSD-3-Clause
// The figures of summary.json but for those of its tasks (summary_tasks.c).
#include "records/results/results_private.h"
#include "records/results/verdict.h"

#include <math.h>

#include "base/clock.h"
#include "base/json_finite.h"

static json_t *batches_json(const struct results *r)
{
	json_t *sizes = json_object(), *reasons = json_object();
	for (int i = 0; i < BATCH_SIZES; i++)
		if (r->batches_of_size[i]) {
			char key[16];
			snprintf(key, sizeof(key), "%d", i);
			json_object_set_new(sizes, key, json_integer((json_int_t)r->batches_of_size[i]));
		}
	for (int i = 0; i < BATCH_REASONS; i++)
		json_object_set_new(reasons, batch_reason_name((enum batch_reason)i),
				    json_integer((json_int_t)r->batches_by_reason[i]));
	return json_pack("{s:I, s:o, s:o, s:o}", "n", (json_int_t)r->n_batches, "mean_size",
			 json_finite(r->n_batches ? (double)r->batch_members / (double)r->n_batches : NAN),
			 "sizes", sizes, "reasons", reasons);
}

// Of an online policy, else null.
static json_t *decisions_json(const struct edge_record *e)
{
	if (e->decisions == 0)
		return json_null();
	return json_pack("{s:I, s:f, s:f}", "n", (json_int_t)e->decisions, "mean_us",
			 (double)e->decide_sum_ns / (double)e->decisions / 1e3, "max_us",
			 (double)e->decide_max_ns / 1e3);
}

// The batches' run times beside what the worker measured of itself: the one should explain the other.
static json_t *worker_json(const struct edge_record *e)
{
	if (e->worker_ns == 0)
		return json_null();
	return json_pack("{s:f, s:f, s:f, s:f, s:I}", "run_s", ns_to_s(e->run_ns), "busy_s",
			 ns_to_s(e->worker_ns), "cpu_s", ns_to_s(e->worker_cpu_ns), "explained",
			 (double)e->run_ns / (double)e->worker_ns, "copied_batches", (json_int_t)e->copied);
}

// From the device's meter, of the whole run, idle power included; else the batches' by the stated model.
static json_t *energy_json(const struct edge_record *e)
{
	bool metered = *e->meter != '\0';
	double j = metered ? e->metered_j : e->energy_j;
	return json_pack("{s:s, s:b, s:b, s:f, s:f, s:f, s:o, s:o, s:o}", "source",
			 metered ? e->meter : "model: edge.power", "modelled", !metered, "charged",
			 (int)e->edge_charged, "total_j", j, "per_task_mj",
			 e->requests ? 1e3 * j / (double)e->requests : 0., "model_total_j", e->energy_j,
			 "window_s", json_finite(metered ? e->metered_s : NAN), "mean_w",
			 json_finite(metered ? j / e->metered_s : NAN), "not_metered_because",
			 *e->no_meter ? json_string(e->no_meter) : json_null());
}

// What peers were refused, by reason; in a simulation nobody is.
static json_t *refusals_json(const struct edge_record *e)
{
	json_t *o = json_object();
	for (int i = 0; i < EDGE_REFUSALS; i++)
		json_object_set_new(o, edge_refusal_names[i], json_integer((json_int_t)e->refusals[i]));
	return o;
}

static json_t *edge_json(const struct results *r)
{
	const struct edge_record *e = &r->edge;
	if (!r->has_edge)
		return json_null();
	return json_pack(
	    "{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:o, s:f, s:f, s:o, s:o, s:o}",
	    "executor", e->executor, "modelled", e->modelled, "rounds", (json_int_t)e->rounds, "requests",
	    (json_int_t)e->requests, "refused", (json_int_t)e->refused, "not_admitted",
	    (json_int_t)e->not_admitted, "dropped", (json_int_t)e->dropped, "batches", (json_int_t)e->batches,
	    "stragglers", (json_int_t)e->stragglers, "left_behind", (json_int_t)e->left_behind, "busy_s",
	    ns_to_s(e->busy_ns), "worker", worker_json(e), "plan_mean_us",
	    e->rounds ? (double)e->plan_sum_ns / (double)e->rounds / 1e3 : 0., "plan_max_us",
	    (double)e->plan_max_ns / 1e3, "decisions", decisions_json(e), "energy", energy_json(e),
	    "refusals", refusals_json(e));
}

static json_t *packets_json(const struct packets_record *p)
{
	double us = p->received ? 1e-3 : NAN; // no packet has no delay
	int64_t lost = (int64_t)(p->sent - p->received), span = p->last_ns - p->first_ns;
	// From the first arrival to the last there are received - 1 whole intervals.
	double rate = p->received > 1 ? 8e9 * p->size_bytes * (double)(p->received - 1) / (double)span : NAN;
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:{s:o, s:o, s:o, s:o, s:o}}", "ue",
			 (json_int_t)p->ue, "size_bytes", (json_int_t)p->size_bytes, "sent",
			 (json_int_t)p->sent, "received", (json_int_t)p->received, "lost", (json_int_t)lost,
			 "goodput_bps", json_finite(rate), "delay_us", "mean",
			 json_finite(us * p->delay_mean_ns), "p50", json_finite(us * p->delay_p50_ns), "p99",
			 json_finite(us * p->delay_p99_ns), "min", json_finite(us * (double)p->delay_min_ns),
			 "max", json_finite(us * (double)p->delay_max_ns));
}

// A UE's radio over the whole run, from model time 0 to the last row of links.csv, tasks or not.
static json_t *radio_energies_json(const struct results *r)
{
	json_t *list = json_array();
	for (int i = 0; i < r->topology->n_ues; i++)
		json_array_append_new(list, radio_energy_json(&r->topology->ue[i], i + 1, &r->links[i].first,
							      &r->links[i].last));
	return list;
}

// One entry a UE that has traffic.
static json_t *traffic_json(const struct results *r)
{
	json_t *list = json_array();
	for (int i = 0; i < r->topology->n_ues; i++)
		if (r->packets[i].ue)
			json_array_append_new(list, packets_json(&r->packets[i]));
	return list;
}

static json_t *seconds_json(int64_t ns)
{
	return json_sprintf("%lld.%09lld", (long long)(ns / NS_PER_S), (long long)(ns % NS_PER_S));
}

// Of the run as a whole: when it was, and whether it counts.
static json_t *verdict_json(const struct results *r)
{
	json_t *why = verdict_doubts(r);
	// Unix time of model time 0: what turns a time in the tables into one in the captures.
	json_t *epoch = seconds_json(r->epoch_wall_ns);
	// And the protocol's CLOCK_MONOTONIC stamps into it, as the Wireshark dissector takes it.
	json_t *offset = seconds_json(r->epoch_wall_ns - r->epoch_ns);
	return json_pack("{s:o, s:o, s:O, s:b, s:o, s:o}", "epoch_unix", epoch, "clock_offset", offset,
			 "captures", r->captures, "valid", json_array_size(why) == 0, "not_valid_because",
			 why, "host_lateness", verdict_lateness_json(r));
}

static json_t *parts_json(const struct results *r)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:O, s:O}", "accuracy", class_accuracy_json(r),
			 "features", features_json(r), "batches", batches_json(r), "traffic", traffic_json(r),
			 "radio_energy", radio_energies_json(r), "edge", edge_json(r), "shaper",
			 accuracy_json(r->has_accuracy ? &r->accuracy : NULL), "losses", r->losses, "notes",
			 r->notes);
}

json_t *results_to_json(const struct results *r)
{
	json_t *o = verdict_json(r);
	json_t *nodes = nodes_json(r);
	bool ok = json_object_update_new(o, task_figures_json(r)) == 0 &&
		  json_object_update_new(o, parts_json(r)) == 0;
	ok = (!nodes || json_object_set_new(o, "nodes", nodes) == 0) && ok;
	if (ok)
		return o;
	json_decref(o);
	return NULL;
}

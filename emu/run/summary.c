// SPDX-License-Identifier: BSD-3-Clause
// The figures of summary.json: medians with their counts, plan beside measurement.
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/quantile.h"
#include "emu/run/results_private.h"

// A run is valid when the shaper kept its time for all but this share of its packets, and lost none outside
// the model.
#define OVERRUN_SHARE 1e-3

typedef double (*task_figure)(const struct task_record *);

static double latency_ms(const struct task_record *t)
{
	return (double)task_latency_ns(t) / 1e6;
}

static double energy_mj(const struct task_record *t)
{
	return 1e3 * task_energy_j(t);
}

static double compute_mj(const struct task_record *t)
{
	return 1e3 * t->compute_j;
}

static double transmit_mj(const struct task_record *t)
{
	return 1e3 * t->transmit_j;
}

static double receive_mj(const struct task_record *t)
{
	return 1e3 * t->receive_j;
}

static double idle_mj(const struct task_record *t)
{
	return 1e3 * t->idle_j;
}

static double plan_energy_mj(const struct task_record *t)
{
	return 1e3 * task_plan_energy_j(t);
}

static double plan_latency_ms(const struct task_record *t)
{
	return (double)task_plan_latency_ns(t) / 1e6;
}

// |measured - plan| / plan
static double latency_error(const struct task_record *t)
{
	return fabs(latency_ms(t) / plan_latency_ms(t) - 1);
}

static double energy_error(const struct task_record *t)
{
	return fabs(1e3 * task_planned_parts_j(t) / plan_energy_mj(t) - 1);
}

struct selection {
	const struct results *r;
	uint32_t ue; // 0 = all
	double *values;
};

static size_t select_values(const struct selection *s, task_figure figure)
{
	size_t n = 0;
	for (size_t i = 0; i < s->r->n_tasks; i++) {
		const struct task_record *t = &s->r->tasks[i];
		if (t->outcome == TASK_DONE && (s->ue == 0 || t->ue == s->ue))
			s->values[n++] = figure(t);
	}
	return n;
}

static double mean(const double *v, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return n ? sum / (double)n : 0;
}

// JSON has no NaN: an empty selection is null.
static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static void add_quantiles(json_t *o, const char *key, const struct selection *s, task_figure figure)
{
	size_t n = select_values(s, figure);
	double average = mean(s->values, n);
	json_t *q = json_object();
	json_object_set_new(q, "n", json_integer((json_int_t)n));
	json_object_set_new(q, "mean", number(n ? average : NAN));
	json_object_set_new(q, "p50", number(quantile(s->values, n, .5)));
	json_object_set_new(q, "p95", number(quantile(s->values, n, .95)));
	json_object_set_new(q, "max", number(quantile(s->values, n, 1)));
	json_object_set_new(o, key, q);
}

static void add_mean(json_t *o, const char *key, const struct selection *s, task_figure figure)
{
	size_t n = select_values(s, figure);
	json_object_set_new(o, key, number(n ? mean(s->values, n) : NAN));
}

struct counts {
	size_t done, met, failed, cut_short, promised, promised_missed, checked, differs, offloaded;
	double worst_check;
	size_t cuts[64];
};

static struct counts count(const struct results *r, uint32_t ue)
{
	struct counts c = {0};
	for (size_t i = 0; i < r->n_tasks; i++) {
		const struct task_record *t = &r->tasks[i];
		if (ue && t->ue != ue)
			continue;
		bool done = t->outcome == TASK_DONE, met = task_met_deadline(t);
		c.done += done;
		c.met += met;
		c.failed += t->outcome == TASK_FAILED;
		c.cut_short += t->outcome == TASK_CUT_SHORT;
		c.promised += done && t->promised;
		c.promised_missed += done && t->promised && !met;
		c.checked += t->checked != CHECK_NONE;
		c.differs += t->checked == CHECK_DIFFERS;
		c.offloaded += done && t->cut < t->n_subtasks;
		c.cuts[t->cut < 63 ? t->cut : 63] += done;
		if (t->checked != CHECK_NONE && t->check_error > c.worst_check)
			c.worst_check = t->check_error;
	}
	return c;
}

static json_t *counts_json(const struct counts *c)
{
	json_t *cuts = json_object();
	for (int i = 0; i < 64; i++)
		if (c->cuts[i]) {
			char key[16];
			snprintf(key, sizeof(key), "%d", i);
			json_object_set_new(cuts, key, json_integer((json_int_t)c->cuts[i]));
		}
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:o}", "done",
			 (json_int_t)c->done, "met", (json_int_t)c->met, "missed",
			 (json_int_t)(c->done - c->met), "promised", (json_int_t)c->promised,
			 "promised_but_missed", (json_int_t)c->promised_missed, "failed",
			 (json_int_t)c->failed, "cut_short", (json_int_t)c->cut_short, "offloaded",
			 (json_int_t)c->offloaded, "checked", (json_int_t)c->checked, "differing_results",
			 (json_int_t)c->differs, "largest_check_error", c->worst_check, "cuts", cuts);
}

static json_t *figures_of(const struct selection *s)
{
	struct counts c = count(s->r, s->ue);
	json_t *o = counts_json(&c);
	add_quantiles(o, "latency_ms", s, latency_ms);
	add_quantiles(o, "plan_latency_ms", s, plan_latency_ms);
	add_quantiles(o, "energy_mj", s, energy_mj);
	add_mean(o, "plan_energy_mj", s, plan_energy_mj);
	add_mean(o, "compute_mj", s, compute_mj);
	add_mean(o, "transmit_mj", s, transmit_mj);
	add_mean(o, "receive_mj", s, receive_mj);
	add_mean(o, "idle_mj", s, idle_mj);
	add_quantiles(o, "latency_error", s, latency_error);
	add_quantiles(o, "energy_error", s, energy_error);
	return o;
}

// Per stage the median of plan, of measurement and of their difference, over tasks that have the stage.
static json_t *stage_json(const struct results *r, enum task_stage stage, double *values)
{
	double medians[3];
	size_t n = 0;
	for (int what = 0; what < 3; what++) {
		n = 0;
		for (size_t i = 0; i < r->n_tasks; i++) {
			const struct task_record *t = &r->tasks[i];
			bool local_only = t->cut == t->n_subtasks;
			if (t->outcome != TASK_DONE || (local_only && stage > STAGE_LOCAL))
				continue;
			int64_t before = stage == STAGE_PLAN ? t->arrival_ns : t->plan_end_ns[stage - 1];
			double plan = (double)(t->plan_end_ns[stage] - before) / 1e6;
			double measured = (double)task_stage_ns(t, stage) / 1e6;
			values[n++] = what == 0 ? plan : what == 1 ? measured : measured - plan;
		}
		medians[what] = quantile(values, n, .5);
	}
	return json_pack("{s:s, s:I, s:o, s:o, s:o}", "stage", task_stage_name(stage), "n", (json_int_t)n,
			 "plan_p50_ms", number(medians[0]), "measured_p50_ms", number(medians[1]),
			 "difference_p50_ms", number(medians[2]));
}

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
			 number(r->n_batches ? (double)r->batch_members / (double)r->n_batches : NAN),
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
			 "window_s", number(metered ? e->metered_s : NAN), "mean_w",
			 number(metered ? j / e->metered_s : NAN), "not_metered_because",
			 *e->no_meter ? json_string(e->no_meter) : json_null());
}

static json_t *edge_json(const struct results *r)
{
	const struct edge_record *e = &r->edge;
	if (!r->has_edge)
		return json_null();
	return json_pack(
	    "{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:f, s:o, s:f, s:f, s:o, s:o}", "executor", e->executor,
	    "modelled", e->modelled, "rounds", (json_int_t)e->rounds, "requests", (json_int_t)e->requests,
	    "batches", (json_int_t)e->batches, "stragglers", (json_int_t)e->stragglers, "left_behind",
	    (json_int_t)e->left_behind, "busy_s", ns_to_s(e->busy_ns), "worker", worker_json(e),
	    "plan_mean_us", e->rounds ? (double)e->plan_sum_ns / (double)e->rounds / 1e3 : 0., "plan_max_us",
	    (double)e->plan_max_ns / 1e3, "decisions", decisions_json(e), "energy", energy_json(e));
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
			 "goodput_bps", number(rate), "delay_us", "mean", number(us * p->delay_mean_ns),
			 "p50", number(us * p->delay_p50_ns), "p99", number(us * p->delay_p99_ns), "min",
			 number(us * (double)p->delay_min_ns), "max", number(us * (double)p->delay_max_ns));
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

// What makes a run not valid, one sentence each.
static json_t *doubts(const struct results *r)
{
	json_t *list = json_array();
	char text[200];
	if (r->is_virtual)
		return list; // the model's times are exact
	if (!r->has_accuracy) {
		json_array_append_new(list, json_string("the shaper did not report its accuracy"));
		return list;
	}
	const struct accuracy_record *a = &r->accuracy;
	if ((double)a->overruns > OVERRUN_SHARE * (double)accuracy_packets(a)) {
		snprintf(text, sizeof(text), "the shaper overran: %llu of %llu packets left far too late",
			 (unsigned long long)a->overruns, (unsigned long long)accuracy_packets(a));
		json_array_append_new(list, json_string(text));
	}
	if (accuracy_lost(a) > 0) {
		snprintf(text, sizeof(text), "%llu packets were lost outside the link model",
			 (unsigned long long)accuracy_lost(a));
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *seconds_json(int64_t ns)
{
	return json_sprintf("%lld.%09lld", (long long)(ns / NS_PER_S), (long long)(ns % NS_PER_S));
}

json_t *results_to_json(const struct results *r)
{
	struct selection s = {.r = r, .values = calloc(r->n_tasks + 1, sizeof(double))};
	if (!s.values)
		return NULL;
	json_t *ues = json_array(), *stages = json_array(), *why = doubts(r);
	json_t *all = figures_of(&s);
	for (int i = 0; i < r->topology->n_ues; i++) {
		s.ue = (uint32_t)i + 1;
		json_t *one = figures_of(&s);
		json_object_set_new(one, "ue", json_integer(i + 1));
		json_array_append_new(ues, one);
	}
	for (int stage = 0; stage < STAGE_COUNT; stage++)
		json_array_append_new(stages, stage_json(r, (enum task_stage)stage, s.values));
	free(s.values);
	// Unix time of model time 0: what turns a time in the tables into one in the captures.
	json_t *epoch = seconds_json(r->epoch_wall_ns);
	// And the protocol's CLOCK_MONOTONIC stamps into it, as the Wireshark dissector takes it.
	json_t *offset = seconds_json(r->epoch_wall_ns - r->epoch_ns);
	return json_pack("{s:o, s:o, s:O, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:O}",
			 "epoch_unix", epoch, "clock_offset", offset, "captures", r->captures, "valid",
			 json_array_size(why) == 0, "not_valid_because", why, "tasks", all, "ues", ues,
			 "stages", stages, "batches", batches_json(r), "traffic", traffic_json(r),
			 "radio_energy", radio_energies_json(r), "edge", edge_json(r), "shaper",
			 accuracy_json(r->has_accuracy ? &r->accuracy : NULL), "notes", r->notes);
}

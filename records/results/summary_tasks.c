// SPDX-License-Identifier: BSD-3-Clause
// Figures of tasks in summary.json: medians with their counts, plan beside measurement.
#include "records/results/bursts.h"
#include "records/results/results_private.h"

#include <math.h>
#include <stdlib.h>

#include "base/json_finite.h"
#include "base/quantile.h"
#include "dnn/description.h"

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

// Likewise; a task without work or upload is planned to cost nothing, and then 0 is right.
static double energy_error(const struct task_record *t)
{
	double measured_mj = 1e3 * task_planned_parts_j(t), plan_mj = plan_energy_mj(t);
	return measured_mj == plan_mj ? 0 : fabs(measured_mj / plan_mj - 1);
}

// Tasks in the order in which they ended.
struct selection {
	const struct task_record *const *tasks; // [n]
	size_t n;
	double *values; // [n] room for a figure of each
};

static size_t select_values(const struct selection *s, task_figure figure)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->tasks[i]->outcome == TASK_DONE)
			s->values[n++] = figure(s->tasks[i]);
	return n;
}

static double mean(const double *v, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return n ? sum / (double)n : 0;
}

static void add_quantiles(json_t *o, const char *key, const struct selection *s, task_figure figure)
{
	size_t n = select_values(s, figure);
	double average = mean(s->values, n);
	json_t *q = json_object();
	json_object_set_new(q, "n", json_integer((json_int_t)n));
	json_object_set_new(q, "mean", json_finite(n ? average : NAN));
	json_object_set_new(q, "p50", json_finite(quantile(s->values, n, .5)));
	json_object_set_new(q, "p95", json_finite(quantile(s->values, n, .95)));
	json_object_set_new(q, "max", json_finite(quantile(s->values, n, 1)));
	json_object_set_new(o, key, q);
}

static void add_mean(json_t *o, const char *key, const struct selection *s, task_figure figure)
{
	size_t n = select_values(s, figure);
	json_object_set_new(o, key, json_finite(n ? mean(s->values, n) : NAN));
}

struct counts {
	size_t done, met, failed, cut_short, promised, promised_missed, checked, differs, offloaded,
	    missed_by_host, dropped_by_host, refused, dropped, served;
	double worst_check;
	size_t cuts[DESCRIPTION_MAX_SUBTASKS + 1]; // before each sub-task, and after all
	size_t exits[DESCRIPTION_MAX_SUBTASKS + 1];
	size_t variants[DESCRIPTION_MAX_SUBTASKS + 1];
};

static struct counts count(const struct selection *s)
{
	struct counts c = {0};
	for (size_t i = 0; i < s->n; i++) {
		const struct task_record *t = s->tasks[i];
		bool done = t->outcome == TASK_DONE, met = task_met_deadline(t);
		c.done += done;
		c.met += met;
		c.failed += t->outcome == TASK_FAILED;
		c.cut_short += t->outcome == TASK_CUT_SHORT;
		c.refused += t->outcome == TASK_REFUSED;
		c.dropped += t->outcome == TASK_DROPPED;
		c.served += met && t->cut < t->n_subtasks;
		c.promised += done && t->promised;
		c.missed_by_host += done && task_missed_by_host(t);
		c.dropped_by_host += !done && task_missed_by_host(t);
		c.promised_missed += done && t->promised && !met;
		c.checked += t->checked != CHECK_NONE;
		c.differs += t->checked == CHECK_DIFFERS;
		c.offloaded += done && t->cut < t->n_subtasks;
		if (t->cut <= DESCRIPTION_MAX_SUBTASKS)
			c.cuts[t->cut] += done;
		if (t->exit > 0 && t->exit <= DESCRIPTION_MAX_SUBTASKS)
			c.exits[t->exit] += done;
		if (t->variant > 0 && t->variant <= DESCRIPTION_MAX_SUBTASKS)
			c.variants[t->variant] += done;
		if (t->checked != CHECK_NONE && t->check_error > c.worst_check)
			c.worst_check = t->check_error;
	}
	return c;
}

// {"3": 17, ...} of those that are not 0.
static json_t *places_json(const size_t n[DESCRIPTION_MAX_SUBTASKS + 1])
{
	json_t *o = json_object();
	for (int i = 0; i <= DESCRIPTION_MAX_SUBTASKS; i++)
		if (n[i]) {
			char key[16];
			snprintf(key, sizeof(key), "%d", i);
			json_object_set_new(o, key, json_integer((json_int_t)n[i]));
		}
	return o;
}

// Over the tasks done whose accuracy is told; null without any.
static json_t *accuracy_of(const struct selection *s)
{
	double sum = 0;
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->tasks[i]->outcome == TASK_DONE && s->tasks[i]->accuracy > 0) {
			sum += s->tasks[i]->accuracy;
			n++;
		}
	return json_finite(n ? sum / (double)n : NAN);
}

// Of results that were computed for inputs that have a class, those that name it; null without any.
static json_t *measured_accuracy_of(const struct selection *s)
{
	size_t known = 0, right = 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->tasks[i]->outcome == TASK_DONE) {
			known += s->tasks[i]->classified != CLASS_UNKNOWN;
			right += s->tasks[i]->classified == CLASS_RIGHT;
		}
	return json_finite(known ? (double)right / (double)known : NAN);
}

static json_t *counts_json(const struct counts *c)
{
	return json_pack(
	    "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}",
	    "done", (json_int_t)c->done, "met", (json_int_t)c->met, "missed", (json_int_t)(c->done - c->met),
	    "promised", (json_int_t)c->promised, "promised_but_missed", (json_int_t)c->promised_missed,
	    "missed_by_host", (json_int_t)c->missed_by_host, "failed", (json_int_t)c->failed, "cut_short",
	    (json_int_t)c->cut_short, "refused", (json_int_t)c->refused, "dropped", (json_int_t)c->dropped,
	    "dropped_by_host", (json_int_t)c->dropped_by_host, "served", (json_int_t)c->served, "offloaded",
	    (json_int_t)c->offloaded, "checked", (json_int_t)c->checked, "differing_results",
	    (json_int_t)c->differs, "largest_check_error", json_finite(c->worst_check), "cuts",
	    places_json(c->cuts), "exits", places_json(c->exits), "variants", places_json(c->variants));
}

static json_t *figures_of(const struct selection *s)
{
	struct counts c = count(s);
	json_t *o = counts_json(&c);
	json_object_set_new(o, "accuracy", accuracy_of(s));
	json_object_set_new(o, "accuracy_measured", measured_accuracy_of(s));
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
static json_t *stage_json(const struct selection *s, enum task_stage stage)
{
	double medians[3];
	size_t n = 0;
	for (int what = 0; what < 3; what++) {
		n = 0;
		for (size_t i = 0; i < s->n; i++) {
			const struct task_record *t = s->tasks[i];
			bool local_only = t->cut == t->n_subtasks;
			if (t->outcome != TASK_DONE || (local_only && stage > STAGE_LOCAL))
				continue;
			int64_t before = stage == STAGE_PLAN ? t->arrival_ns : t->plan_end_ns[stage - 1];
			double plan = (double)(t->plan_end_ns[stage] - before) / 1e6;
			double measured = (double)task_stage_ns(t, stage) / 1e6;
			s->values[n++] = what == 0 ? plan : what == 1 ? measured : measured - plan;
		}
		medians[what] = quantile(s->values, n, .5);
	}
	return json_pack("{s:s, s:I, s:o, s:o, s:o}", "stage", task_stage_name(stage), "n", (json_int_t)n,
			 "plan_p50_ms", json_finite(medians[0]), "measured_p50_ms", json_finite(medians[1]),
			 "difference_p50_ms", json_finite(medians[2]));
}

// by_ue[n_tasks]: the tasks of ue1, then those of ue2, ..; end[n_ues + 1]: behind each UE's, [0] = 0.
static void sort_by_ue(const struct results *r, const struct task_record *by_ue[], size_t end[])
{
	size_t n_ues = (size_t)r->topology->n_ues, first = 0;
	for (size_t i = 0; i < r->n_tasks; i++)
		end[r->tasks[i].ue]++;
	for (size_t ue = 1; ue <= n_ues; ue++) {
		size_t n = end[ue];
		end[ue] = first;
		first += n;
	}
	for (size_t i = 0; i < r->n_tasks; i++)
		by_ue[end[r->tasks[i].ue]++] = &r->tasks[i];
}

static json_t *ues_json(const struct results *r, const struct task_record *const by_ue[], const size_t end[],
			double *values)
{
	json_t *ues = json_array();
	for (int i = 0; i < r->topology->n_ues; i++) {
		const struct selection s = {
		    .tasks = by_ue + end[i], .n = end[i + 1] - end[i], .values = values};
		json_t *one = figures_of(&s);
		json_object_set_new(one, "ue", json_integer(i + 1));
		json_array_append_new(ues, one);
	}
	return ues;
}

// Only a UE that may have several tasks open works on those of a burst together.
static bool may_be_bursts(const struct topology *t)
{
	for (int i = 0; i < t->n_ues; i++)
		if (t->ue[i].open_tasks > 1)
			return true;
	return false;
}

json_t *task_figures_json(const struct results *r)
{
	size_t n = r->n_tasks;
	double *values = calloc(n + 1, sizeof(*values));
	const struct task_record **tasks = calloc(2 * n + 1, sizeof(struct task_record *)),
				 **by_ue = tasks ? tasks + n : NULL;
	size_t *end = calloc((size_t)r->topology->n_ues + 1, sizeof(*end));
	json_t *figures = NULL;
	if (values && tasks && end) {
		const struct selection all = {.tasks = tasks, .n = n, .values = values};
		for (size_t i = 0; i < n; i++)
			tasks[i] = &r->tasks[i];
		sort_by_ue(r, by_ue, end);
		json_t *stages = json_array(), *of_all = figures_of(&all);
		json_t *ues = ues_json(r, by_ue, end, values);
		for (int stage = 0; stage < STAGE_COUNT; stage++)
			json_array_append_new(stages, stage_json(&all, (enum task_stage)stage));
		figures = json_pack("{s:o, s:o, s:o}", "tasks", of_all, "ues", ues, "stages", stages);
		if (may_be_bursts(r->topology))
			json_object_set_new(figures, "bursts", bursts_json(tasks, n));
	}
	free(values);
	free(tasks);
	free(end);
	return figures;
}

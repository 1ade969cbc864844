// SPDX-License-Identifier: BSD-3-Clause
// How often results name the class of their input, beside what their exits promise: a figure of summary.json.
#include "records/results/results_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/estimate.h"
#include "base/json_finite.h"

// Tasks done of one exit, or of all.
struct tally {
	size_t done, told, known, right, inputs;
	double promised; // their sum
	bool *has;	 // [n_inputs] which inputs are among those known
};

// Which exit a tally is of. A reference names a network; exit 0 is its end.
struct exit_key {
	const char *network;
	uint32_t exit;
};

struct tallies {
	struct tally all, *exits; // [n]
	struct exit_key *keys;
	size_t n, n_inputs;
};

static int open_tally(struct tally *t, size_t n_inputs)
{
	*t = (struct tally){.has = calloc(n_inputs + 1, sizeof(*t->has))};
	return t->has ? 0 : -1;
}

static void add_task(struct tally *t, const struct task_record *task)
{
	t->done++;
	t->told += task->accuracy > 0;
	t->promised += task->accuracy;
	if (task->classified == CLASS_UNKNOWN)
		return;
	t->known++;
	t->right += task->classified == CLASS_RIGHT;
	t->inputs += !t->has[task->sample];
	t->has[task->sample] = true;
}

// Of this exit; NULL: no memory.
static struct tally *tally_of(struct tallies *all, const struct exit_key *key)
{
	size_t i = 0;
	while (i < all->n &&
	       (all->keys[i].exit != key->exit || strcmp(all->keys[i].network, key->network) != 0))
		i++;
	if (i < all->n)
		return &all->exits[i];
	struct tally *exits = realloc(all->exits, (i + 1) * sizeof(*exits));
	all->exits = exits ? exits : all->exits;
	struct exit_key *keys = exits ? realloc(all->keys, (i + 1) * sizeof(*keys)) : NULL;
	all->keys = keys ? keys : all->keys;
	if (!keys || open_tally(&exits[i], all->n_inputs) < 0)
		return NULL;
	keys[i] = *key;
	all->n++;
	return &exits[i];
}

// Results of equal inputs at one exit are equal, so the trials are the inputs, not the tasks.
static json_t *tally_json(const struct tally *t)
{
	double measured = t->known ? (double)t->right / (double)t->known : NAN;
	struct share_interval interval = share_interval(measured, (double)t->inputs);
	return json_pack("{s:I, s:o, s:I, s:I, s:o, s:I, s:o, s:o}", "done", (json_int_t)t->done, "promised",
			 json_finite(t->told ? t->promised / (double)t->told : NAN), "known",
			 (json_int_t)t->known, "right", (json_int_t)t->right, "measured",
			 json_finite(measured), "inputs", (json_int_t)t->inputs, "low",
			 json_finite(interval.low), "high", json_finite(interval.high));
}

static int by_network_and_depth(const void *a, const void *b, void *keys)
{
	const struct exit_key *x = (const struct exit_key *)keys + *(const size_t *)a,
			      *y = (const struct exit_key *)keys + *(const size_t *)b;
	int names = strcmp(x->network, y->network);
	// The end, 0, comes last.
	return names ? names : x->exit - 1 < y->exit - 1 ? -1 : 1;
}

static json_t *exits_json(const struct tallies *all)
{
	json_t *list = json_array();
	size_t *order = calloc(all->n + 1, sizeof(*order));
	for (size_t i = 0; order && i < all->n; i++)
		order[i] = i;
	if (order && all->n > 1)
		qsort_r(order, all->n, sizeof(*order), by_network_and_depth, all->keys);
	for (size_t i = 0; order && i < all->n; i++) {
		json_t *one = tally_json(&all->exits[order[i]]);
		json_object_set_new(one, "network", json_string(all->keys[order[i]].network));
		json_object_set_new(one, "exit", json_integer(all->keys[order[i]].exit));
		json_array_append_new(list, one);
	}
	free(order);
	return list;
}

static bool counts(const struct results *r, const struct task_record *t)
{
	return t->outcome == TASK_DONE && t->ue >= 1 && t->ue <= (uint32_t)r->topology->n_ues &&
	       t->sample < (uint32_t)r->topology->samples.inputs &&
	       (t->accuracy > 0 || t->classified != CLASS_UNKNOWN);
}

json_t *class_accuracy_json(const struct results *r)
{
	struct tallies all = {.n_inputs = (size_t)r->topology->samples.inputs};
	int rc = open_tally(&all.all, all.n_inputs);
	for (size_t i = 0; rc == 0 && i < r->n_tasks; i++) {
		const struct task_record *t = &r->tasks[i];
		if (!counts(r, t))
			continue;
		struct exit_key key = {r->topology->ue[t->ue - 1].network, t->exit};
		struct tally *one = tally_of(&all, &key);
		rc = one ? 0 : -1;
		if (!one)
			break;
		add_task(one, t);
		add_task(&all.all, t);
	}
	bool modelled = r->is_virtual || (r->has_edge && r->edge.modelled);
	json_t *o = rc < 0 ? NULL
			   : json_pack("{s:b, s:o, s:o}", "modelled", modelled, "overall",
				       tally_json(&all.all), "exits", exits_json(&all));
	for (size_t i = 0; i < all.n; i++)
		free(all.exits[i].has);
	free(all.all.has);
	free(all.exits);
	free(all.keys);
	return o;
}

// SPDX-License-Identifier: BSD-3-Clause
#include "records/watch/run_snapshot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_finite.h"

static const char *const state_names[] = {"running", "ending", "done", "failed", "interrupted"};
#define N_STATES (int)(sizeof(state_names) / sizeof(state_names[0]))

const char *run_snapshot_state_name(enum run_snapshot_state state)
{
	return state_names[state];
}

int run_snapshot_init(struct run_snapshot *s, uint32_t n_ues)
{
	*s = (struct run_snapshot){.n_ues = n_ues,
				   .left_s = NAN,
				   .latency_p50_s = NAN,
				   .latency_p95_s = NAN,
				   .delay_p50_us = NAN,
				   .delay_p99_us = NAN};
	s->ue = calloc(n_ues ? n_ues : 1, sizeof(*s->ue));
	for (uint32_t i = 0; s->ue && i < n_ues; i++)
		s->ue[i] = (struct run_snapshot_ue){.latency_s = NAN,
						    .cut = -1,
						    .gain_db = NAN,
						    .rate_bps = {NAN, NAN},
						    .queue_bytes = {NAN, NAN},
						    .busy = {NAN, NAN}};
	return s->ue ? 0 : -ENOMEM;
}

void run_snapshot_free(struct run_snapshot *s)
{
	free(s->ue);
	s->ue = NULL;
}

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *tasks_json(const struct run_snapshot_tasks *t)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "tasks", count(run_snapshot_closed(t)),
			 "done", count(t->done), "met", count(t->met), "missed", count(t->missed), "failed",
			 count(t->failed), "cut_short", count(t->cut_short), "refused", count(t->refused),
			 "dropped", count(t->dropped));
}

static json_t *ue_json(const struct run_snapshot_ue *u)
{
	json_t *o = tasks_json(&u->tasks);
	json_t *rest = json_pack(
	    "{s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "energy_j", u->energy_j, "latency_ms",
	    json_finite(1e3 * u->latency_s), "cut", u->cut >= 0 ? json_integer(u->cut) : json_null(),
	    "gain_db", json_finite(u->gain_db), "up_bps", json_finite(u->rate_bps[LINK_UP]), "down_bps",
	    json_finite(u->rate_bps[LINK_DOWN]), "up_queue_bytes", json_finite(u->queue_bytes[LINK_UP]),
	    "down_queue_bytes", json_finite(u->queue_bytes[LINK_DOWN]), "up_busy",
	    json_finite(u->busy[LINK_UP]), "down_busy", json_finite(u->busy[LINK_DOWN]));
	json_object_update(o, rest);
	json_decref(rest);
	return o;
}

json_t *run_snapshot_to_json(const struct run_snapshot *s)
{
	json_t *o = tasks_json(&s->tasks), *ues = json_array();
	for (uint32_t i = 0; i < s->n_ues; i++)
		json_array_append_new(ues, ue_json(&s->ue[i]));
	json_t *rest = json_pack(
	    "{s:s, s:s, s:s, s:b, s:f, s:f, s:o, s:f, s:f, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "name", s->name, "policy", s->policy, "state", run_snapshot_state_name(s->state), "simulated",
	    s->simulated, "time_s", s->time_s, "duration_s", s->duration_s, "left_s", json_finite(s->left_s),
	    "energy_j", s->energy_j, "compute_j", s->compute_j, "transmit_j", s->transmit_j, "latency_p50_ms",
	    json_finite(1e3 * s->latency_p50_s), "latency_p95_ms", json_finite(1e3 * s->latency_p95_s),
	    "batches", count(s->batches), "batch_members", count(s->batch_members), "delay_error_p50_us",
	    json_finite(s->delay_p50_us), "delay_error_p99_us", json_finite(s->delay_p99_us), "overruns",
	    count(s->overruns), "ues", ues);
	json_object_update(o, rest);
	json_decref(rest);
	return o;
}

static double number_at(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	return json_is_number(v) ? json_number_value(v) : NAN;
}

static uint64_t count_at(const json_t *o, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(o, key));
	return n > 0 ? (uint64_t)n : 0;
}

static void text_at(const json_t *o, const char *key, char *text, size_t size)
{
	const char *value = json_string_value(json_object_get(o, key));
	snprintf(text, size, "%s", value ? value : "?");
}

static struct run_snapshot_tasks tasks_from(const json_t *o)
{
	return (struct run_snapshot_tasks){.done = count_at(o, "done"),
					   .met = count_at(o, "met"),
					   .missed = count_at(o, "missed"),
					   .failed = count_at(o, "failed"),
					   .cut_short = count_at(o, "cut_short"),
					   .refused = count_at(o, "refused"),
					   .dropped = count_at(o, "dropped")};
}

static struct run_snapshot_ue ue_from(const json_t *o)
{
	const json_t *cut = json_object_get(o, "cut");
	return (struct run_snapshot_ue){
	    .tasks = tasks_from(o),
	    .energy_j = number_at(o, "energy_j"),
	    .latency_s = number_at(o, "latency_ms") / 1e3,
	    .cut = json_is_integer(cut) ? (int)json_integer_value(cut) : -1,
	    .gain_db = number_at(o, "gain_db"),
	    .rate_bps = {number_at(o, "up_bps"), number_at(o, "down_bps")},
	    .queue_bytes = {number_at(o, "up_queue_bytes"), number_at(o, "down_queue_bytes")},
	    .busy = {number_at(o, "up_busy"), number_at(o, "down_busy")}};
}

static enum run_snapshot_state state_from(const json_t *o)
{
	char name[16];
	text_at(o, "state", name, sizeof(name));
	for (int i = 0; i < N_STATES; i++)
		if (strcmp(name, state_names[i]) == 0)
			return (enum run_snapshot_state)i;
	return SNAPSHOT_RUNNING;
}

int run_snapshot_from_json(struct run_snapshot *s, const json_t *o, struct err *err)
{
	const json_t *ues = json_object_get(o, "ues");
	if (!json_is_array(ues) || isnan(number_at(o, "time_s")) || isnan(number_at(o, "duration_s")))
		return err_set(err, EPROTO,
			       "the run's progress has no ues, time_s or duration_s: is it of "
			       "another build?");
	if (run_snapshot_init(s, (uint32_t)json_array_size(ues)) < 0)
		return err_set(err, ENOMEM, "no memory for %zu UEs", json_array_size(ues));
	for (uint32_t i = 0; i < s->n_ues; i++)
		s->ue[i] = ue_from(json_array_get(ues, i));
	text_at(o, "name", s->name, sizeof(s->name));
	text_at(o, "policy", s->policy, sizeof(s->policy));
	s->state = state_from(o);
	s->simulated = json_is_true(json_object_get(o, "simulated"));
	s->time_s = number_at(o, "time_s");
	s->duration_s = number_at(o, "duration_s");
	s->left_s = number_at(o, "left_s");
	s->tasks = tasks_from(o);
	s->energy_j = number_at(o, "energy_j");
	s->compute_j = number_at(o, "compute_j");
	s->transmit_j = number_at(o, "transmit_j");
	s->latency_p50_s = number_at(o, "latency_p50_ms") / 1e3;
	s->latency_p95_s = number_at(o, "latency_p95_ms") / 1e3;
	s->batches = count_at(o, "batches");
	s->batch_members = count_at(o, "batch_members");
	s->delay_p50_us = number_at(o, "delay_error_p50_us");
	s->delay_p99_us = number_at(o, "delay_error_p99_us");
	s->overruns = count_at(o, "overruns");
	return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
// Agents as files, in the container of edge/policy/rl/format.h.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "edge/online/orchestration/agent_private.h"
#include "edge/policy/rl/checkpoint.h"

enum { MOST_BYTES = 64 << 20 };

struct stored_task {
	char kind[24];
	int32_t users, n_variants;
	double accuracy[ORCH_MAX_VARIANTS], threshold, worst_s;
};

struct stored_state stored_state_of(const struct orch_state *state)
{
	struct stored_state s = {.level = {(uint8_t)state->level[0], (uint8_t)state->level[1]}};
	for (int i = 0; i < state->users; i++)
		s.user_bits[i] =
		    (uint8_t)(state->device_busy[i] | state->memory_busy[i] << 1 | state->weak_link[i] << 2);
	for (int node = 0; node < 2; node++)
		s.node_bits[node] =
		    (uint8_t)(state->node_memory_busy[node] | state->node_weak_link[node] << 1);
	return s;
}

int state_of_stored(struct orch_state *state, const struct stored_state *stored, int users,
		    const struct format_reader *r)
{
	struct stored_state s;
	memcpy(&s, stored, sizeof(s)); // not aligned
	*state = (struct orch_state){.users = users, .level = {s.level[0], s.level[1]}};
	for (int i = 0; i < users; i++) {
		state->device_busy[i] = s.user_bits[i] & 1;
		state->memory_busy[i] = s.user_bits[i] >> 1 & 1;
		state->weak_link[i] = s.user_bits[i] >> 2 & 1;
	}
	for (int node = 0; node < 2; node++) {
		state->node_memory_busy[node] = s.node_bits[node] & 1;
		state->node_weak_link[node] = s.node_bits[node] >> 1 & 1;
	}
	struct stored_state again = stored_state_of(state);
	if (s.level[0] >= ORCH_LEVELS || s.level[1] >= ORCH_LEVELS || memcmp(&again, &s, sizeof(s)) != 0)
		return err_set(r->err, EBADMSG, "%s: a state of it is none", r->name);
	return 0;
}

int check_finite(const double values[], int n, const struct format_reader *r)
{
	for (int i = 0; i < n; i++)
		if (!isfinite(values[i]))
			return err_set(r->err, EBADMSG, "%s: value %d is not finite", r->name, i);
	return 0;
}

int orch_agent_save(const struct orch_agent *a, const char *path, struct err *err)
{
	struct format_writer w;
	struct stored_task s = {.users = a->task.users,
				.n_variants = a->task.n_variants,
				.threshold = a->task.threshold,
				.worst_s = a->task.worst_s};
	memcpy(s.kind, a->kind->name, strlen(a->kind->name));
	memcpy(s.accuracy, a->task.accuracy, sizeof(s.accuracy));
	format_begin(&w, FORMAT_ORCHESTRATION);
	format_section(&w, ORCH_SECTION_IDENTITY, &s, sizeof(s));
	a->kind->write(a, &w);
	return format_write(&w, path, err);
}

static bool is_sane(const struct stored_task *s)
{
	if (s->users < 1 || s->users > ORCH_AGENT_USERS || s->n_variants < 1 ||
	    s->n_variants > ORCH_MAX_VARIANTS)
		return false;
	double best = 0;
	for (int v = 0; v < s->n_variants; v++) {
		if (!(s->accuracy[v] > 0 && s->accuracy[v] <= 1))
			return false;
		best = fmax(best, s->accuracy[v]);
	}
	return s->threshold >= 0 && s->threshold <= best + ORCH_ACCURACY_SLACK && isfinite(s->worst_s) &&
	       s->worst_s > 0;
}

static int read_task(const struct format_reader *r, struct orch_task *task,
		     const struct orch_agent_kind **kind)
{
	struct stored_task s;
	int rc = format_copy(r, ORCH_SECTION_IDENTITY, &s, sizeof(s));
	if (rc < 0)
		return rc;
	s.kind[sizeof(s.kind) - 1] = '\0';
	*kind = orch_agent_kind_find(s.kind, r->err);
	if (!*kind || !is_sane(&s))
		return err_set(r->err, EBADMSG,
			       "%s: %d users, %d models and threshold %g of '%.23s' make no agent", r->name,
			       s.users, s.n_variants, s.threshold, s.kind);
	*task = (struct orch_task){
	    .users = s.users, .n_variants = s.n_variants, .threshold = s.threshold, .worst_s = s.worst_s};
	memcpy(task->accuracy, s.accuracy, sizeof(task->accuracy));
	return 0;
}

int orch_agent_from_bytes(struct orch_agent **out, const void *data, size_t size, const char *name,
			  struct err *err)
{
	struct format_reader r;
	struct orch_task task;
	const struct orch_agent_kind *kind;
	*out = NULL;
	int rc = format_open(&r, data, size, FORMAT_ORCHESTRATION, name, err);
	rc = rc < 0 ? rc : read_task(&r, &task, &kind);
	rc = rc < 0 ? rc : orch_agent_open(out, kind, &task, NULL, err);
	if (rc < 0)
		return rc;
	rc = kind->read(*out, &r);
	if (rc < 0) {
		orch_agent_close(*out);
		*out = NULL;
	}
	return rc;
}

int orch_agent_load(struct orch_agent **out, const char *path, struct err *err)
{
	void *data;
	size_t size;
	*out = NULL;
	int rc = checkpoint_read_file(path, MOST_BYTES, &data, &size, err);
	if (rc < 0)
		return rc;
	rc = orch_agent_from_bytes(out, data, size, path, err);
	free(data);
	return rc;
}

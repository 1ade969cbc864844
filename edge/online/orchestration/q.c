// SPDX-License-Identifier: BSD-3-Clause
// q-orch: a table of values over states and joint choices (Watkins 1989), one for all choices that differ
// only in the order of users who are alike. A state's row has the choices that the task allows and begins at
// 0, which is better than anything: so every choice is tried.
//
//   Q(s, a) += alpha (r + gamma max Q(s', .) - Q(s, a)),  alpha .9, gamma .1
//
// rl-no-selection is the same with variant 0 only.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "edge/online/orchestration/agent_private.h"
#include "edge/policy/rl/format.h"

#define ALPHA .9
#define GAMMA .1

struct row {
	struct orch_state state;
	uint64_t key;
	int n;
	int *joint; // [n] ascending
	double *value;
};

struct table {
	bool selection;
	int n, room;
	struct row *rows;
};

static bool has_action(const struct table *t, const int action[], int users)
{
	for (int i = 0; i < users; i++)
		if (!t->selection && action[i] > 0 && action[i] < ORCH_EDGE)
			return false;
	return true;
}

static bool is_kept(const struct orch_agent *a, const struct orch_state *state, int joint)
{
	int action[ORCH_AGENT_USERS], users = a->task.users;
	orch_actions(users, joint, action);
	for (int i = 0; i < users; i++)
		if (action[i] < ORCH_EDGE && action[i] >= a->task.n_variants)
			return false;
	if (!has_action(a->own, action, users) || !orch_task_allows(&a->task, action))
		return false;
	orch_canonical(state, action);
	return orch_joint(users, action) == joint;
}

static int fill_row(const struct orch_agent *a, struct row *row, struct err *err)
{
	int joints = 1;
	for (int i = 0; i < a->task.users; i++)
		joints *= ORCH_ACTIONS;
	row->joint = malloc((size_t)joints * sizeof(*row->joint));
	if (!row->joint)
		return err_set(err, ENOMEM, "no memory for %d choices", joints);
	for (int j = 0; j < joints; j++)
		if (is_kept(a, &row->state, j))
			row->joint[row->n++] = j;
	row->value = calloc((size_t)row->n, sizeof(*row->value));
	return row->value ? 0 : err_set(err, ENOMEM, "no memory for %d values", row->n);
}

static void free_row(struct row *row)
{
	free(row->joint);
	free(row->value);
}

// The state's row, made when it is new; NULL when out of memory.
static struct row *row_of(struct orch_agent *a, const struct orch_state *state, struct err *err)
{
	struct table *t = a->own;
	uint64_t key = orch_state_key(state);
	for (int i = 0; i < t->n; i++)
		if (t->rows[i].key == key)
			return &t->rows[i];
	if (t->n == t->room) {
		int room = t->room ? 2 * t->room : 4;
		struct row *rows = realloc(t->rows, (size_t)room * sizeof(*rows));
		if (!rows) {
			err_set(err, ENOMEM, "no memory for %d states", room);
			return NULL;
		}
		t->rows = rows;
		t->room = room;
	}
	struct row *row = &t->rows[t->n];
	*row = (struct row){.state = *state, .key = key};
	if (fill_row(a, row, err) < 0) {
		free_row(row);
		return NULL;
	}
	t->n++;
	return row;
}

static int best_of(const struct row *row)
{
	int best = 0;
	for (int i = 1; i < row->n; i++)
		if (row->value[i] > row->value[best])
			best = i;
	return best;
}

static int by_joint(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

// The choice's value in the row; NULL when the row has none.
static double *value_of(const struct row *row, int joint)
{
	const int *at = bsearch(&joint, row->joint, (size_t)row->n, sizeof(*row->joint), by_joint);
	return at ? &row->value[at - row->joint] : NULL;
}

static int open_table(struct orch_agent *a, bool selection, struct err *err)
{
	struct table *t = a->own = calloc(1, sizeof(*t));
	if (!t)
		return err_set(err, ENOMEM, "no memory for an agent");
	t->selection = selection;
	return 0;
}

static int q_open(struct orch_agent *a, struct rng *rng, struct err *err)
{
	(void)rng;
	return open_table(a, true, err);
}

static int no_selection_open(struct orch_agent *a, struct rng *rng, struct err *err)
{
	(void)rng;
	return open_table(a, false, err);
}

static void q_close(struct orch_agent *a)
{
	struct table *t = a->own;
	for (int i = 0; t && i < t->n; i++)
		free_row(&t->rows[i]);
	free(t ? t->rows : NULL);
	free(t);
}

static int q_decide(struct orch_agent *a, const struct orch_state *state, int action[], struct err *err)
{
	struct row *row = row_of(a, state, err);
	if (!row)
		return -ENOMEM;
	if (row->n == 0)
		return err_set(err, EINVAL, "no choice that this agent has meets the threshold %g",
			       a->task.threshold);
	orch_actions(a->task.users, row->joint[best_of(row)], action);
	return 0;
}

static int q_learn(struct orch_agent *a, const struct orch_step *step, struct rng *rng, struct err *err)
{
	(void)rng;
	struct row *next = row_of(a, step->next, err);
	double ahead = next && next->n > 0 ? next->value[best_of(next)] : 0;
	struct row *row = row_of(a, step->state, err);
	double *value = row ? value_of(row, orch_joint(a->task.users, step->action)) : NULL;
	if (!row || !next)
		return -ENOMEM;
	if (value)
		*value += ALPHA * (step->reward + GAMMA * ahead - *value);
	return 0;
}

// In a file: the states, and the values of their rows one after another; which choices a row has follows from
// the task.
static void q_write(const struct orch_agent *a, struct format_writer *w)
{
	const struct table *t = a->own;
	struct stored_state *states = calloc((size_t)t->n + 1, sizeof(*states));
	size_t n_values = 0;
	for (int i = 0; i < t->n; i++)
		n_values += (size_t)t->rows[i].n;
	double *values = calloc(n_values + 1, sizeof(*values)), *at = values;
	for (int i = 0; states && values && i < t->n; i++) {
		states[i] = stored_state_of(&t->rows[i].state);
		memcpy(at, t->rows[i].value, (size_t)t->rows[i].n * sizeof(*at));
		at += t->rows[i].n;
	}
	w->failed = w->failed || !states || !values;
	if (!w->failed) {
		format_section(w, ORCH_SECTION_STATES, states, (size_t)t->n * sizeof(*states));
		format_section(w, ORCH_SECTION_VALUES, values, n_values * sizeof(*values));
	}
	free(states);
	free(values);
}

static int read_rows(struct orch_agent *a, const struct format_reader *r, const struct stored_state *states,
		     size_t n, const char *values, size_t size)
{
	for (size_t i = 0; i < n; i++) {
		struct orch_state state;
		int rc = state_of_stored(&state, &states[i], a->task.users, r);
		const struct row *row = rc < 0 ? NULL : row_of(a, &state, r->err);
		if (!row)
			return rc < 0 ? rc : -ENOMEM;
		size_t bytes = (size_t)row->n * sizeof(*row->value);
		if (bytes > size)
			return err_set(r->err, EBADMSG, "%s: a row of %d values ends beyond the file",
				       r->name, row->n);
		memcpy(row->value, values, bytes);
		rc = check_finite(row->value, row->n, r);
		if (rc < 0)
			return rc;
		values += bytes;
		size -= bytes;
	}
	return size == 0 ? 0 : err_set(r->err, EBADMSG, "%s: %zu bytes of values too many", r->name, size);
}

static int q_read(struct orch_agent *a, const struct format_reader *r)
{
	const void *packed, *values;
	size_t bytes, size;
	int rc = format_find(r, ORCH_SECTION_STATES, SIZE_MAX, &packed, &bytes);
	rc = rc < 0 ? rc : format_find(r, ORCH_SECTION_VALUES, SIZE_MAX, &values, &size);
	if (rc < 0)
		return rc;
	size_t n = bytes / sizeof(struct stored_state);
	if (bytes % sizeof(struct stored_state) != 0 || n > MOST_STORED_STATES)
		return err_set(r->err, EBADMSG, "%s: %zu bytes are no list of states", r->name, bytes);
	return read_rows(a, r, packed, n, values, size);
}

// Rows anew for another threshold: choices that both allow keep their values.
static int q_retarget(struct orch_agent *a, struct err *err)
{
	struct table *t = a->own;
	for (int i = 0; i < t->n; i++) {
		struct row row = {.state = t->rows[i].state, .key = t->rows[i].key};
		if (fill_row(a, &row, err) < 0) {
			free_row(&row);
			return -ENOMEM;
		}
		for (int k = 0; k < row.n; k++) {
			const double *known = value_of(&t->rows[i], row.joint[k]);
			row.value[k] = known ? *known : 0;
		}
		free_row(&t->rows[i]);
		t->rows[i] = row;
	}
	return 0;
}

const struct orch_agent_kind orch_q = {
    .name = "q-orch",
    .summary = "a table of values over states and joint choices",
    .explores = true,
    .selects = true,
    .open = q_open,
    .close = q_close,
    .decide = q_decide,
    .learn = q_learn,
    .write = q_write,
    .read = q_read,
    .retarget = q_retarget,
    .interactions = {100, 500, 2000, 8000, 40000},
};

const struct orch_agent_kind orch_no_selection = {
    .name = "rl-no-selection",
    .summary = "q-orch without choosing variants: the reference of the paper's 35 %",
    .explores = true,
    .open = no_selection_open,
    .close = q_close,
    .decide = q_decide,
    .learn = q_learn,
    .write = q_write,
    .read = q_read,
    .retarget = q_retarget,
    .interactions = {50, 100, 300, 1000, 3000},
};

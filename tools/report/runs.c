// SPDX-License-Identifier: BSD-3-Clause
#include "tools/report/runs.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "records/sweep_directory.h"

static void note(json_t *problems, const char *sentence)
{
	log_error("%s", sentence);
	json_array_append_new(problems, json_string(sentence));
}

static int grow(struct runs *r, size_t more, struct err *err)
{
	if (r->n + more <= r->capacity)
		return 0;
	size_t capacity = 2 * r->capacity + more;
	struct run_directory *run = reallocarray(r->run, capacity, sizeof(*run));
	if (!run)
		return err_set(err, ENOMEM, "no memory for %zu runs", capacity);
	r->run = run;
	r->capacity = capacity;
	return 0;
}

// Reads a run behind those that are there. Whether it is one.
static bool read_run(struct runs *r, const char *directory, json_t *problems)
{
	struct err why;
	struct run_directory *run = &r->run[r->n];
	if (run_directory_read(run, directory, &why) < 0) {
		note(problems, why.text);
		return false;
	}
	size_t i;
	const json_t *line;
	json_array_foreach(run->problems, i, line) log_error("%s", json_string_value(line));
	r->n++;
	return true;
}

// A point whose values are none of the sweep's any more is left out, as it is in sweep.csv. Runs of older
// versions do not say their values: they follow the others.
static void drop_foreign(struct runs *r, const struct sweep_directory *sweep)
{
	struct run_directory *last = &r->run[r->n - 1];
	last->place = sweep_directory_place(sweep, last->summary);
	if (last->place != SIZE_MAX || !json_object_get(last->summary, "overrides"))
		return;
	run_directory_free(last);
	r->n--;
}

static int by_place(const void *a, const void *b)
{
	size_t x = ((const struct run_directory *)a)->place, y = ((const struct run_directory *)b)->place;
	return (x > y) - (x < y);
}

static int add_sweep(struct runs *r, const char *directory, json_t *problems, struct err *err)
{
	struct sweep_directory sweep;
	struct err why;
	size_t before = r->n;
	if (sweep_directory_read(&sweep, directory, &why) < 0)
		note(problems, why.text);
	int code = grow(r, sweep.n_points, err);
	for (size_t i = 0; code == 0 && i < sweep.n_points; i++)
		if (read_run(r, sweep.points[i], problems))
			drop_foreign(r, &sweep);
	if (r->n > before)
		qsort(r->run + before, r->n - before, sizeof(*r->run), by_place);
	sweep_directory_free(&sweep);
	r->n_sweeps++;
	return code;
}

int runs_add(struct runs *r, const char *directory, json_t *problems, struct err *err)
{
	if (sweep_directory_is(directory))
		return add_sweep(r, directory, problems, err);
	int code = grow(r, 1, err);
	if (code == 0)
		read_run(r, directory, problems);
	return code;
}

void runs_free(struct runs *r)
{
	for (size_t i = 0; i < r->n; i++)
		run_directory_free(&r->run[i]);
	free(r->run);
}

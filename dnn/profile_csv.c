// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/nearest.h"
#include "dnn/profile_private.h"

static const char columns[] = "subtask,batch,runs,median_s,p95_s,min_s,max_s";
static const char padded_columns[] = "subtask,batch,runs,median_s,p95_s,min_s,max_s,runs_as,discarded";
enum { MAX_LINE = 512, N_TIMES = 4 };

// Saving.

static void write_csv(const struct profile *p, FILE *f)
{
	fprintf(f, PROFILE_MARK "%s\n", p->network);
	if (p->description_hash)
		fprintf(f, "# description: %016" PRIx64 "\n", p->description_hash);
	fprintf(f, "# source: %s\n", p->source);
	fprintf(f, "# kind: %s\n", p->modelled ? "modelled" : "measured");
	if (p->padded)
		fprintf(f, "# disturbed: %s\n", p->disturbed ? "yes" : "no");
	fputs(p->facts, f);
	fprintf(f, "# subtasks: %d\n# max_batch: %d\n%s\n", p->n_subtasks, p->max_batch,
		p->padded ? padded_columns : columns);
	for (int n = 0; n < p->n_subtasks; n++) {
		for (int b = 1; b <= p->max_batch; b++) {
			const struct profile_entry *e = &p->entries[n * p->max_batch + b - 1];
			fprintf(f, "%d,%d,%d,%.9g,%.9g,%.9g,%.9g", n + 1, b, e->runs, e->median_s, e->p95_s,
				e->min_s, e->max_s);
			if (p->padded)
				fprintf(f, ",%d,%d", profile_runs_as(p, n, b), e->discarded);
			fputc('\n', f);
		}
	}
}

int profile_save(const struct profile *p, const char *path, struct err *err)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	if (!f)
		return err_sys(err, errno, "cannot write %s", path);
	write_csv(p, f);
	if (fclose(f) != 0) {
		free(text);
		return err_set(err, ENOMEM, "no memory to write %s", path);
	}
	int r = write_file_atomically(path, text, size, err);
	free(text);
	return r;
}

// Loading.

struct reader {
	FILE *file;
	const char *path;
	int line;
	struct err *err;
	char text[MAX_LINE];
	struct profile identity; // its storage stays NULL
	bool has_kind;
	struct profile *profile;
};

static int refuse(const struct reader *r, const char *what, const char *right)
{
	return err_set(r->err, EINVAL, "%s:%d: %s: %s", r->path, r->line, what, right);
}

// 1 = a line, 0 = the end.
static int next_line(struct reader *r)
{
	r->line++;
	if (!fgets(r->text, sizeof(r->text), r->file))
		return ferror(r->file) ? refuse(r, "cannot be read", strerror(errno)) : 0;
	size_t n = strlen(r->text);
	if (n == 0 || r->text[n - 1] != '\n')
		return refuse(r, "the line is cut short or too long", "a whole line ends with a newline");
	r->text[n - 1] = '\0';
	if (n > 1 && r->text[n - 2] == '\r')
		r->text[n - 2] = '\0';
	return 1;
}

// A whole number low..high that fills the text up to `end`.
static bool whole_number(const char *text, char end, long low, long high, int *out, const char **rest)
{
	char *stop;
	errno = 0;
	long v = strtol(text, &stop, 10);
	if (stop == text || *stop != end || errno || v < low || v > high || *text == ' ' || *text == '+')
		return false;
	*out = (int)v;
	*rest = stop + (end != '\0');
	return true;
}

static int keep_text(const struct reader *r, const char *value, char *out, size_t size)
{
	if (strlen(value) >= size || !*value)
		return refuse(r, "the value is empty or too long", "see the header of dnn/profile.h");
	snprintf(out, size, "%s", value);
	return 0;
}

static int read_hash(struct reader *r, const char *value)
{
	char *end;
	if (strlen(value) != 16 || strspn(value, "0123456789abcdef") != 16)
		return refuse(r, "the description's hash is wrong", "it is 16 hexadecimal digits");
	r->identity.description_hash = strtoull(value, &end, 16);
	return 0;
}

// What else a file says of its measurement is kept with it, as far as there is room.
static void keep_fact(struct reader *r)
{
	char *facts = r->identity.facts;
	size_t used = strlen(facts), room = sizeof(r->identity.facts) - used;
	if (strlen(r->text) + 2 <= room)
		snprintf(facts + used, room, "%s\n", r->text);
}

// "# key: value"; other comments are free text.
static int read_comment(struct reader *r)
{
	struct profile *p = &r->identity;
	const char *key = r->text + 1 + strspn(r->text + 1, " "), *colon = strchr(key, ':'), *rest;
	if (!colon)
		return 0;
	size_t n = (size_t)(colon - key);
	const char *value = colon + 1 + strspn(colon + 1, " ");
#define IS(name) (n == strlen(name) && memcmp(key, name, n) == 0)
	if (IS("network")) {
		p->origin_line = r->line;
		return keep_text(r, value, p->network, sizeof(p->network));
	}
	if (IS("source"))
		return keep_text(r, value, p->source, sizeof(p->source));
	if (IS("description"))
		return read_hash(r, value);
	if (IS("subtasks")) {
		bool good = whole_number(value, '\0', 1, PROFILE_MAX_SUBTASKS, &p->n_subtasks, &rest);
		return good ? 0
			    : refuse(r, "the number of sub-tasks is wrong", "a whole number from 1 to 64");
	}
	if (IS("max_batch")) {
		bool good = whole_number(value, '\0', 1, EXECUTOR_MAX_BATCH, &p->max_batch, &rest);
		return good ? 0 : refuse(r, "the largest batch is wrong", "a whole number from 1 to 1024");
	}
	if (IS("disturbed")) {
		p->disturbed = strcmp(value, "yes") == 0;
		bool good = p->disturbed || strcmp(value, "no") == 0;
		return good ? 0 : refuse(r, "'disturbed' is wrong", "yes or no");
	}
	if (IS("kind")) {
		r->has_kind = true;
		p->modelled = strcmp(value, "modelled") == 0;
		bool good = p->modelled || strcmp(value, "measured") == 0;
		return good ? 0 : refuse(r, "the kind is wrong", "measured or modelled");
	}
#undef IS
	keep_fact(r);
	return 0;
}

static int begin_rows(struct reader *r)
{
	const struct profile *id = &r->identity;
	r->identity.padded = strcmp(r->text, padded_columns) == 0;
	if (!r->identity.padded && strcmp(r->text, columns) != 0)
		return refuse(r, "this is not the header", columns);
	if (!*id->network || !*id->source || !r->has_kind || !id->n_subtasks || !id->max_batch)
		return refuse(r, "identity lines are missing above",
			      "'# key: value' for each of network, source, kind, subtasks, max_batch");
	r->profile = profile_allocate(id->n_subtasks, id->max_batch);
	if (!r->profile)
		return err_set(r->err, ENOMEM, "%s: no memory for the profile", r->path);
	struct profile *p = r->profile, storage = *p;
	*p = *id;
	p->median_s = storage.median_s;
	p->p95_s = storage.p95_s;
	p->entries = storage.entries;
	return 0;
}

static bool read_time(const char **text, bool last, double *out)
{
	char *stop;
	*out = strtod(*text, &stop);
	if (stop == *text || *stop != (last ? '\0' : ',') || !isfinite(*out) || *out <= 0 || **text == ' ')
		return false;
	*text = stop + !last;
	return true;
}

static int read_row(struct reader *r)
{
	struct profile *p = r->profile;
	const char *text = r->text;
	int subtask, batch, runs;
	double times[N_TIMES];
	if (!whole_number(text, ',', 1, p->n_subtasks, &subtask, &text))
		return refuse(r, "the sub-task is wrong",
			      "a whole number from 1 to '# subtasks', then a comma");
	if (!whole_number(text, ',', 1, p->max_batch, &batch, &text))
		return refuse(r, "the batch is wrong",
			      "a whole number from 1 to '# max_batch', then a comma");
	if (!whole_number(text, ',', 0, 1000000000, &runs, &text))
		return refuse(r, "the number of runs is wrong", "a whole number (0 = stated), then a comma");
	for (int i = 0; i < N_TIMES; i++)
		if (!read_time(&text, i == N_TIMES - 1 && !p->padded, &times[i]))
			return refuse(r, "a time is wrong",
				      "median_s,p95_s,min_s,max_s are finite and above 0");
	struct profile_entry *e = &p->entries[(subtask - 1) * p->max_batch + batch - 1];
	if (e->median_s > 0)
		return refuse(r, "this sub-task and batch stand twice", "one row for each pair");
	if (times[2] > times[3])
		return refuse(r, "min_s is above max_s", "min_s <= max_s");
	int runs_as = 0, discarded = 0;
	if (p->padded && !(whole_number(text, ',', batch, EXECUTOR_MAX_BATCH, &runs_as, &text) &&
			   whole_number(text, '\0', 0, 1000000000, &discarded, &text)))
		return refuse(r, "runs_as or discarded is wrong",
			      "whole numbers: the batch or a larger one, and how many runs do not count");
	*e = (struct profile_entry){runs, times[0], times[1], times[2], times[3], runs_as, discarded};
	return 0;
}

static int check_complete(struct reader *r)
{
	struct profile *p = r->profile;
	if (!p)
		return refuse(r, "the file ends before its header", columns);
	for (int i = 0; i < p->n_subtasks * p->max_batch; i++) {
		if (p->entries[i].median_s > 0)
			continue;
		char what[80];
		snprintf(what, sizeof(what), "the file ends without sub-task %d, batch %d",
			 i / p->max_batch + 1, i % p->max_batch + 1);
		return refuse(r, what, "one row for each pair");
	}
	profile_make_monotone(p);
	return 0;
}

static int read_file(struct reader *r)
{
	int more = 0;
	while ((more = next_line(r)) > 0) {
		int e = 0;
		if (r->text[0] == '#')
			e = r->profile ? 0 : read_comment(r);
		else if (r->text[0] != '\0')
			e = r->profile ? read_row(r) : begin_rows(r);
		if (e < 0)
			return e;
	}
	return more < 0 ? more : check_complete(r);
}

static int refuse_name(const char *name, struct err *err)
{
	char names[200] = "";
	for (const char *const *n = profile_model_names(); *n; n++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), " or %s", *n);
	char near[80];
	struct nearest nearest = nearest_to(name);
	nearest_offer_all(&nearest, profile_model_names());
	return err_set(err, ENOENT, "there is no profile %s: write a CSV file's path%s%s", name, names,
		       nearest_text(&nearest, near, sizeof(near)));
}

int profile_load(struct profile **out, const char *path_or_name, struct err *err)
{
	int m = profile_model(out, path_or_name, err);
	if (m != -ENOENT)
		return m;
	struct reader r = {.path = path_or_name, .err = err, .file = fopen(path_or_name, "re")};
	if (!r.file)
		return errno == ENOENT ? refuse_name(path_or_name, err)
				       : err_sys(err, errno, "cannot read the profile %s", path_or_name);
	int e = read_file(&r);
	fclose(r.file);
	if (e < 0) {
		profile_free(r.profile);
		return e;
	}
	snprintf(r.profile->origin, sizeof(r.profile->origin), "%s", path_or_name);
	*out = r.profile;
	return 0;
}

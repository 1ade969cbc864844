// SPDX-License-Identifier: BSD-3-Clause
// The cache's profiles: one file for each network, executor and machine.
#include <errno.h>
#include <fnmatch.h>
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cache.h"
#include "base/machine.h"
#include "dnn/hash.h"
#include "dnn/profile_private.h"

static void describe_machine(char *buf, size_t size)
{
	char processor[128];
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	machine_processor(processor, sizeof(processor));
	snprintf(buf, size, "%.100s, %ld processor%s", processor, n, n == 1 ? "" : "s");
}

void profile_describe_source(const struct executor *e, char *buf, size_t size)
{
	char machine[128];
	describe_machine(machine, sizeof(machine));
	snprintf(buf, size, "%.150s; %s", executor_describe(e), machine);
}

bool profile_is_foreign(const struct profile *p, char *here, size_t size)
{
	const char *machine = strrchr(p->source, ';');
	describe_machine(here, size);
	return !p->modelled && !(machine && strcmp(machine + 2, here) == 0);
}

static int cache_name(const struct network *net, const char *source, char *path, size_t size, struct err *err)
{
	char name[128];
	uint64_t key = hash_bytes(net->description_hash, source, strlen(source));
	snprintf(name, sizeof(name), "profile-%s-%016" PRIx64 ".csv", net->name, key);
	return cache_path(name, path, size, err);
}

// What the cached file says, if it is sound and of this machine; NULL means measuring.
static struct profile *load_cached(const char *path, const struct network *net, const char *source)
{
	struct profile *p;
	if (access(path, R_OK) < 0 || profile_load(&p, path, NULL) < 0)
		return NULL;
	if (profile_check(p, net, NULL) == 0 && strcmp(p->source, source) == 0 && p->padded)
		return p;
	profile_free(p);
	return NULL;
}

// The facts of both measurements; of the second only what differs from machine to moment.
static void join_facts(struct profile *p, const struct profile *more)
{
	char last[8], *line;
	snprintf(last, sizeof(last), "%d", p->max_batch);
	static const char *const keys[] = {"# measured_at: ", "# evidence: "};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if ((line = strstr(more->facts, keys[i]))) {
			size_t used = strlen(p->facts), n = strcspn(line, "\n");
			snprintf(p->facts + used, sizeof(p->facts) - used, "# batches up to %s, %.*s\n", last,
				 (int)n - 2, line + 2);
		}
}

// p's batches and, behind them, more's. NULL without memory.
static struct profile *joined(const struct profile *p, const struct profile *more)
{
	struct profile *q = profile_allocate(p->n_subtasks, p->max_batch + more->max_batch);
	if (!q)
		return NULL;
	struct profile own = *q;
	*q = *p;
	q->max_batch = own.max_batch;
	q->median_s = own.median_s;
	q->p95_s = own.p95_s;
	q->entries = own.entries;
	for (int n = 0; n < q->n_subtasks; n++) {
		struct profile_entry *row = q->entries + (ptrdiff_t)n * q->max_batch;
		memcpy(row, p->entries + (ptrdiff_t)n * p->max_batch, sizeof(*row) * (size_t)p->max_batch);
		memcpy(row + p->max_batch, more->entries + (ptrdiff_t)n * more->max_batch,
		       sizeof(*row) * (size_t)more->max_batch);
	}
	q->disturbed = p->disturbed || more->disturbed;
	profile_make_monotone(q);
	join_facts(q, more);
	return q;
}

// Measures what is wanting of max_batch behind `known` (NULL = nothing is known).
static int measure_missing(struct profile **out, const struct profile *known, struct executor *e,
			   const struct network *net, int max_batch, const struct profile_cache_options *o,
			   struct err *err)
{
	struct profile_options how = {
	    .warm_up = -1, .first_batch = known ? known->max_batch + 1 : 1, .stop = o->stop};
	struct profile *more;
	int r = profile_measure(&more, e, net, max_batch, &how, o->progress, o->user, err);
	if (r < 0 || !known) {
		*out = r < 0 ? NULL : more;
		return r;
	}
	*out = joined(known, more);
	profile_free(more);
	return *out ? 0 : err_set(err, ENOMEM, "no memory for a profile");
}

static int make_current(struct profile **p, const char *path, struct executor *e, const struct network *net,
			int max_batch, const struct profile_cache_options *o, enum profile_cached *how,
			struct err *err)
{
	struct profile *known = *p, *now;
	bool anew = !known || known->disturbed || o->refresh;
	int most = known && known->max_batch > max_batch ? known->max_batch : max_batch;
	*how = PROFILE_FOUND;
	if (!anew && known->max_batch >= max_batch)
		return 0;
	*how = anew ? PROFILE_MEASURED : PROFILE_GROWN;
	int r = measure_missing(&now, anew ? NULL : known, e, net, most, o, err);
	r = r < 0 ? r : profile_save(now, path, err);
	if (r < 0) {
		profile_free(now);
		return r;
	}
	profile_free(known);
	*p = now;
	return 0;
}

int profile_cached(struct profile **out, struct executor *e, const struct network *net, int max_batch,
		   const struct profile_cache_options *options, enum profile_cached *how, struct err *err)
{
	static const struct profile_cache_options usual;
	char source[sizeof(((struct profile *)0)->source)], path[PATH_MAX];
	enum profile_cached unasked;
	*out = NULL;
	if (executor_is_modelled(e))
		return err_set(err, EINVAL, "%s has its profile already: measuring it measures a clock",
			       executor_describe(e));
	profile_describe_source(e, source, sizeof(source));
	int r = cache_name(net, source, path, sizeof(path), err);
	if (r < 0)
		return r;
	struct profile *p = load_cached(path, net, source);
	r = make_current(&p, path, e, net, max_batch, options ? options : &usual, how ? how : &unasked, err);
	if (r == 0 && !(*out = profile_first(p, max_batch)))
		r = err_set(err, ENOMEM, "no memory for a profile");
	if (r == 0)
		snprintf((*out)->origin, sizeof((*out)->origin), "%.*s", (int)sizeof((*out)->origin) - 1,
			 path);
	profile_free(p);
	return r;
}

void profile_refresh_command(char *buf, size_t size, const char *network, const char *backend, int threads)
{
	char more[64] = "";
	if (strcmp(backend, "cpu") != 0)
		snprintf(more, sizeof(more), " --backend %.32s", backend);
	else if (threads > 1)
		snprintf(more, sizeof(more), " --threads %d", threads);
	snprintf(buf, size, "airbatch profile --network %s%s --refresh", network, more);
}

static int is_profile(const struct dirent *d)
{
	return fnmatch("profile-*.csv", d->d_name, 0) == 0;
}

int profile_cache_list(void (*tell)(const struct profile *p, void *user), void *user, struct err *err)
{
	char folder[PATH_MAX], path[PATH_MAX];
	struct dirent **names;
	int r = cache_path("", folder, sizeof(folder), err);
	int n = r < 0 ? -1 : scandir(folder, &names, is_profile, alphasort);
	if (n < 0)
		return r < 0 ? r : err_sys(err, errno, "cannot read %s", folder);
	for (int i = 0; i < n; i++) {
		struct profile *p;
		if (cache_path(names[i]->d_name, path, sizeof(path), NULL) == 0 &&
		    profile_load(&p, path, NULL) == 0) {
			tell(p, user);
			profile_free(p);
		}
		free(names[i]);
	}
	free(names);
	return 0;
}

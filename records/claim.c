// SPDX-License-Identifier: BSD-3-Clause
#include "records/claim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cache.h"
#include "base/lock.h"
#include "records/run_files.h"
#include "records/summary.h"

enum { MOST_OF_A_NAME = 10000 };

typedef int (*each_entry)(int folder, const char *name, void *user, struct err *err);

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

// Calls each for what stands in the folder until it returns something else than 0.
static int walk(const char *path, each_entry each, void *user, struct err *err)
{
	DIR *d = opendir(path);
	int rc = 0;
	if (!d && errno == ENOTDIR)
		return err_set(err, ENOTDIR, "%s is a file: --out takes the directory of a run, new or empty",
			       path);
	if (!d)
		return err_sys(err, errno, "cannot use %s", path);
	for (const struct dirent *e; rc == 0 && (e = readdir(d));)
		rc = is_dots(e->d_name) ? 0 : each(dirfd(d), e->d_name, user, err);
	closedir(d);
	return rc;
}

struct contents {
	const char *path;
	bool is_run;		    // a lock or a summary of ours tells
	char other[NAME_MAX + 8];   // something that is not the lock; "" = nothing
	char foreign[NAME_MAX + 8]; // something that is no run's
};

static int look_at_config(int folder, const char *name, void *user, struct err *err)
{
	struct contents *c = user;
	(void)folder;
	(void)err;
	if (!run_config_is(name) && !*c->foreign)
		snprintf(c->foreign, sizeof(c->foreign), "config/%s", name);
	return 0;
}

static int look_at(int folder, const char *name, void *user, struct err *err)
{
	struct contents *c = user;
	struct stat s;
	bool is_lock = strcmp(name, RUN_LOCK) == 0, is_config = strcmp(name, "config") == 0;
	c->is_run |= is_lock;
	if (!is_lock)
		snprintf(c->other, sizeof(c->other), "%s", name);
	bool ours = run_file_is(name) && fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW) == 0 &&
		    (is_config ? S_ISDIR(s.st_mode) : S_ISREG(s.st_mode) || S_ISSOCK(s.st_mode));
	if (!ours && !*c->foreign)
		snprintf(c->foreign, sizeof(c->foreign), "%s", name);
	if (!ours || !is_config)
		return 0;
	char path[PATH_MAX + 8];
	snprintf(path, sizeof(path), "%s/config", c->path);
	return walk(path, look_at_config, c, err);
}

// The run of an earlier build left no lock.
static void look_for_summary(struct contents *c)
{
	struct err ignored;
	json_t *summary = c->is_run ? NULL : summary_read(c->path, &ignored);
	c->is_run |= summary != NULL;
	json_decref(summary);
}

static int check(const char *path, bool overwrite, struct err *err)
{
	struct contents c = {.path = path};
	int rc = walk(path, look_at, &c, err);
	if (rc < 0 || !*c.other)
		return rc;
	look_for_summary(&c);
	if (c.is_run && !*c.foreign && overwrite)
		return 0;
	if (c.is_run && !*c.foreign)
		return err_set(err, EEXIST,
			       "%s holds the records of a run: choose another --out, or give --overwrite to "
			       "replace them",
			       path);
	return err_set(
	    err, EEXIST,
	    "%s holds %s: --out takes a directory that is new, empty or, with --overwrite, a run's "
	    "alone",
	    path, *c.foreign ? c.foreign : c.other);
}

static int take_lock(struct run_claim *c, bool overwrite, struct err *err)
{
	char path[PATH_MAX + 8];
	snprintf(path, sizeof(path), "%s/%s", c->path, RUN_LOCK);
	bool had_lock = access(path, F_OK) == 0;
	int rc = lock_file(&c->lock, path, false, err);
	if (rc == 0)
		return err_set(err, EEXIST, "a run is living in %s: choose another --out, or end it",
			       c->path);
	rc = rc < 0 ? rc : check(c->path, overwrite, err); // another run may have ended just now
	if (rc < 0 && c->lock >= 0 && !had_lock)
		unlink(path);
	return rc;
}

static void let_go(struct run_claim *c)
{
	if (c->lock >= 0)
		close(c->lock);
	c->lock = -1;
}

// The directory is there.
static int take(struct run_claim *c, const char *path, bool overwrite, struct err *err)
{
	int rc = realpath(path, c->path) ? 0 : err_sys(err, errno, "cannot use %s", path);
	rc = rc < 0 ? rc : check(c->path, overwrite, err);
	rc = rc < 0 ? rc : take_lock(c, overwrite, err);
	if (rc < 0 && c->made)
		rmdir(c->path);
	if (rc < 0)
		let_go(c);
	return rc;
}

static int make_parents(const char *path, struct err *err)
{
	char parents[PATH_MAX];
	if (snprintf(parents, sizeof(parents), "%s", path) >= (int)sizeof(parents) - NAME_MAX)
		return err_set(err, ENAMETOOLONG, "the path %.80s... is too long", path);
	size_t n = strlen(parents);
	while (n > 1 && parents[n - 1] == '/')
		parents[--n] = '\0';
	char *slash = strrchr(parents, '/');
	if (!slash || slash == parents)
		return 0;
	*slash = '\0';
	return make_dirs(parents, err);
}

// 1 = it is new, 0 = it was there.
static int make(struct run_claim *c, const char *path, struct err *err)
{
	*c = (struct run_claim){.lock = -1};
	if (!*path)
		return err_set(err, EINVAL, "--out is empty: give it the name of a directory");
	int rc = make_parents(path, err);
	if (rc < 0)
		return rc;
	c->made = mkdir(path, 0755) == 0;
	return c->made ? 1 : errno == EEXIST ? 0 : err_sys(err, errno, "cannot make the folder %s", path);
}

int run_claim(struct run_claim *c, const char *path, bool overwrite, struct err *err)
{
	int rc = make(c, path, err);
	return rc < 0 ? rc : take(c, path, overwrite, err);
}

int run_claim_new(struct run_claim *c, const char *path, struct err *err)
{
	char numbered[PATH_MAX];
	int rc = make(c, path, err);
	snprintf(numbered, sizeof(numbered), "%s", path);
	for (int i = 2; rc == 0 && i < MOST_OF_A_NAME; i++) {
		snprintf(numbered, sizeof(numbered), "%s-%d", path, i);
		rc = make(c, numbered, err);
	}
	if (rc == 0)
		return err_set(err, EEXIST, "%s to %s are there: give --out", path, numbered);
	return rc < 0 ? rc : take(c, numbered, false, err);
}

static int remove_config(int folder, const char *name, void *user, struct err *err)
{
	(void)user;
	return run_config_is(name) && unlinkat(folder, name, 0) < 0
		   ? err_sys(err, errno, "cannot remove config/%s of the run before", name)
		   : 0;
}

static int remove_record(int folder, const char *name, void *user, struct err *err)
{
	const struct run_claim *c = user;
	char path[PATH_MAX + 8];
	if (strcmp(name, RUN_LOCK) == 0 || !run_file_is(name))
		return 0;
	bool is_config = strcmp(name, "config") == 0;
	snprintf(path, sizeof(path), "%s/config", c->path);
	int rc = is_config ? walk(path, remove_config, NULL, err) : 0;
	if (rc == 0 && unlinkat(folder, name, is_config ? AT_REMOVEDIR : 0) < 0)
		rc = err_sys(err, errno, "cannot remove %s of the run before", name);
	return rc;
}

int run_claim_clear(struct run_claim *c, struct err *err)
{
	return walk(c->path, remove_record, c, err);
}

void run_claim_release(struct run_claim *c, bool recorded)
{
	char path[PATH_MAX + 8];
	if (c->lock < 0)
		return;
	struct contents now = {.path = c->path};
	snprintf(path, sizeof(path), "%s/%s", c->path, RUN_LOCK);
	if (!recorded && walk(c->path, look_at, &now, NULL) == 0 && !*now.other) {
		unlink(path);
		if (c->made)
			rmdir(c->path);
	}
	let_go(c);
}

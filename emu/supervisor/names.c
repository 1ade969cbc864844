// SPDX-License-Identifier: BSD-3-Clause
#include "emu/supervisor/names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cache.h"
#include "base/clock.h"
#include "base/lock.h"
#include "base/place.h"
#include "base/printable.h"
#include "emu/netns/netns.h"

static int folder(char *path, size_t size, struct err *err)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char session[64];
	int n;
	snprintf(session, sizeof(session), "/run/user/%u", (unsigned)geteuid());
	if (geteuid() == 0)
		n = snprintf(path, size, "/run/airbatch");
	else if (runtime && *runtime)
		n = snprintf(path, size, "%s/airbatch", runtime);
	else if (access(session, W_OK | X_OK) == 0)
		n = snprintf(path, size, "%s/airbatch", session);
	else
		n = snprintf(path, size, "/tmp/airbatch-%u-run", (unsigned)geteuid());
	if (n < 0 || (size_t)n >= size)
		return err_set(err, ENAMETOOLONG, "XDG_RUNTIME_DIR is too long");
	return place_folder(path, false, err);
}

// Who lists names holds a shared lock for an instant, who cleans up an exclusive one for some milliseconds;
// a run holds its exclusive lock for long. Where a name of another number does as well, patience is for
// shared locks only. 1 = taken, 0 = somebody has it.
static int try_lock(struct run_name *n, const char *in, const char *name, bool patient, struct err *err)
{
	snprintf(n->name, sizeof(n->name), "%s", name);
	if (snprintf(n->path, sizeof(n->path), "%s/%s", in, name) >= (int)sizeof(n->path))
		return err_set(err, ENAMETOOLONG, "the path %.80s/%s is too long", in, name);
	return lock_file(&n->fd, n->path, patient, err);
}

static bool is_printable(const char *name)
{
	char shown[80];
	snprintf(shown, sizeof(shown), "%.79s", name);
	printable(shown, false);
	return strncmp(shown, name, sizeof(shown) - 1) == 0;
}

int run_name_take(struct run_name *n, const char *name, int may_number, const char *directory,
		  struct err *err)
{
	char in[200], numbered[80];
	n->fd = -1;
	if (strchr(name, '/') || name[0] == '.' || !*name || strlen(name) > 60 || !is_printable(name))
		return err_set(err, EINVAL,
			       "'%s' cannot be a run's name: 1 to 60 characters without '/' and control "
			       "characters, not starting with '.'",
			       name);
	int r = folder(in, sizeof(in), err);
	if (r < 0)
		return r;
	r = try_lock(n, in, name, !may_number, err);
	for (int i = 2; r == 0 && may_number && i < 1000; i++) {
		snprintf(numbered, sizeof(numbered), "%s-%d", name, i);
		r = try_lock(n, in, numbered, false, err);
	}
	if (r == 0)
		return err_set(err, EEXIST,
			       "a run named '%s' is running already: choose another --name, or end it", name);
	if (r < 0)
		return r;
	if (ftruncate(n->fd, 0) < 0 || dprintf(n->fd, "%d %s\n", (int)getpid(), directory) < 0)
		return err_sys(err, errno, "cannot write %s", n->path);
	return 0;
}

void run_name_release(struct run_name *n)
{
	if (n->fd < 0)
		return;
	unlink(n->path);
	close(n->fd);
	n->fd = -1;
}

static int read_entry(const char *path, struct run_listed *l)
{
	int fd = place_open(path, O_RDONLY, false, NULL);
	if (fd < 0)
		return fd;
	char text[640] = "";
	struct stat s;
	l->began_ns = fstat(fd, &s) == 0 ? s.st_mtim.tv_sec * NS_PER_S + s.st_mtim.tv_nsec : 0;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	l->running = flock(fd, LOCK_SH | LOCK_NB) < 0;
	close(fd);
	l->pid = 0;
	l->directory[0] = '\0';
	if (n > 0)
		sscanf(text, "%d %511[^\n]", &l->pid, l->directory);
	printable(l->directory, false);
	return 0;
}

int run_names_each(void (*each)(const struct run_listed *listed, void *user), void *user, struct err *err)
{
	char in[200], path[512];
	int r = folder(in, sizeof(in), err);
	if (r < 0)
		return r;
	DIR *d = opendir(in);
	if (!d)
		return err_sys(err, errno, "cannot read %s", in);
	int count = 0;
	for (struct dirent *e; (e = readdir(d));) {
		struct run_listed l;
		snprintf(path, sizeof(path), "%s/%s", in, e->d_name);
		snprintf(l.name, sizeof(l.name), "%.79s", e->d_name);
		if (e->d_name[0] == '.' || read_entry(path, &l) < 0)
			continue;
		each(&l, user);
		count++;
	}
	closedir(d);
	return count;
}

struct finding {
	const char *name;
	char *directory;
	size_t size;
	bool found;
};

static void find_one(const struct run_listed *l, void *user)
{
	struct finding *f = user;
	if (!l->running || strcmp(l->name, f->name) != 0 || !*l->directory) // none yet: it begins just now
		return;
	snprintf(f->directory, f->size, "%s", l->directory);
	f->found = true;
}

int run_name_directory(const char *name_or_directory, char *directory, size_t size, struct err *err)
{
	struct stat s;
	if (strchr(name_or_directory, '/') && stat(name_or_directory, &s) == 0) {
		snprintf(directory, size, "%s", name_or_directory);
		return 0;
	}
	struct finding f = {.name = name_or_directory, .directory = directory, .size = size};
	int r = run_names_each(find_one, &f, err);
	if (r >= 0 && !f.found)
		return err_set(err, ENOENT,
			       "no run named '%s' is running: `airbatch ls` lists those that are",
			       name_or_directory);
	return r < 0 ? r : 0;
}

struct cleaning {
	char in[200];
	int removed;
};

static void unpublish(const char *name, void *user)
{
	(void)user;
	netns_unpublish(name, NULL);
}

// Holds the name meanwhile, so that no run takes it while its traces vanish.
static void clean_one(const struct run_listed *l, void *user)
{
	struct cleaning *c = user;
	char path[512], prefix[128];
	snprintf(path, sizeof(path), "%s/%s", c->in, l->name);
	int fd = l->running ? -1 : place_open(path, O_RDONLY, false, NULL);
	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && lock_is_at(fd, path)) {
		run_name_prefix(prefix, sizeof(prefix), l->name);
		netns_each_published(prefix, unpublish, NULL, NULL);
		c->removed += unlink(path) == 0;
	}
	close(fd);
}

void run_name_prefix(char *prefix, size_t size, const char *name)
{
	snprintf(prefix, size, "airbatch-%s-", name);
}

int run_names_clean(struct err *err)
{
	struct cleaning c = {0};
	int r = folder(c.in, sizeof(c.in), err);
	r = r < 0 ? r : run_names_each(clean_one, &c, err);
	return r < 0 ? r : c.removed;
}

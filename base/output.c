// SPDX-License-Identifier: BSD-3-Clause
#include "base/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD = 8192 };

// A file is written beside its place and renamed, so that its folder must take it.
static int check_folder_of(const char *path, struct err *err)
{
	char copy[PATH_MAX];
	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return err_set(err, ENAMETOOLONG, "the path %.80s... is too long", path);
	const char *folder = dirname(copy);
	return access(folder, W_OK | X_OK) < 0
		   ? err_sys(err, errno, "cannot write %s: its folder %s", path, folder)
		   : 0;
}

// 1 = an ordinary file is there, 0 = nothing, or what takes anything.
static int look_at(const char *path, const char *option, struct err *err)
{
	struct stat s;
	if (stat(path, &s) < 0)
		return errno == ENOENT ? check_folder_of(path, err)
				       : err_sys(err, errno, "cannot write %s", path);
	if (S_ISDIR(s.st_mode))
		return err_set(err, EISDIR, "%s is a directory: %s takes the name of a file in it", path,
			       option);
	if (!S_ISREG(s.st_mode))
		return 0;
	int rc = access(path, W_OK) < 0 ? err_sys(err, errno, "cannot write %s", path)
					: check_folder_of(path, err);
	return rc < 0 ? rc : s.st_size > 0;
}

static bool is_marked(const char *path, const char *mark)
{
	char head[HEAD];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head));
	if (fd >= 0)
		close(fd);
	return n > 0 && memmem(head, (size_t)n, mark, strlen(mark));
}

int output_file(const char *path, const char *mark, const char *what, const char *option, struct err *err)
{
	int there = look_at(path, option, err);
	if (there <= 0 || is_marked(path, mark))
		return there < 0 ? there : 0;
	return err_set(err, EEXIST,
		       "%s is there and is no %s of airbatch: choose another %s, or move it away", path, what,
		       option);
}

int output_new_file(const char *path, const char *instead, const char *option, struct err *err)
{
	int there = look_at(path, option, err);
	if (there <= 0)
		return there;
	return err_set(err, EEXIST, "%s is there: choose another %s, or give %s to replace it", path, option,
		       instead);
}

static int read_folder(DIR *d, const char *path, bool (*ours)(const char *name), const char *option,
		       struct err *err)
{
	for (const struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && !ours(e->d_name))
			return err_set(err, EEXIST,
				       "%s holds %s, which is not this command's: choose another %s", path,
				       e->d_name, option);
	return access(path, W_OK | X_OK) < 0 ? err_sys(err, errno, "cannot write in %s", path) : 0;
}

// What is not there can be made: the nearest folder above it takes entries.
static int check_ancestor(const char *path, struct err *err)
{
	char copy[PATH_MAX];
	struct stat s;
	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return err_set(err, ENAMETOOLONG, "the path %.80s... is too long", path);
	const char *above = copy;
	do {
		above = dirname((char *)above);
	} while (stat(above, &s) < 0 && errno == ENOENT);
	if (access(above, W_OK | X_OK) == 0 && S_ISDIR(s.st_mode))
		return 0;
	return err_sys(err, errno == EACCES || errno == EROFS ? errno : ENOTDIR, "cannot make the folder %s",
		       path);
}

int output_folder(const char *path, bool (*ours)(const char *name), const char *option, struct err *err)
{
	struct stat s;
	if (stat(path, &s) == 0 && !S_ISDIR(s.st_mode))
		return err_set(err, EEXIST, "%s is a file: %s takes a directory", path, option);
	DIR *d = opendir(path);
	if (!d)
		return errno == ENOENT || errno == ENOTDIR ? check_ancestor(path, err)
							   : err_sys(err, errno, "cannot use %s", path);
	int rc = read_folder(d, path, ours, option, err);
	closedir(d);
	return rc;
}

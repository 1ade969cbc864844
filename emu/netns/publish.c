// SPDX-License-Identifier: BSD-3-Clause
// Names under /run/netns, in the way of `ip netns`: a bind mount of the namespace on an empty file.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/netns/netns.h"

#define DIRECTORY "/run/netns"

static int path_of(const char *name, char *path, size_t size, struct err *err)
{
	if (!*name || *name == '.' || strchr(name, '/') || strlen(name) > 200)
		return err_set(err, EINVAL,
			       "'%.40s' cannot name a namespace: letters, digits, '-' and '_' are right",
			       name);
	snprintf(path, size, DIRECTORY "/%s", name);
	return 0;
}

// The directory must be a shared mount, else other mount namespaces would keep a namespace alive after its
// removal.
static int prepare_directory(struct err *err)
{
	if (mkdir(DIRECTORY, 0755) < 0 && errno != EEXIST)
		return err_sys(err, errno, "cannot make " DIRECTORY);
	if (mount("", DIRECTORY, "none", MS_SHARED | MS_REC, NULL) == 0)
		return 0;
	if (errno != EINVAL) // EINVAL: it is no mount point yet
		return err_sys(err, errno, "cannot share " DIRECTORY);
	if (mount(DIRECTORY, DIRECTORY, "none", MS_BIND | MS_REC, NULL) < 0 ||
	    mount("", DIRECTORY, "none", MS_SHARED | MS_REC, NULL) < 0)
		return err_sys(err, errno, "cannot make " DIRECTORY " a shared mount");
	return 0;
}

int netns_publish(int fd, const char *name, struct err *err)
{
	char path[256], source[64];
	int rc = path_of(name, path, sizeof(path), err);
	if (rc == 0)
		rc = prepare_directory(err);
	if (rc < 0)
		return rc;
	int file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	if (file < 0)
		return err_sys(err, errno, "cannot make %s", path);
	close(file);
	snprintf(source, sizeof(source), "/proc/thread-self/fd/%d", fd);
	if (mount(source, path, "none", MS_BIND, NULL) < 0) {
		rc = err_sys(err, errno, "cannot bind the namespace to %s", path);
		unlink(path);
	}
	return rc;
}

int netns_unpublish(const char *name, struct err *err)
{
	char path[256];
	int rc = path_of(name, path, sizeof(path), err);
	if (rc < 0)
		return rc;
	if (umount2(path, MNT_DETACH) < 0 && errno != EINVAL && errno != ENOENT)
		return err_sys(err, errno, "cannot unmount %s", path);
	return unlink(path) < 0 ? err_sys(err, errno, "cannot remove %s", path) : 0;
}

int netns_each_published(const char *prefix, void (*found)(const char *name, void *user), void *user,
			 struct err *err)
{
	DIR *directory = opendir(DIRECTORY);
	if (!directory)
		return errno == ENOENT ? 0 : err_sys(err, errno, "cannot list " DIRECTORY);
	int count = 0;
	for (const struct dirent *entry; (entry = readdir(directory));) {
		if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		found(entry->d_name, user);
		count++;
	}
	closedir(directory);
	return count;
}

// SPDX-License-Identifier: BSD-3-Clause
#include "mac/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
	struct counters_header header;
	struct counters_ue ue[];
};

struct counters {
	struct file *file;
	size_t size;
	uint32_t n_ues;
};

_Static_assert(sizeof(struct counters_header) == 64, "the file's layout");
_Static_assert(sizeof(struct counters_ue) == 128, "the file's layout");

static size_t size_for(uint32_t n_ues)
{
	return sizeof(struct file) + (size_t)n_ues * sizeof(struct counters_ue);
}

// Maps the open file; closes fd in any case.
static struct counters *map(int fd, size_t size, int protection, const char *path, struct err *err)
{
	struct counters *counters = calloc(1, sizeof(*counters));
	void *at = counters ? mmap(NULL, size, protection, MAP_SHARED, fd, 0) : MAP_FAILED;
	int code = counters ? errno : ENOMEM;
	close(fd);
	if (at == MAP_FAILED) {
		free(counters);
		err_sys(err, code, "%s: cannot map the counters", path);
		return NULL;
	}
	counters->file = at;
	counters->size = size;
	return counters;
}

struct counters *counters_create(const char *path, uint32_t n_ues, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) {
		err_sys(err, errno, "%s: cannot create the counters file", path);
		return NULL;
	}
	// Allocated, not only sized: a full disk is found here and not by a SIGBUS on the packet path.
	int rc = posix_fallocate(fd, 0, (off_t)size_for(n_ues));
	if (rc != 0) {
		close(fd);
		err_sys(err, rc, "%s: cannot size the counters file", path);
		return NULL;
	}
	struct counters *counters = map(fd, size_for(n_ues), PROT_READ | PROT_WRITE, path, err);
	if (!counters)
		return NULL;
	counters->n_ues = n_ues;
	counters->file->header.version = COUNTERS_VERSION;
	counters->file->header.n_ues = n_ues;
	memcpy(counters->file->header.magic, COUNTERS_MAGIC, sizeof(COUNTERS_MAGIC));
	return counters;
}

static int check(const struct counters *counters, const char *path, struct err *err)
{
	const struct counters_header *header = &counters->file->header;
	if (memcmp(header->magic, COUNTERS_MAGIC, sizeof(COUNTERS_MAGIC)) != 0)
		return err_set(err, EPROTO, "%s: not a counters file of airbatch", path);
	if (header->version != COUNTERS_VERSION)
		return err_set(err, EPROTO, "%s: counters of version %u, this program reads version %d", path,
			       header->version, COUNTERS_VERSION);
	if (size_for(header->n_ues) > counters->size)
		return err_set(err, EPROTO, "%s: %zu bytes are too few for %u UEs", path, counters->size,
			       header->n_ues);
	return 0;
}

struct counters *counters_open(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	if (fd < 0 || fstat(fd, &status) < 0) {
		int code = errno;
		if (fd >= 0)
			close(fd);
		err_sys(err, code, "%s: cannot open the counters file", path);
		return NULL;
	}
	if ((size_t)status.st_size < sizeof(struct file)) {
		close(fd);
		err_set(err, EPROTO, "%s: not a counters file of airbatch", path);
		return NULL;
	}
	struct counters *counters = map(fd, (size_t)status.st_size, PROT_READ, path, err);
	if (!counters)
		return NULL;
	int rc = check(counters, path, err);
	if (rc < 0) {
		counters_close(counters);
		errno = -rc;
		return NULL;
	}
	counters->n_ues = counters->file->header.n_ues;
	return counters;
}

void counters_close(struct counters *counters)
{
	if (!counters)
		return;
	munmap(counters->file, counters->size);
	free(counters);
}

uint32_t counters_n_ues(const struct counters *counters)
{
	return counters->n_ues;
}

static void store(uint64_t *at, uint64_t value)
{
	__atomic_store_n(at, value, __ATOMIC_RELAXED);
}

void counters_store(struct counters *counters, uint32_t ue, enum link_dir dir,
		    const struct link_counters *values, int64_t present_ns)
{
	struct counters_ue *to = &counters->file->ue[ue];
	store(&to->airtime_ns[dir], (uint64_t)values->airtime_ns);
	store(&to->bytes[dir], values->bytes);
	store(&to->packets[dir], values->packets);
	store(&to->drops[dir], values->drops);
	store(&to->lost[dir], values->lost_packets);
	store(&to->present_ns[dir], (uint64_t)present_ns);
}

void counters_load(const struct counters *counters, uint32_t ue, struct counters_ue *out)
{
	const uint64_t *from = (const uint64_t *)&counters->file->ue[ue];
	uint64_t *to = (uint64_t *)out;
	for (size_t i = 0; i < sizeof(*out) / sizeof(*to); i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}

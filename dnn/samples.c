// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/samples.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dnn/hash.h"
#include "dnn/samples_format_private.h"

struct samples {
	const struct network *network;
	const struct samples_header *header; // the mapping
	const char *records;
	uint64_t bytes;
};

static int64_t part_bytes(const struct network *net, int part)
{
	int n = net->n_subtasks, behind = part - (n + 2);
	if (part <= n)
		return network_cut_bits(net, part) / 8;
	if (behind < 0 || behind % 2 == 1 || part >= samples_exit_part(net, 1))
		return network_cut_bits(net, n) / 8; // a result
	int pair = behind / 2, cuts = n - 1;
	return features_cut_bytes(net, 1 + pair % cuts, (enum features)(FEATURES_FP16 + pair / cuts));
}

uint64_t samples_offset(const struct network *net, int part)
{
	uint64_t offset = 0;
	for (int p = 0; p < part; p++)
		offset += samples_align((uint64_t)part_bytes(net, p));
	return offset;
}

uint64_t samples_checksum(const void *data, uint64_t bytes)
{
	return hash_bulk(data, bytes);
}

static int refuse(const char *path, struct err *err, const char *what)
{
	return err_set(err, EINVAL, "%s: %s; remove the file and it is made anew", path, what);
}

static int check(const struct samples *s, const char *path, struct err *err)
{
	const struct samples_header *h = s->header;
	if (s->bytes < samples_header_bytes() || memcmp(h->magic, SAMPLES_MAGIC, sizeof(h->magic)) != 0)
		return refuse(path, err, "not a file of samples");
	if (h->version != SAMPLES_VERSION)
		return refuse(path, err, "samples of another version of airbatch");
	if (h->network_hash != s->network->hash)
		return refuse(path, err, "samples of another network or other weights");
	if (h->count < 1 || h->count > SAMPLES_MAX_COUNT ||
	    h->record_bytes != samples_offset(s->network, samples_parts(s->network)) ||
	    h->file_bytes != samples_header_bytes() + h->count * h->record_bytes)
		return refuse(path, err, "damaged (the header contradicts itself)");
	if (h->file_bytes != s->bytes)
		return refuse(path, err, "damaged (the file is cut short or too long)");
	if (h->checksum != samples_checksum(s->records, s->bytes - samples_header_bytes()))
		return refuse(path, err, "damaged (the checksum is wrong)");
	return 0;
}

static int map_file(struct samples *s, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0)
		return err_sys(err, errno, "cannot read the samples %s", path);
	void *data = MAP_FAILED;
	int r = 0;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		r = refuse(path, err, "not a file");
	else if (st.st_size < (off_t)samples_header_bytes())
		r = refuse(path, err, "damaged (the file is cut short)");
	else
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (r == 0 && data == MAP_FAILED)
		r = err_sys(err, errno, "cannot map the samples %s", path);
	close(fd);
	if (r < 0)
		return r;
	s->header = data;
	s->records = (const char *)data + samples_header_bytes();
	s->bytes = (uint64_t)st.st_size;
	return 0;
}

int samples_open(struct samples **out, const char *path, const struct network *net, struct err *err)
{
	*out = NULL;
	struct samples *s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, ENOMEM, "no memory for the samples %s", path);
	s->network = net;
	int r = map_file(s, path, err);
	if (r == 0)
		r = check(s, path, err);
	if (r < 0) {
		samples_close(s);
		return r;
	}
	*out = s;
	return 0;
}

void samples_close(struct samples *s)
{
	if (!s)
		return;
	if (s->header)
		munmap((void *)s->header, s->bytes);
	free(s);
}

int samples_count(const struct samples *s)
{
	return (int)s->header->count;
}

int samples_of_task(const struct samples *s, uint32_t ue, uint32_t task)
{
	return (int)samples_number((uint32_t)samples_count(s), ue, task);
}

static const void *part(const struct samples *s, int sample, int number)
{
	return s->records + (uint64_t)sample * s->header->record_bytes + samples_offset(s->network, number);
}

static bool is_exact(int cut, enum features features)
{
	return cut == 0 || features == FEATURES_FP32;
}

const void *samples_wire(const struct samples *s, int sample, int cut, enum features features, int64_t *bytes)
{
	*bytes = features_cut_bytes(s->network, cut, features);
	return part(s, sample,
		    is_exact(cut, features) ? cut : samples_encoded_part(s->network, cut, features));
}

const float *samples_split_result(const struct samples *s, int sample, int cut, enum features features)
{
	if (is_exact(cut, features))
		return samples_result(s, sample);
	return part(s, sample, samples_encoded_part(s->network, cut, features) + 1);
}

const float *samples_result(const struct samples *s, int sample)
{
	return part(s, sample, s->network->n_subtasks + 1);
}

const float *samples_exit_result(const struct samples *s, int sample, int exit)
{
	return part(s, sample, samples_exit_part(s->network, exit));
}

const float *samples_local_exit_result(const struct samples *s, int sample, int exit)
{
	return part(s, sample, samples_exit_part(s->network, exit) + 1);
}

int samples_class_of(const struct samples *s, int sample)
{
	return samples_class(s->network, s->header->seed, sample);
}

const float *samples_local_result(const struct samples *s, int sample)
{
	return part(s, sample, s->network->n_subtasks);
}

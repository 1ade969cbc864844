// SPDX-License-Identifier: BSD-3-Clause
// The file is written under a temporary name and renamed, so a reader sees a whole file or none; of two
// writers the later one replaces an equal file.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cache.h"
#include "dnn/executor.h"
#include "dnn/hash.h"
#include "dnn/reference.h"
#include "dnn/samples.h"
#include "dnn/samples_format_private.h"

struct maker {
	const struct network *network;
	struct executor *executor;
	uint64_t seed;
	int count;
	void (*progress)(double share, void *user);
	void *user;
	struct err *err;
};

static void *part(const struct maker *m, char *record, int number)
{
	return record + samples_offset(m->network, number);
}

// The tensor at every cut, from the dequantised input.
static int compute_cuts(const struct maker *m, char *record, const float *input)
{
	for (int n = 0; n < m->network->n_subtasks; n++) {
		const float *in = n == 0 ? input : samples_tensor(record, m->network, n);
		float *out = samples_tensor(record, m->network, n + 1);
		features_put_table(m->network, n + 1, FEATURES_FP32, part(m, record, n + 1));
		int r = executor_run(m->executor, n, 1, &in, &out, NULL, m->err);
		if (r < 0)
			return r;
	}
	return 0;
}

// The reference's sub-tasks from..to-1 of fp32 input, rounded to fp32.
static int run_reference(const struct maker *m, int from, int to, const float *input, float *result)
{
	const struct network *net = m->network;
	int64_t n_in = network_cut_values(net, from), n_out = network_cut_values(net, to);
	double *in = malloc(sizeof(double) * (size_t)n_in), *out = malloc(sizeof(double) * (size_t)n_out);
	int r = in && out ? 0 : -ENOMEM;
	for (int64_t i = 0; r == 0 && i < n_in; i++)
		in[i] = (double)input[i];
	if (r == 0)
		r = reference_run(net, from, to, in, out);
	for (int64_t i = 0; r == 0 && i < n_out; i++)
		result[i] = (float)out[i];
	free(in);
	free(out);
	return r < 0 ? err_set(m->err, -r, "no memory for the reference result") : 0;
}

// One sub-task from the executor's own input; result: the reference's output.
static int check_subtask(const struct maker *m, int n, const float *in, const float *out, float *result)
{
	const struct network *net = m->network;
	int r = run_reference(m, n, n + 1, in, result);
	double error = r == 0 ? relative_error(out, result, network_cut_values(net, n + 1)) : 0;
	if (!(error <= SAMPLES_TOLERANCE))
		r = err_set(m->err, EIO, "%s, sub-task %s: the cpu executor differs from the reference by %g",
			    net->name, net->subtasks[n].name, error);
	return r;
}

static int compute_singly(const struct maker *m, char *record, const float *input)
{
	const struct network *net = m->network;
	int last = net->n_subtasks, r = 0;
	float *result = malloc(sizeof(float) * (size_t)network_largest_cut(net, 1, last));
	if (!result)
		return err_set(m->err, ENOMEM, "no memory for the reference result");
	for (int n = 0; r == 0 && n < last; n++)
		r = check_subtask(m, n, n == 0 ? input : samples_tensor(record, net, n),
				  samples_tensor(record, net, n + 1), result);
	if (r == 0)
		memcpy(part(m, record, last + 1), result,
		       sizeof(float) * (size_t)network_cut_values(net, last));
	free(result);
	return r;
}

static int compute_reference(const struct maker *m, char *record, const float *input)
{
	int last = m->network->n_subtasks;
	return network_selects(m->network) ? compute_singly(m, record, input)
					   : run_reference(m, 0, last, input, part(m, record, last + 1));
}

static void widen(double *out, const float *in, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		out[i] = (double)in[i];
}

// The reference's answer at an exit, from the input; in a network that selects, from the executor's tensor.
static int refer_exit(const struct maker *m, int exit, const float *input, const float *at_cut, float *result)
{
	const struct network *net = m->network;
	int cut = net->exit_subtasks[exit - 1], r = 0;
	size_t n_in = (size_t)network_cut_values(net, 0), n_cut = (size_t)network_cut_values(net, cut),
	       n_out = (size_t)network_cut_values(net, net->n_subtasks);
	double *in = calloc(n_in + n_cut + n_out, sizeof(*in)), *tensor = in + n_in, *out = tensor + n_cut;
	if (!in)
		return err_set(m->err, ENOMEM, "no memory for the reference result");
	widen(in, input, (int64_t)n_in);
	widen(tensor, at_cut, (int64_t)n_cut);
	if (!network_selects(net))
		r = reference_run(net, 0, cut, in, tensor);
	r = r < 0 ? r : reference_run_head(net, exit, tensor, out);
	for (size_t i = 0; r == 0 && i < n_out; i++)
		result[i] = (float)out[i];
	free(in);
	return r < 0 ? err_set(m->err, -r, "no memory for the reference result") : 0;
}

static int compute_exits(const struct maker *m, char *record, const float *input)
{
	const struct network *net = m->network;
	int r = 0;
	for (int e = 1; r == 0 && e <= net->n_exits; e++) {
		int at = samples_exit_part(net, e);
		const float *in = part(m, record, net->exit_subtasks[e - 1]);
		float *out = part(m, record, at + 1);
		r = executor_run(m->executor, network_head(net, e), 1, &in, &out, NULL, m->err);
		r = r < 0 ? r : refer_exit(m, e, input, in, part(m, record, at));
	}
	return r;
}

static int make_record(const struct maker *m, int index, char *record)
{
	const struct network *net = m->network;
	void *wire = part(m, record, 0);
	float *input = malloc(sizeof(float) * (size_t)network_cut_values(net, 0));
	int r = input && samples_draw_input(net, m->seed, index, wire) == 0
		    ? 0
		    : err_set(m->err, ENOMEM, "no memory for an input");
	if (r == 0) {
		network_input_from_wire(net, wire, input);
		r = compute_cuts(m, record, input);
	}
	r = r < 0 ? r : samples_encode(record, net, m->executor, m->err);
	if (r == 0)
		r = compute_reference(m, record, input);
	r = r < 0 ? r : compute_exits(m, record, input);
	free(input);
	return r;
}

static int make_records(const struct maker *m, char *file, const struct samples_header *header)
{
	for (int i = 0; i < m->count; i++) {
		int r = make_record(m, i, file + samples_header_bytes() + (uint64_t)i * header->record_bytes);
		if (r < 0)
			return r;
		if (m->progress)
			m->progress((i + 1.0) / m->count, m->user);
	}
	return 0;
}

static struct samples_header make_header(const struct maker *m)
{
	struct samples_header h = {.version = SAMPLES_VERSION, .count = (uint32_t)m->count, .seed = m->seed};
	memcpy(h.magic, SAMPLES_MAGIC, sizeof(h.magic));
	h.network_hash = m->network->hash;
	h.record_bytes = samples_offset(m->network, samples_parts(m->network));
	h.file_bytes = samples_header_bytes() + h.count * h.record_bytes;
	return h;
}

// Fills the open temporary file through a mapping. Its blocks are allocated first: a full disk is an error
// here, not a signal later.
static int fill_file(const struct maker *m, int fd, const char *path)
{
	struct samples_header header = make_header(m);
	int code = posix_fallocate(fd, 0, (off_t)header.file_bytes);
	if (code)
		return err_sys(m->err, code, "cannot write %s (%" PRIu64 " bytes)", path, header.file_bytes);
	char *file = mmap(NULL, header.file_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED)
		return err_sys(m->err, errno, "cannot map %s", path);
	int r = make_records(m, file, &header);
	uint64_t body = header.file_bytes - samples_header_bytes();
	header.checksum = samples_checksum(file + samples_header_bytes(), body);
	memcpy(file, &header, sizeof(header));
	munmap(file, header.file_bytes);
	return r;
}

static int make_file(const struct maker *m, const char *path)
{
	char temporary[PATH_MAX];
	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return err_set(m->err, ENAMETOOLONG, "the path %.80s... is too long", path);
	int fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return err_sys(m->err, errno, "cannot write %s", temporary);
	int r = fill_file(m, fd, temporary);
	if (r == 0 && (fchmod(fd, 0644) < 0 || rename(temporary, path) < 0))
		r = err_sys(m->err, errno, "cannot write %s", path);
	close(fd);
	if (r < 0)
		unlink(temporary);
	return r;
}

static bool is_sound(const char *path, const struct network *net)
{
	struct samples *s;
	if (access(path, R_OK) < 0 || samples_open(&s, path, net, NULL) < 0)
		return false;
	samples_close(s);
	return true;
}

static int file_path(const struct maker *m, char *path, int size)
{
	char name[160];
	const char *computed_by = executor_describe(m->executor);
	const uint32_t version =
	    SAMPLES_VERSION; // so that builds of two versions do not replace each other's
	uint64_t library = hash_bytes(HASH_START, &version, sizeof(version));
	library = hash_bytes(library, computed_by, strlen(computed_by));
	snprintf(name, sizeof(name), "samples-%s-%016" PRIx64 "-%" PRIu64 "-%d-%08" PRIx32 ".bin",
		 m->network->name, m->network->hash, m->seed, m->count, (uint32_t)(library >> 32));
	return cache_path(name, path, (size_t)size, m->err);
}

int samples_ensure(const struct network *net, uint64_t seed, int count, char *path, int path_size,
		   void (*progress)(double share, void *user), void *user, struct err *err)
{
	if (count < 1 || count > SAMPLES_MAX_COUNT)
		return err_set(err, EINVAL, "%d samples: there can be 1 to %d", count, SAMPLES_MAX_COUNT);
	struct maker m = {net, NULL, seed, count, progress, user, err};
	int r = executor_open(&m.executor, "cpu", net, &(struct executor_options){.threads = 1}, err);
	if (r == 0)
		r = file_path(&m, path, path_size);
	if (r == 0 && !is_sound(path, net))
		r = make_file(&m, path);
	executor_close(m.executor);
	return r;
}

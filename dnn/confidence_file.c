// SPDX-License-Identifier: BSD-3-Clause
// Held-out answers: measured by the cpu executor, kept in the cache, read again.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cache.h"
#include "dnn/answer.h"
#include "dnn/confidence.h"
#include "dnn/confidence_private.h"
#include "dnn/executor.h"
#include "dnn/hash.h"
#include "dnn/samples.h"

enum { BATCH = 32 };

struct measurer {
	const struct network *net;
	struct executor *executor;
	uint8_t *wire;			   // of one input
	float *tensor[2];		   // [BATCH rows] before and behind a sub-task
	float *answer;			   // [BATCH rows]
	struct confidence_answer *answers; // [CONFIDENCE_INPUTS][n_exits + 1]
	int class[BATCH];
	struct err *err;
};

static int run_part(struct measurer *m, int part, float *from, float *to)
{
	const float *in[BATCH];
	float *out[BATCH];
	int64_t n_in = network_cut_values(m->net, network_part_cut(m->net, part)),
		n_out = network_cut_values(m->net, part + 1);
	for (int i = 0; i < BATCH; i++) {
		in[i] = from + i * n_in;
		out[i] = to + i * n_out;
	}
	return executor_run(m->executor, part, BATCH, in, out, NULL, m->err);
}

// exit: from 0 on, n_exits = the end.
static void note_answers(struct measurer *m, int first, int exit, const float *answer)
{
	int64_t n = network_cut_values(m->net, m->net->n_subtasks);
	for (int i = 0; i < BATCH; i++)
		m->answers[(ptrdiff_t)(first + i) * (m->net->n_exits + 1) + exit] =
		    (struct confidence_answer){.sure = (float)answer_confidence(answer + i * n, n),
					       .right = answer_class(answer + i * n, n) == m->class[i]};
}

static int draw_inputs(struct measurer *m, int first)
{
	int64_t values = network_cut_values(m->net, 0);
	for (int i = 0; i < BATCH; i++) {
		int r = samples_draw_input(m->net, CONFIDENCE_SEED, first + i, m->wire);
		if (r < 0)
			return err_set(m->err, -r, "no memory for an input");
		network_input_from_wire(m->net, m->wire, m->tensor[0] + i * values);
		m->class[i] = samples_class(m->net, CONFIDENCE_SEED, first + i);
	}
	return 0;
}

static int answer_batch(struct measurer *m, int first)
{
	const struct network *net = m->net;
	int r = draw_inputs(m, first);
	for (int n = 0; r == 0 && n < net->n_subtasks; n++) {
		int exit = network_exit_at(net, n + 1);
		float *from = m->tensor[n % 2], *to = m->tensor[(n + 1) % 2];
		r = run_part(m, n, from, to);
		if (r == 0 && exit > 0) {
			r = run_part(m, network_head(net, exit), to, m->answer);
			note_answers(m, first, exit - 1, m->answer);
		}
		if (r == 0 && n + 1 == net->n_subtasks)
			note_answers(m, first, net->n_exits, to);
	}
	return r;
}

static int open_measurer(struct measurer *m, const struct network *net, struct err *err)
{
	size_t largest = (size_t)network_largest_cut(net, 0, net->n_subtasks) * BATCH,
	       ends = (size_t)net->n_exits + 1;
	*m = (struct measurer){.net = net, .err = err};
	int r = executor_open(&m->executor, "cpu", net, &(struct executor_options){.threads = 1}, err);
	if (r < 0)
		return r;
	m->wire = malloc((size_t)network_cut_bits(net, 0) / 8);
	m->tensor[0] = calloc(largest, sizeof(float));
	m->tensor[1] = calloc(largest, sizeof(float));
	m->answer = calloc((size_t)network_cut_values(net, net->n_subtasks) * BATCH, sizeof(float));
	m->answers = calloc(CONFIDENCE_INPUTS * ends, sizeof(*m->answers));
	bool memory = m->wire && m->tensor[0] && m->tensor[1] && m->answer && m->answers;
	return memory ? 0 : err_set(err, ENOMEM, "no memory for %d held-out inputs", CONFIDENCE_INPUTS);
}

static void close_measurer(struct measurer *m)
{
	executor_close(m->executor);
	free(m->wire);
	free(m->tensor[0]);
	free(m->tensor[1]);
	free(m->answer);
	free(m->answers);
}

static size_t answer_bytes(const struct network *net)
{
	return CONFIDENCE_INPUTS * ((size_t)net->n_exits + 1) * sizeof(struct confidence_answer);
}

static int write_file(const struct measurer *m, const char *path)
{
	size_t bytes = answer_bytes(m->net);
	struct confidence_header h = {.version = CONFIDENCE_VERSION,
				      .count = CONFIDENCE_INPUTS,
				      .n_exits = (uint32_t)m->net->n_exits,
				      .network_hash = m->net->hash,
				      .checksum = hash_bytes(HASH_START, m->answers, bytes)};
	memcpy(h.magic, CONFIDENCE_MAGIC, sizeof(h.magic));
	const struct iovec parts[] = {{&h, sizeof(h)}, {m->answers, bytes}};
	return write_parts_atomically(path, parts, 2, m->err);
}

static bool is_sound(const char *path, const struct network *net)
{
	struct confidence *c = NULL;
	bool sound = access(path, R_OK) == 0 && confidence_open(&c, path, net, NULL) == 0;
	confidence_close(c);
	return sound;
}

// As samples: another library may round otherwise.
static int file_path(const struct measurer *m, char *path, int size)
{
	const char *by = executor_describe(m->executor);
	char name[160];
	snprintf(name, sizeof(name), "confidence-%s-%016" PRIx64 "-%d-%08" PRIx32 ".bin", m->net->name,
		 m->net->hash, CONFIDENCE_VERSION, (uint32_t)(hash_bytes(HASH_START, by, strlen(by)) >> 32));
	return cache_path(name, path, (size_t)size, m->err);
}

int confidence_ensure(const struct network *net, char *path, int path_size,
		      void (*progress)(double share, void *user), void *user, struct err *err)
{
	if (net->n_exits == 0)
		return err_set(err, EINVAL, "%s has no exits: nobody can leave it by confidence", net->name);
	if (samples_class(net, CONFIDENCE_SEED, 0) < 0)
		return err_set(err, EINVAL,
			       "the inputs of %s have no classes, on which thresholds could be chosen: "
			       "pentominoes-4 has exits and classes",
			       net->name);
	struct measurer m;
	int r = open_measurer(&m, net, err);
	r = r < 0 ? r : file_path(&m, path, path_size);
	bool sound = r == 0 && is_sound(path, net);
	for (int first = 0; r == 0 && !sound && first < CONFIDENCE_INPUTS; first += BATCH) {
		r = answer_batch(&m, first);
		if (r == 0 && progress)
			progress((first + BATCH) / (double)CONFIDENCE_INPUTS, user);
	}
	if (r == 0 && !sound)
		r = write_file(&m, path);
	close_measurer(&m);
	return r;
}

static int refuse(const char *path, struct err *err, const char *what)
{
	return err_set(err, EINVAL, "%s: %s; remove the file and it is made anew", path, what);
}

static int check(const struct confidence_header *h, const struct confidence_answer *answers, size_t n,
		 const struct network *net, const char *path, struct err *err)
{
	if (memcmp(h->magic, CONFIDENCE_MAGIC, sizeof(h->magic)) != 0 || h->version != CONFIDENCE_VERSION)
		return refuse(path, err,
			      "no file of held-out answers, or one of another version of airbatch");
	if (h->network_hash != net->hash || h->n_exits != (uint32_t)net->n_exits)
		return refuse(path, err, "held-out answers of another network or other weights");
	if (h->count != CONFIDENCE_INPUTS ||
	    h->checksum != hash_bytes(HASH_START, answers, n * sizeof(*answers)))
		return refuse(path, err, "damaged (the checksum is wrong)");
	return 0;
}

int confidence_open(struct confidence **out, const char *path, const struct network *net, struct err *err)
{
	struct confidence_header h;
	size_t n = answer_bytes(net) / sizeof(struct confidence_answer);
	struct confidence_answer *answers = malloc(answer_bytes(net));
	FILE *f = fopen(path, "rbe");
	*out = NULL;
	int r = !answers ? err_set(err, ENOMEM, "no memory for %s", path)
		: !f	 ? err_sys(err, errno, "cannot read %s", path)
			 : 0;
	if (r == 0 && (fread(&h, sizeof(h), 1, f) != 1 || fread(answers, sizeof(*answers), n, f) != n ||
		       fgetc(f) != EOF))
		r = refuse(path, err, "damaged (it is cut short or too long)");
	r = r < 0 ? r : check(&h, answers, n, net, path, err);
	if (r == 0 && confidence_of(out, answers, CONFIDENCE_INPUTS, net->n_exits) < 0)
		r = err_set(err, ENOMEM, "no memory for %s", path);
	if (f)
		fclose(f);
	free(answers);
	return r;
}

// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdlib.h>

#include "dnn/executor.h"
#include "dnn/samples_format_private.h"

struct encoder {
	const struct network *network;
	struct executor *executor;
	char *record;
	float *buffer[2]; // each holds any cut's tensor
	struct err *err;
};

static void *part(const struct encoder *e, int number)
{
	return e->record + samples_offset(e->network, number);
}

// From the tensor at cut `from` in the first buffer.
static int go_on(const struct encoder *e, int from, float *result)
{
	int n_subtasks = e->network->n_subtasks;
	for (int n = from; n < n_subtasks; n++) {
		const float *in = e->buffer[(n - from) % 2];
		float *out = n == n_subtasks - 1 ? result : e->buffer[(n - from + 1) % 2];
		int r = executor_run(e->executor, n, 1, &in, &out, NULL, e->err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int encode_cut(const struct encoder *e, int cut, enum features features)
{
	int encoded = samples_encoded_part(e->network, cut, features);
	void *wire = part(e, encoded);
	const float *values = samples_tensor(e->record, e->network, cut);
	int r = features_encode_cut(e->network, cut, features, values, wire, e->err);
	if (r < 0) {
		err_prefix(e->err, "%s at cut %d", e->network->name, cut);
		return r;
	}
	r = features_decode_cut(e->network, cut, features, wire, e->buffer[0], e->err);
	return r < 0 ? r : go_on(e, cut, part(e, encoded + 1));
}

static int encode_cuts(const struct encoder *e)
{
	for (int f = FEATURES_FP16; f < FEATURES_COUNT; f++)
		for (int cut = 1; cut < e->network->n_subtasks; cut++) {
			int r = encode_cut(e, cut, (enum features)f);
			if (r < 0)
				return r;
		}
	return 0;
}

int samples_encode(char *record, const struct network *net, struct executor *executor, struct err *err)
{
	int64_t largest = network_largest_cut(net, 1, net->n_subtasks);
	float *buffer = malloc(2 * sizeof(float) * (size_t)largest);
	if (!buffer)
		return err_set(err, ENOMEM, "no memory for a tensor");
	struct encoder e = {net, executor, record, {buffer, buffer + largest}, err};
	int r = encode_cuts(&e);
	free(buffer);
	return r;
}

// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/dnn/cuda_steps_lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dnn/cuda/steps.h"
#include "dnn/description.h"

static int take_kernel(void *user, enum cuda_kernel kernel, const struct kernel_args *args)
{
	struct steps_host *h = user;
	host_kernel(kernel, h->precision, args);
	h->seen[kernel]++;
	return 0;
}

static int take_product(void *user, const struct gemm_args *args)
{
	struct steps_host *h = user;
	h->products++;
	return host_product(h->precision, args);
}

static void *new_real(enum cuda_precision p, const float *values, int64_t n)
{
	void *data = aligned_alloc(64, (size_t)(n * 4 + 63) / 64 * 64);
	assert_non_null(data);
	for (int64_t i = 0; i < n; i++)
		host_store(p, data, i, values ? values[i] : NAN);
	return data;
}

struct memory {
	void *place[PLACE_SLOTS + DESCRIPTION_MAX_LAYERS];
	const void *weight[DESCRIPTION_MAX_LAYERS], *bias[DESCRIPTION_MAX_LAYERS];
};

static void allocate(struct memory *m, const struct subtask *t, const struct cuda_steps *steps, int batch,
		     enum cuda_precision p)
{
	m->place[PLACE_IN] = new_real(p, NULL, shape_values(t->in) * batch);
	m->place[PLACE_OUT] = new_real(p, NULL, shape_values(t->out) * batch);
	for (int i = 0; i < steps->layout.n_slots; i++)
		m->place[PLACE_SLOTS + i] = new_real(p, NULL, steps->layout.slot_values[i] * batch);
	for (int i = 0; i < t->n_layers; i++) {
		const struct layer *l = &t->layers[i];
		m->weight[i] = l->weight ? new_real(p, l->weight, layer_weight_values(l)) : NULL;
		m->bias[i] = l->bias ? new_real(p, l->bias, layer_bias_values(l)) : NULL;
	}
}

static void release(struct memory *m, const struct subtask *t, const struct cuda_steps *steps)
{
	for (int i = 0; i < PLACE_SLOTS + steps->layout.n_slots; i++)
		free(m->place[i]);
	for (int i = 0; i < t->n_layers; i++) {
		free((void *)m->weight[i]);
		free((void *)m->bias[i]);
	}
}

static void take(struct steps_host *host, const struct cuda_steps *steps, const struct memory *memory,
		 int batch)
{
	int value_bytes = host->precision == CUDA_FP32 ? 4 : 2;
	int64_t workspace = cuda_steps_workspace(steps, batch > 1 ? batch - 1 : 1, value_bytes);
	size_t room = (size_t)(workspace + 63) / 64 * 64 + 64;
	void *scratch = aligned_alloc(64, room);
	assert_non_null(scratch);
	memset(scratch, 0xff, room);
	struct cuda_buffers buffers = {memory->place, memory->weight, memory->bias,
				       scratch,	      workspace,      value_bytes};
	struct cuda_taker taker = {take_kernel, take_product, host};
	assert_int_equal(cuda_steps_take(steps, batch, &buffers, &taker), 0);
	free(scratch);
}

void steps_host_run(struct steps_host *host, struct lab *lab, int n, int batch)
{
	const struct subtask *t = &lab->net->subtasks[n];
	int64_t in = shape_values(t->in), out = shape_values(t->out);
	enum cuda_precision p = host->precision;
	struct cuda_steps steps;
	struct memory memory;
	assert_int_equal(cuda_steps_make(&steps, t), 0);
	allocate(&memory, t, &steps, batch, p);
	for (int i = 0; i < batch; i++)
		for (int64_t k = 0; k < in; k++)
			host_store(p, memory.place[PLACE_IN], i * in + k, lab->truth[i][n][k]);
	take(host, &steps, &memory, batch);
	for (int i = 0; i < batch; i++)
		for (int64_t k = 0; k < out; k++)
			lab->out[i][k] = host_load(p, memory.place[PLACE_OUT], i * out + k);
	release(&memory, t, &steps);
	cuda_steps_free(&steps);
}

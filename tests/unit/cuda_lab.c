// SPDX-License-Identifier: BSD-3-Clause
#include "cuda_lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dnn/cuda/steps.h"
#include "dnn/description.h"

static int host_kernel(void *user, enum cuda_kernel kernel, const struct kernel_args *args)
{
	struct cuda_host *h = user;
	cuda_bodies_run(kernel, h->precision, args);
	h->seen[kernel]++;
	return 0;
}

static float load(enum cuda_precision p, const void *data, int64_t i)
{
	return p == CUDA_FP32 ? ((const float *)data)[i] : (float)((const _Float16 *)data)[i];
}

static void store(enum cuda_precision p, void *data, int64_t i, float v)
{
	if (p == CUDA_FP32)
		((float *)data)[i] = v;
	else
		((_Float16 *)data)[i] = (_Float16)v;
}

// BLAS's gemm: column j of a matrix begins at j * its leading dimension.
static int host_product(void *user, const struct gemm_args *g)
{
	struct cuda_host *h = user;
	float *sum = malloc(sizeof(float) * (size_t)g->m);
	for (int64_t j = 0; j < g->n; j++) {
		for (int64_t i = 0; i < g->m; i++)
			sum[i] = (g->bias ? load(h->precision, g->bias, i) : 0) +
				 (g->accumulate ? load(h->precision, g->d, j * g->ldd + i) : 0);
		for (int64_t k = 0; k < g->k; k++) {
			float b = load(h->precision, g->b, j * g->ldb + k);
			for (int64_t i = 0; i < g->m; i++)
				sum[i] += load(h->precision, g->a, k * g->lda + i) * b;
		}
		for (int64_t i = 0; i < g->m; i++)
			store(h->precision, g->d, j * g->ldd + i, g->relu && sum[i] < 0 ? 0 : sum[i]);
	}
	free(sum);
	h->products++;
	return 0;
}

static void *new_real(enum cuda_precision p, const float *values, int64_t n)
{
	void *data = aligned_alloc(64, (size_t)(n * 4 + 63) / 64 * 64);
	assert_non_null(data);
	for (int64_t i = 0; i < n; i++)
		store(p, data, i, values ? values[i] : NAN);
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

static void take(struct cuda_host *host, const struct cuda_steps *steps, const struct memory *memory,
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
	struct cuda_taker taker = {host_kernel, host_product, host};
	assert_int_equal(cuda_steps_take(steps, batch, &buffers, &taker), 0);
	free(scratch);
}

void cuda_host_run(struct cuda_host *host, struct lab *lab, int n, int batch)
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
			store(p, memory.place[PLACE_IN], i * in + k, lab->truth[i][n][k]);
	take(host, &steps, &memory, batch);
	for (int i = 0; i < batch; i++)
		for (int64_t k = 0; k < out; k++)
			lab->out[i][k] = load(p, memory.place[PLACE_OUT], i * out + k);
	release(&memory, t, &steps);
	cuda_steps_free(&steps);
}

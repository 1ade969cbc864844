// SPDX-License-Identifier: BSD-3-Clause
// The CUDA back end without a GPU: its steps, taken by loops on this processor over the very bodies that the
// GPU runs, against the float64 reference. Only the matrix product is another's: here it follows BLAS's
// definition, there it is cublasLt's.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dnn/cuda/steps.h"
#include "dnn/description.h"
#include "dnn/reference.h"
#include "dnn_lab.h"
#include "../cuda_host/kernels.h"

struct host {
	enum cuda_precision precision;
	int seen[N_CUDA_KERNELS], products;
};

static int take_kernel(void *user, enum cuda_kernel kernel, const struct kernel_args *args)
{
	struct host *h = user;
	host_kernel(kernel, h->precision, args);
	h->seen[kernel]++;
	return 0;
}

static int take_product(void *user, const struct gemm_args *args)
{
	struct host *h = user;
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

static void check_subtask(struct lab *lab, int n, int batch, struct host *host, double tolerance)
{
	const struct subtask *t = &lab->net->subtasks[n];
	enum cuda_precision p = host->precision;
	int value_bytes = p == CUDA_FP32 ? 4 : 2;
	int64_t in_values = shape_values(t->in), out_values = shape_values(t->out);
	struct cuda_steps steps;
	struct memory memory;
	assert_int_equal(cuda_steps_make(&steps, t), 0);
	allocate(&memory, t, &steps, batch, p);
	for (int i = 0; i < batch; i++)
		for (int64_t k = 0; k < in_values; k++)
			host_store(p, memory.place[PLACE_IN], i * in_values + k, lab->truth[i][n][k]);
	// One image fewer than the batch fits: the chunks of im2col are uneven.
	int64_t workspace = cuda_steps_workspace(&steps, batch > 1 ? batch - 1 : 1, value_bytes);
	void *scratch = malloc((size_t)workspace + 64);
	struct cuda_buffers buffers = {memory.place, memory.weight, memory.bias,
				       scratch,	     workspace,	    value_bytes};
	struct cuda_taker taker = {take_kernel, take_product, host};
	assert_int_equal(cuda_steps_take(&steps, batch, &buffers, &taker), 0);
	for (int i = 0; i < batch; i++) {
		for (int64_t k = 0; k < out_values; k++)
			lab->out[0][k] = host_load(p, memory.place[PLACE_OUT], i * out_values + k);
		double error = relative_error(lab->out[0], lab->truth[i][n + 1], out_values);
		if (!(error <= tolerance))
			fail_msg("%s, sub-task %s, batch %d, user %d, %d bytes a value: relative error %g",
				 lab->net->name, t->name, batch, i, value_bytes, error);
	}
	free(scratch);
	release(&memory, t, &steps);
	cuda_steps_free(&steps);
}

static void check_network(const char *text, enum cuda_precision precision, double tolerance, int users,
			  struct host *host)
{
	struct network *net;
	struct err err = {""};
	if (network_parse(&net, text, "test", 7, &err) < 0)
		fail_msg("%s", err.text);
	struct lab lab;
	lab_open(&lab, net, users);
	host->precision = precision;
	for (int n = 0; n < net->n_subtasks; n++)
		for (int batch = 1; batch <= users; batch += 2)
			check_subtask(&lab, n, batch, host, tolerance);
	lab_close(&lab);
}

static void check_both(const char *text, int users, struct host *host)
{
	check_network(text, CUDA_FP32, 1e-4, users, host);
	check_network(text, CUDA_FP16, 1e-2, users, host);
}

static void check_builtin(const char *name, int side, int users)
{
	struct host host = {0};
	char *text = lab_description(name, side);
	check_both(text, users, &host);
	free(text);
}

static void mobilenet_v2_agrees(void **state)
{
	(void)state;
	check_builtin("mobilenet-v2", 0, 1);
}

static void resnet_agrees(void **state)
{
	(void)state;
	check_builtin("resnet-18", 32, 3);
}

static void googlenet_agrees(void **state)
{
	(void)state;
	check_builtin("googlenet", 32, 3);
}

// What no built-in network has: all activations behind a product, pending limits before every kind of reader.
static void odd_layers_agree(void **state)
{
	(void)state;
	static const char text[] =
	    "network odd\ninput 9x7x3\n"
	    "subtask A\nconv 3x3 8 pad 1 relu6 as a\nconv 1x1 8 relu6 as b\nadd a relu6\n"
	    "conv 1x1 12 hardswish as c\nconv 3x3 12 stride 2 pad 1 sigmoid\n"
	    "subtask B\nconv 1x1 8 relu6 as p\nconv 3x3 8 pad 1 relu6 as q\n"
	    "concat p,q\nconv 3x3 16 pad 2 dilation 2 groups 4 relu6\nconv 1x1 6 relu6\n"
	    "subtask C\ndepthwise 3x3 pad 1 relu\nmaxpool 2x2 stride 1\nfc 10\nsoftmax\n";
	struct host host = {0};
	check_both(text, 3, &host);
	for (int k = 0; k < N_CUDA_KERNELS; k++)
		if (host.seen[k] == 0)
			fail_msg("kernel %d is not covered", k);
	assert_true(host.products > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(odd_layers_agree),
	    cmocka_unit_test(mobilenet_v2_agrees),
	    cmocka_unit_test(resnet_agrees),
	    cmocka_unit_test(googlenet_agrees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

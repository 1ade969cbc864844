// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/cuda/memory.h"

#include <stdlib.h>

#include "dnn/cuda/align.h"
#include "dnn/cuda/check.h"

static int64_t slots_bytes(const struct cuda_steps *steps, int batch, int value_bytes)
{
	int64_t total = 0;
	for (int i = 0; i < steps->layout.n_slots; i++)
		total += cuda_aligned(steps->layout.slot_values[i] * batch * value_bytes);
	return total;
}

static int on_device(void **out, int64_t bytes, struct err *err)
{
	return cuda_check(cudaMalloc(out, (size_t)(bytes > 0 ? bytes : CUDA_ALIGNMENT)), "memory on the GPU",
			  err);
}

static int allocate_cuts(struct cuda_memory *m, const struct network *net, int value_bytes, struct err *err)
{
	m->n_cuts = network_parts(net) + 1;
	m->cut = calloc((size_t)m->n_cuts, sizeof(*m->cut));
	int r = m->cut ? 0 : err_set(err, ENOMEM, "no memory for the cuts' addresses");
	for (int p = 0; r == 0 && p < m->n_cuts; p++)
		r = on_device(&m->cut[p], network_cut_values(net, p) * m->capacity * value_bytes, err);
	return r;
}

static int allocate_host(struct cuda_memory *m, int64_t bytes, struct err *err)
{
	int r = cuda_check(cudaMallocHost((void **)&m->host_in, (size_t)bytes), "page-locked memory", err);
	return r < 0 ? r
		     : cuda_check(cudaMallocHost((void **)&m->host_out, (size_t)bytes), "page-locked memory",
				  err);
}

int cuda_memory_allocate(struct cuda_memory *m, const struct network *net, const struct cuda_steps *steps,
			 enum cuda_precision precision, int capacity, struct err *err)
{
	int value_bytes = precision == CUDA_FP32 ? 4 : 2;
	int64_t rows = network_largest_cut(net, 0, network_parts(net)) * capacity * (int64_t)sizeof(float);
	*m = (struct cuda_memory){.capacity = capacity};
	for (int n = 0; n < network_parts(net); n++) {
		int64_t slots = slots_bytes(&steps[n], capacity, value_bytes);
		int64_t workspace = cuda_steps_workspace(&steps[n], capacity, value_bytes);
		m->slot_bytes = slots > m->slot_bytes ? slots : m->slot_bytes;
		m->workspace_bytes = workspace > m->workspace_bytes ? workspace : m->workspace_bytes;
	}
	int r = allocate_cuts(m, net, value_bytes, err);
	if (r == 0)
		r = on_device(&m->slots, m->slot_bytes, err);
	if (r == 0)
		r = on_device(&m->workspace, m->workspace_bytes, err);
	if (r == 0 && precision == CUDA_FP16)
		r = on_device((void **)&m->device_rows, rows, err);
	if (r == 0)
		r = allocate_host(m, rows, err);
	if (r < 0) {
		cuda_memory_free(m);
		err_prefix(err, "%s in batches of up to %d", net->name, capacity);
	}
	return r;
}

void cuda_memory_free(struct cuda_memory *m)
{
	for (int p = 0; m->cut && p < m->n_cuts; p++)
		cudaFree(m->cut[p]);
	free(m->cut);
	cudaFree(m->slots);
	cudaFree(m->workspace);
	cudaFree(m->device_rows);
	cudaFreeHost(m->host_in);
	cudaFreeHost(m->host_out);
	*m = (struct cuda_memory){0};
}

void cuda_memory_places(const struct cuda_memory *m, const struct network *net,
			const struct cuda_steps *steps, int n, int batch, int value_bytes, void **place)
{
	char *slot = m->slots;
	place[PLACE_IN] = m->cut[network_part_cut(net, n)];
	place[PLACE_OUT] = m->cut[n + 1];
	for (int i = 0; i < steps->layout.n_slots; i++) {
		place[PLACE_SLOTS + i] = slot;
		slot += cuda_aligned(steps->layout.slot_values[i] * batch * value_bytes);
	}
}

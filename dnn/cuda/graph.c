// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/cuda/graph.h"

#include <errno.h>

#include "dnn/cuda/check.h"
#include "dnn/cuda/launch.h"
#include "dnn/description.h"
#include "dnn/layers/layers.h"

struct taking {
	const struct cuda_recorder *recorder;
	struct err *err;
};

static int no_kernel(void *user, enum cuda_kernel kernel, const struct kernel_args *args)
{
	(void)user;
	(void)kernel;
	(void)args;
	return 0;
}

static int choose_product(void *user, const struct gemm_args *args)
{
	const struct taking *t = user;
	return products_choose(t->recorder->products, args, t->recorder->stream, t->err);
}

static int queue_kernel(void *user, enum cuda_kernel kernel, const struct kernel_args *args)
{
	const struct taking *t = user;
	if (args->n > INT32_MAX)
		return err_set(t->err, E2BIG,
			       "a layer has %lld values: a kernel takes 2147483647, so smaller batches do",
			       (long long)args->n);
	return cuda_check(cuda_launch(kernel, t->recorder->precision, args, t->recorder->stream), "a kernel",
			  t->err);
}

static int queue_product(void *user, const struct gemm_args *args)
{
	const struct taking *t = user;
	return products_queue(t->recorder->products, args, t->recorder->stream, t->err);
}

// Its first launch then need not carry it to the device.
static int make_executable(cudaGraphExec_t *out, cudaGraph_t graph, cudaStream_t stream, struct err *err)
{
	cudaGraphExec_t exec = NULL;
	int r = cuda_check(cudaGraphInstantiateWithFlags(&exec, graph, 0), "making a graph", err);
	if (r < 0)
		return r;
	r = cuda_check(cudaGraphUpload(exec, stream), "a graph to the GPU", err);
	if (r < 0)
		cudaGraphExecDestroy(exec);
	else
		*out = exec;
	return r;
}

// What is recorded between begin and end becomes a graph; a failure in between still ends the recording.
static int record(cudaGraphExec_t *out, const struct cuda_recorder *rec, const struct cuda_steps *steps,
		  int batch, const struct cuda_buffers *buffers, struct err *err)
{
	struct taking taking = {rec, err};
	struct cuda_taker taker = {queue_kernel, queue_product, &taking};
	int r = cuda_check(cudaStreamBeginCapture(rec->stream, cudaStreamCaptureModeThreadLocal),
			   "recording a graph", err);
	if (r < 0)
		return r;
	cudaGraph_t graph = NULL;
	r = cuda_steps_take(steps, batch, buffers, &taker);
	int ended = cuda_check(cudaStreamEndCapture(rec->stream, &graph), "recording a graph",
			       r < 0 ? NULL : err); // the first failure is the one to tell
	if (r == 0)
		r = ended;
	if (r == 0)
		r = make_executable(out, graph, rec->stream, err);
	if (graph)
		cudaGraphDestroy(graph);
	return r;
}

int cuda_graph_record(cudaGraphExec_t *out, const struct cuda_recorder *rec, const struct cuda_steps *steps,
		      int n, int batch, struct err *err)
{
	void *place[PLACE_SLOTS + DESCRIPTION_MAX_LAYERS];
	int value_bytes = rec->precision == CUDA_FP32 ? 4 : 2;
	cuda_memory_places(rec->memory, rec->network, steps, n, batch, value_bytes, place);
	struct cuda_buffers buffers = {.place = place,
				       .weight = rec->weights->weight[n],
				       .bias = rec->weights->bias[n],
				       .workspace = rec->memory->workspace,
				       .workspace_bytes = rec->memory->workspace_bytes,
				       .value_bytes = value_bytes};
	struct taking taking = {rec, err};
	struct cuda_taker chooser = {no_kernel, choose_product, &taking};
	int r = cuda_steps_take(steps, batch, &buffers, &chooser);
	return r < 0 ? r : record(out, rec, steps, batch, &buffers, err);
}

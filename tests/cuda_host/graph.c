// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>

#include "queue.h"

struct CUgraph_st {
	struct work_list work;
};

struct CUgraphExec_st {
	struct work_list work;
};

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, enum cudaStreamCaptureMode mode)
{
	cudaError_t e = call_enter();
	if (e == cudaSuccess && (!stream || stream->capturing || mode != cudaStreamCaptureModeThreadLocal))
		e = misuse(
		    "cudaStreamBeginCapture of the default stream, of a captured one, or in another mode");
	if (e == cudaSuccess) {
		stream->capturing = true;
		stream->spoilt = false;
		stream->captor = pthread_self();
	}
	return call_leave(e);
}

// A capture ends even when the call fails, without a graph.
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph)
{
	cudaError_t e = call_enter();
	if (!stream->capturing)
		return call_leave(misuse("cudaStreamEndCapture without cudaStreamBeginCapture"));
	if (e == cudaSuccess && stream->spoilt)
		e = cudaErrorStreamCaptureInvalidated;
	struct CUgraph_st *made = e == cudaSuccess ? calloc(1, sizeof(*made)) : NULL;
	*graph = made;
	if (made) {
		made->work = stream->captured;
		stream->captured = (struct work_list){0};
		stand_in.live[CUDA_HOST_GRAPH]++;
	}
	queue_clear(&stream->captured);
	stream->capturing = false;
	return call_leave(e);
}

static void copy_list(struct work_list *to, const struct work_list *from)
{
	for (const struct work *w = from->first; w; w = w->next)
		queue_append(to, queue_copy(w));
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long flags)
{
	cudaError_t e = call_enter();
	if (e == cudaSuccess && flags != 0)
		e = cudaErrorInvalidValue;
	struct CUgraphExec_st *made = e == cudaSuccess ? calloc(1, sizeof(*made)) : NULL;
	if (made) {
		copy_list(&made->work, &graph->work);
		stand_in.live[CUDA_HOST_GRAPH_EXEC]++;
		*exec = made;
	}
	return call_leave(e);
}

cudaError_t cudaGraphUpload(cudaGraphExec_t exec, cudaStream_t stream)
{
	(void)exec;
	cudaError_t e = call_enter();
	if (e == cudaSuccess && queue_of(stream)->capturing)
		e = cudaErrorStreamCaptureUnsupported;
	return call_leave(e);
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream)
{
	cudaError_t e = call_enter();
	if (e == cudaSuccess && queue_of(stream)->capturing)
		e = misuse("cudaGraphLaunch into a captured stream: the stand-in nests no graphs");
	stand_in.launches += e == cudaSuccess;
	for (const struct work *w = exec->work.first; e == cudaSuccess && w; w = w->next)
		e = queue_work(stream, w->run, w->arguments, w->bytes, w->host);
	return call_leave(e);
}

// Goes even when the call fails.
static cudaError_t destroy(void *object, struct work_list *work, enum cuda_host_kind kind)
{
	cudaError_t e = call_enter();
	queue_clear(work);
	stand_in.live[kind]--;
	free(object);
	return call_leave(e);
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
	return destroy(graph, &graph->work, CUDA_HOST_GRAPH);
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
	return destroy(exec, &exec->work, CUDA_HOST_GRAPH_EXEC);
}

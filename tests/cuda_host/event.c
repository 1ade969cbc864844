// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>

#include "queue.h"

static bool event_is_unused(const void *event)
{
	return ((const struct CUevent_st *)event)->pending == 0;
}

static bool event_happened(const void *event)
{
	const struct CUevent_st *e = event;
	return e->done >= e->asked;
}

static cudaError_t queue_event(cudaStream_t stream, cudaEvent_t event, uint64_t ticket, bool waits)
{
	cudaStream_t s = queue_of(stream);
	if (s->capturing)
		return misuse("an event in a captured stream: the stand-in captures work only");
	struct work *w = queue_new(0);
	if (!w)
		return cudaErrorMemoryAllocation;
	w->event = event;
	w->ticket = ticket;
	w->waits = waits;
	event->pending++;
	queue_append(&s->queue, w);
	queue_run_some();
	return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags)
{
	cudaError_t e = call_enter();
	if (e == cudaSuccess && flags != 0)
		e = cudaErrorInvalidValue;
	if (e == cudaSuccess)
		e = queue_event(stream, event, event->asked, true);
	return call_leave(e);
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags)
{
	cudaError_t e = call_enter();
	struct CUevent_st *made = e == cudaSuccess ? calloc(1, sizeof(*made)) : NULL;
	if (made) {
		made->timed = !(flags & cudaEventDisableTiming);
		stand_in.live[CUDA_HOST_EVENT]++;
		*event = made;
	}
	return call_leave(e);
}

cudaError_t cudaEventCreate(cudaEvent_t *event)
{
	return cudaEventCreateWithFlags(event, 0);
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
	cudaError_t e = call_enter();
	queue_run_until(event_is_unused, event);
	stand_in.live[CUDA_HOST_EVENT]--;
	free(event);
	return call_leave(e);
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
	cudaError_t e = call_enter();
	if (e == cudaSuccess)
		e = queue_event(stream, event, ++event->asked, false);
	return call_leave(e);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
	cudaError_t e = call_enter_unsafe();
	if (e == cudaSuccess) {
		queue_run_until(event_happened, event);
		e = queue_state();
	}
	return call_leave(e);
}

cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t from, cudaEvent_t to)
{
	cudaError_t e = call_enter();
	if (e == cudaSuccess && (!from->timed || !to->timed || from->asked == 0 || to->asked == 0))
		e = cudaErrorInvalidResourceHandle;
	else if (e == cudaSuccess && (!event_happened(from) || !event_happened(to)))
		e = cudaErrorNotReady;
	if (e == cudaSuccess)
		*ms = (float)(to->ms - from->ms);
	return call_leave(e);
}

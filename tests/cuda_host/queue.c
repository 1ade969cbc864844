// SPDX-License-Identifier: BSD-3-Clause
#include "queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

static struct CUstream_st default_stream; // ordered with the others by nothing: all of them are non-blocking

cudaStream_t queue_of(cudaStream_t stream)
{
	return stream ? stream : &default_stream;
}

// The default stream is the first, then those that were created.
static cudaStream_t next_stream(cudaStream_t s)
{
	return s == &default_stream ? stand_in.streams : s->next;
}

void queue_append(struct work_list *list, struct work *w)
{
	w->next = NULL;
	if (list->last)
		list->last->next = w;
	else
		list->first = w;
	list->last = w;
}

struct work *queue_new(size_t bytes)
{
	struct work *w = aligned_alloc(16, (sizeof(*w) + bytes + 15) / 16 * 16);
	if (w)
		*w = (struct work){.bytes = bytes};
	return w;
}

struct work *queue_copy(const struct work *w)
{
	struct work *copy = queue_new(w->bytes);
	if (copy) {
		copy->run = w->run;
		copy->host = w->host;
		memcpy(copy->arguments, w->arguments, w->bytes);
	}
	return copy;
}

static struct work *take_first(struct work_list *list)
{
	struct work *w = list->first;
	list->first = w->next;
	if (!list->first)
		list->last = NULL;
	return w;
}

void queue_clear(struct work_list *list)
{
	while (list->first)
		free(take_first(list));
}

// What fails leaves the device broken: the rest is dropped, and nothing waits any more.
static void run(struct work *w)
{
	if (w->event) {
		w->event->pending--;
		if (!w->waits) {
			w->event->done = w->ticket;
			w->event->ms = stand_in.clock_ms;
		}
	} else if (!stand_in.broken) {
		stand_in.clock_ms += 1e-3 + 0.1 * draw();
		stand_in.broken = ++stand_in.work == stand_in.fail_work;
		memory_open();
		if (!stand_in.broken)
			w->run(w->arguments);
	}
	free(w);
}

static bool can_run(const struct CUstream_st *s)
{
	const struct work *w = s->queue.first;
	return w && (stand_in.broken || !w->waits || w->event->done >= w->ticket);
}

// Runs the first entry of a stream that is drawn among those that may go on; false when none may.
static bool run_any(void)
{
	uint64_t n = 0;
	cudaStream_t chosen = NULL;
	for (cudaStream_t s = &default_stream; s; s = next_stream(s))
		if (can_run(s) && draw_below(++n) == 0)
			chosen = s;
	if (chosen)
		run(take_first(&chosen->queue));
	return chosen != NULL;
}

void queue_run_some(void)
{
	while (draw() < stand_in.eagerness && run_any())
		;
	memory_close();
}

// Runs work until `done` holds of its object.
void queue_run_until(bool (*done)(const void *object), const void *object)
{
	while (!done(object)) {
		if (!run_any()) {
			fputs("CUDA's rules are broken: streams wait for each other for ever\n", stderr);
			abort();
		}
	}
	memory_close();
}

static bool stream_is_empty(const void *stream)
{
	return !((const struct CUstream_st *)stream)->queue.first;
}

bool queue_uses(const void *host, size_t bytes)
{
	uintptr_t from = (uintptr_t)host;
	for (cudaStream_t s = &default_stream; s; s = next_stream(s))
		for (const struct work *w = s->queue.first; w; w = w->next)
			if ((uintptr_t)w->host >= from && (uintptr_t)w->host - from < bytes)
				return true;
	return false;
}

static bool nothing_is_queued(const void *object)
{
	(void)object;
	for (cudaStream_t s = &default_stream; s; s = next_stream(s))
		if (s->queue.first)
			return false;
	return true;
}

void queue_drain(void)
{
	queue_run_until(nothing_is_queued, NULL);
}

bool spoil_captures(void)
{
	bool any = false;
	for (cudaStream_t s = stand_in.streams; s; s = s->next)
		if (s->capturing && pthread_equal(s->captor, pthread_self()))
			any = s->spoilt = true;
	return any;
}

cudaError_t queue_work(cudaStream_t stream, work_function *function, const void *arguments, size_t bytes,
		       const void *host)
{
	cudaStream_t s = queue_of(stream);
	struct work *w = queue_new(bytes);
	if (!w)
		return cudaErrorMemoryAllocation;
	w->run = function;
	w->host = host;
	memcpy(w->arguments, arguments, bytes);
	queue_append(s->capturing ? &s->captured : &s->queue, w);
	if (!s->capturing)
		queue_run_some();
	return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags)
{
	cudaError_t e = call_enter();
	if (e == cudaSuccess && flags != cudaStreamNonBlocking)
		e = misuse("a blocking stream: the stand-in has none");
	struct CUstream_st *s = e == cudaSuccess ? calloc(1, sizeof(*s)) : NULL;
	if (s) {
		s->next = stand_in.streams;
		stand_in.streams = *stream = s;
		stand_in.live[CUDA_HOST_STREAM]++;
	}
	return call_leave(e);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
	cudaError_t e = call_enter();
	queue_run_until(stream_is_empty, stream);
	if (stream->capturing)
		e = misuse("cudaStreamDestroy of a stream that is captured");
	struct CUstream_st **at = &stand_in.streams;
	while (*at != stream)
		at = &(*at)->next;
	*at = stream->next;
	stand_in.live[CUDA_HOST_STREAM]--;
	queue_clear(&stream->captured);
	free(stream);
	return call_leave(e);
}

cudaError_t queue_state(void)
{
	return stand_in.broken ? cudaErrorIllegalAddress : cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
	cudaError_t e = call_enter_unsafe();
	if (e == cudaSuccess) {
		queue_run_until(stream_is_empty, queue_of(stream));
		e = queue_state();
	}
	return call_leave(e);
}

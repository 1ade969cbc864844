// SPDX-License-Identifier: BSD-3-Clause
// Inside the stand-in: streams as queues of work, events between them, and the order in which work runs.
#pragma once

#include "state.h"

typedef void work_function(void *arguments);

// One entry of a stream.
struct work {
	struct work *next;
	work_function *run; // NULL: records `event`, or (waits) waits for its ticket
	cudaEvent_t event;
	uint64_t ticket;
	bool waits;
	const void *host; // page-locked memory that it reads or writes
	size_t bytes;
	_Alignas(16) unsigned char arguments[];
};

struct work_list {
	struct work *first, *last;
};

struct CUstream_st {
	struct CUstream_st *next;
	struct work_list queue;
	struct work_list captured;
	bool capturing, spoilt;
	pthread_t captor;
};

struct CUevent_st {
	bool timed;
	uint64_t asked, done; // tickets: records asked for, and the last that ran
	double ms;
	int pending; // entries of streams that name it
};

// Queues a copy of the arguments, or captures it. host: as struct work's, or NULL.
cudaError_t queue_work(cudaStream_t stream, work_function *run, const void *arguments, size_t bytes,
		       const void *host);
// The stream itself, or the default one for NULL.
cudaStream_t queue_of(cudaStream_t stream);
struct work *queue_new(size_t argument_bytes); // NULL without memory
void queue_append(struct work_list *list, struct work *w);
struct work *queue_copy(const struct work *w); // NULL without memory
void queue_clear(struct work_list *list);
// Runs work until `done` holds of its object.
void queue_run_until(bool (*done)(const void *object), const void *object);
void queue_run_some(void); // as much as eagerness draws: after each entry
void queue_drain(void);	   // runs everything
cudaError_t
queue_state(void); // what a call that waited returns: cudaErrorIllegalAddress once work has failed
bool queue_uses(const void *host, size_t bytes); // is there work on this page-locked memory
// Marks the captures of this thread as spoilt; whether there are any.
bool spoil_captures(void);

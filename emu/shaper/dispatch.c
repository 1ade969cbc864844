// SPDX-License-Identifier: BSD-3-Clause
#include "emu/shaper/dispatch.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "base/channel.h"
#include "emu/shaper/capture.h"
#include "emu/shaper/eal.h"

// One for the records of each interval, one for a change that comes while they are being sent.
#define DISPATCHES 2

struct dispatcher {
	const struct dispatch_facts *facts;
	struct dispatch ring[DISPATCHES]; // filled and sent in turn
	unsigned filled, sent;
	sem_t free, full; // of the ring
	bool stop;	  // atomic
	pthread_t thread;
};

void dispatch_accuracy(const struct dispatch_facts *facts, const struct dispatch *dispatch,
		       struct accuracy_record *out)
{
	accuracy_summarise(&dispatch->accuracy, dispatch->t_ns, dispatch->cpu_ns, out);
	out->busy_poll = facts->busy_poll;
	out->nice_ok = facts->nice_ok;
	out->final = dispatch->final;
	capture_counts(facts->capture, &out->capture_packets, &out->capture_drops);
}

static void send_lateness(int channel, const struct accuracy *a)
{
	lateness_send(channel, HOST_SHAPER_RING, &a->ring);
	lateness_send(channel, HOST_SHAPER_SEND, &a->send[LINK_UP]);
	lateness_send(channel, HOST_SHAPER_SEND, &a->send[LINK_DOWN]);
	lateness_send(channel, HOST_SHAPER_TIMER, &a->timer);
	lateness_send(channel, HOST_SHAPER_GRANT, &a->grant);
}

// A failed send needs no handling here: the loop itself finds the channel closed.
static void send_dispatch(const struct dispatch_facts *facts, const struct dispatch *dispatch)
{
	uint32_t n_links = dispatch->n_stamps + dispatch->n_ues;
	for (uint32_t i = 0; i < n_links; i++)
		link_record_expect(&dispatch->links[i], dispatch->impairments[i]);
	const uint32_t at_once = CHANNEL_MAX_BODY / sizeof(struct link_record);
	for (uint32_t i = 0; i < n_links; i += at_once) {
		uint32_t n = n_links - i < at_once ? n_links - i : at_once;
		channel_send(facts->channel_fd, CHANNEL_LINK, &dispatch->links[i],
			     n * sizeof(dispatch->links[0]));
	}
	if (dispatch->with_accuracy) {
		struct accuracy_record record;
		dispatch_accuracy(facts, dispatch, &record);
		channel_send(facts->channel_fd, CHANNEL_ACCURACY, &record, sizeof(record));
	}
	if (dispatch->with_accuracy && dispatch->final)
		send_lateness(facts->channel_fd, &dispatch->accuracy);
}

static void *send_reports(void *argument)
{
	struct dispatcher *dispatcher = argument;
	for (;;) {
		while (sem_wait(&dispatcher->full) < 0)
			;
		if (__atomic_load_n(&dispatcher->stop, __ATOMIC_ACQUIRE))
			return NULL;
		send_dispatch(dispatcher->facts, &dispatcher->ring[dispatcher->sent++ % DISPATCHES]);
		sem_post(&dispatcher->free);
	}
}

static bool make_room(struct dispatcher *dispatcher, uint32_t n_ues)
{
	bool made = true;
	for (int i = 0; i < DISPATCHES; i++) {
		struct dispatch *dispatch = &dispatcher->ring[i];
		dispatch->links = calloc(n_ues + DISPATCH_STAMPS, sizeof(*dispatch->links));
		dispatch->impairments = calloc(n_ues + DISPATCH_STAMPS, sizeof(*dispatch->impairments));
		made = made && dispatch->links && dispatch->impairments;
	}
	return made;
}

static void dispatcher_free(struct dispatcher *dispatcher)
{
	if (!dispatcher)
		return;
	for (int i = 0; i < DISPATCHES; i++) {
		free(dispatcher->ring[i].links);
		free(dispatcher->ring[i].impairments);
	}
	free(dispatcher);
}

struct dispatcher *dispatcher_start(const struct dispatch_facts *facts, struct err *err)
{
	struct dispatcher *dispatcher = calloc(1, sizeof(*dispatcher));
	int rc = ENOMEM;
	if (dispatcher && make_room(dispatcher, facts->n_ues)) {
		dispatcher->facts = facts;
		sem_init(&dispatcher->free, 0, DISPATCHES);
		sem_init(&dispatcher->full, 0, 0);
		rc = pthread_create(&dispatcher->thread, NULL, send_reports, dispatcher);
	}
	if (rc != 0) {
		dispatcher_free(dispatcher);
		err_sys(err, rc, "cannot start the dispatching thread");
		return NULL;
	}
	pthread_setaffinity_np(dispatcher->thread, sizeof(cpu_set_t), eal_processors());
	return dispatcher;
}

struct dispatch *dispatcher_take(struct dispatcher *dispatcher, bool wait)
{
	while ((wait ? sem_wait(&dispatcher->free) : sem_trywait(&dispatcher->free)) < 0)
		if (errno != EINTR)
			return NULL;
	return &dispatcher->ring[dispatcher->filled % DISPATCHES];
}

void dispatcher_hand_over(struct dispatcher *dispatcher)
{
	dispatcher->filled++;
	sem_post(&dispatcher->full);
}

void dispatcher_stop(struct dispatcher *dispatcher)
{
	if (!dispatcher)
		return;
	for (int i = 0; i < DISPATCHES; i++)
		dispatcher_take(dispatcher, true); // the last dispatch is out
	__atomic_store_n(&dispatcher->stop, true, __ATOMIC_RELEASE);
	sem_post(&dispatcher->full);
	pthread_join(dispatcher->thread, NULL);
	sem_destroy(&dispatcher->free);
	sem_destroy(&dispatcher->full);
	dispatcher_free(dispatcher);
}

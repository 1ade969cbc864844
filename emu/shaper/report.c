// SPDX-License-Identifier: BSD-3-Clause
#include "emu/shaper/report.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "base/channel.h"
#include "emu/shaper/capture.h"
#include "emu/shaper/eal.h"

// One for the records of each interval, one for a change that comes while they are being sent.
#define REPORTS 2

struct reporter {
	const struct report_facts *facts;
	struct report report[REPORTS]; // filled and sent in turn
	unsigned filled, sent;
	sem_t free, full; // of report
	bool stop;	  // atomic
	pthread_t thread;
};

void report_accuracy(const struct report_facts *facts, const struct report *report,
		     struct accuracy_record *out)
{
	accuracy_summarise(&report->accuracy, report->t_ns, report->cpu_ns, out);
	out->busy_poll = facts->busy_poll;
	out->nice_ok = facts->nice_ok;
	out->final = report->final;
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
static void send_report(const struct report_facts *facts, const struct report *report)
{
	uint32_t n_links = report->n_stamps + report->n_ues;
	for (uint32_t i = 0; i < n_links; i++)
		link_record_expect(&report->links[i], report->impairments[i]);
	const uint32_t at_once = CHANNEL_MAX_BODY / sizeof(struct link_record);
	for (uint32_t i = 0; i < n_links; i += at_once) {
		uint32_t n = n_links - i < at_once ? n_links - i : at_once;
		channel_send(facts->channel_fd, CHANNEL_LINK, &report->links[i],
			     n * sizeof(report->links[0]));
	}
	if (report->with_accuracy) {
		struct accuracy_record record;
		report_accuracy(facts, report, &record);
		channel_send(facts->channel_fd, CHANNEL_ACCURACY, &record, sizeof(record));
	}
	if (report->with_accuracy && report->final)
		send_lateness(facts->channel_fd, &report->accuracy);
}

static void *send_reports(void *argument)
{
	struct reporter *reporter = argument;
	for (;;) {
		while (sem_wait(&reporter->full) < 0)
			;
		if (__atomic_load_n(&reporter->stop, __ATOMIC_ACQUIRE))
			return NULL;
		send_report(reporter->facts, &reporter->report[reporter->sent++ % REPORTS]);
		sem_post(&reporter->free);
	}
}

static bool make_room(struct reporter *reporter, uint32_t n_ues)
{
	bool made = true;
	for (int i = 0; i < REPORTS; i++) {
		struct report *report = &reporter->report[i];
		report->links = calloc(n_ues + REPORT_STAMPS, sizeof(*report->links));
		report->impairments = calloc(n_ues + REPORT_STAMPS, sizeof(*report->impairments));
		made = made && report->links && report->impairments;
	}
	return made;
}

static void reporter_free(struct reporter *reporter)
{
	if (!reporter)
		return;
	for (int i = 0; i < REPORTS; i++) {
		free(reporter->report[i].links);
		free(reporter->report[i].impairments);
	}
	free(reporter);
}

struct reporter *reporter_start(const struct report_facts *facts, struct err *err)
{
	struct reporter *reporter = calloc(1, sizeof(*reporter));
	int rc = ENOMEM;
	if (reporter && make_room(reporter, facts->n_ues)) {
		reporter->facts = facts;
		sem_init(&reporter->free, 0, REPORTS);
		sem_init(&reporter->full, 0, 0);
		rc = pthread_create(&reporter->thread, NULL, send_reports, reporter);
	}
	if (rc != 0) {
		reporter_free(reporter);
		err_sys(err, rc, "cannot start the reporting thread");
		return NULL;
	}
	pthread_setaffinity_np(reporter->thread, sizeof(cpu_set_t), eal_processors());
	return reporter;
}

struct report *reporter_take(struct reporter *reporter, bool wait)
{
	while ((wait ? sem_wait(&reporter->free) : sem_trywait(&reporter->free)) < 0)
		if (errno != EINTR)
			return NULL;
	return &reporter->report[reporter->filled % REPORTS];
}

void reporter_hand_over(struct reporter *reporter)
{
	reporter->filled++;
	sem_post(&reporter->full);
}

void reporter_stop(struct reporter *reporter)
{
	if (!reporter)
		return;
	for (int i = 0; i < REPORTS; i++)
		reporter_take(reporter, true); // the last report is out
	__atomic_store_n(&reporter->stop, true, __ATOMIC_RELEASE);
	sem_post(&reporter->full);
	pthread_join(reporter->thread, NULL);
	sem_destroy(&reporter->free);
	sem_destroy(&reporter->full);
	reporter_free(reporter);
}

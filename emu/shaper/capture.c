// SPDX-License-Identifier: BSD-3-Clause
#include "emu/shaper/capture.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <rte_errno.h>
#include <rte_ring_elem.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/wall.h"
#include "emu/shaper/eal.h"
#include "records/capture/file.h"
#include "records/capture/interfaces.h"

#define BURST 64
#define IDLE_NS (2 * NS_PER_MS)
#define PUBLISH_BURSTS 1024 // without a pause in between
#define NOWHERE UINT16_MAX

// What travels through the ring; without the facts when no file explains.
struct item {
	struct rte_mbuf *packet;
	int64_t mono_ns;
	uint32_t tap, interface;
	struct capture_facts facts;
};
#define SHORT_ITEM offsetof(struct item, facts)
static_assert(SHORT_ITEM % 4 == 0 && sizeof(struct item) % 4 == 0, "a ring's elements are whole words");

// A point that is captured.
struct tap {
	struct capture_file *file;
	enum capture_point point;
	bool explains;
	uint64_t lost; // atomic; by the loop, a full ring
};

struct capture {
	struct rte_ring *ring;
	uint32_t item_bytes;
	int64_t wall_offset_ns; // CLOCK_REALTIME - CLOCK_MONOTONIC, taken once so that stamps never jump
	uint16_t radio, edge;	// index into taps, or NOWHERE
	uint16_t *ue;		// n_ues of them
	uint32_t n_ues;
	struct tap *taps;
	size_t n_taps;
	const char **interfaces;
	capture_note_fn note;
	void *user;
	pthread_t writer;
	bool writer_runs;
	bool stop;		// atomic
	uint64_t written, lost; // atomic; lost: by the writer, for a file that failed
};

static void tell(struct capture *capture, const struct tap *tap)
{
	capture->note(capture_file_record(tap->file)->error, capture->user);
}

// What the other threads may see of the writer's counts.
static void publish_counts(struct capture *capture)
{
	uint64_t written = 0, lost = 0;
	for (size_t i = 0; i < capture->n_taps; i++) {
		const struct capture_record *record = capture_file_record(capture->taps[i].file);
		written += record->packets;
		lost += record->lost;
	}
	__atomic_store_n(&capture->written, written, __ATOMIC_RELAXED);
	__atomic_store_n(&capture->lost, lost, __ATOMIC_RELAXED);
}

static void write_item(struct capture *capture, const struct item *item)
{
	const struct tap *tap = &capture->taps[item->tap];
	struct capture_frame frame = {.data = rte_pktmbuf_mtod(item->packet, const uint8_t *),
				      .size = item->packet->data_len,
				      .length = item->packet->pkt_len,
				      .wall_ns = item->mono_ns + capture->wall_offset_ns,
				      .interface = item->interface};
	if (tap->explains)
		frame.facts = item->facts;
	if (!capture_file_write(tap->file, &frame))
		tell(capture, tap);
}

// A pause: let `tail -f` and a killed run see what there is.
static void flush(struct capture *capture)
{
	for (size_t i = 0; i < capture->n_taps; i++)
		if (!capture_file_flush(capture->taps[i].file))
			tell(capture, &capture->taps[i]);
	publish_counts(capture);
}

static unsigned write_burst(struct capture *capture)
{
	alignas(struct item) uint8_t items[BURST * sizeof(struct item)];
	unsigned n = rte_ring_sc_dequeue_burst_elem(capture->ring, items, capture->item_bytes, BURST, NULL);
	for (unsigned i = 0; i < n; i++) {
		const struct item *item = (const void *)(items + (size_t)i * capture->item_bytes);
		write_item(capture, item);
		rte_pktmbuf_free(item->packet);
	}
	return n;
}

static void *write_files(void *argument)
{
	struct capture *capture = argument;
	for (unsigned bursts = 0;;) {
		bool stop = __atomic_load_n(&capture->stop, __ATOMIC_ACQUIRE);
		if (write_burst(capture) > 0) {
			if (++bursts % PUBLISH_BURSTS == 0)
				publish_counts(capture);
			continue;
		}
		if (bursts > 0)
			flush(capture);
		bursts = 0;
		if (stop)
			return NULL;
		nanosleep(&(struct timespec){.tv_nsec = IDLE_NS}, NULL);
	}
}

static int take_point(struct capture *capture, const struct capture_config *config, uint16_t index,
		      struct err *err)
{
	uint16_t *slot = config->point == CAPTURE_RADIO	 ? &capture->radio
			 : config->point == CAPTURE_EDGE ? &capture->edge
							 : &capture->ue[config->ue];
	if (*slot != NOWHERE)
		return err_set(err, EINVAL, "captures[%u]: %s: this point has a capture already", index,
			       config->path);
	*slot = index;
	return 0;
}

static int open_tap(struct capture *capture, const struct capture_config *config, uint16_t index,
		    struct err *err)
{
	struct tap *tap = &capture->taps[index];
	const struct capture_file_config file = {.path = config->path,
						 .filter = config->filter,
						 .interfaces = capture->interfaces,
						 .rotate_bytes = config->rotate_bytes,
						 .snaplen = config->snaplen,
						 .format = config->pcapng ? CAPTURE_PCAPNG : CAPTURE_PCAP};
	int rc = take_point(capture, config, index, err);
	rc = rc < 0 ? rc : capture_file_new(&tap->file, &file, err);
	if (rc < 0)
		return rc;
	capture->n_taps = index + 1u;
	tap->point = config->point;
	tap->explains = config->pcapng;
	if (config->pcapng)
		capture->item_bytes = sizeof(struct item);
	if (*capture_file_record(tap->file)->error)
		tell(capture, tap);
	return 0;
}

static int start_writer(struct capture *capture, struct err *err)
{
	capture->ring = rte_ring_create_elem("capture", capture->item_bytes, CAPTURE_RING, SOCKET_ID_ANY,
					     RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (!capture->ring)
		return err_set(err, ENOMEM, "captures: no memory for the ring");
	int rc = pthread_create(&capture->writer, NULL, write_files, capture);
	if (rc != 0)
		return err_sys(err, rc, "captures: cannot start the writer");
	capture->writer_runs = true;
	pthread_setaffinity_np(capture->writer, sizeof(cpu_set_t), eal_processors());
	return 0;
}

static int reserve(struct capture *capture, const struct shaper_config *config, struct err *err)
{
	capture->n_ues = config->n_ues;
	capture->ue = malloc(config->n_ues * sizeof(*capture->ue));
	capture->taps = calloc(config->n_captures, sizeof(*capture->taps));
	capture->interfaces = capture_interfaces_new(config->n_ues);
	if (!capture->ue || !capture->taps || !capture->interfaces)
		return err_set(err, ENOMEM, "captures: no memory");
	for (uint32_t i = 0; i < config->n_ues; i++)
		capture->ue[i] = NOWHERE;
	return 0;
}

int capture_open(const struct shaper_config *config, capture_note_fn note, void *user, struct capture **out,
		 struct err *err)
{
	*out = NULL;
	if (config->n_captures == 0)
		return 0;
	struct capture *capture = malloc(sizeof(*capture));
	if (!capture)
		return err_set(err, ENOMEM, "captures: no memory");
	*capture = (struct capture){.radio = NOWHERE,
				    .edge = NOWHERE,
				    .item_bytes = SHORT_ITEM,
				    .note = note,
				    .user = user,
				    .wall_offset_ns = wall_offset_ns()};
	int rc = reserve(capture, config, err);
	for (size_t i = 0; rc == 0 && i < config->n_captures; i++)
		rc = open_tap(capture, &config->captures[i], (uint16_t)i, err);
	if (rc == 0)
		rc = start_writer(capture, err);
	if (rc < 0) {
		capture_close(capture);
		return rc;
	}
	*out = capture;
	return 0;
}

void capture_finish(struct capture *capture)
{
	if (!capture)
		return;
	if (capture->writer_runs) {
		__atomic_store_n(&capture->stop, true, __ATOMIC_RELEASE);
		pthread_join(capture->writer, NULL);
		capture->writer_runs = false;
	}
	for (size_t i = 0; i < capture->n_taps; i++)
		if (!capture_file_close(capture->taps[i].file))
			tell(capture, &capture->taps[i]);
	publish_counts(capture);
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	capture_finish(capture);
	for (size_t i = 0; i < capture->n_taps; i++)
		capture_file_free(capture->taps[i].file);
	rte_ring_free(capture->ring);
	capture_interfaces_free(capture->interfaces);
	free(capture->taps);
	free(capture->ue);
	free(capture);
}

static uint16_t tap_of(const struct capture *capture, enum capture_point point, uint32_t ue)
{
	switch (point) {
	case CAPTURE_RADIO:
		return capture->radio;
	case CAPTURE_EDGE:
		return capture->edge;
	case CAPTURE_UE:
		return ue < capture->n_ues ? capture->ue[ue] : NOWHERE;
	}
	return NOWHERE;
}

bool capture_wants(const struct capture *capture, enum capture_point point, uint32_t ue)
{
	return capture && tap_of(capture, point, ue) != NOWHERE;
}

bool capture_explains(const struct capture *capture, enum capture_point point, uint32_t ue)
{
	return capture_wants(capture, point, ue) && capture->taps[tap_of(capture, point, ue)].explains;
}

void capture_packet(struct capture *capture, enum capture_point point, uint32_t ue, enum link_dir dir,
		    struct rte_mbuf *packet, int64_t mono_ns, const struct capture_facts *facts)
{
	if (!capture_wants(capture, point, ue))
		return;
	struct item item = {.packet = packet,
			    .mono_ns = mono_ns,
			    .tap = tap_of(capture, point, ue),
			    .interface = capture_interface_of(capture->n_ues, ue, dir)};
	if (facts)
		item.facts = *facts;
	rte_mbuf_refcnt_update(packet, 1);
	if (rte_ring_sp_enqueue_elem(capture->ring, &item, capture->item_bytes) < 0) {
		rte_mbuf_refcnt_update(packet, -1);
		__atomic_fetch_add(&capture->taps[item.tap].lost, 1, __ATOMIC_RELAXED);
	}
}

void capture_counts(const struct capture *capture, uint64_t *packets, uint64_t *drops)
{
	*packets = capture ? __atomic_load_n(&capture->written, __ATOMIC_RELAXED) : 0;
	*drops = capture ? __atomic_load_n(&capture->lost, __ATOMIC_RELAXED) : 0;
	for (size_t i = 0; capture && i < capture->n_taps; i++)
		*drops += __atomic_load_n(&capture->taps[i].lost, __ATOMIC_RELAXED);
}

bool capture_read_record(const struct capture *capture, size_t index, struct capture_record *out)
{
	if (!capture || index >= capture->n_taps)
		return false;
	*out = *capture_file_record(capture->taps[index].file);
	out->lost += __atomic_load_n(&capture->taps[index].lost, __ATOMIC_RELAXED);
	return true;
}

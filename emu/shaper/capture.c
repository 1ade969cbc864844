// SPDX-License-Identifier: BSD-3-Clause
#include "emu/shaper/capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <rte_errno.h>
#include <rte_ring_elem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "emu/shaper/eal.h"

#define BURST 64
#define BUFFER_BYTES (1 << 20)
#define IDLE_NS (2 * NS_PER_MS)
#define NOWHERE UINT16_MAX

// What travels through the ring.
struct item {
	struct rte_mbuf *packet;
	int64_t mono_ns;
	uint16_t file;
	uint16_t unused[3];
};

struct file {
	const char *path;
	uint32_t snaplen;
	pcap_t *pcap;
	pcap_dumper_t *dumper; // NULL once given up
	char *buffer;
};

struct capture {
	struct rte_ring *ring;
	int64_t wall_offset_ns; // CLOCK_REALTIME - CLOCK_MONOTONIC, taken once so that stamps never jump
	uint16_t radio, edge;	// index into files, or NOWHERE
	uint16_t *ue;		// n_ues of them
	uint32_t n_ues;
	struct file *files;
	size_t n_files;
	capture_note_fn note;
	void *user;
	pthread_t writer;
	bool writer_runs;
	bool stop;		// atomic
	uint64_t written, lost; // atomic; lost: by the loop, a full ring
	uint64_t given_up;	// atomic; by the writer, packets of files that failed
};

static void give_up(struct capture *capture, struct file *file)
{
	char text[512];
	snprintf(text, sizeof(text), "capture %s: cannot be written (%s); it ends here", file->path,
		 strerror(errno));
	fclose(pcap_dump_file(
	    file->dumper)); // not pcap_dump_close: it would try to flush again, and is the same fclose
	file->dumper = NULL;
	capture->note(text, capture->user);
}

static void write_item(struct capture *capture, const struct item *item)
{
	struct file *file = &capture->files[item->file];
	if (!file->dumper) {
		__atomic_fetch_add(&capture->given_up, 1, __ATOMIC_RELAXED);
		return;
	}
	int64_t wall_ns = item->mono_ns + capture->wall_offset_ns;
	uint32_t size = item->packet->data_len;
	struct pcap_pkthdr header = {
	    .ts = {.tv_sec = wall_ns / NS_PER_S, .tv_usec = wall_ns % NS_PER_S}, // ns here
	    .caplen = size < file->snaplen ? size : file->snaplen,
	    .len = item->packet->pkt_len};
	pcap_dump((u_char *)file->dumper, &header, rte_pktmbuf_mtod(item->packet, const u_char *));
	__atomic_fetch_add(&capture->written, 1, __ATOMIC_RELAXED);
}

static void look_for_failures(struct capture *capture, bool flush)
{
	for (size_t i = 0; i < capture->n_files; i++) {
		struct file *file = &capture->files[i];
		if (!file->dumper)
			continue;
		errno = 0;
		if ((flush && pcap_dump_flush(file->dumper) < 0) || ferror(pcap_dump_file(file->dumper)))
			give_up(capture, file);
	}
}

static void *write_files(void *argument)
{
	struct capture *capture = argument;
	struct item items[BURST];
	bool dirty = false;
	for (;;) {
		bool stop = __atomic_load_n(&capture->stop, __ATOMIC_ACQUIRE);
		unsigned n =
		    rte_ring_sc_dequeue_burst_elem(capture->ring, items, sizeof(items[0]), BURST, NULL);
		for (unsigned i = 0; i < n; i++) {
			write_item(capture, &items[i]);
			rte_pktmbuf_free(items[i].packet);
		}
		if (n > 0) {
			look_for_failures(capture, false);
			dirty = true;
			continue;
		}
		if (dirty) // a pause: let `tail -f` and a killed run see what there is
			look_for_failures(capture, true);
		dirty = false;
		if (stop)
			return NULL;
		nanosleep(&(struct timespec){.tv_nsec = IDLE_NS}, NULL);
	}
}

static int open_file(struct file *file, const struct capture_config *config, struct err *err)
{
	file->path = config->path;
	file->snaplen = config->snaplen;
	file->pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, (int)config->snaplen,
							  PCAP_TSTAMP_PRECISION_NANO);
	FILE *stream = fopen(config->path, "wbe");
	if (!stream)
		return err_sys(err, errno, "capture %s: cannot be created", config->path);
	file->buffer = malloc(BUFFER_BYTES);
	if (file->buffer)
		setvbuf(stream, file->buffer, _IOFBF, BUFFER_BYTES);
	file->dumper = file->pcap ? pcap_dump_fopen(file->pcap, stream) : NULL;
	if (!file->dumper) {
		fclose(stream);
		return err_set(err, EIO, "capture %s: %s", config->path,
			       file->pcap ? pcap_geterr(file->pcap) : "no memory");
	}
	return 0;
}

static int64_t wall_offset(void)
{
	int64_t before = clock_now_ns(), wall = clock_wall_ns(), after = clock_now_ns();
	return wall - (before + (after - before) / 2);
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

static int open_files(struct capture *capture, const struct shaper_config *config, struct err *err)
{
	for (size_t i = 0; i < config->n_captures; i++) {
		int rc = take_point(capture, &config->captures[i], (uint16_t)i, err);
		if (rc == 0) {
			capture->n_files = i + 1;
			rc = open_file(&capture->files[i], &config->captures[i], err);
		}
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int start_writer(struct capture *capture, struct err *err)
{
	capture->ring = rte_ring_create_elem("capture", sizeof(struct item), CAPTURE_RING, SOCKET_ID_ANY,
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

static struct capture *new_capture(const struct shaper_config *config, capture_note_fn note, void *user)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	uint16_t *ue = malloc(config->n_ues * sizeof(*ue));
	struct file *files = calloc(config->n_captures, sizeof(*files));
	if (!capture || !ue || !files) {
		free(capture);
		free(ue);
		free(files);
		return NULL;
	}
	*capture = (struct capture){.radio = NOWHERE,
				    .edge = NOWHERE,
				    .ue = ue,
				    .n_ues = config->n_ues,
				    .files = files,
				    .note = note,
				    .user = user,
				    .wall_offset_ns = wall_offset()};
	for (uint32_t i = 0; i < config->n_ues; i++)
		ue[i] = NOWHERE;
	return capture;
}

int capture_open(const struct shaper_config *config, capture_note_fn note, void *user, struct capture **out,
		 struct err *err)
{
	*out = NULL;
	if (config->n_captures == 0)
		return 0;
	struct capture *capture = new_capture(config, note, user);
	if (!capture)
		return err_set(err, ENOMEM, "captures: no memory");
	int rc = open_files(capture, config, err);
	if (rc == 0)
		rc = start_writer(capture, err);
	if (rc < 0) {
		capture_close(capture);
		return rc;
	}
	*out = capture;
	return 0;
}

static void close_file(struct capture *capture, struct file *file)
{
	if (file->dumper) {
		errno = 0;
		if (pcap_dump_flush(file->dumper) < 0)
			give_up(capture, file);
		else
			pcap_dump_close(file->dumper);
		file->dumper = NULL;
	}
	if (file->pcap)
		pcap_close(file->pcap);
	free(file->buffer);
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
	for (size_t i = 0; i < capture->n_files; i++)
		close_file(capture, &capture->files[i]);
	capture->n_files = 0;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	capture_finish(capture);
	rte_ring_free(capture->ring);
	free(capture->files);
	free(capture->ue);
	free(capture);
}

static uint16_t file_of(const struct capture *capture, enum capture_point point, uint32_t ue)
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
	return capture && file_of(capture, point, ue) != NOWHERE;
}

void capture_packet(struct capture *capture, enum capture_point point, uint32_t ue, struct rte_mbuf *packet,
		    int64_t mono_ns)
{
	if (!capture_wants(capture, point, ue))
		return;
	struct item item = {.packet = packet, .mono_ns = mono_ns, .file = file_of(capture, point, ue)};
	rte_mbuf_refcnt_update(packet, 1);
	if (rte_ring_sp_enqueue_elem(capture->ring, &item, sizeof(item)) < 0) {
		rte_mbuf_refcnt_update(packet, -1);
		__atomic_fetch_add(&capture->lost, 1, __ATOMIC_RELAXED);
	}
}

void capture_counts(const struct capture *capture, uint64_t *packets, uint64_t *drops)
{
	*packets = capture ? __atomic_load_n(&capture->written, __ATOMIC_RELAXED) : 0;
	*drops = capture ? __atomic_load_n(&capture->lost, __ATOMIC_RELAXED) +
			       __atomic_load_n(&capture->given_up, __ATOMIC_RELAXED)
			 : 0;
}

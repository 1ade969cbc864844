// SPDX-License-Identifier: BSD-3-Clause
// The peer of emu/shaper/capture.c in bench_capture: the same interface, and pcap_dump called in the shaper's
// loop.
#include "emu/shaper/capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>

#include "base/clock.h"

struct capture {
	pcap_t *pcap;
	pcap_dumper_t *radio, *edge, **ue; // NULL = not captured
	uint32_t n_ues;
	int64_t wall_offset_ns;
	uint64_t packets;
};

static pcap_dumper_t **dumper_of(const struct capture *capture, enum capture_point point, uint32_t ue)
{
	struct capture *c = (struct capture *)(uintptr_t)capture;
	return point == CAPTURE_RADIO  ? &c->radio
	       : point == CAPTURE_EDGE ? &c->edge
	       : ue < c->n_ues	       ? &c->ue[ue]
				       : NULL;
}

int capture_open(const struct shaper_config *config, capture_note_fn note, void *user, struct capture **out,
		 struct err *err)
{
	(void)note;
	(void)user;
	*out = NULL;
	if (config->n_captures == 0)
		return 0;
	struct capture *capture = calloc(1, sizeof(*capture));
	if (!capture || !(capture->ue = calloc(config->n_ues, sizeof(pcap_dumper_t *))))
		return err_set(err, ENOMEM, "no memory");
	capture->n_ues = config->n_ues;
	capture->wall_offset_ns = clock_wall_ns() - clock_now_ns();
	capture->pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, 65535, PCAP_TSTAMP_PRECISION_NANO);
	for (size_t i = 0; i < config->n_captures; i++) {
		const struct capture_config *c = &config->captures[i];
		pcap_dumper_t *dumper = pcap_dump_open(capture->pcap, c->path);
		if (!dumper)
			return err_set(err, EIO, "%s", pcap_geterr(capture->pcap));
		*dumper_of(capture, c->point, (uint32_t)c->ue) = dumper;
	}
	*out = capture;
	return 0;
}

static void close_dumper(pcap_dumper_t **dumper)
{
	if (*dumper)
		pcap_dump_close(*dumper);
	*dumper = NULL;
}

void capture_finish(struct capture *capture)
{
	if (!capture)
		return;
	close_dumper(&capture->radio);
	close_dumper(&capture->edge);
	for (uint32_t i = 0; i < capture->n_ues; i++)
		close_dumper(&capture->ue[i]);
}

void capture_close(struct capture *capture)
{
	capture_finish(capture);
	if (!capture)
		return;
	pcap_close(capture->pcap);
	free(capture->ue);
	free(capture);
}

bool capture_wants(const struct capture *capture, enum capture_point point, uint32_t ue)
{
	pcap_dumper_t **dumper = capture ? dumper_of(capture, point, ue) : NULL;
	return dumper && *dumper;
}

bool capture_explains(const struct capture *capture, enum capture_point point, uint32_t ue)
{
	(void)capture;
	(void)point;
	(void)ue;
	return false;
}

void capture_packet(struct capture *capture, enum capture_point point, uint32_t ue, enum link_dir dir,
		    struct rte_mbuf *packet, int64_t mono_ns, const struct capture_facts *facts)
{
	(void)dir;
	(void)facts;
	if (!capture_wants(capture, point, ue))
		return;
	int64_t wall_ns = mono_ns + capture->wall_offset_ns;
	const struct pcap_pkthdr header = {
	    .ts = {.tv_sec = wall_ns / NS_PER_S, .tv_usec = wall_ns % NS_PER_S},
	    .caplen = packet->data_len,
	    .len = packet->pkt_len};
	pcap_dump((u_char *)*dumper_of(capture, point, ue), &header,
		  rte_pktmbuf_mtod(packet, const u_char *));
	capture->packets++;
}

void capture_counts(const struct capture *capture, uint64_t *packets, uint64_t *drops)
{
	*packets = capture ? capture->packets : 0;
	*drops = 0;
}

bool capture_read_record(const struct capture *capture, size_t index, struct capture_record *out)
{
	(void)capture;
	(void)index;
	(void)out;
	return false;
}

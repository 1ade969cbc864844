// SPDX-License-Identifier: BSD-3-Clause
#include "tests/bench/precision/cell.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/quantile.h"
#include "tests/bench/precision/traffic.h"

#define QUIET_MS 1000 // nothing arrived for so long: the rest is lost

// What one phase leaves behind.
struct phase {
	struct crossing *crossings;
	size_t n;
	uint64_t lost, capture_drops;
};

// What a phase needs while it runs.
struct stage {
	int ue, edge;
	struct lab_tap *sent, *received;
};

static void stage_close(struct stage *stage)
{
	lab_tap_close(stage->sent);
	lab_tap_close(stage->received);
	if (stage->ue >= 0)
		close(stage->ue);
	if (stage->edge >= 0)
		close(stage->edge);
}

static struct lab_tap *open_tap(const struct lab *lab, const struct cell *cell, const char *phase, bool ue,
				size_t max, struct err *err)
{
	char path[512] = "";
	if (cell->folder) {
		snprintf(path, sizeof(path), "%s/%s-%.0fM-%u-hogs-%s-%s.pcap", cell->folder,
			 cell->config.name, cell->config.rate_bps / 1e6, cell->hogs, phase,
			 ue ? "ue" : "edge");
		for (char *c = path; *c; c++)
			*c = *c == ' ' ? '-' : *c;
	}
	return lab_tap_open(lab, ue ? "ue0" : "edge", ue ? LAB_TAP_SENT : LAB_TAP_RECEIVED, max,
			    cell->folder ? path : NULL, err);
}

static int stage_open(struct stage *stage, const struct lab *lab, const struct cell *cell, const char *phase,
		      size_t max, struct err *err)
{
	int little = 1;
	*stage = (struct stage){.ue = lab_socket(lab, "ue0"), .edge = lab_socket(lab, "edge")};
	if (stage->ue < 0 || stage->edge < 0 || lab_connect(stage->ue, -1) < 0)
		return err_set(err, EIO, "no sockets in the laboratory");
	// Nobody reads at the edge: the socket is there so that no ICMP answers, and may overflow at once.
	setsockopt(stage->edge, SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
	stage->sent = open_tap(lab, cell, phase, true, max, err);
	stage->received = stage->sent ? open_tap(lab, cell, phase, false, max, err) : NULL;
	return stage->received ? 0 : -EIO;
}

static void wait_for_arrivals(const struct stage *stage, int64_t n_sent)
{
	const struct timespec pause = {.tv_nsec = 10 * NS_PER_MS};
	int64_t newest = -2;
	for (int idle_ms = 0; idle_ms < QUIET_MS && newest < n_sent - 1; idle_ms += 10) {
		int64_t now = lab_tap_newest(stage->received);
		idle_ms = now == newest ? idle_ms : 0;
		newest = now;
		nanosleep(&pause, NULL);
	}
}

// Both lists are in order of sequence: every system here is first in, first out.
static int match(struct stage *stage, struct phase *phase, struct err *err)
{
	const struct lab_tap_packet *in, *out;
	size_t n_in = lab_tap_end(stage->sent, &in), n_out = lab_tap_end(stage->received, &out);
	phase->crossings = calloc(n_in + 1, sizeof(*phase->crossings));
	if (!phase->crossings)
		return err_set(err, ENOMEM, "no memory for %zu packets", n_in);
	for (size_t i = 0, j = 0; i < n_in && j < n_out;) {
		if (in[i].sequence == out[j].sequence)
			phase->crossings[phase->n++] =
			    (struct crossing){in[i].t_ns, out[j].t_ns, in[i].bytes};
		uint32_t wanted = in[i].sequence, got = out[j].sequence;
		i += wanted <= got;
		j += got <= wanted;
	}
	phase->lost = n_in - phase->n;
	phase->capture_drops = lab_tap_lost(stage->sent) + lab_tap_lost(stage->received);
	return 0;
}

static int run_phase(const struct lab *lab, const struct cell *cell, bool paced, struct phase *phase,
		     struct err *err)
{
	int64_t duration_ns = paced ? cell->paced_ns : cell->backlog_ns;
	struct stage stage;
	struct traffic traffic = {
	    .seed = cell->seed,
	    .rate_bps = cell->config.rate_bps,
	    .duration_ns = duration_ns,
	    .load = paced ? CELL_LOAD : 0,
	    .backlog_bytes = cell->config.queue_bytes / 2,
	    .stop = cell->stop,
	};
	// The mean frame is 798 bytes; twice as many packets as that makes cannot come.
	traffic.max_packets = 1000 + (size_t)(ns_to_s(duration_ns) * traffic.rate_bps / 8 / 400);
	int rc = stage_open(&stage, lab, cell, paced ? "paced" : "backlog", traffic.max_packets, err);
	*phase = (struct phase){0};
	if (rc == 0) {
		traffic.socket = stage.ue;
		traffic.receiver = stage.received;
		int64_t n = traffic_send(&traffic);
		wait_for_arrivals(&stage, n);
		rc = n < 0 ? err_sys(err, (int)-n, "the sender") : match(&stage, phase, err);
	}
	stage_close(&stage);
	return rc;
}

static int judge_delay(const struct cell *cell, const struct phase *phase, struct cell_result *result,
		       struct err *err)
{
	const struct law own = system_law(&cell->config);
	const struct law link = {.kind = LAW_LINK, .rate_bps = own.rate_bps, .delay_ns = own.delay_ns};
	double *errors = calloc(phase->n + 1, sizeof(*errors));
	if (!errors)
		return err_set(err, ENOMEM, "no memory for %zu errors", phase->n);
	law_errors(&link, phase->crossings, phase->n, errors);
	result->link_p50_us = quantile(errors, phase->n, .5);
	law_errors(&own, phase->crossings, phase->n, errors);
	result->delay_packets = phase->n;
	result->p50_us = quantile(errors, phase->n, .5);
	result->p99_us = quantile(errors, phase->n, .99);
	result->p999_us = quantile(errors, phase->n, .999);
	free(errors);
	return 0;
}

static void judge_rate(const struct cell *cell, const struct phase *phase, struct cell_result *result)
{
	struct rate_error one =
	    rate_errors(phase->crossings, phase->n, cell->config.rate_bps, NS_PER_S, CELL_SKIP_NS);
	struct rate_error ten =
	    rate_errors(phase->crossings, phase->n, cell->config.rate_bps, 10 * NS_PER_S, CELL_SKIP_NS);
	result->windows_1s = one.windows;
	result->windows_10s = ten.windows;
	result->rate_packets = one.packets;
	result->rate_1s = one.windows ? one.worst : NAN;
	result->rate_10s = ten.windows ? ten.worst : NAN;
}

static int measure_phases(struct lab *lab, const struct cell *cell, struct cell_result *result,
			  struct err *err)
{
	for (int paced = 1; paced >= 0; paced--) {
		struct phase phase;
		int rc = run_phase(lab, cell, paced, &phase, err);
		if (rc == 0 && *cell->stop)
			rc = err_set(err, EINTR, "stopped");
		if (rc == 0 && paced)
			rc = judge_delay(cell, &phase, result, err);
		if (rc == 0 && !paced)
			judge_rate(cell, &phase, result);
		result->lost += phase.lost;
		result->capture_drops += phase.capture_drops;
		free(phase.crossings);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int cell_measure(struct lab *lab, const struct cell *cell, struct cell_result *result, struct err *err)
{
	*result = (struct cell_result){.own_p50_us = NAN, .own_p99_us = NAN, .cpu_share = NAN};
	int rc = system_start(lab, &cell->config, err);
	if (rc < 0)
		return rc;
	rc = measure_phases(lab, cell, result, err);
	system_stop(lab, &cell->config);
	if (cell->config.kind == SYSTEM_SHAPER) {
		result->cpu_share = lab->accuracy.cpu_share;
		result->own_p50_us = (double)lab->accuracy.delay[LINK_UP].p50_ns / 1e3;
		result->own_p99_us = (double)lab->accuracy.delay[LINK_UP].p99_ns / 1e3;
		result->retries = lab->accuracy.tx_retries;
	}
	return rc;
}

int cell_keeps_promise(const struct cell *cell, const struct cell_result *result)
{
	bool poll = cell->config.busy_poll;
	if (cell->config.kind != SYSTEM_SHAPER || (poll && cell->hogs))
		return -1; // a busy-polling loop is promised an undisturbed processor
	bool rate = fabs(result->rate_1s) <= 0.005 && !(fabs(result->rate_10s) > 0.001);
	return rate && result->p50_us < (poll ? 10 : 80) && result->p99_us < (poll ? 40 : 250);
}

// SPDX-License-Identifier: BSD-3-Clause
// Stands between the shaper's loop and a capture.c, whose functions are compiled as plain_...: how long the
// loop is inside capture_packet, told as a note when the captures end.
#include "emu/shaper/capture.h"

#include <inttypes.h>
#include <rte_cycles.h>
#include <stdio.h>

int plain_capture_open(const struct shaper_config *config, capture_note_fn note, void *user,
		       struct capture **out, struct err *err);
void plain_capture_packet(struct capture *capture, enum capture_point point, uint32_t ue, enum link_dir dir,
			  struct rte_mbuf *packet, int64_t mono_ns, const struct capture_facts *facts);
void plain_capture_finish(struct capture *capture);

static struct {
	capture_note_fn note;
	void *user;
	uint64_t calls, cycles, worst;
} timed;

int capture_open(const struct shaper_config *config, capture_note_fn note, void *user, struct capture **out,
		 struct err *err)
{
	timed.note = note;
	timed.user = user;
	return plain_capture_open(config, note, user, out, err);
}

void capture_packet(struct capture *capture, enum capture_point point, uint32_t ue, enum link_dir dir,
		    struct rte_mbuf *packet, int64_t mono_ns, const struct capture_facts *facts)
{
	uint64_t begin = rte_rdtsc_precise();
	plain_capture_packet(capture, point, ue, dir, packet, mono_ns, facts);
	uint64_t took = rte_rdtsc_precise() - begin;
	timed.calls++;
	timed.cycles += took;
	timed.worst = took > timed.worst ? took : timed.worst;
}

void capture_finish(struct capture *capture)
{
	char text[128];
	double ns = 1e9 / (double)rte_get_tsc_hz();
	plain_capture_finish(capture);
	if (timed.calls == 0)
		return;
	snprintf(text, sizeof(text), "timed %" PRIu64 " calls %.0f ns worst %.0f ns", timed.calls,
		 (double)timed.cycles * ns, (double)timed.worst * ns);
	timed.calls = 0;
	timed.note(text, timed.user);
}

// SPDX-License-Identifier: BSD-3-Clause
// The shaper's parts as its loop sees them. One thread (the loop's) owns all of this.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/lead.h"
#include "emu/shaper/accuracy.h"
#include "emu/shaper/capture.h"
#include "emu/shaper/classify.h"
#include "setup/shaper_config.h"
#include "emu/shaper/orders.h"
#include "emu/shaper/ports.h"
#include "emu/shaper/shares.h"
#include "emu/shaper/dispatch.h"
#include "mac/counters.h"
#include "mac/link.h"
#include "setup/cell/assembly.h"

// Of one flow: until when the time is accounted for in which at least one of its packets was on its way.
struct presence {
	int64_t until_ns, total_ns;
};

struct shaper {
	const struct shaper_config *config;
	struct orders orders;
	bool eal_started;
	int latency_fd; // of /dev/cpu_dma_latency; -1 = not open
	struct ports ports;
	struct classifier *classifier;
	struct assembly *assembly;
	struct cell *cell;	       // the assembly's; a packet's cookie is its rte_mbuf
	struct counters *counters;     // NULL = none
	struct capture *capture;       // NULL = none
	struct dispatcher *dispatcher; // NULL = no supervisor
	struct asked *asked;	       // NULL = no edge asks
	struct stamps *stamps;	       // of grants, not yet in a dispatch; NULL where there is no dispatcher
	struct dispatch_facts facts;
	struct accuracy accuracy;
	int64_t wall_offset_ns;		   // CLOCK_REALTIME - CLOCK_MONOTONIC
	struct presence *presence;	   // [n_ues][LINK_DIRS] what was on the link when
	uint64_t send_errors_before;	   // of the ports, when accuracy began
	struct shares *shares;		   // of the buffers that packets in the cell hold: flow ue * LINK_DIRS + dir
};

static inline struct rte_mbuf *shaper_packet(uint64_t cookie)
{
	// NOLINTNEXTLINE(performance-no-int-to-ptr): the link carries numbers
	return (struct rte_mbuf *)(uintptr_t)cookie;
}

// Builds everything from shaper->config and ->orders, opens the ports and takes the loop's priority. 0, or a
// negative errno and a sentence; shaper_tear_down cleans up in both cases.
int shaper_set_up(struct shaper *shaper, bool verbose, struct err *err);
void shaper_tear_down(struct shaper *shaper);

// Runs until it is ordered to stop, then delivers what is under way (for at most half a second).
void loop_run(struct shaper *shaper);

// Takes in packets of both ports: classify, capture, enqueue. Returns how many; *more: a ring may hold more.
size_t forward_receive(struct shaper *shaper, bool *more);
// The run has ended: counts the packets that are still on a link or in a ring.
void forward_end(struct shaper *shaper);
// Sends what is due and measures how late that was. Returns how many packets.
size_t forward_release(struct shaper *shaper);

// Measuring begins (again) at now.
void upkeep_begin_accuracy(struct shaper *shaper, int64_t now);
// Brings the counters file up to date for one flow.
void upkeep_counters(struct shaper *shaper, uint32_t ue, enum link_dir dir, int64_t now);
// Brings the counters file up to date and sends the link records, with_accuracy the accuracy record too.
void upkeep(struct shaper *shaper, int64_t now, bool with_accuracy);
// Makes a change of the running cell and sends the link records of whom it concerns.
void upkeep_change(struct shaper *shaper, const struct live_setting *setting);
// A UE's link at the instant at which its grant changed: kept; sent with a dispatch of its own if one is
// free; moved into the dispatch that is being filled, before all else in it. 0 or -ENOMEM with a sentence.
int stamps_open(struct shaper *shaper, struct err *err);
void stamps_add(struct shaper *shaper, uint32_t ue, int64_t now);
void stamps_send(struct shaper *shaper, int64_t now);
void stamps_move(struct shaper *shaper, struct dispatch *dispatch);
void stamps_close(struct shaper *shaper);

// What the edge asks of the cell (mac/ask.h): 0 or a negative errno with a sentence; obeys what has come,
// without waiting.
int asked_open(struct shaper *shaper, struct err *err);
void asked_obey(struct shaper *shaper);
void asked_close(struct shaper *shaper);

// The last records; without a supervisor the accuracy as a table on standard output.
void upkeep_finish(struct shaper *shaper, int64_t now);

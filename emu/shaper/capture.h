// SPDX-License-Identifier: BSD-3-Clause
// Packet captures (records/capture/file.h). The loop hands over references; a thread of its own filters,
// formats and writes, so that a slow disk costs packets in the capture (counted), never time on the link. A
// file that cannot be written is given up with a note; the run goes on.
//
// pcap files hold what crossed each point. pcapng files say in a comment how each packet fared, and so also
// hold, at the radio, the packets that were dropped or lost.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "setup/shaper_config.h"
#include "records/capture/capture_record.h"
#include "records/capture/facts.h"

#include <rte_mbuf.h> // after ours: DPDK has an NS_PER_S too

// References the writer may hold, half a second at 20,000 packets/s through three points: disks and busy
// machines pause for so long. That many buffers more must be in the pool.
#define CAPTURE_RING 32768

struct capture;

// Called from the writer's thread with a sentence when a file is given up.
typedef void (*capture_note_fn)(const char *text, void *user);

// Opens config's captures and starts the writer. *out is NULL when there are none. 0, or a negative errno and
// a sentence; a file that cannot be created is none, but noted.
int capture_open(const struct shaper_config *config, capture_note_fn note, void *user, struct capture **out,
		 struct err *err);
// Writes what is left, closes the files and ends the writer; the counts stay readable. NULL is allowed.
void capture_finish(struct capture *capture);
// capture_finish, and frees. NULL is allowed.
void capture_close(struct capture *capture);

// Does any file want packets of this point (ue: CAPTURE_UE only)? False for a NULL capture.
bool capture_wants(const struct capture *capture, enum capture_point point, uint32_t ue);
// Does the file of this point say how packets fared? Facts are worth gathering only then.
bool capture_explains(const struct capture *capture, enum capture_point point, uint32_t ue);

// One packet of a UE at this point, stamped mono_ns (CLOCK_MONOTONIC; the file gets wall-clock time). Takes a
// reference of its own; the data must not be changed any more. facts: NULL = none.
void capture_packet(struct capture *capture, enum capture_point point, uint32_t ue, enum link_dir dir,
		    struct rte_mbuf *packet, int64_t mono_ns, const struct capture_facts *facts);

// Packets written and packets lost since capture_open; callable from any thread, also after the writer has
// ended.
void capture_counts(const struct capture *capture, uint64_t *packets, uint64_t *drops);

// Of each file in turn: what became of it. False beyond the last, and for a NULL capture. After
// capture_finish.
bool capture_read_record(const struct capture *capture, size_t index, struct capture_record *out);

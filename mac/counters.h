// SPDX-License-Identifier: BSD-3-Clause
// The counters file: what each UE's modem would count about its own radio link, shared through one mapped
// file. One process (the shaper) writes; any number map it read-only (airbatch-ue takes its airtime from
// here). A load or store is one relaxed 64-bit access a value: values of one UE may differ by a packet in
// flight, none is ever torn.
//
// Layout, native byte order: struct counters_header (64 bytes), then n_ues times struct counters_ue
// (128 bytes).
#pragma once

#include <stdint.h>
#include "base/err.h"
#include "mac/link.h"

#define COUNTERS_MAGIC "airbctr"
#define COUNTERS_VERSION 2

struct counters_header {
	char magic[8];
	uint32_t version;
	uint32_t n_ues;
	uint64_t reserved[6];
};

// Totals since the shaper started, uplink and downlink (enum link_dir). A packet is in them no later than it
// is delivered; a running transmission's airtime is brought up to date at least once a recording interval.
struct counters_ue {
	uint64_t airtime_ns[LINK_DIRS]; // time the UE's band was occupied
	uint64_t bytes[LINK_DIRS];	// sent, Ethernet frame lengths
	uint64_t packets[LINK_DIRS];	// sent
	uint64_t drops[LINK_DIRS];	// packets refused by a full queue
	uint64_t lost[LINK_DIRS];	// packets lost on the air
	// Time in which at least one packet was on its way, by the model: waiting, sent, or sent and not
	// there yet. What a message took beyond it, nothing on the link explains.
	uint64_t present_ns[LINK_DIRS];
	uint64_t reserved[4];
};

struct counters;

// Makes the file for n_ues (all zero) and maps it for writing. NULL with errno and a sentence.
struct counters *counters_create(const char *path, uint32_t n_ues, struct err *err);
// Maps an existing file read-only; refuses another magic, version or a short file. NULL with errno and a
// sentence.
struct counters *counters_open(const char *path, struct err *err);
void counters_close(struct counters *counters); // unmaps; the file stays

uint32_t counters_n_ues(const struct counters *counters);
// ue must be below counters_n_ues. Only the creator may store.
void counters_store(struct counters *counters, uint32_t ue, enum link_dir dir,
		    const struct link_counters *values, int64_t present_ns);
void counters_load(const struct counters *counters, uint32_t ue, struct counters_ue *out);

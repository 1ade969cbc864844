// SPDX-License-Identifier: BSD-3-Clause
// A run in virtual time: the same link model, task state machine, arrivals, rounds, policies, batcher and
// records as the emulation, driven by a discrete-event loop instead of sockets and clocks. Deterministic: the
// same topology, seed and profile give the same bytes in every file.
//
// Exact: departures of traffic, the link (mac/link.h), local work on the modelled device, admission, batches.
// Modelled:
//  - a batch takes its profile's median F_n(b); no tensor is computed, so no result is checked;
//  - TCP: a message travels as segments of mtu - 52 bytes payload and 66 bytes of headers
//    (message_radio_bytes) that keep the UE's queue filled up to its limit and never overflow it. No
//    handshake, no slow start; a lost segment is sent again at the instant at which it would have arrived; no
//    acknowledgements on the way back (in an emulation some 66 bytes for every second segment);
//  - hosts cost nothing: kernels, processes and the policy take no time, nothing is late.
// docs/simulation.md puts the differences beside measured ones.
#pragma once

#include <signal.h>
#include <stdint.h>
#include "mac/link.h"
#include "records/results/results.h"
#include "setup/configs.h"

struct desk;
struct sim;

// Totals of a finished run.
struct sim_counts {
	uint64_t events;    // handled, packets apart
	uint64_t packets;   // delivered by the link
	uint64_t datagrams; // of them
};

// A datagram has arrived at the edge: ue from 0, its number from 0, and its four instants.
typedef void (*sim_datagram_fn)(uint64_t sequence, const struct link_packet *packet, void *user);

// run: topology, prepared (profiles where UEs have tasks), resolved and directory (for captures; NULL = none
// are written); results: open and virtual (results_set_virtual). Both must outlive the simulation. 0, or a
// negative errno with a sentence.
int sim_new(struct sim **out, const struct prepared_run *run, struct results *results, struct err *err);
void sim_free(struct sim *s);

// Calls fn for every datagram that arrives.
void sim_tap(struct sim *s, sim_datagram_fn fn, void *user);

// The edge's desk, to listen to (edge/desk/desk.h); NULL = no UE has tasks.
struct desk *sim_desk(const struct sim *s);

// The run ends at the next row of links.csv once *interrupted is set (by a signal's handler); it must outlive
// the simulation.
void sim_interrupt_by(struct sim *s, const volatile sig_atomic_t *interrupted);

// Lives the whole run and fills the results. 0, or a negative errno with a sentence (the policy failed,
// memory), -EINTR when it was interrupted: what is under way is cut short. A capture that cannot be written
// ends, which its record says. Once.
int sim_run(struct sim *s, struct err *err);
struct sim_counts sim_counts(const struct sim *s);

// All of it. Others may watch; signals are the caller's matter.
int simulate(const struct prepared_run *run, struct results *results, struct err *err);

// Likewise, until *interrupted is set, as by sim_interrupt_by (NULL = by nobody).
int simulate_until(const struct prepared_run *run, struct results *results,
		   const volatile sig_atomic_t *interrupted, struct err *err);

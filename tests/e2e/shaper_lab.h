// SPDX-License-Identifier: BSD-3-Clause
// A laboratory for airbatch-shaper: the network of shaper_net.sh, the shaper started in it as a supervisor
// would, and UDP packets whose times the kernel stamps, so that the shaper is measured by something other
// than itself.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "mac/link_record.h"
#include "records/shaper_record.h"

#define LAB_HEADERS 42 // Ethernet, IPv4 and UDP before the payload
#define LAB_PORT 7000
#define LAB_MAX_UES 256

struct lab {
	char prefix[32];
	uint32_t n_ues;
	pid_t shaper;
	int channel;
	int ask;	     // the edge's end of what it asks of the cell (mac/ask.h)
	const char *program; // set before lab_start: another shaper than airbatch-shaper; NULL = that one
	bool own_session; // set before lab_start: the shaper gets no share in a raised session of the caller
	// Set before lab_start: is told every link record, as it is read; NULL = nobody.
	void (*on_link)(const struct link_record *record, void *user);
	void *user;
	// What the shaper has sent, read by lab_stop.
	struct accuracy_record accuracy;      // the last one
	struct link_record link[LAB_MAX_UES]; // the last of each UE
	unsigned n_link_messages, n_accuracy, n_notes;
	bool done, failed;
	char text[512]; // of the last note or failure
	int status;	// of waitpid
};

struct lab_link {
	double rate_bps; // both directions, every UE
	int64_t delay_ns;
	uint64_t queue_bytes;
};

// Builds the network. 0, or 77 when the machine cannot (said on standard error).
int lab_open(struct lab *lab, uint32_t n_ues);
void lab_close(struct lab *lab);

// Writes a configuration to path; extra is JSON put at its end (", \"loop\": \"poll\""), may be "".
void lab_write_config(const struct lab *lab, const char *path, struct lab_link link, const char *extra);

// Starts the shaper with this configuration and a channel, waits for READY and sends START with an epoch now.
// 0, or -1 when it failed instead (lab->text, lab->failed).
int lab_start(struct lab *lab, const char *config_path);
// Sends STOP, reads everything until the channel closes, reaps the shaper.
void lab_stop(struct lab *lab);
// Waits without STOP: the shaper is expected to end by itself (channel closed by us when hang_up).
void lab_wait(struct lab *lab, bool hang_up);

// Ends a shaper that still runs, by its id: what a test that stopped half-way leaves.
void lab_abandon(struct lab *lab);

// A UDP socket inside "edge" or "ue<i>", bound to LAB_PORT, with receive time stamps and a large buffer.
int lab_socket(const struct lab *lab, const char *node);
// Sets the socket's peer: the edge or (ue >= 0) a UE. 0 or a negative errno.
int lab_connect(int socket, int to_ue);

// Runs a verb of shaper_net.sh on this laboratory ("join", "part"). Returns its exit status.
int lab_net(const struct lab *lab, const char *verb);

// Moves the calling thread into a node's network namespace. 0 or a negative errno. Returns by setns to a
// descriptor of /proc/self/ns/net opened before.
int lab_enter(const struct lab *lab, const char *node);

// One packet that arrived.
struct lab_arrival {
	uint32_t sequence;
	uint32_t ue;	    // as the sender wrote it
	int64_t sent_ns;    // CLOCK_REALTIME just before send
	int64_t arrived_ns; // CLOCK_REALTIME, the kernel's stamp
};

// Sends n packets of frame_bytes (headers included) from socket to the edge or (ue >= 0) a UE, burst at a
// time every gap_ns.
void lab_send(int socket, int to_ue, uint32_t from_ue, uint32_t frame_bytes, uint32_t n, uint32_t burst,
	      int64_t gap_ns);
// Reads what has arrived until nothing came for quiet_ms. Returns how many (at most max).
size_t lab_receive(int socket, struct lab_arrival *out, size_t max, int quiet_ms);

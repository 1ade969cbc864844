// SPDX-License-Identifier: BSD-3-Clause
// What the parts of a simulation share; private to this room. The parts call each other only through the
// functions below:
//
//   datagrams  a UE's UDP traffic, and the edge's count of it
//   ue         hosts the UEs' lives (ue/life/life.h)
//   edge       hosts the desk: rounds, batches, results (edge/desk/desk.h)
//   grants     what the edge asks of the cell
//   transport  messages of the protocol as segments on a link: of the radio or of the WAN
//   servers    hosts further servers (edge/desk/station.h) and the WAN that leads to them
//   capture    virtual packets as pcap files
//   engine     virtual time: whose turn is next
#pragma once

#include <signal.h>
#include "edge/desk/desk.h"
#include "proto/datagram.h"
#include "proto/message.h"
#include "records/results/results.h"
#include "setup/cell/assembly.h"
#include "sim/networks.h"
#include "sim/queue.h"
#include "sim/sim.h"
#include "ue/life/life.h"
#include "ue/life/traffic.h"

enum event_kind {
	EVENT_DATAGRAM,	  // of a UE's traffic
	EVENT_UE,	  // something of a UE is due
	EVENT_REFILL,	  // index ue * LINK_DIRS + dir: its queue has room again
	EVENT_WAN_REFILL, // likewise of a server
	EVENT_SERVED,	  // index: the number of a further server's batch that is done
	EVENT_EDGE,	  // the edge's round closes, a batch is due, or a member's time is up
	EVENT_BATCH_DONE, // index: its number
	EVENT_RECORD,	  // a row of links.csv a UE; also where the end is found
};

// A message under way, as it would stand on the wire: header, and the body's part that has content here.
#define MESSAGE_MAX_HEAD MESSAGE_PLAN_MOST
struct sim_message {
	struct sim_message *next;
	uint64_t start, end; // bytes of the flow's stream
	struct message_header header;
	size_t head_size;
	uint8_t bytes[MESSAGE_HEADER_SIZE + MESSAGE_MAX_HEAD];
};

// A segment that was lost on the air.
struct sim_gap {
	uint64_t offset;
	uint32_t frame; // bytes
	bool sent;	// it is in the link again
};

// One direction of a UE's connection.
struct transport {
	struct sim_message *first, **last; // sent or to be sent, not received yet
	struct sim_message *sending;	   // NULL = all of it is in the link
	uint64_t end;			   // bytes of all messages
	uint64_t offset;		   // bytes handed to the link so far
	uint64_t highest;		   // end of the last byte that was delivered or lost so far
	uint64_t received;		   // bytes delivered without a gap
	struct sim_gap *gaps;		   // [n_gaps] what was lost, and has not been delivered since
	size_t n_gaps, capacity_gaps;
	bool waits; // for room: an EVENT_REFILL is on its way
};

// A cell and the connections over it: UEs and the edge over the radio, or further servers and the edge over
// the WAN, which are its peers.
struct sim_net {
	struct cell *cell; // NULL = there is none
	uint32_t n;
	struct transport *transports; // [n * LINK_DIRS]
	bool rates_vary;	      // with time, by themselves
	enum event_kind refill;
	// A message is at the other end; the link has taken the last byte of a tensor.
	int (*received)(struct sim *s, uint32_t peer, enum link_dir dir, const struct sim_message *message);
	int (*handed)(struct sim *s, uint32_t peer); // NULL = nobody wants to know
};

// A UE's traffic: what the packet path touches, and nothing else.
struct sim_traffic {
	struct traffic times;
	uint64_t sent;
	uint32_t frame_bytes, size_bytes;
	struct packets_meter *meter; // NULL = no traffic
};

struct sim_ue {
	struct life life;
	bool over; // no task is open and none will come
};

struct sim_edge {
	struct desk *desk;
	struct future_request *future; // [n_ues]
	int64_t wake_ns;	       // of the earliest EVENT_EDGE that is scheduled
};

struct sim_capture;
struct station;

struct sim {
	const struct prepared_run *run;
	const struct topology *topology;
	struct results *results;
	struct event_queue events;
	struct assembly *assembly;
	struct cell *cell; // the assembly's
	struct sim_net radio, wan;
	struct station **stations;   // [n_servers]
	struct sim_traffic *traffic; // [n_ues]
	struct sim_capture *capture; // NULL = no point is captured
	sim_datagram_fn tap;	     // NULL = none
	void *tap_user;
	struct sim_counts counts;
	int64_t now_ns, end_ns;
	int64_t arrived_ns; // the last packet that was delivered
	bool lost;	    // a packet was lost since
	struct sim_networks networks;
	struct sim_ue *ues;    // [n_ues]
	struct sim_edge *edge; // NULL = nobody has tasks
	int open_ues;
	bool stop;
	const volatile sig_atomic_t *interrupted; // NULL = by nobody
	struct err *err;
};

// A link's cookie says what a packet is: a segment and its place in the flow's stream, or a datagram's
// number.
#define COOKIE_SEGMENT (UINT64_C(1) << 63)
#define SEGMENT_OVERHEAD 66 // Ethernet, IPv4 and TCP headers with time stamps, as message_radio_bytes counts

// 0, or a negative errno with the sentence in s->err; so do all below that return int.
int sim_schedule(struct sim *s, int64_t at_ns, enum event_kind kind, uint32_t index);

// Now, and the radio of a UE as its modem counts.
struct ue_moment sim_moment(struct sim *s, uint32_t ue);

// A row of links.csv for the UE, now; the edge hears of its rates.
void sim_record_link(struct sim *s, uint32_t ue);

int datagrams_open(struct sim *s);
void datagrams_close(struct sim *s);
int datagrams_send(struct sim *s, uint32_t ue); // the first event of the queue is this UE's
void datagrams_received(struct sim *s, const struct link_packet *packet);
void datagrams_report(struct sim *s);

// net->cell and net->n are set.
int transport_open(struct sim *s, struct sim_net *net);
void transport_close(struct sim_net *net);
// Sends a message whose body has `rest` bytes without content after the head.
int transport_send(struct sim *s, struct sim_net *net, uint32_t peer, enum link_dir dir,
		   const struct message_header *header, const void *head, size_t head_size, uint32_t rest);
int transport_refill(struct sim *s, struct sim_net *net, uint32_t peer, enum link_dir dir);
// Likewise when the room that it waited for is there: EVENT_REFILL.
int transport_room(struct sim *s, struct sim_net *net, uint32_t index);
int transport_received(struct sim *s, struct sim_net *net, const struct link_packet *packet);
int transport_lost(struct sim *s, struct sim_net *net, const struct link_packet *packet);

struct life_config sim_life_config(const struct sim *s, uint32_t ue);
int ues_open(struct sim *s);
void ues_close(struct sim *s);
int ue_wake(struct sim *s, uint32_t ue);
int ue_message(struct sim *s, uint32_t ue, const struct sim_message *message);
// The link has taken the last byte of its tensor.
int ue_handed(struct sim *s, uint32_t ue);
// Its open tasks are cut short.
int ue_stop(struct sim *s, uint32_t ue);
// The next tasks of idle UEs, as requests that will reach the edge: future[n_ues]. Returns how many.
int ues_future(const struct sim *s, struct future_request *future);

int edge_open(struct sim *s);
void edge_close(struct sim *s);
int edge_message(struct sim *s, const struct sim_message *message);
int edge_turn(struct sim *s); // does what is due now
int edge_batch_done(struct sim *s, uint32_t id);
// The end of a batch, now, as the desk is told; leaving: room for its members.
struct desk_event edge_ended(const struct sim *s, const struct batch *batch, bool leaving[]);
// The base station reports what a UE's link carries at present.
void edge_radio(struct sim *s, const struct link_record *link);
// Tells the desk and does what it says; what desk_take gave.
int edge_tell(struct sim *s, const struct desk_event *event);

int servers_open(struct sim *s);
void servers_close(struct sim *s);
int servers_deliver(struct sim *s, int64_t now_ns); // what the WAN delivers at this instant
int servers_batch_done(struct sim *s, uint32_t id);
bool servers_idle(const struct sim *s);
void servers_report(struct sim *s);
// The edge's action: to the job's server.
int servers_send(struct sim *s, int server, const struct message_header *header, const void *head,
		 size_t head_size, uint32_t rest);

// The edge grants these UEs so much of the uplink's band, all of it or none; reads the cell's state.
int edge_grant(struct sim *s, const struct cell_share *shares, size_t n);
int edge_read_cell(struct sim *s);

int sim_capture_open(struct sim *s);
void sim_capture_close(struct sim *s); // what became of each file goes to the results
// A packet comes to its link, is refused by a full queue, or leaves the link, delivered or not (s->now_ns).
void sim_capture_sent(struct sim *s, uint32_t ue, enum link_dir dir, uint64_t cookie, uint32_t bytes);
void sim_capture_refused(struct sim *s, uint32_t ue, enum link_dir dir, uint64_t cookie, uint32_t bytes);
void sim_capture_left(struct sim *s, const struct link_packet *packet);

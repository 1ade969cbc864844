// SPDX-License-Identifier: BSD-3-Clause
// What an edge asks of its cell: to read the uplink's state, and to grant hertz. A question and its answer
// are one datagram each, of plain structs of one build, over a pair of sockets (ASK_FD) that the supervisor
// gives to the edge and to the shaper. The edge need not wait for an answer: questions are obeyed in their
// order, and a list of grants takes effect at one instant, all of it or none.
//
//   ASK_READ   {header, first UE}                 ASK_STATE    {header, struct ask_state, UEs' states}
//   ASK_GRANT  {header, sent, n, shares of UEs}   ASK_GRANTED  {header, instant, code, sentence}
//
// Grants are of the uplink: the downlink keeps what it has. Only a cell under the strategy `granted` obeys.
// A question that is malformed gets ASK_GRANTED with -EPROTO and the sentence.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "mac/cell.h"

enum ask_type { ASK_READ = 1, ASK_STATE, ASK_GRANT, ASK_GRANTED };

#define ASK_MAX_SHARES 4096 // of one ASK_GRANT
#define ASK_MAX_STATES 256  // UEs of one ASK_STATE: who wants more asks again, from the next one on

struct ask_read {
	uint32_t type, first_ue;
};

struct ask_state {
	uint32_t type, first_ue;
	uint32_t n_ues, n;	  // of the cell; in this answer
	uint32_t is_granted;	  // 1 = the cell obeys grants
	int64_t t_ns;		  // the cell's instant
	double band_hz, least_hz; // of the uplink; cell_least_hz
	struct cell_ue_state ue[];
};

struct ask_grant {
	uint32_t type, n;
	int64_t sent_ns; // CLOCK_MONOTONIC: how late it is obeyed counts from here
	struct cell_share share[];
};

struct ask_granted {
	uint32_t type;
	int32_t code; // 0, or a negative errno: nothing was changed
	int64_t t_ns; // the instant at which the grants took effect, or were refused
	char why[];   // the sentence, without an end
};

#define ASK_STATE_SIZE(n) (offsetof(struct ask_state, ue) + (size_t)(n) * sizeof(struct cell_ue_state))
#define ASK_GRANT_SIZE(n) (offsetof(struct ask_grant, share) + (size_t)(n) * sizeof(struct cell_share))
#define ASK_MAX_QUESTION ASK_GRANT_SIZE(ASK_MAX_SHARES)
#define ASK_MAX_ANSWER ASK_STATE_SIZE(ASK_MAX_STATES)

// The state of the uplink of `cell` at now, from first_ue on, into *out, which has room for ASK_MAX_STATES.
// Returns the answer's bytes.
size_t ask_read_state(struct cell *cell, uint32_t first_ue, int64_t now, struct ask_state *out);

// Obeys one question at now. question: size bytes, as they came, aligned to 8; answer: room for
// ASK_MAX_ANSWER. Returns the answer's bytes. *granted: the question, where it was an ASK_GRANT that was
// obeyed, else NULL.
size_t ask_obey(struct cell *cell, const void *question, size_t size, int64_t now, void *answer,
		const struct ask_grant **granted);

// The answer as it came: 0 where it is whole, else -EPROTO.
int ask_check_answer(const void *answer, size_t size);

// SPDX-License-Identifier: BSD-3-Clause
// What a UE may say: who speaks on a connection, and what a request may hold. Pure. Each refusal has a reason
// that is counted (enum edge_refusal of edge/desk/record.h), and a sentence that the UE gets.
#pragma once

#include "edge/desk/config.h"
#include "edge/desk/record.h"
#include "proto/message.h"

// The UE (0-based) that has the IPv4 address, in host byte order; where no address is stated, every peer
// passes as -1. -2: no UE has it.
int terms_find(const struct edge_config *config, uint32_t address);

// Whose connection this is: `from` is what terms_find said of its peer, secrets[n_ues] what the supervisor
// did. The UE (0-based), or -EPROTO with *reason.
int terms_hello(const struct edge_config *config, const uint64_t secrets[], int from,
		const struct message_header *header, const uint8_t *body, enum edge_refusal *reason,
		struct err *err);

// A request that came at now_ns must say what the topology states: the device's figures, an instant of
// arrival in the run (epoch_ns: its begin) and in the past, a deadline within the longest. 0, or -EPROTO with
// *reason.
int terms_request(const struct edge_terms *terms, const struct message_header *header,
		  const struct message_request *request, int64_t epoch_ns, int64_t now_ns,
		  enum edge_refusal *reason, struct err *err);

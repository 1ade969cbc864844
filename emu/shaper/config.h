// SPDX-License-Identifier: BSD-3-Clause
// The shaper's configuration: one JSON file, written by the supervisor. Strict: an unknown, missing or
// out-of-range key is refused with a sentence that names it.
//
// {"trunk": "trunk0", "edge": "edge0",      the two ports, interfaces of the namespace the shaper runs in
//  "edge_mac": "02:00:00:00:00:01",         the address of the edge's interface
//  "mtu": 1500, "loop": "ppoll" | "poll", "spin_guard_ns": 0, "spin_share": 0.1, "cpu": -1,
//  "interval_ns": 100000000,
//  "counters": "path",                      the counters file (mac/counters.h); none when absent
//  "captures": [{"point": "radio" | "edge" | "ue", "ue": 3, "path": "radio.pcap", "snaplen": 65535,
//                "filter": "tcp", "rotate_bytes": 0, "format": "pcap" | "pcapng"}],
//  "cell": {...},                           the radio (setup/cell/config.h)
//  "ues": [{"mac": "02:..", ...}]}          likewise of each UE, whose index is its position
//
// Required: trunk, edge, edge_mac, ues and in a UE its mac; and uplink_bps and downlink_bps where it has no
// tx_w: then these rates shape, whatever the radio.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "mac/link.h"
#include "setup/cell/config.h"

#define MAC_BYTES 6
#define SHAPER_MAX_UES 4096
#define SHAPER_MAX_MTU 9200

enum capture_point { CAPTURE_RADIO, CAPTURE_EDGE, CAPTURE_UE };

struct capture_config {
	enum capture_point point;
	uint32_t ue; // CAPTURE_UE only
	char *path;
	char *filter;	      // NULL = every packet
	int64_t rotate_bytes; // 0 = one file
	uint32_t snaplen;
	bool pcapng;
};

struct ue_config {
	uint8_t mac[MAC_BYTES];
};

struct shaper_config {
	char *trunk, *edge;
	uint8_t edge_mac[MAC_BYTES];
	uint32_t mtu;
	bool busy_poll; // "loop": "poll"
	// ppoll only. spin_guard_ns > 0: wake this much before a deadline and spin. Else: as early as
	// wake-ups are late, spinning at most spin_share of the time (base/lead.h).
	int64_t spin_guard_ns;
	double spin_share;
	int cpu;	     // -1 = any
	int64_t interval_ns; // between two link records
	char *counters;	     // NULL = none
	size_t n_captures;
	struct capture_config *captures;
	uint32_t n_ues;
	struct ue_config *ues;	     // [n_ues]
	struct assembly_config cell; // with as many UEs
};

// Reads path. NULL with errno and a sentence; the caller frees it with shaper_config_free.
struct shaper_config *shaper_config_load(const char *path, struct err *err);
void shaper_config_free(struct shaper_config *config);

// "02:00:00:00:00:01" -> 6 bytes. 0 or -EINVAL.
int mac_parse(const char *text, uint8_t mac[MAC_BYTES]);

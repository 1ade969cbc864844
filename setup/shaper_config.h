// SPDX-License-Identifier: BSD-3-Clause
// What airbatch-shaper is told, and as a file by one table. `airbatch help config` prints it.
//
// Required: trunk, edge, edge_mac, ues and in a UE its mac; and uplink_bps and downlink_bps where neither a
// transmit power (tx_w) nor a recorded link gives its rates: then these rates shape, whatever the radio.
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "mac/link.h"
#include "setup/cell/config.h"

#define MAC_BYTES 6
#define SHAPER_NAME_BYTES 16 // IF_NAMESIZE: of an interface's name, with its end
#define SHAPER_MAX_UES 4096
#define SHAPER_MAX_MTU 9200

enum capture_point { CAPTURE_RADIO, CAPTURE_EDGE, CAPTURE_UE };

struct capture_config {
	enum capture_point point;
	int ue; // CAPTURE_UE: from 0; else -1
	char path[PATH_MAX];
	char filter[256];     // "" = every packet
	int64_t rotate_bytes; // 0 = one file
	uint32_t snaplen;
	bool pcapng;
};

struct shaper_ue {
	uint8_t mac[MAC_BYTES];
	uint32_t ipv4; // in host byte order: its packets come from there; 0 = from anywhere
	struct assembly_ue radio;
};

struct shaper_config {
	char trunk[SHAPER_NAME_BYTES], edge[SHAPER_NAME_BYTES];
	uint8_t edge_mac[MAC_BYTES];
	uint32_t mtu;
	bool busy_poll; // "loop": "poll"
	// ppoll only. spin_guard_ns > 0: wake this much before a deadline and spin. Else: as early as
	// wake-ups are late, spinning at most spin_share of the time (base/lead.h).
	int64_t spin_guard_ns;
	double spin_share;
	int cpu;		 // -1 = any
	int64_t interval_ns;	 // between two link records
	char counters[PATH_MAX]; // "" = none
	size_t n_captures;
	struct capture_config *captures; // [n_captures], owned
	uint32_t n_ues;
	struct shaper_ue *ues;	     // [n_ues], owned
	struct assembly_config cell; // once read: with as many UEs, those of ues[].radio
};

extern const struct config_table shaper_config_table;

// 0, or a negative errno with a sentence (setup/fields/fields.h). The caller ends with shaper_config_free.
int shaper_config_load(struct shaper_config *config, const char *path, struct err *err);
void shaper_config_free(struct shaper_config *config);

// SPDX-License-Identifier: BSD-3-Clause
// Filter expressions as tcpdump and Wireshark's capture dialogue know them (pcap-filter(7)), over whole
// Ethernet frames: "tcp port 7070", "host 198.18.0.2 and udp".
#pragma once

#include <stdint.h>
#include "base/err.h"

struct capture_filter;

// NULL with errno and a sentence, EINVAL as libpcap says it: "'tcp prot 80' is no filter: syntax error ...".
// The caller frees.
struct capture_filter *capture_filter_new(const char *text, struct err *err);
void capture_filter_free(struct capture_filter *filter);

// Does the frame pass? size: bytes at data; length: of the frame on the wire.
int capture_filter_passes(const struct capture_filter *filter, const uint8_t *data, uint32_t size,
			  uint32_t length);

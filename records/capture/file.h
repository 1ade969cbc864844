// SPDX-License-Identifier: BSD-3-Clause
// One capture, written packet by packet: nanosecond pcap (libpcap) or pcapng with a comment a packet, cut to
// a snap length, filtered, rotated by size. A capture that fails ends with whole packets, says why once and
// counts what it misses from then on. One thread a file.
#pragma once

// So much of its disk a capture leaves free, or a sixteenth of a smaller one.
#define CAPTURE_LEAVES_BYTES (UINT64_C(16) << 20)

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "records/capture/capture_record.h"
#include "records/capture/facts.h"

enum capture_format { CAPTURE_PCAP, CAPTURE_PCAPNG };

struct capture_file_config {
	const char *path;   // of a rotation the others are "radio.1.pcap", "radio.2.pcap", ...
	const char *filter; // "" = every packet
	const char *const
	    *interfaces;      // pcapng: names of the interfaces, NULL-terminated; must outlive the file
	int64_t rotate_bytes; // no file grows beyond, but for a single packet; 0 = one file
	uint32_t snaplen;
	enum capture_format format;
};

struct capture_frame {
	const uint8_t *data;
	uint32_t size, length; // bytes at data; of the frame on the wire
	int64_t wall_ns;       // Unix time
	uint32_t interface;    // pcapng: index into interfaces
	struct capture_facts facts;
};

struct capture_file;

// Always a capture, but for -ENOMEM and a filter that is none (-EINVAL): one whose file cannot be created is
// a failed capture, whose sentence stands in its record. The caller frees it with capture_file_free.
int capture_file_new(struct capture_file **out, const struct capture_file_config *config, struct err *err);
void capture_file_free(struct capture_file *file); // closes; NULL is allowed

// False when this call made the capture fail: say so (record.error).
bool capture_file_write(struct capture_file *file, const struct capture_frame *frame);
// Lets readers see what there is.
bool capture_file_flush(struct capture_file *file);
bool capture_file_close(struct capture_file *file);

// So far. lost does not hold what never came to the file.
const struct capture_record *capture_file_record(const struct capture_file *file);

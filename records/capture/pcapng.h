// SPDX-License-Identifier: BSD-3-Clause
// The three blocks of pcapng (draft-ietf-opsawg-pcapng) that a capture needs: section header, interface,
// packet with a comment. Little-endian, stamps in nanoseconds. libpcap reads this format but does not write
// it, and DPDK's writer has no comments. The stream keeps what fails to be written (ferror).
#pragma once

#include <stdint.h>
#include <stdio.h>

#define PCAPNG_MOST_COMMENT 512 // longer ones are cut

struct pcapng_packet {
	const uint8_t *data;
	uint32_t kept, length; // bytes at data that are written; of the frame on the wire
	int64_t wall_ns;
	uint32_t interface;  // counted from 0 in the order of pcapng_write_interface
	const char *comment; // NULL = none
};

// What pcapng_write_packet will write for so many bytes of data and of comment (0 = none).
size_t pcapng_packet_size(uint32_t kept, size_t comment);

// Each returns the bytes written.
size_t pcapng_write_section(FILE *stream, const char *application);
size_t pcapng_write_interface(FILE *stream, const char *name, uint32_t snaplen); // Ethernet
size_t pcapng_write_packet(FILE *stream, const struct pcapng_packet *packet);

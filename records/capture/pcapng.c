// SPDX-License-Identifier: BSD-3-Clause
#include "records/capture/pcapng.h"

#include <endian.h>
#include <string.h>

enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, PACKET = 6 };
enum {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	OPTION_APPLICATION = 4,
	OPTION_NAME = 2,
	OPTION_TIME_RESOLUTION = 9
};
enum { LINKTYPE_ETHERNET = 1, NANOSECONDS = 9 };

// A block but for a packet's bytes, which go to the stream from where they lie.
struct block {
	uint8_t bytes[PCAPNG_MOST_COMMENT + 64];
	size_t size;
};

static size_t padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

static void put32(struct block *block, uint32_t value)
{
	value = htole32(value);
	memcpy(block->bytes + block->size, &value, sizeof(value));
	block->size += sizeof(value);
}

static void put_option(struct block *block, uint32_t code, const void *value, size_t size)
{
	if (size > PCAPNG_MOST_COMMENT)
		size = PCAPNG_MOST_COMMENT;
	put32(block, code | (uint32_t)size << 16);
	memset(block->bytes + block->size, 0, padded(size));
	if (size > 0)
		memcpy(block->bytes + block->size, value, size);
	block->size += padded(size);
}

static void begin(struct block *block, uint32_t type)
{
	block->size = 0;
	put32(block, type);
	put32(block, 0); // the length, when it is known
}

static void put_length(struct block *block, size_t length)
{
	uint32_t value = htole32((uint32_t)length);
	memcpy(block->bytes + 4, &value, sizeof(value));
}

static size_t write_block(FILE *stream, struct block *block)
{
	size_t length = block->size + 4;
	put_length(block, length);
	put32(block, (uint32_t)length);
	return fwrite_unlocked(block->bytes, 1, block->size, stream);
}

size_t pcapng_write_section(FILE *stream, const char *application)
{
	struct block block;
	begin(&block, SECTION);
	put32(&block, 0x1a2b3c4d); // tells the byte order
	put32(&block, 1);	   // version 1.0
	put32(&block, UINT32_MAX); // the section's length is
	put32(&block, UINT32_MAX); // not given
	put_option(&block, OPTION_APPLICATION, application, strlen(application));
	put_option(&block, OPTION_END, NULL, 0);
	return write_block(stream, &block);
}

size_t pcapng_write_interface(FILE *stream, const char *name, uint32_t snaplen)
{
	const uint8_t resolution = NANOSECONDS;
	struct block block;
	begin(&block, INTERFACE);
	put32(&block, LINKTYPE_ETHERNET);
	put32(&block, snaplen);
	put_option(&block, OPTION_NAME, name, strlen(name));
	put_option(&block, OPTION_TIME_RESOLUTION, &resolution, sizeof(resolution));
	put_option(&block, OPTION_END, NULL, 0);
	return write_block(stream, &block);
}

size_t pcapng_packet_size(uint32_t kept, size_t comment)
{
	return 32 + padded(kept) + (comment > 0 ? 8 + padded(comment) : 0);
}

size_t pcapng_write_packet(FILE *stream, const struct pcapng_packet *packet)
{
	static const uint8_t zeros[4];
	size_t filled = padded(packet->kept), size = packet->comment ? strlen(packet->comment) : 0, head;
	struct block block;
	begin(&block, PACKET);
	put32(&block, packet->interface);
	put32(&block, (uint32_t)((uint64_t)packet->wall_ns >> 32));
	put32(&block, (uint32_t)packet->wall_ns);
	put32(&block, packet->kept);
	put32(&block, packet->length);
	head = block.size;
	if (size > 0) {
		put_option(&block, OPTION_COMMENT, packet->comment, size);
		put_option(&block, OPTION_END, NULL, 0);
	}
	size_t length = block.size + filled + 4;
	put_length(&block, length);
	put32(&block, (uint32_t)length);
	fwrite_unlocked(block.bytes, 1, head, stream);
	fwrite_unlocked(packet->data, 1, packet->kept, stream);
	fwrite_unlocked(zeros, 1, filled - packet->kept, stream);
	fwrite_unlocked(block.bytes + head, 1, block.size - head, stream);
	return length;
}

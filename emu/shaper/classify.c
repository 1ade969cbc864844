// SPDX-License-Identifier: BSD-3-Clause
#include "emu/shaper/classify.h"

#include <errno.h>
#include <net/ethernet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// An open-addressing table, at most half full; ue == CLASSIFY_NO_UE marks a free entry.
struct entry {
	uint64_t key;
	uint32_t ue;
};

struct classifier {
	const struct shaper_config *config; // for the UEs' addresses
	uint64_t edge;
	uint32_t mask;
	struct entry entries[];
};

static uint64_t key_of(const uint8_t mac[MAC_BYTES])
{
	uint64_t key = 0;
	memcpy(&key, mac, MAC_BYTES);
	return key;
}

static uint32_t hash_of(uint64_t key)
{
	return (uint32_t)((key * 0x9e3779b97f4a7c15ULL) >> 32); // Fibonacci hashing (Knuth, TAOCP 3, 6.4)
}

// The address's entry, or the free one where it would stand.
static uint32_t place_of(const struct classifier *c, uint64_t key)
{
	uint32_t i = hash_of(key) & c->mask;
	while (c->entries[i].ue != CLASSIFY_NO_UE && c->entries[i].key != key)
		i = (i + 1) & c->mask;
	return i;
}

struct classifier *classifier_new(const struct shaper_config *config, struct err *err)
{
	uint32_t size = 16;
	while (size < 2 * config->n_ues)
		size *= 2;
	struct classifier *c = malloc(sizeof(*c) + size * sizeof(struct entry));
	if (!c) {
		err_set(err, ENOMEM, "no memory for %u addresses", config->n_ues);
		return NULL;
	}
	c->config = config;
	c->edge = key_of(config->edge_mac);
	c->mask = size - 1;
	for (uint32_t i = 0; i < size; i++)
		c->entries[i] = (struct entry){0, CLASSIFY_NO_UE};
	for (uint32_t ue = 0; ue < config->n_ues; ue++) {
		uint64_t key = key_of(config->ues[ue].mac);
		struct entry *entry = &c->entries[place_of(c, key)];
		if (entry->ue != CLASSIFY_NO_UE || key == c->edge) {
			err_set(err, EINVAL, "ues[%u]: mac: the address is taken already; each needs its own",
				ue);
			classifier_free(c);
			return NULL;
		}
		*entry = (struct entry){key, ue};
	}
	return c;
}

void classifier_free(struct classifier *classifier)
{
	free(classifier);
}

static uint32_t find(const struct classifier *c, uint64_t key)
{
	return c->entries[place_of(c, key)].ue;
}

uint32_t classifier_find(const struct classifier *classifier, const uint8_t mac[MAC_BYTES])
{
	return find(classifier, key_of(mac));
}

static int check_ends(const struct classifier *c, enum link_dir dir, uint64_t source, uint64_t destination,
		      uint32_t *ue)
{
	if (dir == LINK_UP) {
		*ue = find(c, source);
		if (*ue == CLASSIFY_NO_UE)
			return FILTER_UNKNOWN_SOURCE;
		if (destination == c->edge)
			return -1;
		return find(c, destination) == CLASSIFY_NO_UE ? FILTER_UNKNOWN_DESTINATION : FILTER_UE_TO_UE;
	}
	*ue = find(c, destination);
	if (source != c->edge)
		return FILTER_UNKNOWN_SOURCE;
	return *ue == CLASSIFY_NO_UE ? FILTER_UNKNOWN_DESTINATION : -1;
}

static uint32_t big_endian_16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t big_endian_32(const uint8_t *at)
{
	return big_endian_16(at) << 16 | big_endian_16(at + 2);
}

// A UE's packet from an address that is not its own.
static bool is_forged(const struct classifier *c, uint32_t ue, const uint8_t *frame)
{
	uint32_t own = c->config->ues[ue].ipv4; // 0 = any
	return own && big_endian_32(frame + ETHER_HDR_LEN + 12) != own;
}

int classify(const struct classifier *classifier, enum link_dir dir, const uint8_t *frame, uint32_t size,
	     uint32_t *ue)
{
	*ue = CLASSIFY_NO_UE;
	if (size < ETHER_HDR_LEN)
		return FILTER_OTHER_PROTOCOL;
	int ends = check_ends(classifier, dir, key_of(frame + ETHER_ADDR_LEN), key_of(frame), ue);
	uint32_t protocol = big_endian_16(frame + offsetof(struct ether_header, ether_type));
	// What a network with ARP or IPv6 left on would chatter is named before its addresses are.
	if (protocol == ETHERTYPE_ARP)
		return FILTER_ARP;
	if (protocol == ETHERTYPE_IPV6)
		return FILTER_IPV6;
	if (frame[0] & 1)
		return FILTER_MULTICAST;
	if (protocol != ETHERTYPE_IP || size < ETHER_HDR_LEN + 20)
		return FILTER_OTHER_PROTOCOL;
	if (ends >= 0)
		return ends;
	if (dir == LINK_UP && is_forged(classifier, *ue, frame))
		return FILTER_WRONG_IP;
	return big_endian_16(frame + ETHER_HDR_LEN + 2) + ETHER_HDR_LEN > size ? (int)FILTER_TRUNCATED : -1;
}

// SPDX-License-Identifier: BSD-3-Clause
#include "setup/shaper_config.h"

#include <string.h>

#include "base/clock.h"
#include "base/lead.h"

#define ETHERNET_HEADER_BYTES 14

static const char *const loop_names[] = {"ppoll", "poll", NULL};
static const char *const point_names[] = {"radio", "edge", "ue", NULL};
static const char *const format_names[] = {"pcap", "pcapng", NULL};

static void preset(void *base)
{
	struct shaper_config *c = base;
	c->mtu = 1500;
	c->spin_share = LEAD_SHARE;
	c->cpu = -1;
	c->interval_ns = 100 * NS_PER_MS;
}

static void preset_capture(void *base)
{
	*(struct capture_config *)base = (struct capture_config){.ue = -1, .snaplen = 65535};
}

static int settle_capture(void *base, const struct config_place *place)
{
	const struct capture_config *c = base;
	if ((c->point == CAPTURE_UE) == (c->ue >= 0))
		return 0;
	return config_refuse(place, "ue", "goes with \"point\": \"ue\", and only there");
}

static int settle_ue(void *base, const struct config_place *place)
{
	static const char *const keys[] = {[LINK_UP] = "uplink_bps", [LINK_DOWN] = "downlink_bps"};
	const struct assembly_ue *ue = &((const struct shaper_ue *)base)->radio;
	for (int dir = 0; dir < LINK_DIRS; dir++)
		if (!(ue->tx_w > 0) && !(ue->fixed_bps[dir] > 0) && !ue->trace.path[dir][0])
			return config_refuse(place, keys[dir],
					     "is missing: a rate above 0 is right where there is no tx_w");
	return 0;
}

static int check_captures(const struct shaper_config *c, const struct config_place *place)
{
	char key[40];
	for (size_t i = 0; i < c->n_captures; i++) {
		snprintf(key, sizeof(key), "captures[%zu].ue", i);
		if (c->captures[i].ue >= (int)c->n_ues)
			return config_refuse(place, key, "is %d: 0 to %u are right", c->captures[i].ue,
					     c->n_ues - 1);
	}
	return 0;
}

static int check_queues(const struct shaper_config *c, const struct config_place *place)
{
	char key[40];
	const uint32_t packet = c->mtu + ETHERNET_HEADER_BYTES;
	for (uint32_t i = 0; i < c->n_ues; i++) {
		long long bytes = c->ues[i].radio.queue_bytes;
		snprintf(key, sizeof(key), "ues[%u].queue_bytes", i);
		if (bytes < packet)
			return config_refuse(place, key,
					     "is %lld: %u or more are right, a packet of the MTU with its "
					     "Ethernet header",
					     bytes, packet);
	}
	return 0;
}

static int check(const struct shaper_config *c, const struct config_place *place)
{
	if (strcmp(c->trunk, c->edge) == 0)
		return config_refuse(place, "edge", "is \"%s\": another interface than the trunk is right",
				     c->edge);
	int r = check_captures(c, place);
	return r < 0 ? r : check_queues(c, place);
}

static int settle(void *base, const struct config_place *place)
{
	struct shaper_config *c = base;
	int r = check(c, place);
	if (r < 0)
		return r;
	if (assembly_config_set_ues(&c->cell, c->n_ues) < 0)
		return config_no_memory(place);
	for (uint32_t i = 0; i < c->n_ues; i++)
		c->cell.ues[i] = c->ues[i].radio;
	return 0;
}

// clang-format off
static const struct config_field capture_fields[] = {
	{"point", WORD_OF(struct capture_config, point, point_names), .doc = "where packets are captured"},
	{"ue", INT_OF(struct capture_config, ue, -1, SHAPER_MAX_UES - 1), .optional = true, .doc = "at which UE, from 0; -1: the point is no UE"},
	{"path", TEXT_OF(struct capture_config, path), .doc = "the file"},
	{"filter", TEXT_OF(struct capture_config, filter), .optional = true, .doc = "pcap-filter(7); else every packet"},
	{"rotate_bytes", INT64_OF(struct capture_config, rotate_bytes, 0, 1e18), .optional = true, .doc = "a file's size at which the next begins; 0: one file"},
	{"snaplen", UINT32_OF(struct capture_config, snaplen, 14, 65535), .optional = true, .doc = "bytes of a packet that are kept"},
	{"format", WORD_OF(struct capture_config, pcapng, format_names), .optional = true, .doc = "pcapng also tells each packet's fate"},
	{.key = NULL},
};
static const struct config_table capture_table = {capture_fields, sizeof(struct capture_config), preset_capture, settle_capture};

static const struct config_field ue_fields[] = {
	{"mac", MAC_OF(struct shaper_ue, mac), .doc = "of the UE's interface"},
	{"ipv4", UINT32_OF(struct shaper_ue, ipv4, 0, UINT32_MAX), .optional = true, .doc = "its address as a number: packets from another one are dropped; 0: any"},
	{"radio", INLINE_OF(struct shaper_ue, radio, assembly_ue_table)},
	{.key = NULL},
};
static const struct config_table ue_table = {ue_fields, sizeof(struct shaper_ue), NULL, settle_ue};

static const struct config_field shaper_fields[] = {
	{"trunk", TEXT_OF(struct shaper_config, trunk), .doc = "interface of the shaper's namespace towards the UEs"},
	{"edge", TEXT_OF(struct shaper_config, edge), .doc = "likewise towards the edge"},
	{"edge_mac", MAC_OF(struct shaper_config, edge_mac), .doc = "of the edge's interface"},
	{"mtu", UINT32_OF(struct shaper_config, mtu, 68, SHAPER_MAX_MTU), .optional = true, .doc = "bytes of an IP packet"},
	{"loop", WORD_OF(struct shaper_config, busy_poll, loop_names), .optional = true, .doc = "poll takes a processor of its own"},
	{"spin_guard_ns", INT64_OF(struct shaper_config, spin_guard_ns, 0, 10 * NS_PER_MS), .optional = true, .doc = "ppoll: wakes so long before a packet is due and spins; 0: as early as wake-ups are late"},
	{"spin_share", NUMBER_OF(struct shaper_config, spin_share, 0, 1), .optional = true, .doc = "most of the time that it spins in the latter case"},
	{"cpu", INT_OF(struct shaper_config, cpu, -1, 1023), .optional = true, .doc = "the processor; -1: any"},
	{"counters", TEXT_OF(struct shaper_config, counters), .optional = true, .doc = "file of the links' counters (mac/counters.h)"},
	{"interval_ns", INT64_OF(struct shaper_config, interval_ns, NS_PER_MS, 3600e9), .optional = true, .doc = "between two rows of links.csv"},
	{"captures", LIST_OF(struct shaper_config, captures, n_captures, capture_table, 0, SHAPER_MAX_UES + 2), .optional = true, .doc = "what is captured"},
	{"cell", OBJECT_OF(struct shaper_config, cell, assembly_config_table), .optional = true, .doc = "the radio"},
	{"ues", LIST_OF(struct shaper_config, ues, n_ues, ue_table, 1, SHAPER_MAX_UES), .doc = "ue1, ue2, ..."},
	{.key = NULL},
};
// clang-format on

const struct config_table shaper_config_table = {shaper_fields, sizeof(struct shaper_config), preset, settle};

int shaper_config_load(struct shaper_config *config, const char *path, struct err *err)
{
	return config_load(&shaper_config_table, config, path, err);
}

void shaper_config_free(struct shaper_config *config)
{
	config_clear(&shaper_config_table, config);
	assembly_config_free(&config->cell);
}

// SPDX-License-Identifier: BSD-3-Clause
#include "setup/topology/schema_private.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "setup/topology/topology.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FIELD(member)                                                                                        \
	.offset = offsetof(struct topology, member), .size = sizeof(((struct topology *)0)->member)
#define UE_FIELD(member)                                                                                     \
	.of = KEY_OF_UE, .offset = offsetof(struct topology_ue, member),                                     \
	.size = sizeof(((struct topology_ue *)0)->member)
#define SERVER_FIELD(member)                                                                                 \
	.of = KEY_OF_SERVER, .offset = offsetof(struct topology_server, member),                             \
	.size = sizeof(((struct topology_server *)0)->member)
#define WORDS(...)                                                                                           \
	.words = (const char *const[])                                                                       \
	{                                                                                                    \
		__VA_ARGS__, NULL                                                                            \
	}
#define FROM(low, high) .min = (low), .max = (high)
#define ABOVE(low, high) .min = (low), .max = (high), .above_min = true

#define QUANTITY(u) .kind = KEY_QUANTITY, .unit = (u)
#define TIME .kind = KEY_TIME, .unit = UNIT_S
#define SIZE .kind = KEY_SIZE, .unit = UNIT_BYTE
#define INTEGER .kind = KEY_INTEGER

// For the rows' `needs`.
#define STANDARD_PATH_LOSS "uma-los|uma-nlos|umi-los|umi-nlos"
#define ONLINE "ddpg-og|ddpg-ip-ssa|tw-K:og|tw-K:ip-ssa|tw-K:og:Lms|tw-K:ip-ssa:Lms|random|clairvoyant"

#define MOST_SECONDS 604800. // longest time anywhere: a week
#define MOST_FLOPS 1e17
#define MOST_SEED 4294967295.

const struct schema_section schema_sections[] = {
    {"", "the run"},
    {"cell", "the radio link that all UEs share, and the network behind it"},
    {"cell.shadowing", "slow variation of the gain along a UE's way"},
    {"cell.fading", "fast variation of the gain"},
    {"cell.antenna", "the antennas' gains"},
    {"cell.trace", "recorded channels in place of the models"},
    {"cell.rate", "from signal and noise to a rate"},
    {"cell.harq", "transmissions that fail and are repeated"},
    {"cell.bursts", "losses that come in bursts (Gilbert and Elliott), both directions"},
    {"cell.jitter", "a delay of each packet that varies, on top of cell.delay; packets keep their order"},
    {"cell.codel", "active queue management (RFC 8289), with queue_discipline: codel"},
    {"ues", "the user equipments; what stands here holds for all of them"},
    {"ues.device", "the modelled processor of a UE"},
    {"ues.mobility", "how a UE moves from where it starts"},
    {"ues.radio", "what a UE's radio draws"},
    {"ues.trace", "recorded links in place of the radio"},
    {"ues.arrivals", "when a UE's tasks arise"},
    {"ues.traffic", "datagrams that a UE sends to the edge beside its tasks"},
    {"edge", "the edge server"},
    {"edge.power", "what the edge's processor or GPU draws while it runs a batch (modelled)"},
    {"edge.batching", "when the edge starts a batch"},
    {"servers", "further servers, behind the edge, with cores of their own: in `airbatch sim` alone as yet"},
    {"servers.wan", "the way between the edge and a server, in each direction"},
    {"online",
     "decisions in slots, as tasks arise: policies ddpg-og, ddpg-ip-ssa, tw-K:og, tw-K:ip-ssa, clairvoyant"},
    {"train", "how an agent is trained (airbatch train); DDPG unless td3"},
    {"shaper", "the process that carries the frames"},
    {"capture", "pcap files in the run directory"},
    {"samples", "the inputs that the UEs send"},
    {NULL, NULL},
};

// The rows stand in keys/, a file for each part of the topology.
// clang-format off
const struct schema_key schema_keys[] = {
#include "setup/topology/keys/run.inc"
#include "setup/topology/keys/cell.inc"
#include "setup/topology/keys/ues.inc"
#include "setup/topology/keys/edge.inc"
#include "setup/topology/keys/servers.inc"
#include "setup/topology/keys/online.inc"
#include "setup/topology/keys/train.inc"
};
// clang-format on

const int schema_n_keys = COUNT(schema_keys);
static_assert(COUNT(schema_keys) <= SCHEMA_MOST_KEYS, "the given keys have their bits in struct key_set");

const struct schema_list schema_lists[] = {
    {KEY_OF_UE, "ues", "ue", "UE", "ues.count", TOPOLOGY_MAX_UES, "- {distance: 20m}",
     "what differs for ue1, ue2, ...: one item each with any of the keys under ues "
     "(count apart), device and arrivals; UEs beyond the list take what stands here",
     "a list such as [{distance: 20m}, {gain: -95dB, device: {f_max: 40GFLOP/s}}]"},
    {KEY_OF_SERVER, "servers", "server", "server", "servers.count", TOPOLOGY_MAX_SERVERS,
     "- {name: cloud, cores: 4, wan: {rate: 100Mbit/s, delay: 20ms}}",
     "what differs for server1, server2, ...: one item each with any of the keys under servers (count "
     "apart), and wan; "
     "servers beyond the list take what stands here",
     "a list such as [{name: cloud, cores: 4, wan: {rate: 100Mbit/s, delay: 20ms}}]"},
    {0},
};

const struct schema_list *schema_list_of(enum key_of of)
{
	const struct schema_list *list = schema_lists;
	while (list->of != of)
		list++;
	return list;
}

const struct schema_list *schema_list_at(const char *section)
{
	for (const struct schema_list *list = schema_lists; list->section; list++)
		if (strcmp(list->section, section) == 0)
			return list;
	return NULL;
}

static int number_behind(const char *word, const char *item, int most)
{
	size_t length = strlen(item);
	if (strncmp(word, item, length) != 0 || !isdigit((unsigned char)word[length]) || word[length] == '0')
		return 0;
	char *end;
	long number = strtol(word + length, &end, 10);
	return (*end == '\0' || *end == '.') && number <= most ? (int)number : 0;
}

int schema_item(const char *word, const struct schema_list **list)
{
	int number = 0;
	*list = schema_lists;
	for (; (*list)->section; (*list)++)
		if ((number = number_behind(word, (*list)->item, (*list)->most)) > 0)
			break;
	return number;
}

const struct schema_key *schema_find(const char *path)
{
	for (int i = 0; i < schema_n_keys; i++)
		if (strcmp(schema_keys[i].path, path) == 0)
			return &schema_keys[i];
	return NULL;
}

bool schema_is_section(const char *path)
{
	for (const struct schema_section *s = schema_sections; s->path; s++)
		if (strcmp(s->path, path) == 0)
			return true;
	return false;
}

bool schema_in_section(const struct schema_key *key, const char *section, const char **leaf)
{
	size_t length = strlen(section);
	if (length > 0 && (strncmp(key->path, section, length) != 0 || key->path[length] != '.'))
		return false;
	*leaf = key->path + length + (length > 0);
	return !strchr(*leaf, '.');
}

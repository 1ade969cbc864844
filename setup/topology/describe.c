// SPDX-License-Identifier: BSD-3-Clause
// What a key takes, in words: for the help text and for errors.
#include <math.h>
#include <stdio.h>

#include "setup/topology/value_private.h"

// 1500 reads better as 1500B than as 1.46484 KiB.
static bool prints_plain(const struct schema_key *key, double limit)
{
	return limit == 0 || key->kind == KEY_INTEGER || (key->kind == KEY_SIZE && fmod(limit, 1024) != 0);
}

const char *value_limit(const struct schema_key *key, double limit, char *buf, size_t size)
{
	if (prints_plain(key, limit))
		snprintf(buf, size, "%.0f%s", limit, key->kind == KEY_SIZE ? "B" : "");
	else
		unit_format(limit, key->unit, buf, size);
	return buf;
}

void value_words(const char *const *words, char *buf, size_t size)
{
	size_t used = 0;
	buf[0] = '\0';
	for (int i = 0; words[i] && used < size; i++) {
		const char *between = i == 0 ? "" : words[i + 1] ? ", " : " or ";
		used += (size_t)snprintf(buf + used, size - used, "%s%s", between, words[i]);
	}
}

static void describe_limits(const struct schema_key *key, char *buf, size_t size)
{
	char low[40], high[40];
	snprintf(buf, size, ", %s %s, at most %s", key->above_min ? "above" : "at least",
		 value_limit(key, key->min, low, sizeof(low)),
		 value_limit(key, key->max, high, sizeof(high)));
}

void value_describe(const struct schema_key *key, char *buf, size_t size)
{
	char limits[100] = "";
	if (key->max > key->min)
		describe_limits(key, limits, sizeof(limits));
	switch (key->kind) {
	case KEY_INTEGER:
		snprintf(buf, size, "a whole number%s", limits);
		break;
	case KEY_QUANTITY:
	case KEY_TIME:
	case KEY_SIZE:
		snprintf(buf, size, "%s%s", unit_describe(key->unit), limits);
		break;
	case KEY_RANGE:
		snprintf(buf, size, "%s or a range low..high%s", unit_describe(key->unit), limits);
		break;
	case KEY_WORD:
		value_words(key->words, buf, size);
		break;
	case KEY_BOOL:
		snprintf(buf, size, "true or false");
		break;
	case KEY_NAME:
		snprintf(buf, size, "a name (letters, digits, '.', '_', '-')");
		break;
	case KEY_TEXT:
		snprintf(buf, size, "a text");
		break;
	case KEY_PATH:
		snprintf(buf, size, "the name of a file");
		break;
	case KEY_PROFILE:
		snprintf(buf, size, "the name of a file or of a stated model");
		break;
	case KEY_POLICY:
		snprintf(buf, size, "the name of a policy, or {name: NAME, PARAMETER: VALUE, ...}");
		break;
	case KEY_NETWORK:
		snprintf(buf, size, "a network: a name, a description file, or either @ a weights file");
		break;
	case KEY_NETWORKS:
		snprintf(buf, size, "a list of networks, or none");
		break;
	case KEY_SUBNET:
		snprintf(buf, size, "an IPv4 network (address/prefix)");
		break;
	case KEY_FILTER:
		snprintf(buf, size, "a filter of pcap-filter(7)");
		break;
	case KEY_POINTS:
		snprintf(buf, size, "a list of places");
		break;
	}
}

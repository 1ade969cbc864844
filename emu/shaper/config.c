// SPDX-License-Identifier: BSD-3-Clause
#include "emu/shaper/config.h"
#include "base/lead.h"

#include <errno.h>
#include <jansson.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_copy(struct json_reader *r, const char *key, bool required)
{
	const char *text = json_read_text(r, key, required);
	char *copy = text ? strdup(text) : NULL;
	if (text && !copy && r->rc == 0)
		r->rc = err_set(r->err, ENOMEM, "%s: no memory", r->where);
	return copy;
}

static void read_mac(struct json_reader *r, const char *key, uint8_t mac[MAC_BYTES])
{
	const char *text = json_read_text(r, key, true);
	if (text && (mac_parse(text, mac) < 0 || (mac[0] & 1)))
		json_refuse(r, key, "must be a unicast Ethernet address such as 02:00:00:00:00:01");
}

static void refuse_unknown_keys(struct json_reader *r, const char *const *known)
{
	const char *key;
	json_t *value;
	json_object_foreach(r->object, key, value)
	{
		size_t i = 0;
		while (known[i] && strcmp(known[i], key) != 0)
			i++;
		if (!known[i])
			json_refuse_unknown_key(r, key);
	}
}

int mac_parse(const char *text, uint8_t mac[MAC_BYTES])
{
	unsigned part[MAC_BYTES];
	int end = 0;
	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &part[0], &part[1], &part[2], &part[3], &part[4],
		   &part[5], &end) != MAC_BYTES ||
	    text[end] != '\0')
		return -EINVAL;
	for (int i = 0; i < MAC_BYTES; i++)
		mac[i] = (uint8_t)part[i];
	return 0;
}

static void read_ue(struct json_reader *r, const struct shaper_config *config, uint32_t i)
{
	static const char *const also[] = {"mac", NULL};
	struct assembly_ue *ue = &config->cell.ues[i];
	bool fixed = !json_object_get(r->object, "tx_w"); // no radio that would give a rate
	read_mac(r, "mac", config->ues[i].mac);
	json_value_of(r, "uplink_bps", fixed);
	json_value_of(r, "downlink_bps", fixed);
	assembly_ue_from_json(r, also, ue);
	if (ue->queue_bytes < config->mtu + 14)
		json_refuse(r, "queue_bytes", "must hold a packet of the MTU and its Ethernet header");
}

static void read_capture(struct json_reader *r, const struct shaper_config *config,
			 struct capture_config *capture)
{
	static const char *const known[] = {"point",  "ue",	      "path",	"snaplen",
					    "filter", "rotate_bytes", "format", NULL};
	int64_t ue = -1, snaplen = 65535;
	refuse_unknown_keys(r, known);
	const char *point = json_read_text(r, "point", true);
	const char *format = json_read_text(r, "format", false);
	capture->path = read_copy(r, "path", true);
	capture->filter = read_copy(r, "filter", false);
	capture->pcapng = format && strcmp(format, "pcapng") == 0;
	if (format && !capture->pcapng && strcmp(format, "pcap") != 0)
		json_refuse(r, "format", "must be \"pcap\" or \"pcapng\"");
	json_read_integer(r, "rotate_bytes", 0, INT64_MAX, &capture->rotate_bytes);
	json_read_integer(r, "ue", 0, (int64_t)config->n_ues - 1, &ue);
	json_read_integer(r, "snaplen", 14, 65535, &snaplen);
	capture->snaplen = (uint32_t)snaplen;
	capture->ue = ue < 0 ? 0 : (uint32_t)ue;
	if (!point)
		return;
	if (strcmp(point, "radio") == 0)
		capture->point = CAPTURE_RADIO;
	else if (strcmp(point, "edge") == 0)
		capture->point = CAPTURE_EDGE;
	else if (strcmp(point, "ue") == 0)
		capture->point = CAPTURE_UE;
	else
		json_refuse(r, "point", "must be \"radio\", \"edge\" or \"ue\"");
	if ((capture->point == CAPTURE_UE) != (ue >= 0))
		json_refuse(r, "ue", "goes with \"point\": \"ue\", and only there");
}

// The array under key, with each element an object; *count is its length.
static json_t *read_array(struct json_reader *r, const char *key, bool required, size_t max, size_t *count)
{
	json_t *array = json_value_of(r, key, required);
	char text[64];
	*count = 0;
	if (!array)
		return NULL;
	if (!json_is_array(array) || json_array_size(array) > max ||
	    (required && json_array_size(array) == 0)) {
		snprintf(text, sizeof(text), "must be a list of %d to %zu objects", required ? 1 : 0, max);
		json_refuse(r, key, text);
		return NULL;
	}
	*count = json_array_size(array);
	return array;
}

// The reader of element i of the array under key.
static struct json_reader element(struct json_reader *r, json_t *array, const char *key, size_t i,
				  char *where, size_t size)
{
	struct json_reader inner = {
	    .object = json_array_get(array, i), .where = where, .err = r->err, .rc = r->rc};
	snprintf(where, size, "%s: %s[%zu]", r->where, key, i);
	if (!json_is_object(inner.object) && inner.rc == 0)
		inner.rc = err_set(r->err, EINVAL, "%s: must be an object", where);
	return inner;
}

static void read_ues(struct json_reader *r, struct shaper_config *config)
{
	size_t n;
	json_t *array = read_array(r, "ues", true, SHAPER_MAX_UES, &n);
	config->ues = array ? calloc(n, sizeof(*config->ues)) : NULL;
	if (!config->ues || assembly_config_set_ues(&config->cell, (uint32_t)n) < 0) {
		json_refuse(r, "ues", "no memory");
		return;
	}
	config->n_ues = (uint32_t)n;
	for (size_t i = 0; i < n && r->rc == 0; i++) {
		char where[256];
		struct json_reader inner = element(r, array, "ues", i, where, sizeof(where));
		read_ue(&inner, config, (uint32_t)i);
		r->rc = inner.rc;
	}
}

static void read_captures(struct json_reader *r, struct shaper_config *config)
{
	size_t n;
	json_t *array = read_array(r, "captures", false, SHAPER_MAX_UES + 2, &n);
	if (!array || n == 0)
		return;
	config->captures = calloc(n, sizeof(*config->captures));
	if (!config->captures) {
		json_refuse(r, "captures", "no memory");
		return;
	}
	config->n_captures = n;
	for (size_t i = 0; i < n && r->rc == 0; i++) {
		char where[256];
		struct json_reader inner = element(r, array, "captures", i, where, sizeof(where));
		read_capture(&inner, config, &config->captures[i]);
		r->rc = inner.rc;
	}
}

static void read_loop(struct json_reader *r, struct shaper_config *config)
{
	const char *loop = json_read_text(r, "loop", false);
	int64_t cpu = -1;
	if (loop && strcmp(loop, "ppoll") != 0 && strcmp(loop, "poll") != 0)
		json_refuse(r, "loop", "must be \"ppoll\" or \"poll\"");
	config->busy_poll = loop && strcmp(loop, "poll") == 0;
	config->spin_guard_ns = 0;
	config->spin_share = LEAD_SHARE;
	config->interval_ns = 100 * NS_PER_MS;
	json_read_integer(r, "spin_guard_ns", 0, 10 * NS_PER_MS, &config->spin_guard_ns);
	json_read_number(r, "spin_share", false, 0, 1, &config->spin_share);
	json_read_integer(r, "cpu", -1, 1023, &cpu);
	json_read_integer(r, "interval_ns", NS_PER_MS, 3600 * NS_PER_S, &config->interval_ns);
	config->cpu = (int)cpu;
}

static void read_ports(struct json_reader *r, struct shaper_config *config)
{
	int64_t mtu = 1500;
	config->trunk = read_copy(r, "trunk", true);
	config->edge = read_copy(r, "edge", true);
	if (config->trunk && strlen(config->trunk) >= IF_NAMESIZE)
		json_refuse(r, "trunk", "is too long for an interface's name");
	if (config->edge && strlen(config->edge) >= IF_NAMESIZE)
		json_refuse(r, "edge", "is too long for an interface's name");
	if (config->trunk && config->edge && strcmp(config->trunk, config->edge) == 0)
		json_refuse(r, "edge", "must be another interface than the trunk");
	read_mac(r, "edge_mac", config->edge_mac);
	json_read_integer(r, "mtu", 68, SHAPER_MAX_MTU, &mtu);
	config->mtu = (uint32_t)mtu;
}

static void read_cell(struct json_reader *r, struct shaper_config *config)
{
	char where[256];
	config->cell = assembly_config_default();
	json_t *object = json_value_of(r, "cell", false);
	if (!object)
		return;
	struct json_reader inner = {.object = object, .where = where, .err = r->err, .rc = r->rc};
	snprintf(where, sizeof(where), "%s: cell", r->where);
	if (json_is_object(object))
		assembly_config_from_json(&inner, &config->cell);
	else
		json_refuse(r, "cell", "must be an object");
	r->rc = r->rc < 0 ? r->rc : inner.rc;
}

static void read_all(struct json_reader *r, struct shaper_config *config)
{
	static const char *const known[] = {
	    "trunk", "edge",	 "edge_mac",	"mtu",	    "loop", "spin_guard_ns", "spin_share",
	    "cpu",   "counters", "interval_ns", "captures", "cell", "ues",	     NULL};
	if (!json_is_object(r->object)) {
		r->rc = err_set(r->err, EINVAL, "%s: must be one JSON object", r->where);
		return;
	}
	refuse_unknown_keys(r, known);
	read_ports(r, config);
	read_loop(r, config);
	config->counters = read_copy(r, "counters", false);
	read_cell(r, config);
	read_ues(r, config);
	read_captures(r, config);
}

struct shaper_config *shaper_config_load(const char *path, struct err *err)
{
	json_error_t syntax;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &syntax);
	if (!root) {
		if (syntax.line > 0)
			err_set(err, EINVAL, "%s:%d:%d: %s", path, syntax.line, syntax.column, syntax.text);
		else
			err_set(err, ENOENT, "%s", syntax.text); // "unable to open FILE: reason"
		return NULL;
	}
	struct shaper_config *config = calloc(1, sizeof(*config));
	struct json_reader r = {.object = root, .where = path, .err = err};
	if (config)
		read_all(&r, config);
	else
		r.rc = err_set(err, ENOMEM, "%s: no memory", path);
	json_decref(root);
	if (r.rc < 0) {
		shaper_config_free(config);
		errno = -r.rc;
		return NULL;
	}
	return config;
}

void shaper_config_free(struct shaper_config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->n_captures; i++) {
		free(config->captures[i].path);
		free(config->captures[i].filter);
	}
	free(config->captures);
	free(config->ues);
	assembly_config_free(&config->cell);
	free(config->counters);
	free(config->trunk);
	free(config->edge);
	free(config);
}

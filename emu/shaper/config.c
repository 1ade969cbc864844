// SPDX-License-Identifier: BSD-3-Clause
#include "emu/shaper/config.h"

#include <errno.h>
#include <jansson.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// An object under reading: where it stands in the file, and the first thing wrong with it.
struct reader {
	json_t *object;
	const char *where; // "shaper.json", "shaper.json: ues[3]"
	struct err *err;
	int rc;
};

static void refuse(struct reader *r, const char *key, const char *text)
{
	if (r->rc == 0)
		r->rc = err_set(r->err, EINVAL, "%s: %s: %s", r->where, key, text);
}

static json_t *value_of(struct reader *r, const char *key, bool required)
{
	json_t *value = json_object_get(r->object, key);
	if (!value && required)
		refuse(r, key, "this key is missing");
	return value;
}

static void read_number(struct reader *r, const char *key, bool required, double low, double high,
			double *out)
{
	json_t *value = value_of(r, key, required);
	char text[128];
	if (!value)
		return;
	if (!json_is_number(value) || json_number_value(value) < low || json_number_value(value) > high) {
		snprintf(text, sizeof(text), "must be a number from %g to %g", low, high);
		refuse(r, key, text);
		return;
	}
	*out = json_number_value(value);
}

static void read_integer(struct reader *r, const char *key, int64_t low, int64_t high, int64_t *out)
{
	json_t *value = value_of(r, key, false);
	char text[128];
	if (!value)
		return;
	if (!json_is_integer(value) || json_integer_value(value) < low || json_integer_value(value) > high) {
		snprintf(text, sizeof(text), "must be a whole number from %lld to %lld", (long long)low,
			 (long long)high);
		refuse(r, key, text);
		return;
	}
	*out = json_integer_value(value);
}

static const char *read_text(struct reader *r, const char *key, bool required)
{
	json_t *value = value_of(r, key, required);
	if (!value)
		return NULL;
	if (!json_is_string(value) || json_string_length(value) == 0) {
		refuse(r, key, "must be a text");
		return NULL;
	}
	return json_string_value(value);
}

static char *read_copy(struct reader *r, const char *key, bool required)
{
	const char *text = read_text(r, key, required);
	char *copy = text ? strdup(text) : NULL;
	if (text && !copy && r->rc == 0)
		r->rc = err_set(r->err, ENOMEM, "%s: no memory", r->where);
	return copy;
}

static void read_mac(struct reader *r, const char *key, uint8_t mac[MAC_BYTES])
{
	const char *text = read_text(r, key, true);
	if (text && (mac_parse(text, mac) < 0 || (mac[0] & 1)))
		refuse(r, key, "must be a unicast Ethernet address such as 02:00:00:00:00:01");
}

static void refuse_unknown_keys(struct reader *r, const char *const *known)
{
	const char *key;
	json_t *value;
	json_object_foreach(r->object, key, value)
	{
		size_t i = 0;
		while (known[i] && strcmp(known[i], key) != 0)
			i++;
		if (!known[i])
			refuse(r, key, "unknown key");
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

static void read_ue(struct reader *r, const struct shaper_config *config, struct ue_config *ue)
{
	static const char *const known[] = {"mac",	    "gain_db",	   "snr_db",
					    "bandwidth_hz", "uplink_bps",  "downlink_bps",
					    "delay_ns",	    "queue_bytes", NULL};
	int64_t delay_ns = 0, queue_bytes = 1 << 20;
	refuse_unknown_keys(r, known);
	read_mac(r, "mac", ue->mac);
	read_number(r, "gain_db", false, -1000, 1000, &ue->gain_db);
	read_number(r, "snr_db", false, -1000, 1000, &ue->snr_db);
	read_number(r, "bandwidth_hz", false, 0, 1e12, &ue->bandwidth_hz);
	read_number(r, "uplink_bps", true, 0, LINK_MAX_RATE_BPS, &ue->rate_bps[LINK_UP]);
	read_number(r, "downlink_bps", true, 0, LINK_MAX_RATE_BPS, &ue->rate_bps[LINK_DOWN]);
	read_integer(r, "delay_ns", 0, 60 * NS_PER_S, &delay_ns);
	read_integer(r, "queue_bytes", config->mtu + 14, 1LL << 40, &queue_bytes); // one packet must fit
	ue->delay_ns = delay_ns;
	ue->queue_bytes = (uint64_t)queue_bytes;
}

static void read_capture(struct reader *r, const struct shaper_config *config, struct capture_config *capture)
{
	static const char *const known[] = {"point", "ue", "path", "snaplen", NULL};
	int64_t ue = -1, snaplen = 65535;
	refuse_unknown_keys(r, known);
	const char *point = read_text(r, "point", true);
	capture->path = read_copy(r, "path", true);
	read_integer(r, "ue", 0, (int64_t)config->n_ues - 1, &ue);
	read_integer(r, "snaplen", 14, 65535, &snaplen);
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
		refuse(r, "point", "must be \"radio\", \"edge\" or \"ue\"");
	if ((capture->point == CAPTURE_UE) != (ue >= 0))
		refuse(r, "ue", "goes with \"point\": \"ue\", and only there");
}

// The array under key, with each element an object; *count is its length.
static json_t *read_array(struct reader *r, const char *key, bool required, size_t max, size_t *count)
{
	json_t *array = value_of(r, key, required);
	char text[64];
	*count = 0;
	if (!array)
		return NULL;
	if (!json_is_array(array) || json_array_size(array) > max ||
	    (required && json_array_size(array) == 0)) {
		snprintf(text, sizeof(text), "must be a list of %d to %zu objects", required ? 1 : 0, max);
		refuse(r, key, text);
		return NULL;
	}
	*count = json_array_size(array);
	return array;
}

// The reader of element i of the array under key.
static struct reader element(struct reader *r, json_t *array, const char *key, size_t i, char *where,
			     size_t size)
{
	struct reader inner = {
	    .object = json_array_get(array, i), .where = where, .err = r->err, .rc = r->rc};
	snprintf(where, size, "%s: %s[%zu]", r->where, key, i);
	if (!json_is_object(inner.object) && inner.rc == 0)
		inner.rc = err_set(r->err, EINVAL, "%s: must be an object", where);
	return inner;
}

static void read_ues(struct reader *r, struct shaper_config *config)
{
	size_t n;
	json_t *array = read_array(r, "ues", true, SHAPER_MAX_UES, &n);
	config->ues = array ? calloc(n, sizeof(*config->ues)) : NULL;
	if (!config->ues) {
		refuse(r, "ues", "no memory");
		return;
	}
	config->n_ues = (uint32_t)n;
	for (size_t i = 0; i < n && r->rc == 0; i++) {
		char where[256];
		struct reader inner = element(r, array, "ues", i, where, sizeof(where));
		read_ue(&inner, config, &config->ues[i]);
		r->rc = inner.rc;
	}
}

static void read_captures(struct reader *r, struct shaper_config *config)
{
	size_t n;
	json_t *array = read_array(r, "captures", false, SHAPER_MAX_UES + 2, &n);
	if (!array || n == 0)
		return;
	config->captures = calloc(n, sizeof(*config->captures));
	if (!config->captures) {
		refuse(r, "captures", "no memory");
		return;
	}
	config->n_captures = n;
	for (size_t i = 0; i < n && r->rc == 0; i++) {
		char where[256];
		struct reader inner = element(r, array, "captures", i, where, sizeof(where));
		read_capture(&inner, config, &config->captures[i]);
		r->rc = inner.rc;
	}
}

static void read_loop(struct reader *r, struct shaper_config *config)
{
	const char *loop = read_text(r, "loop", false);
	int64_t cpu = -1;
	if (loop && strcmp(loop, "ppoll") != 0 && strcmp(loop, "poll") != 0)
		refuse(r, "loop", "must be \"ppoll\" or \"poll\"");
	config->busy_poll = loop && strcmp(loop, "poll") == 0;
	config->spin_guard_ns = 0;
	config->interval_ns = 100 * NS_PER_MS;
	read_integer(r, "spin_guard_ns", 0, 10 * NS_PER_MS, &config->spin_guard_ns);
	read_integer(r, "cpu", -1, 1023, &cpu);
	read_integer(r, "interval_ns", NS_PER_MS, 3600 * NS_PER_S, &config->interval_ns);
	config->cpu = (int)cpu;
}

static void read_ports(struct reader *r, struct shaper_config *config)
{
	int64_t mtu = 1500;
	config->trunk = read_copy(r, "trunk", true);
	config->edge = read_copy(r, "edge", true);
	if (config->trunk && strlen(config->trunk) >= IF_NAMESIZE)
		refuse(r, "trunk", "is too long for an interface's name");
	if (config->edge && strlen(config->edge) >= IF_NAMESIZE)
		refuse(r, "edge", "is too long for an interface's name");
	if (config->trunk && config->edge && strcmp(config->trunk, config->edge) == 0)
		refuse(r, "edge", "must be another interface than the trunk");
	read_mac(r, "edge_mac", config->edge_mac);
	read_integer(r, "mtu", 68, SHAPER_MAX_MTU, &mtu);
	config->mtu = (uint32_t)mtu;
}

static void read_all(struct reader *r, struct shaper_config *config)
{
	static const char *const known[] = {"trunk",	   "edge",	    "edge_mac", "mtu",
					    "loop",	   "spin_guard_ns", "cpu",	"counters",
					    "interval_ns", "captures",	    "ues",	NULL};
	if (!json_is_object(r->object)) {
		r->rc = err_set(r->err, EINVAL, "%s: must be one JSON object", r->where);
		return;
	}
	refuse_unknown_keys(r, known);
	read_ports(r, config);
	read_loop(r, config);
	config->counters = read_copy(r, "counters", false);
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
	struct reader r = {.object = root, .where = path, .err = err};
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
	for (size_t i = 0; i < config->n_captures; i++)
		free(config->captures[i].path);
	free(config->captures);
	free(config->ues);
	free(config->counters);
	free(config->trunk);
	free(config->edge);
	free(config);
}

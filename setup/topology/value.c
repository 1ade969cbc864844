// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/parameters.h"
#include "setup/capture_filter.h"
#include "setup/topology/value_private.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/nearest.h"
#include "base/pattern.h"
#include "dnn/network.h"
#include "setup/topology/files_private.h"
#include "setup/topology/points_private.h"

#define NETWORK_NAME 256 // as ues.network

// What a reader of one kind is given.
struct reading {
	const struct schema_key *key;
	const char *shown, *text, *folder;
	const struct topology_options *options;
	void *field;
	struct err *err;
};

static int check_range(const struct reading *r, double value)
{
	char limit[40];
	const struct schema_key *key = r->key;
	if (value < key->min || (key->above_min && value <= key->min))
		return err_set(r->err, EINVAL, "%s is %s: must be %s %s", r->shown, r->text,
			       key->above_min ? ">" : ">=", value_limit(key, key->min, limit, sizeof(limit)));
	if (value > key->max)
		return err_set(r->err, EINVAL, "%s is %s: must be <= %s", r->shown, r->text,
			       value_limit(key, key->max, limit, sizeof(limit)));
	return 0;
}

static int read_unit(const struct reading *r, const char *text, double *value)
{
	int rc = unit_parse(text, r->key->unit, value, r->err);
	if (rc < 0) {
		err_prefix(r->err, "%s", r->shown);
		return rc;
	}
	return check_range(r, *value);
}

static void store_integer(const struct reading *r, int64_t value)
{
	if (r->key->size == sizeof(int))
		*(int *)r->field = (int)value; // the row's range fits
	else
		*(int64_t *)r->field = value;
}

static int read_integer(const struct reading *r)
{
	char *end;
	errno = 0;
	long long value = strtoll(r->text, &end, 10);
	if (end == r->text || *end || errno || isspace((unsigned char)r->text[0]))
		return err_set(r->err, EINVAL, "%s is '%s': must be a whole number", r->shown, r->text);
	int rc = check_range(r, (double)value);
	if (rc < 0)
		return rc;
	store_integer(r, value);
	return 0;
}

static int read_quantity(const struct reading *r)
{
	return read_unit(r, r->text, r->field);
}

static int read_time(const struct reading *r)
{
	double seconds;
	int rc = read_unit(r, r->text, &seconds);
	if (rc < 0)
		return rc;
	*(int64_t *)r->field = s_to_ns(seconds);
	return 0;
}

static int read_size(const struct reading *r)
{
	double bytes;
	int rc = read_unit(r, r->text, &bytes);
	if (rc < 0)
		return rc;
	if (bytes != floor(bytes))
		return err_set(r->err, EINVAL, "%s is %s: must be whole bytes", r->shown, r->text);
	store_integer(r, (int64_t)bytes);
	return 0;
}

static int read_range(const struct reading *r)
{
	struct topology_range range;
	const char *dots = strstr(r->text, "..");
	int rc;
	if (!dots) {
		rc = read_unit(r, r->text, &range.low);
		range.high = range.low;
	} else {
		char low[64];
		snprintf(low, sizeof(low), "%.*s", (int)(dots - r->text), r->text);
		rc = read_unit(r, low, &range.low);
		if (rc == 0)
			rc = read_unit(r, dots + 2, &range.high);
	}
	if (rc < 0)
		return rc;
	if (range.low > range.high)
		return err_set(r->err, EINVAL,
			       "%s is %s: the range runs backwards, write the smaller value first", r->shown,
			       r->text);
	memcpy(r->field, &range, sizeof(range));
	return 0;
}

// near: says which of many names is nearest; few need no help.
static int find_word(const struct reading *r, const char *const *words, bool near)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], r->text) == 0)
			return i;
	char all[300], hint[100] = "";
	struct nearest nearest = nearest_to(r->text);
	nearest_offer_all(&nearest, words);
	value_words(words, all, sizeof(all));
	return err_set(r->err, EINVAL, "%s is '%s': must be %s%s", r->shown, r->text, all,
		       near ? nearest_text(&nearest, hint, sizeof(hint)) : "");
}

static int read_word(const struct reading *r)
{
	int index = find_word(r, r->key->words, false);
	if (index < 0)
		return index;
	memcpy(r->field, &index, sizeof(index)); // an enum has int's size
	return 0;
}

static int read_bool(const struct reading *r)
{
	static const char *const words[] = {"false", "true", NULL};
	int index = find_word(r, words, false);
	if (index < 0)
		return index;
	*(bool *)r->field = index == 1;
	return 0;
}

static int store_text(const struct reading *r, const char *text)
{
	size_t length = strlen(text);
	if (length == 0)
		return err_set(r->err, EINVAL, "%s has no value", r->shown);
	if (length >= r->key->size)
		return err_set(r->err, EINVAL, "%s has %zu letters: must be at most %zu", r->shown, length,
			       r->key->size - 1);
	for (const char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			return err_set(r->err, EINVAL, "%s holds a control character: write plain text",
				       r->shown);
	memcpy(r->field, text, length + 1);
	return 0;
}

static int read_text(const struct reading *r)
{
	return store_text(r, r->text);
}

static int read_path(const struct reading *r)
{
	char path[PATH_MAX];
	file_seen(path, sizeof(path), r->folder, r->text);
	return store_text(r, path);
}

static int read_profile(const struct reading *r)
{
	char path[PATH_MAX];
	file_of_profile(path, sizeof(path), r->folder, r->text);
	return store_text(r, path);
}

static int read_name(const struct reading *r)
{
	for (const char *c = r->text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
			return err_set(r->err, EINVAL, "%s is '%s': letters, digits, '.', '_' and '-' only",
				       r->shown, r->text);
	return read_text(r);
}

static int read_listed_name(const struct reading *r, const char *const *allowed)
{
	if (allowed) {
		int index = find_word(r, allowed, true);
		if (index < 0)
			return index;
	}
	return read_text(r);
}

static bool is_listed(const struct reading *r, const char *const *names)
{
	for (; names && *names; names++)
		if (strcmp(*names, r->text) == 0)
			return true;
	return !names;
}

// A listed policy, one with settings (edge/policy/parameters.h), or an outside one's path
// (edge/policy/outside.h).
static int read_policy(const struct reading *r)
{
	for (int i = 0; r->options->policies && r->options->policies[i]; i++)
		if (pattern_fits(r->options->policies[i], r->text, NULL, 0))
			return read_text(r);
	if (strchr(r->text, '/'))
		return read_path(r);
	if (file_has_extension(r->text, ".so"))
		return err_set(r->err, EINVAL,
			       "%s is '%s': a policy of your own is named by its path: write ./%s", r->shown,
			       r->text, r->text);
	struct policy policy;
	struct err why = {""};
	char name[POLICY_NAME_SIZE];
	int rc = r->options->policies && strchr(r->text, ':')
		     ? parameters_choose(r->text, &policy, name, &why)
		     : -ENOENT;
	if (rc == -ENOENT)
		return read_listed_name(r, r->options->policies);
	if (rc < 0)
		return err_set(r->err, EINVAL, "%s is '%s': %s", r->shown, r->text, why.text);
	return store_text(r, name);
}

// A listed network, or what opens files: a path, a name ending in .net, or weights behind an '@'; each may
// say how it is cut.
static int read_network(const struct reading *r)
{
	char file[PATH_MAX], name[PATH_MAX];
	struct err why = {""};
	if (network_check_cuts(r->text, &why) < 0)
		return err_set(r->err, EINVAL, "%s is '%s': %s", r->shown, r->text, why.text);
	snprintf(name, sizeof(name), "%.*s", (int)(network_cuts(r->text) - r->text), r->text);
	struct reading named = *r;
	named.text = name;
	snprintf(file, sizeof(file), "%s.net", r->text);
	bool is_file = strpbrk(r->text, "/@") || file_has_extension(name, ".net");
	bool is_missing =
	    is_file ? !file_is_there(r->folder, r->text) : !is_listed(&named, r->options->networks);
	if (is_missing && file_is_there(r->folder, file))
		return err_set(r->err, EINVAL, "%s is '%s': there is no such network; did you mean %s%s?",
			       r->shown, r->text, is_file ? "" : "./", file);
	if (!is_file)
		return is_missing ? read_listed_name(&named, r->options->networks) : read_text(r);
	file_of_network(file, sizeof(file), r->folder, r->text);
	return store_text(r, file);
}

// Each as ues.network; "none" = nothing.
static int read_networks(const struct reading *r)
{
	char rest[2048], all[4096] = "", name[NETWORK_NAME];
	struct schema_key one = *r->key;
	snprintf(rest, sizeof(rest), "%s", strcmp(r->text, "none") == 0 ? "" : r->text);
	one.size = sizeof(name);
	int n = 0, rc = strlen(r->text) < sizeof(rest) ? 0 : -EINVAL;
	char *at = rest;
	for (char *word; rc == 0 && *rest && (word = strsep(&at, ","));) {
		while (*word == ' ')
			word++;
		struct reading reading = *r;
		reading.key = &one;
		reading.text = word;
		reading.field = name;
		rc = *word ? read_network(&reading)
			   : err_set(r->err, EINVAL, "%s has an empty place", r->shown);
		size_t used = strlen(all);
		snprintf(all + used, sizeof(all) - used, "%s%s", used ? "," : "", rc == 0 ? name : "");
		n++;
	}
	if (rc == 0 && (n > TOPOLOGY_MAX_VARIANTS || strlen(all) >= r->key->size))
		rc = err_set(r->err, EINVAL, "%s has %d networks: at most %d, with short names", r->shown, n,
			     TOPOLOGY_MAX_VARIANTS);
	if (rc == 0)
		memcpy(r->field, all, strlen(all) + 1);
	return rc;
}

static int read_subnet(const struct reading *r)
{
	char address[32], *slash, *end = NULL;
	snprintf(address, sizeof(address), "%s", r->text);
	slash = strchr(address, '/');
	struct in_addr in;
	long prefix = slash ? strtol(slash + 1, &end, 10) : -1;
	if (slash)
		*slash = '\0';
	if (!slash || !isdigit((unsigned char)slash[1]) || *end || inet_pton(AF_INET, address, &in) != 1)
		return err_set(r->err, EINVAL, "%s is '%s': must be an IPv4 network such as 198.18.0.0/16",
			       r->shown, r->text);
	if (prefix < 8 || prefix > 30)
		return err_set(r->err, EINVAL, "%s is %s: its prefix must be from 8 to 30 bits", r->shown,
			       r->text);
	struct topology_subnet subnet = {ntohl(in.s_addr), (int)prefix};
	if (subnet.base & (0xffffffffu >> prefix))
		return err_set(r->err, EINVAL, "%s is %s: the address has bits beyond its prefix", r->shown,
			       r->text);
	memcpy(r->field, &subnet, sizeof(subnet));
	return 0;
}

static int read_points(const struct reading *r)
{
	return points_read(r->field, r->shown, r->text, r->err);
}

static int read_filter(const struct reading *r)
{
	struct capture_filter *filter = capture_filter_new(r->text, r->err);
	if (!filter) {
		err_prefix(r->err, "%s", r->shown);
		return -EINVAL;
	}
	capture_filter_free(filter);
	return read_text(r);
}

int value_read(const struct schema_key *key, const char *shown, const char *text, const char *folder,
	       const struct topology_options *options, void *base, struct err *err)
{
	const struct reading r = {key, shown, text, folder, options, (char *)base + key->offset, err};
	if (text[0] == '\0')
		return err_set(err, EINVAL, "%s has no value", shown);
	switch (key->kind) {
	case KEY_INTEGER:
		return read_integer(&r);
	case KEY_QUANTITY:
		return read_quantity(&r);
	case KEY_TIME:
		return read_time(&r);
	case KEY_SIZE:
		return read_size(&r);
	case KEY_RANGE:
		return read_range(&r);
	case KEY_WORD:
		return read_word(&r);
	case KEY_BOOL:
		return read_bool(&r);
	case KEY_NAME:
		return read_name(&r);
	case KEY_TEXT:
		return read_text(&r);
	case KEY_PATH:
		return read_path(&r);
	case KEY_PROFILE:
		return read_profile(&r);
	case KEY_POLICY:
		return read_policy(&r);
	case KEY_NETWORK:
		return read_network(&r);
	case KEY_NETWORKS:
		return read_networks(&r);
	case KEY_SUBNET:
		return read_subnet(&r);
	case KEY_POINTS:
		return read_points(&r);
	case KEY_FILTER:
		return read_filter(&r);
	}
	return err_set(err, EINVAL, "%s is of no known kind", shown);
}

void value_unset(const struct schema_key *key, void *base)
{
	void *field = (char *)base + key->offset;
	const struct topology_range nothing = {NAN, NAN};
	memset(field, 0, key->size);
	if (key->kind == KEY_RANGE)
		memcpy(field, &nothing, sizeof(nothing));
	else if (key->kind == KEY_QUANTITY)
		memcpy(field, &nothing.low, sizeof(nothing.low));
}

void value_copy(const struct schema_key *key, void *to, const void *from)
{
	memcpy((char *)to + key->offset, (const char *)from + key->offset, key->size);
}

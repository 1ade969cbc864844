// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/network.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/builtin.h"
#include "dnn/description.h"
#include "dnn/hash.h"

// Part of every hash: raised when the same description and seed come to mean other weights.
static const char weights_version[] = "he-normal 1";

static int parse_outline(struct network **out, const char *text, const char *where, uint64_t weight_seed,
			 struct err *err)
{
	*out = NULL;
	struct network_store *store = calloc(1, sizeof(*store));
	if (!store)
		return err_set(err, ENOMEM, "%s: out of memory", where);
	int r = description_parse(store, text, where, err);
	if (r < 0) {
		free(store);
		return r;
	}
	struct network *net = &store->net;
	net->description_hash = hash_bytes(HASH_START, text, strlen(text));
	net->weight_seed = weight_seed;
	net->hash = hash_bytes(net->description_hash, &weight_seed, sizeof(weight_seed));
	net->hash = hash_bytes(net->hash, weights_version, sizeof(weights_version));
	*out = net;
	return 0;
}

int network_parse(struct network **out, const char *text, const char *where, uint64_t weight_seed,
		  struct err *err)
{
	int r = parse_outline(out, text, where, weight_seed, err);
	struct network *net = *out;
	if (!net)
		return r;
	r = weights_draw((struct network_store *)net);
	if (r < 0) {
		network_free(net);
		*out = NULL;
		return err_set(err, -r, "%s: no memory for the weights", where);
	}
	return 0;
}

static char *read_description(const char *path, struct err *err)
{
	enum { LIMIT = 1 << 20 };
	FILE *file = fopen(path, "re");
	if (!file) {
		err_sys(err, errno, "cannot read the network description %s", path);
		return NULL;
	}
	char *text = malloc(LIMIT + 1);
	size_t size = text ? fread(text, 1, LIMIT + 1, file) : 0;
	int code = !text ? ENOMEM : ferror(file) ? EIO : size > LIMIT ? EFBIG : 0;
	fclose(file);
	if (code == 0 && memchr(text, '\0', size))
		code = EINVAL;
	if (code) {
		free(text);
		err_sys(err, code, "%s is not a network description (text of at most 1 MiB)", path);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

static const struct builtin_network *find_builtin(const char *name)
{
	for (const struct builtin_network *b = builtin_networks; b->name; b++)
		if (strcmp(b->name, name) == 0)
			return b;
	return NULL;
}

static bool is_path(const char *name)
{
	size_t n = strlen(name);
	return strchr(name, '/') || (n > 4 && strcmp(name + n - 4, ".net") == 0);
}

static int open_file(struct network **out, const char *path, uint64_t weight_seed, struct err *err)
{
	char *text = read_description(path, err);
	if (!text)
		return -errno;
	int r = network_parse(out, text, path, weight_seed, err);
	free(text);
	return r;
}

static int refuse_name(const char *name, struct err *err)
{
	char names[256] = "";
	for (const struct builtin_network *b = builtin_networks; b->name; b++) {
		size_t n = strlen(names);
		snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "", b->name);
	}
	return err_set(err, ENOENT, "there is no network '%s': built in are %s; a file's name ends in .net",
		       name, names);
}

int network_open(struct network **out, const char *name, uint64_t weight_seed, struct err *err)
{
	*out = NULL;
	if (is_path(name))
		return open_file(out, name, weight_seed, err);
	const struct builtin_network *b = find_builtin(name);
	return b ? network_parse(out, b->text, b->file, weight_seed, err) : refuse_name(name, err);
}

int network_outline(struct network **out, const char *name, uint64_t weight_seed, struct err *err)
{
	*out = NULL;
	const struct builtin_network *b = find_builtin(name);
	return b ? parse_outline(out, b->text, b->file, weight_seed, err) : refuse_name(name, err);
}

void network_free(struct network *net)
{
	if (!net)
		return;
	struct network_store *store = (struct network_store *)net;
	free(store->weights);
	free(store);
}

const char *const *network_names(void)
{
	return builtin_network_names;
}

int64_t network_cut_values(const struct network *net, int cut)
{
	return shape_values(cut == 0 ? net->subtasks[0].in : net->subtasks[cut - 1].out);
}

int64_t network_cut_bits(const struct network *net, int cut)
{
	return network_cut_values(net, cut) * (cut == 0 ? 8 : 32);
}

double network_work_flop(const struct network *net, int subtask)
{
	return 2.0 * (double)net->subtasks[subtask].macs;
}

void network_input_from_u8(const struct network *net, const uint8_t *u8, float *out)
{
	int64_t n = network_cut_values(net, 0);
	for (int64_t i = 0; i < n; i++)
		out[i] = (float)u8[i] / 127.5f - 1.0f;
}

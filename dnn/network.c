// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/network.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "dnn/builtin_private.h"
#include "dnn/dag/recut.h"
#include "dnn/description.h"
#include "dnn/features.h"
#include "dnn/hash.h"
#include "dnn/layers/layers.h"
#include "dnn/weights_file_private.h"

// Part of every hash: raised when the same description and seed, or file, come to mean other weights.
static const char drawn_version[] = "he-normal 1", file_version[] = "safetensors 1";

static int parse_outline(struct network_store **out, const char *text, const char *where,
			 uint64_t weight_seed, struct err *err)
{
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
	net->hash = hash_bytes(net->hash, drawn_version, sizeof(drawn_version));
	*out = store;
	return 0;
}

// Takes what a file holds in place of the seed.
static int use_file(struct network_store *store, const struct safetensors *file, bool load, struct err *err)
{
	uint64_t content = safetensors_hash(file);
	struct network *net = &store->net;
	net->hash = hash_bytes(net->description_hash, &content, sizeof(content));
	net->hash = hash_bytes(net->hash, file_version, sizeof(file_version));
	snprintf(net->weights_file, sizeof(net->weights_file), "%s", safetensors_where(file));
	return load ? weights_load(store, file, err) : 0;
}

static int draw(struct network_store *store, struct err *err)
{
	return weights_draw(store) < 0
		   ? err_set(err, ENOMEM, "no memory for the weights of %s", store->net.name)
		   : 0;
}

static int hand_over(struct network **out, struct network_store *store, int r)
{
	if (r < 0)
		network_free(&store->net);
	else
		*out = &store->net;
	return r;
}

int network_parse(struct network **out, const char *text, const char *where, uint64_t weight_seed,
		  struct err *err)
{
	*out = NULL;
	struct network_store *store = NULL;
	int r = parse_outline(&store, text, where, weight_seed, err);
	if (!store)
		return r;
	if (store->weights_file[0])
		r = err_set(err, EINVAL, "%s: it names the weights %s: only a description file can", where,
			    store->weights_file);
	return hand_over(out, store, r < 0 ? r : draw(store, err));
}

int network_parse_with_weights(struct network **out, const char *text, const void *weights, size_t size,
			       const char *where, struct err *err)
{
	*out = NULL;
	struct network_store *store = NULL;
	struct safetensors *file = NULL;
	int r = parse_outline(&store, text, where, 0, err);
	if (!store)
		return r;
	r = safetensors_parse(&file, weights, size, where, err);
	if (r == 0)
		r = use_file(store, file, true, err);
	safetensors_close(file);
	return hand_over(out, store, r);
}

// Whether there is a file of this name with .net, which was left out.
static bool has_description(const char *name, char *file, size_t size)
{
	snprintf(file, size, "%s.net", name);
	return access(file, R_OK) == 0;
}

static char *read_description(const char *path, struct err *err)
{
	enum { LIMIT = DESCRIPTION_MAX_BYTES };
	char near[NETWORK_REFERENCE_MAX + 8];
	FILE *file = fopen(path, "re");
	if (!file) {
		int missing = errno;
		if (missing == ENOENT && has_description(path, near, sizeof(near)))
			err_set(err, ENOENT, "there is no network description %s; did you mean %s?", path,
				near);
		else
			err_sys(err, missing, "cannot read the network description %s", path);
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
		err_sys(err, code, "%s is not a network description (text of at most %d MiB)", path,
			LIMIT >> 20);
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

static int refuse_name(const char *name, struct err *err)
{
	char names[256] = "";
	for (const struct builtin_network *b = builtin_networks; b->name; b++) {
		size_t n = strlen(names);
		snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "", b->name);
	}
	char near[300], file[NETWORK_REFERENCE_MAX + 8];
	struct nearest nearest = nearest_to(name);
	for (const struct builtin_network *b = builtin_networks; b->name; b++)
		nearest_offer(&nearest, b->name);
	if (has_description(name, file, sizeof(file)))
		nearest.best = file;
	return err_set(err, ENOENT, "there is no network '%s': built in are %s; a file's name ends in .net%s",
		       name, names, nearest_text(&nearest, near, sizeof(near)));
}

// A reference taken apart.
struct reference {
	char name[NETWORK_REFERENCE_MAX];	 // of a built-in network or a description file
	char cuts[32];				 // a word behind ':', "" = as described
	char weights[2 * NETWORK_REFERENCE_MAX]; // file, "" = none
	const struct builtin_network *built_in;	 // whose own weights these are, else NULL
};

// Takes ":articulations" off the name.
static int split_cuts(struct reference *r, struct err *err)
{
	char *cuts = r->name + (network_cuts(r->name) - r->name);
	int rc = network_check_cuts(r->name, err);
	if (rc < 0 || !*cuts)
		return rc;
	snprintf(r->cuts, sizeof(r->cuts), "%s", cuts + 1);
	*cuts = '\0';
	return 0;
}

static int split_reference(struct reference *r, const char *text, struct err *err)
{
	static const char extension[] = ".safetensors";
	size_t n = strlen(text), m = strlen(extension);
	*r = (struct reference){.name = ""};
	if (n >= sizeof(r->name))
		return err_set(err, ENAMETOOLONG, "the network '%.40s...' has more than %zu characters", text,
			       sizeof(r->name) - 1);
	memcpy(r->name, text, n);
	if (n < m || strcmp(text + n - m, extension) != 0)
		return split_cuts(r, err);
	char *at = strrchr(r->name, '@');
	if (!at)
		return err_set(err, EINVAL, "'%s' is weights only: write NETWORK@%s", text, text);
	*at = '\0';
	snprintf(r->weights, sizeof(r->weights), "%s", at + 1);
	return split_cuts(r, err);
}

// The weights that a description names, seen from its folder.
static void join_folder(char *out, size_t size, const char *description, const char *file)
{
	const char *slash = strrchr(description, '/');
	int folder = *file == '/' || !slash ? 0 : (int)(slash + 1 - description);
	snprintf(out, size, "%.*s%s", folder, description, file);
}

static int parse_reference(struct network_store **out, const struct reference *reference,
			   uint64_t weight_seed, struct err *err)
{
	if (is_path(reference->name)) {
		char *text = read_description(reference->name, err);
		if (!text)
			return -errno;
		int r = parse_outline(out, text, reference->name, weight_seed, err);
		free(text);
		return r;
	}
	const struct builtin_network *b = find_builtin(reference->name);
	return b ? parse_outline(out, b->text, b->file, weight_seed, err) : refuse_name(reference->name, err);
}

// The weights that the description names: beside it, or built in.
static void name_weights(struct reference *reference, const char *file)
{
	const struct builtin_network *b = is_path(reference->name) ? NULL : find_builtin(reference->name);
	join_folder(reference->weights, sizeof(reference->weights), b ? b->file : reference->name, file);
	reference->built_in = b && b->weights ? b : NULL;
}

static int open_weights(struct safetensors **file, const struct reference *reference, struct err *err)
{
	const struct builtin_network *b = reference->built_in;
	return b ? safetensors_parse(file, b->weights, b->weights_size, reference->weights, err)
		 : safetensors_open(file, reference->weights, err);
}

static int open_reference(struct network **out, const char *text, uint64_t weight_seed, bool load,
			  struct err *err)
{
	*out = NULL;
	struct reference reference;
	struct network_store *store = NULL;
	struct safetensors *file = NULL;
	int r = split_reference(&reference, text, err);
	if (r == 0)
		r = parse_reference(&store, &reference, weight_seed, err);
	if (!store)
		return r;
	if (!*reference.weights && *store->weights_file)
		name_weights(&reference, store->weights_file);
	if (*reference.weights) {
		r = open_weights(&file, &reference, err);
		if (r == 0)
			r = use_file(store, file, load, err);
		safetensors_close(file);
	} else if (load) {
		r = draw(store, err);
	}
	if (r == 0 && *reference.cuts)
		r = network_recut(store, reference.cuts, err);
	return hand_over(out, store, r);
}

int network_open(struct network **out, const char *reference, uint64_t weight_seed, struct err *err)
{
	return open_reference(out, reference, weight_seed, true, err);
}

int network_outline(struct network **out, const char *reference, uint64_t weight_seed, struct err *err)
{
	return open_reference(out, reference, weight_seed, false, err);
}

void network_free(struct network *net)
{
	if (!net)
		return;
	struct network_store *store = (struct network_store *)net;
	free(store->recut);
	free(store->weights);
	free(store);
}

const char *const *network_names(void)
{
	return builtin_network_names;
}

int64_t network_cut_bits(const struct network *net, int cut)
{
	return network_cut_values(net, cut) * (cut == 0 && net->input_kind == INPUT_IMAGE ? 8 : 32) +
	       8 * features_table_bytes(net, cut);
}

double network_work_flop(const struct network *net, int subtask)
{
	return 2.0 * (double)net->subtasks[subtask].macs * (net->work_share > 0 ? net->work_share : 1);
}

void network_input_from_u8(const struct network *net, const uint8_t *u8, float *out)
{
	int64_t n = network_cut_values(net, 0);
	for (int64_t i = 0; i < n; i++)
		out[i] = (float)u8[i] / 127.5f - 1.0f;
}

void network_input_from_wire(const struct network *net, const void *wire, float *out)
{
	switch (net->input_kind) {
	case INPUT_IMAGE:
		network_input_from_u8(net, wire, out);
		return;
	case INPUT_POINTS:
		memcpy(out, wire, sizeof(float) * (size_t)network_cut_values(net, 0));
		return;
	}
}

bool network_selects(const struct network *net)
{
	for (int n = 0; n < network_parts(net); n++)
		for (int i = 0; i < net->subtasks[n].n_layers; i++)
			if (net->subtasks[n].layers[i].row->selects)
				return true;
	return false;
}

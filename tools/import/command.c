// SPDX-License-Identifier: BSD-3-Clause
#include "tools/import/command.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/argument.h"
#include "base/log.h"
#include "base/output.h"
#include "dnn/description.h"
#include "dnn/onnx/import.h"

enum { FAILED = 1, WRONG_INPUT = 2 }; // exit status
enum { MAX_CUTS = DESCRIPTION_MAX_SUBTASKS - 1 };

enum key { KEY_NAME = 256, KEY_OUTPUT, KEY_OPERATORS, KEY_INPUT_SHAPE, KEY_OVERWRITE, KEY_EXITS };

static const struct argp_option command_options[] = {
    {"cut-at", 'c', "VALUE[,VALUE...]", 0,
     "names of the model's values behind which a sub-task ends, as --list-cuts prints them; may be given "
     "several "
     "times; 'none': one sub-task",
     0},
    {"input-shape", KEY_INPUT_SHAPE, "SIDES", 0,
     "the input's sides in the model's order, such as 1x3x224x224, where the model leaves some open", 0},
    {"out", 'o', "FILE.net", 0, "write the description here (default: the model's name with .net)", 0},
    {"weights", 'w', "FILE.safetensors", 0,
     "write the weights here (default: beside the description, with .safetensors)", 0},
    {"name", KEY_NAME, "NAME", 0, "name of the network (default: from the description's file name)", 0},
    {"output", KEY_OUTPUT, "VALUE", 0, "the value that is the result (default: the model's only output)", 0},
    {"exits", KEY_EXITS, NULL, 0,
     "the model's other outputs are early exits (default: they are left out); the result is then the last "
     "one, "
     "or --output",
     0},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "replace a description and weights that are there", 0},
    {"list-cuts", 'l', NULL, 0, "only list the values at which the model can be cut", 0},
    {"operators", KEY_OPERATORS, NULL, 0, "only list the supported operators, as a Markdown table", 0},
    {0},
};

struct arguments {
	const char *model, *out, *weights, *name, *output, *input_shape;
	const char *cuts[MAX_CUTS + 1];
	int n_cuts;
	bool cuts_given, list, operators, overwrite, exits;
};

static void add_cuts(struct arguments *a, const char *list, struct argp_state *state)
{
	a->cuts_given = true;
	if (strcmp(list, "none") == 0)
		return;
	if (a->n_cuts == MAX_CUTS)
		argp_error(state, "more than %d cuts", MAX_CUTS);
	else
		a->cuts[a->n_cuts++] = list; // the model knows where its names end
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'c':
		add_cuts(a, value, state);
		return 0;
	case 'o':
		a->out = value;
		return 0;
	case 'w':
		a->weights = value;
		return 0;
	case KEY_NAME:
		a->name = value;
		return 0;
	case KEY_INPUT_SHAPE:
		a->input_shape = value;
		return 0;
	case KEY_OUTPUT:
		a->output = value;
		return 0;
	case KEY_EXITS:
		a->exits = true;
		return 0;
	case KEY_OVERWRITE:
		a->overwrite = true;
		return 0;
	case 'l':
		a->list = true;
		return 0;
	case KEY_OPERATORS:
		a->operators = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			return ARGP_ERR_UNKNOWN;
		a->model = value;
		return 0;
	case ARGP_KEY_END:
		if (!a->model && !a->operators)
			argp_error(state, "which model? Name an ONNX file");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_names(FILE *out)
{
	for (int i = 0; onnx_operator(i, NULL); i++)
		fprintf(out, "%s%s", i ? ", " : "", onnx_operator(i, NULL));
}

static void append_operators(FILE *out)
{
	fputs("\n\nOperators: ", out);
	print_names(out);
	fputc('.', out);
}

// --help ends with the operators by name.
static char *add_operators(int key, const char *text, void *input)
{
	(void)input;
	return argument_help_with(key, text, append_operators);
}

const struct argp import_argp = {
    .help_filter = add_operators,
    .options = command_options,
    .parser = parse,
    .args_doc = "MODEL.onnx",
    .doc =
	"Makes a network of an ONNX model: a description with the cuts you name, and its weights.\v"
	"A cut must be a value that everything behind it depends on alone: --list-cuts names those. A batch "
	"normalisation or an activation is folded into the layer before it unless you cut between them. "
	"The result is used as ./FILE.net wherever a network is named; tensors then lie row, column, "
	"channel. "
	"--operators and docs/networks.md list what is supported; the rest is refused by name.\n\n"
	"Example: airbatch import model.onnx --list-cuts; airbatch import model.onnx -c "
	"/pool/MaxPool_output_0 "
	"-o model.net; airbatch network ./model.net\n\n"
	"Exit status: 0 done, 1 a file could not be written, 2 wrong usage, or a model that cannot be read."};

struct bytes {
	void *data;
	size_t size;
};

static int map_file(struct bytes *b, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a FIFO must not hold us up
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0) {
		int code = errno;
		if (fd >= 0)
			close(fd);
		return err_sys(err, code, "cannot read the model %s", path);
	}
	bool fits = S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= INT_MAX;
	b->size = (size_t)st.st_size;
	b->data = fits ? mmap(NULL, b->size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	int code = errno;
	close(fd);
	if (!fits)
		return err_set(err, EINVAL, "%s: not an ONNX model (a file of at most 2 GiB)", path);
	return b->data == MAP_FAILED ? err_sys(err, code, "cannot map the model %s", path) : 0;
}

// "dir/resnet 18.onnx" with extension ".net" -> "dir/resnet 18.net".
static const char *with_extension(const char *path, const char *extension, char *buf, size_t size)
{
	const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
	int stem = dot && dot > (slash ? slash : path) ? (int)(dot - path) : (int)strlen(path);
	snprintf(buf, size, "%.*s%s", stem, path, extension);
	return buf;
}

// A network's name out of a file's: what a description does not take becomes '-'.
static const char *default_name(const char *path, char name[32])
{
	char stem[PATH_MAX];
	with_extension(path, "", stem, sizeof(stem));
	const char *slash = strrchr(stem, '/');
	snprintf(name, 32, "%.31s", slash ? slash + 1 : stem);
	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-_.", *c))
			*c = '-';
	return name;
}

static void print_operators(FILE *out)
{
	const char *means, *name;
	fputs("| operator | becomes |\n|---|---|\n", out);
	for (int i = 0; (name = onnx_operator(i, &means)); i++)
		fprintf(out, "| %s | %s |\n", name, means);
}

static void print_cuts(const struct onnx_network *net, FILE *out)
{
	fprintf(out, "%-40s %-14s %10s\n", "value to cut at", "tensor", "Mbit");
	for (int i = 0; i < net->n_cuts; i++) {
		const struct onnx_cut *c = &net->cuts[i];
		char shape[48];
		snprintf(shape, sizeof(shape), "%dx%dx%d", c->shape.height, c->shape.width,
			 c->shape.channels);
		fprintf(out, "%-40s %-14s %10.3f\n", c->value, shape, 32e-6 * (double)shape_values(c->shape));
	}
}

// Says on stderr what would be right, as far as the error leaves it open.
static void help_on(int code, const struct arguments *a, const struct bytes *b)
{
	if (code == -ENOTSUP) {
		fputs("supported operators: ", stderr);
		print_names(stderr);
		fputc('\n', stderr);
	}
	struct onnx_network *net = NULL;
	struct onnx_options plain = {.name = "n",
				     .output = a->output,
				     .input_shape = a->input_shape,
				     .exits = a->exits,
				     .keep_all = true};
	if (code == -ENOENT && onnx_import(&net, b->data, b->size, a->model, &plain, NULL) == 0)
		print_cuts(net, stderr);
	onnx_network_free(net);
}

// The network must be what any user of it will read: open it once.
static int save(const struct onnx_network *net, const char *path, const char *weights, struct err *err)
{
	struct network *read = NULL;
	int r = onnx_network_save(net, path, weights, err);
	r = r < 0 ? r : network_open(&read, path, 1, err);
	if (r == 0)
		printf("%s: %s, %d sub-task%s%s; `airbatch network %s` shows more\n", path, read->name,
		       read->n_subtasks, read->n_subtasks > 1 ? "s" : "",
		       read->n_exits ? " and early exits" : "", path);
	network_free(read);
	return r;
}

// An earlier import may be replaced: a description that names these weights. Descriptions that somebody wrote
// and weights that somebody trained are not lost unasked.
static int check_output(const struct arguments *a, const char *out, struct err *err)
{
	char beside[PATH_MAX], line[PATH_MAX + 2];
	const char *weights =
	    a->weights ? a->weights : with_extension(out, ".safetensors", beside, sizeof(beside));
	const char *slash = strrchr(weights, '/');
	snprintf(line, sizeof(line), "%s\n", slash ? slash + 1 : weights);
	if (a->overwrite || a->list)
		return 0;
	bool is_new = access(out, F_OK) < 0;
	int r = output_file(out, line, "import with these weights", "--out", err);
	return r < 0 || !is_new ? r : output_new_file(weights, "--overwrite", "--weights", err);
}

static int import(const struct arguments *a, const struct bytes *b, struct err *err)
{
	char path[PATH_MAX], name[32];
	const char *out = a->out ? a->out : with_extension(a->model, ".net", path, sizeof(path));
	struct onnx_options options = {.name = a->name ? a->name : default_name(out, name),
				       .output = a->output,
				       .cuts = a->cuts,
				       .input_shape = a->input_shape,
				       .exits = a->exits,
				       .keep_all = a->list};
	struct onnx_network *net;
	int r = onnx_import(&net, b->data, b->size, a->model, &options, err);
	if (r == 0 && !a->list && !a->cuts_given)
		r = err_set(err, ENOENT, "%s: where is it to be cut? --cut-at VALUE[,VALUE...], or none",
			    a->model);
	if (r < 0) {
		log_error("%s", err->text);
		help_on(r, a, b);
		onnx_network_free(net);
		return WRONG_INPUT;
	}
	if (a->list)
		print_cuts(net, stdout);
	else
		r = (r = check_output(a, out, err)) < 0 ? r : save(net, out, a->weights, err);
	onnx_network_free(net);
	if (r < 0)
		log_error("%s", err->text);
	return r == -EEXIST || r == -EISDIR ? WRONG_INPUT : r < 0 ? FAILED : 0;
}

int import_command(int argc, char **argv)
{
	struct arguments a = {0};
	argp_parse(&import_argp, argc, argv, 0, NULL, &a);
	if (a.operators) {
		print_operators(stdout);
		return 0;
	}
	struct err err = {""};
	struct bytes b = {0};
	int status = WRONG_INPUT;
	if (map_file(&b, a.model, &err) == 0)
		status = import(&a, &b, &err);
	else
		log_error("%s", err.text);
	if (b.data && b.data != MAP_FAILED)
		munmap(b.data, b.size);
	return status;
}

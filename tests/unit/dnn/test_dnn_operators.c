// SPDX-License-Identifier: BSD-3-Clause
// The laws of the tables of operators (dnn/layers): one row a kind, words that lead back to their rows, and
// lines that are read back as they were written.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dnn/layers/activations.h"
#include "dnn/layers/layers.h"
#include "dnn/network.h"
#include "dnn/onednn_recipe_private.h"
#include "dnn/onnx/import.h"

// Has every word of a layer, every option and every activation.
static const char every_word[] = "network all\n"
				 "input 8x8x4\n"
				 "subtask images\n"
				 "conv 3x3 8 stride 2x1 pad 1,1,1,0 dilation 1x2 as a\n"
				 "conv 1x1 8 groups 4 no-bias from a as b\n"
				 "add a relu6 as sum\n"
				 "depthwise 3x3 pad 1 bias as d\n"
				 "pool 2x2 pad 0,0,1,1 count-padding\n"
				 "maxpool 2x2 pad 1,1,0,0 as e\n"
				 "pool 2x2 from d as f\n"
				 "maxpool 2x2 from d as g\n"
				 "concat f,g\n"
				 "pool global\n"
				 "conv 1x1 8 sigmoid as gate\n"
				 "multiply gate from e hardswish\n"
				 "subtask numbers\n"
				 "activate silu\n"
				 "activate tanh\n"
				 "activate leakyrelu 0.1\n"
				 "activate elu 0.7\n"
				 "activate clip -1 2.5\n"
				 "activate hardsigmoid 0.2 0.5\n"
				 "softmax\n"
				 "rows 1 3\n"
				 "channels 2 5 as part\n"
				 "stack part,part as twice\n"
				 "conv 1x1 7 float64 relu\n"
				 "fc 30 no-bias\n"
				 "fc 192 as far\n"
				 "activate relu as near\n"
				 "pack near,far\n"
				 "subtask parts\n"
				 "unpack 2 as b\n"
				 "unpack 1\n"
				 "add b\n";

static const char every_point_word[] = "network points\n"
				       "input 64x1x4 points\n"
				       "subtask set\n"
				       "sample distance 16 as centres\n"
				       "group 0.7 8 centres from input\n"
				       "conv 1x1 31 relu\n"
				       "maxpool 1x8 as features\n"
				       "sample feature 16 as others\n"
				       "vote others 0.5,1,0.25 from centres as moved\n"
				       "nms moved 0.3 6 from features\n";

static void each_kind_has_one_whole_row(void **state)
{
	(void)state;
	for (enum layer_kind kind = 0; kind < N_LAYER_KINDS; kind++) {
		const struct layer_row *row = layer_row(kind);
		assert_non_null(row);
		assert_int_equal(row->kind, kind);
		assert_non_null(row->words[0].word);
		assert_non_null(row->size);
		assert_non_null(row->reference);
		assert_non_null(row->cuda);
		assert_true(row->onednn || row->code);
		assert_true(!row->onednn || row->onednn->describe);
		assert_true(!row->onednn || !row->weight == !row->onednn->weights);
		assert_true(!row->code || row->code->run);
		assert_true(!row->weight == (row->bias == BIAS_NONE));
		assert_int_equal(row->joins, !layer_takes(row, &option_from));
	}
	assert_null(layer_row(N_LAYER_KINDS));
	assert_null(layer_row((enum layer_kind) - 1));
}

static void words_are_unique_and_lead_back(void **state)
{
	(void)state;
	for (enum layer_kind kind = 0; kind < N_LAYER_KINDS; kind++) {
		const struct layer_row *row = layer_row(kind);
		for (int i = 0; i < LAYER_MAX_WORDS && row->words[i].word; i++) {
			const struct layer_word *found = NULL;
			assert_ptr_equal(layer_row_of_word(row->words[i].word, &found), row);
			assert_ptr_equal(found, &row->words[i]);
			assert_null(activation_of_word(row->words[i].word));
		}
		for (const char *const *name = row->onnx; *name; name++) {
			assert_ptr_equal(layer_row_of_onnx(*name), row);
			assert_null(activation_of_onnx(*name));
		}
	}
	const struct layer_word *found = NULL;
	assert_null(layer_row_of_word("", &found));
	assert_null(layer_row_of_onnx("Identity"));
}

static void each_activation_leads_back(void **state)
{
	(void)state;
	for (enum activation a = ACTIVATION_NONE; a < N_ACTIVATIONS; a++) {
		const struct activation_row *row = activation_row(a);
		assert_int_equal(activation_value(row), a);
		assert_non_null(row->apply);
		assert_int_equal(row->word == NULL, a == ACTIVATION_NONE);
		if (row->word)
			assert_ptr_equal(activation_of_word(row->word), row);
		if (row->onnx)
			assert_ptr_equal(activation_of_onnx(row->onnx), row);
	}
	assert_null(activation_of_word(NULL));
}

// An activation that is never negative makes no negative values, of two parameters of either sign.
static void activations_keep_their_promises(void **state)
{
	(void)state;
	for (enum activation a = ACTIVATION_NONE; a < N_ACTIVATIONS; a++) {
		const struct activation_row *row = activation_row(a);
		for (int alpha = -2; alpha <= 2; alpha++) {
			double v[] = {-1e9, -7, -1, -1e-9, 0, 1e-9, 1, 7, 1e9};
			enum { N = sizeof(v) / sizeof(v[0]) };
			row->apply(v, N, alpha, 0.5);
			for (int i = 0; i < N; i++) {
				assert_true(!row->never_negative || v[i] >= 0);
				assert_true(!row->rectifies || i > 4 || v[i] == 0);
			}
		}
	}
}

// What docs/networks.md says of an operator of ONNX, NULL when it is not read.
static const char *meaning_of(const char *operator_name)
{
	const char *means = NULL;
	for (int i = 0; onnx_operator(i, &means); i++)
		if (strcmp(onnx_operator(i, NULL), operator_name) == 0)
			return means;
	return NULL;
}

static void operators_of_onnx_mean_the_row(void **state)
{
	(void)state;
	char word[40];
	for (enum layer_kind kind = 0; kind < N_LAYER_KINDS; kind++)
		for (const char *const *name = layer_row(kind)->onnx; *name; name++) {
			snprintf(word, sizeof(word), "`%s", layer_row(kind)->words[0].word);
			assert_non_null(meaning_of(*name));
			assert_non_null(strstr(meaning_of(*name), word));
		}
	for (enum activation a = ACTIVATION_NONE + 1; a < N_ACTIVATIONS; a++) {
		const struct activation_row *row = activation_row(a);
		if (!row->onnx)
			continue;
		snprintf(word, sizeof(word), "`%s`", row->word);
		assert_non_null(meaning_of(row->onnx));
		assert_non_null(strstr(meaning_of(row->onnx), word));
	}
}

static const char *name_of(int layer, char *buf, size_t size)
{
	snprintf(buf, size, layer < 0 ? "input" : "L%d", layer);
	return buf;
}

static void write_line(FILE *text, const struct layer *l, int index)
{
	char buf[LAYER_MAX_INPUTS][16];
	const char *names[LAYER_MAX_INPUTS];
	for (int i = 0; i < l->n_inputs; i++)
		names[i] = name_of(l->input[i], buf[i], sizeof(buf[i]));
	layer_write(text, l, names);
	if (!l->row->joins)
		fprintf(text, " from %s", names[0]);
	fprintf(text, " as L%d\n", index);
}

static void write_lines(FILE *text, const struct subtask *part)
{
	for (int i = 0; i < part->n_layers; i++)
		write_line(text, &part->layers[i], i);
}

// The network as a description. The caller frees.
static char *write_network(const struct network *net)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	struct shape in = net->subtasks[0].in;
	assert_non_null(file);
	fprintf(file, "network %s\ninput %dx%dx%d%s\n", net->name, in.height, in.width, in.channels,
		net->input_kind == INPUT_POINTS ? " points"
		: net->pentominoes		? " pentominoes"
						: "");
	if (net->accuracy > 0)
		fprintf(file, "accuracy %.17g\n", net->accuracy);
	for (int n = 0; n < net->n_subtasks; n++) {
		int exit = network_exit_at(net, n + 1);
		fprintf(file, "subtask %s\n", net->subtasks[n].name);
		write_lines(file, &net->subtasks[n]);
		if (exit) {
			fprintf(file, "exit %d", exit);
			if (net->exit_accuracy)
				fprintf(file, " accuracy %.17g", net->exit_accuracy[exit - 1]);
			fputc('\n', file);
			write_lines(file, &net->subtasks[network_head(net, exit)]);
		}
	}
	fclose(file);
	return text;
}

static void assert_same_layer(const struct layer *a, const struct layer *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_ptr_equal(a->row, layer_row(a->kind));
	assert_ptr_equal(a->row, b->row);
	assert_memory_equal(&a->in, &b->in, sizeof(a->in));
	assert_memory_equal(&a->out, &b->out, sizeof(a->out));
	assert_int_equal(a->activation, b->activation);
	assert_true(a->alpha == b->alpha && a->beta == b->beta);
	assert_int_equal(a->bias_kind, b->bias_kind);
	assert_int_equal(a->macs, b->macs);
	assert_true(a->distance_flop == b->distance_flop);
	assert_int_equal(a->n_inputs, b->n_inputs);
	assert_memory_equal(a->input, b->input, sizeof(int) * (size_t)a->n_inputs);
}

// Reads what was written of the network, and writes that again.
static void check_round_trip(const struct network *net)
{
	struct network *read = NULL;
	struct err err = {0};
	char *text = write_network(net);
	if (network_parse(&read, text, net->name, 1, &err) < 0)
		fail_msg("%s in\n%s", err.text, text);
	assert_int_equal(read->n_subtasks, net->n_subtasks);
	assert_int_equal(read->n_exits, net->n_exits);
	assert_memory_equal(read->exit_subtasks, net->exit_subtasks, sizeof(int) * (size_t)net->n_exits);
	for (int n = 0; n < network_parts(net); n++) {
		assert_int_equal(read->subtasks[n].n_layers, net->subtasks[n].n_layers);
		assert_int_equal(read->subtasks[n].parameters, net->subtasks[n].parameters);
		for (int i = 0; i < net->subtasks[n].n_layers; i++)
			assert_same_layer(&net->subtasks[n].layers[i], &read->subtasks[n].layers[i]);
	}
	char *again = write_network(read);
	assert_string_equal(text, again);
	free(text);
	free(again);
	network_free(read);
}

static void lines_are_read_as_they_were_written(void **state)
{
	(void)state;
	const char *const texts[] = {every_word, every_point_word};
	bool seen[N_LAYER_KINDS] = {false}, applied[N_ACTIVATIONS] = {false};
	struct err err = {0};
	for (int k = 0; k < 2; k++) {
		struct network *net = NULL;
		if (network_parse(&net, texts[k], "words", 1, &err) < 0)
			fail_msg("%s", err.text);
		check_round_trip(net);
		for (int n = 0; n < net->n_subtasks; n++)
			for (int i = 0; i < net->subtasks[n].n_layers; i++) {
				seen[net->subtasks[n].layers[i].kind] = true;
				applied[net->subtasks[n].layers[i].activation] = true;
			}
		network_free(net);
	}
	for (int i = 0; i < N_LAYER_KINDS; i++)
		assert_true(seen[i]);
	for (int i = 0; i < N_ACTIVATIONS; i++)
		assert_true(applied[i]);
}

static void networks_are_read_as_they_were_written(void **state)
{
	(void)state;
	struct err err = {0};
	for (const char *const *name = network_names(); *name; name++) {
		struct network *net = NULL;
		assert_int_equal(network_outline(&net, *name, 1, &err), 0);
		double work = 0;
		for (int n = 0; n < net->n_subtasks; n++)
			work += (double)net->subtasks[n].parameters;
		if (work < 1e7) // reading draws the weights
			check_round_trip(net);
		network_free(net);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_kind_has_one_whole_row),
	    cmocka_unit_test(words_are_unique_and_lead_back),
	    cmocka_unit_test(each_activation_leads_back),
	    cmocka_unit_test(activations_keep_their_promises),
	    cmocka_unit_test(operators_of_onnx_mean_the_row),
	    cmocka_unit_test(lines_are_read_as_they_were_written),
	    cmocka_unit_test(networks_are_read_as_they_were_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

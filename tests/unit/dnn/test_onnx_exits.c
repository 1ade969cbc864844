// SPDX-License-Identifier: BSD-3-Clause
// ONNX models with several outputs: a network with early exits, written as a model and read again, is the
// same network; what cannot be an exit is refused.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dnn/reference.h"
#include "tests/unit/dnn/exits_lab.h"
#include "tests/unit/dnn/onnx_export.h"

static void assert_same_part(const struct network *a, const struct network *b, int part)
{
	const struct subtask *s = &a->subtasks[part], *t = &b->subtasks[part];
	assert_int_equal(s->n_layers, t->n_layers);
	assert_memory_equal(&s->in, &t->in, sizeof(s->in));
	assert_memory_equal(&s->out, &t->out, sizeof(s->out));
	for (int i = 0; i < s->n_layers; i++) {
		const struct layer *k = &s->layers[i], *l = &t->layers[i];
		assert_int_equal(k->kind, l->kind);
		assert_int_equal(k->activation, l->activation);
		assert_memory_equal(k->input, l->input, sizeof(int) * (size_t)k->n_inputs);
		if (k->weight)
			assert_memory_equal(k->weight, l->weight,
					    sizeof(float) * (size_t)layer_weight_values(k));
		if (k->bias)
			assert_memory_equal(k->bias, l->bias, sizeof(float) * (size_t)k->out.channels);
	}
}

// Cut at cut 2 as told, and where heads begin.
static void a_network_is_read_as_it_was_written(void **state)
{
	(void)state;
	struct maker m;
	struct network *net = exits_lab_network(), *read;
	struct onnx_network *made;
	struct rng *rng = rng_new(3, 0, RNG_TEST, 0);
	struct err err = {""};
	static const char *const cuts[] = {"cut2", NULL};
	const struct onnx_options options = {.name = "odd", .cuts = cuts, .exits = true};
	size_t size;
	export_network(&m, net, false, rng);
	uint8_t *bytes = maker_pack(&m, &size);
	if (lab_import_with(&read, &made, bytes, size, &options, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(read->n_subtasks, net->n_subtasks);
	assert_int_equal(read->n_exits, net->n_exits);
	assert_null(read->exit_accuracy);
	assert_memory_equal(read->exit_subtasks, net->exit_subtasks, sizeof(int) * (size_t)net->n_exits);
	for (int part = 0; part < network_parts(net); part++)
		assert_same_part(net, read, part);
	onnx_network_free(made);
	network_free(read);
	const struct onnx_options plain = {.name = "odd", .cuts = cuts, .output = "cut4"};
	assert_int_equal(lab_import_with(&read, NULL, bytes, size, &plain, &err), 0);
	assert_int_equal(read->n_exits, 0);
	assert_int_equal(read->n_subtasks, 2);
	network_free(read);
	network_free(net);
	rng_free(rng);
	free(bytes);
	maker_close(&m);
}

// x -> a -> b -> y, in 1x1 convolutions of two channels; the other nodes and outputs are the caller's.
static void begin(struct maker *m)
{
	static const float w[] = {1, 2, 3, 4};
	maker_open(m, 13);
	maker_input(m, "x", 4, (int64_t[]){1, 2, 3, 3});
	maker_floats(m, "w", 4, (int64_t[]){2, 2, 1, 1}, w);
	maker_node(m, "Conv", "x w", "a");
	maker_node(m, "Conv", "a w", "b");
	maker_node(m, "Conv", "b w", "y");
}

static void refuse(struct maker *m, const char *result, const char *sentence)
{
	struct network *net;
	struct err err = {""};
	size_t size;
	const struct onnx_options options = {.name = "n", .exits = true, .output = result};
	uint8_t *bytes = maker_pack(m, &size);
	assert_true(lab_import_with(&net, NULL, bytes, size, &options, &err) < 0);
	if (!strstr(err.text, sentence))
		fail_msg("'%s' does not say '%s'", err.text, sentence);
	free(bytes);
	maker_close(m);
}

static void what_is_no_exit_is_refused(void **state)
{
	(void)state;
	struct maker m;
	begin(&m); // a branch around `a`, from which the head comes
	maker_node(&m, "Add", "y x", "z");
	maker_node(&m, "Conv", "a w", "e");
	maker_output(&m, "e");
	maker_output(&m, "z");
	refuse(&m, NULL, "'e' is no early exit: a branch of the network goes around");
	begin(&m);
	maker_output(&m, "b");
	maker_output(&m, "y");
	refuse(&m, NULL, "'b' is no early exit: it is a tensor of the network itself");
	begin(&m);
	maker_node(&m, "Conv", "x w", "e");
	maker_output(&m, "e");
	maker_output(&m, "y");
	refuse(&m, NULL, "'e' is no early exit: it begins at the network's input");
	begin(&m);
	maker_node(&m, "Conv", "y w", "e");
	maker_output(&m, "y");
	maker_output(&m, "e");
	refuse(&m, "y", "'e' is no early exit: it begins at the network's result");
	begin(&m);
	maker_node(&m, "Add", "a b", "e");
	maker_output(&m, "e");
	maker_output(&m, "y");
	refuse(&m, NULL, "'e' is no early exit: it depends on several tensors");
	begin(&m);
	maker_node(&m, "Conv", "a w", "s");
	maker_node(&m, "Conv", "s w", "e");
	maker_node(&m, "Conv", "s w", "f");
	maker_output(&m, "e");
	maker_output(&m, "f");
	maker_output(&m, "y");
	refuse(&m, NULL, "'f' is no early exit: it shares layers with another exit");
	begin(&m);
	maker_node(&m, "Conv", "a w", "e");
	maker_node(&m, "Conv", "a w", "f");
	maker_output(&m, "e");
	maker_output(&m, "f");
	maker_output(&m, "y");
	refuse(&m, NULL, "two outputs begin at one tensor");
	begin(&m);
	maker_node(&m, "GlobalAveragePool", "a", "e");
	maker_output(&m, "e");
	maker_output(&m, "y");
	refuse(&m, NULL, "exit 1 answers 1x1x2, the network 3x3x2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_network_is_read_as_it_was_written),
	    cmocka_unit_test(what_is_no_exit_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

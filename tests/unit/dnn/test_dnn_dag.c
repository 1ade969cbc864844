// SPDX-License-Identifier: BSD-3-Clause
// Where a network's graph can be cut, by brute force; and that whatever is cut anew computes what it did.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dag_lab.h"
#include "dnn/dag/recut.h"
#include "dnn/reference.h"
#include "dnn_lab.h"

enum { GRAPHS = 2000, DRAWN = 60 };

static uint64_t seed;

// Whether a path leads from the input to the result without passing `removed`.
static bool is_connected_without(const struct dag *g, int removed)
{
	bool reached[DAG_LAB_NODES] = {false};
	reached[0] = removed != 0;
	for (int i = 1; i < g->n; i++)
		for (int k = g->first[i]; i != removed && k < g->first[i + 1]; k++)
			reached[i] |= reached[g->reads[k]];
	return reached[g->n - 1];
}

static void articulation_points_are_those_whose_removal_disconnects(void **state)
{
	(void)state;
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 0);
	for (int i = 0; i < GRAPHS; i++) {
		struct dag_lab lab;
		bool articulation[DAG_LAB_NODES];
		dag_lab_draw(&lab, rng);
		dag_articulations(&lab.dag, articulation);
		for (int node = 0; node < lab.dag.n; node++)
			assert_int_equal(articulation[node], !is_connected_without(&lab.dag, node));
	}
	rng_free(rng);
}

static bool is_carried(const struct dag *g, const int *stage, int cut, int node)
{
	bool carried = node == g->n - 1 && stage[node] <= cut;
	for (int i = 0; i < g->n; i++)
		for (int k = g->first[i]; k < g->first[i + 1]; k++)
			carried |= stage[node] <= cut && stage[i] > cut && g->reads[k] == node;
	return carried;
}

static void cuts_at_articulation_points_carry_one_tensor(void **state)
{
	(void)state;
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 1);
	for (int i = 0; i < GRAPHS; i++) {
		struct dag_lab lab;
		bool articulation[DAG_LAB_NODES];
		int stage[DAG_LAB_NODES], until[DAG_LAB_NODES];
		dag_lab_draw(&lab, rng);
		dag_articulations(&lab.dag, articulation);
		int n = dag_chain_articulations(&lab.dag, articulation, stage);
		dag_carried_until(&lab.dag, stage, until);
		for (int cut = 0; cut <= n; cut++) {
			int carried = 0;
			for (int node = 0; node < lab.dag.n; node++) {
				bool is = stage[node] <= cut && cut < until[node];
				assert_int_equal(is, is_carried(&lab.dag, stage, cut, node));
				carried += is;
			}
			assert_int_equal(carried, 1);
		}
	}
	rng_free(rng);
}

static struct network *parse(const char *text, const char *cuts)
{
	struct err err = {""};
	struct network *net;
	if (network_parse(&net, text, "random.net", 7, &err) < 0 ||
	    (cuts && network_recut((struct network_store *)net, cuts, &err) < 0))
		fail_msg("%s\n%s", err.text, text);
	return net;
}

static double *draw_input(const struct network *net)
{
	int64_t n = network_cut_values(net, 0);
	double *in = calloc((size_t)n, sizeof(*in));
	for (int64_t i = 0; i < n; i++)
		in[i] = (double)(float)((double)(i * 37 % 101) / 50 - 1);
	return in;
}

// Head and tail at every cut give the whole network's result to the bit.
static void assert_cuts_keep_result(const struct network *whole, const struct network *net)
{
	int last = net->n_subtasks;
	size_t n = (size_t)network_cut_values(whole, whole->n_subtasks);
	double *in = draw_input(whole), *right = calloc(n, sizeof(*right)), *out = calloc(n, sizeof(*out));
	double *tensor = calloc((size_t)network_largest_cut(net, 0, last), sizeof(*tensor));
	assert_int_equal(reference_run(whole, 0, whole->n_subtasks, in, right), 0);
	for (int cut = 0; cut <= last; cut++) {
		assert_int_equal(reference_run(net, 0, cut, in, tensor), 0);
		assert_int_equal(reference_run(net, cut, last, tensor, out), 0);
		assert_memory_equal(out, right, n * sizeof(*out));
	}
	free(in);
	free(right);
	free(out);
	free(tensor);
}

static void assert_executor_agrees(struct network *net)
{
	struct lab lab;
	struct executor *e;
	struct err err = {""};
	lab_open(&lab, net, 3);
	if (executor_open(&e, "cpu", net, NULL, &err) < 0)
		fail_msg("%s", err.text);
	for (int n = 0; n < net->n_subtasks; n++)
		for (int batch = 1; batch <= 3; batch += 2) {
			lab_run(&lab, e, n, batch);
			for (int i = 0; i < batch; i++)
				lab_assert_close(&lab, lab.out[i], lab.truth[i][n + 1],
						 network_cut_values(net, n + 1), n, batch);
		}
	executor_close(e);
	lab_close(&lab);
}

static void assert_same_work(const struct network *a, const struct network *b)
{
	int64_t macs = 0, parameters = 0;
	for (int n = 0; n < a->n_subtasks; n++) {
		macs += a->subtasks[n].macs;
		parameters += a->subtasks[n].parameters;
	}
	for (int n = 0; n < b->n_subtasks; n++) {
		macs -= b->subtasks[n].macs;
		parameters -= b->subtasks[n].parameters;
	}
	assert_int_equal(macs, 0);
	assert_int_equal(parameters, 0);
}

static void random_networks_compute_the_same_at_every_cut(void **state)
{
	(void)state;
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 2);
	for (int i = 0; i < DRAWN; i++) {
		char *text = dag_lab_description(rng);
		for (const char *const *word = network_cut_words; *word; word++) {
			struct network *whole = parse(text, NULL), *net = parse(text, *word);
			assert_same_work(whole, net);
			assert_cuts_keep_result(whole, net);
			assert_executor_agrees(net);
			network_free(whole);
		}
		free(text);
	}
	rng_free(rng);
}

static void heads_stay_behind_their_layers(void **state)
{
	(void)state;
	struct network *net =
	    parse("network exits\ninput 8x8x3\nsubtask a\nconv 3x3 4 relu\nconv 3x3 4 relu\n"
		  "exit 1\npool global\nfc 5\nsubtask b\nconv 3x3 4\npool global\nfc 5\n",
		  "articulations");
	assert_string_equal(net->name, "exits:articulations");
	assert_int_equal(net->n_subtasks, 5);
	assert_int_equal(net->exit_subtasks[0], 2);
	assert_string_equal(net->subtasks[1].name, "a-2");
	assert_string_equal(net->subtasks[network_head(net, 1)].name, "exit1");
	assert_memory_equal(&net->subtasks[5].in, &net->subtasks[1].out, sizeof(struct shape));
	network_free(net);
}

static void builtin_graphs_become_chains(void **state)
{
	(void)state;
	// The pieces: resnet-18 has a stem of 2, 8 blocks and 2 at the end; googlenet 5, 9 modules with one
	// pool behind 3b and one behind 4e, and 2; a chain has one piece a layer.
	static const struct {
		const char *name;
		int n;
	} rows[] = {{"resnet-18:articulations", 12},
		    {"googlenet:articulations", 18},
		    {"alexnet:articulations", 11},
		    {"vgg-16:articulations", 21}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct network *net, *plain;
		struct err err = {""};
		char name[32];
		if (network_outline(&net, rows[i].name, 1, &err) < 0)
			fail_msg("%s", err.text);
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(rows[i].name, ":"), rows[i].name);
		assert_int_equal(network_outline(&plain, name, 1, &err), 0);
		assert_int_equal(net->n_subtasks, rows[i].n);
		assert_string_equal(net->name, rows[i].name);
		assert_true(net->hash != plain->hash && net->description_hash != plain->description_hash);
		assert_same_work(net, plain);
		network_free(net);
		network_free(plain);
	}
}

static void refuse(const char *reference, const char *sentence)
{
	struct network *net;
	struct err err = {""};
	assert_true(network_outline(&net, reference, 1, &err) < 0);
	if (!strstr(err.text, sentence))
		fail_msg("'%s' lacks '%s'", err.text, sentence);
}

static void wrong_cuts_are_refused(void **state)
{
	(void)state;
	refuse("resnet-18:articulation", "did you mean articulations?");
	refuse("resnet-18:", "a network cannot be cut at ''");
	refuse("resnet-19:articulations", "there is no network 'resnet-19'");
	refuse("alexnet:articulations@none.safetensors", "none.safetensors");
}

int main(void)
{
	seed = dag_lab_seed("test_dnn_dag");
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(articulation_points_are_those_whose_removal_disconnects),
	    cmocka_unit_test(cuts_at_articulation_points_carry_one_tensor),
	    cmocka_unit_test(random_networks_compute_the_same_at_every_cut),
	    cmocka_unit_test(heads_stay_behind_their_layers),
	    cmocka_unit_test(builtin_graphs_become_chains),
	    cmocka_unit_test(wrong_cuts_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

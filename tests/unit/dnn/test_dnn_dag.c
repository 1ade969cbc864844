// SPDX-License-Identifier: BSD-3-Clause
// Where a network's graph can be cut, by brute force; and that whatever is cut anew computes what it did.
#include <errno.h>
#include <math.h>
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
#include "dnn/features.h"
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

// Work and values of a set of nodes; false when it is no cut.
static bool measure(const struct dag *g, unsigned set, int64_t *work, int64_t *values)
{
	unsigned carried = 0;
	*work = *values = 0;
	for (int i = 0; i < g->n; i++)
		for (int k = g->first[i]; k < g->first[i + 1]; k++) {
			bool has = set >> g->reads[k] & 1;
			if (set >> i & 1 && !has)
				return false;
			if (!(set >> i & 1) && has)
				carried |= 1u << g->reads[k];
		}
	for (int i = 0; i < g->n; i++) {
		*work += set >> i & 1 ? g->work[i] : 0;
		*values += carried >> i & 1 || (i == g->n - 1 && set >> i & 1) ? g->values[i] : 0;
	}
	return true;
}

static unsigned set_of(const struct dag *g, const int *stage, int cut)
{
	unsigned set = 0;
	for (int i = 0; i < g->n; i++)
		set |= (unsigned)(stage[i] <= cut) << i;
	return set;
}

static double best_of_all(const struct dag *g, double weight)
{
	double best = INFINITY;
	int64_t work, values;
	for (unsigned set = 1; set < 1u << g->n; set += 2)
		if (measure(g, set, &work, &values))
			best = fmin(best, (double)values + weight * (double)work);
	return best;
}

static double best_of_chain(const struct dag *g, const int *stage, double weight)
{
	double best = INFINITY;
	int64_t work, values;
	for (int cut = 0; cut <= stage[g->n - 1]; cut++) {
		assert_true(measure(g, set_of(g, stage, cut), &work, &values));
		best = fmin(best, (double)values + weight * (double)work);
	}
	return best;
}

static bool is_articulation_cut(const struct dag *g, const bool *articulation, const int *stage, int cut)
{
	for (int i = 0; i < g->n; i++)
		if (articulation[i] && stage[i] == cut && set_of(g, stage, cut) == (2u << i) - 1)
			return true;
	return false;
}

// Whatever work weighs against values, no cut of the graph is better than the best of the chain; and every
// cut across branches carries less than all before it.
static void cuts_across_branches_are_the_best_of_all_cuts(void **state)
{
	(void)state;
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 3);
	int across = 0;
	for (int i = 0; i < GRAPHS; i++) {
		struct dag_lab lab;
		bool articulation[DAG_LAB_NODES];
		int stage[DAG_LAB_NODES];
		dag_lab_draw(&lab, rng);
		dag_articulations(&lab.dag, articulation);
		int n = dag_chain_branches(&lab.dag, articulation, 128, 1 << 20, stage);
		assert_int_equal(stage[lab.dag.n - 1], n);
		int64_t least = INT64_MAX, work, values;
		for (int cut = 1; cut <= n; cut++) {
			assert_true(measure(&lab.dag, set_of(&lab.dag, stage, cut), &work, &values));
			bool is_one = is_articulation_cut(&lab.dag, articulation, stage, cut);
			assert_true(is_one || values < least);
			least = values < least ? values : least;
			across += !is_one;
		}
		for (int k = 0; k < 12; k++) {
			double weight = k < 11 ? rng_uniform(rng, 0, 2) : 0;
			assert_true(fabs(best_of_chain(&lab.dag, stage, weight) -
					 best_of_all(&lab.dag, weight)) < 1e-6);
		}
	}
	printf("%d cuts across branches\n", across);
	assert_true(across > 0);
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
	int across = 0;
	for (int i = 0; i < DRAWN; i++) {
		char *text = dag_lab_description(rng);
		for (const char *const *word = network_cut_words; *word; word++) {
			struct network *whole = parse(text, NULL), *net = parse(text, *word);
			for (int cut = 1; cut < net->n_subtasks; cut++)
				across +=
				    network_cut_tensors(net, cut, (struct shape[CUT_MAX_TENSORS]){{0}}) > 1;
			assert_same_work(whole, net);
			assert_cuts_keep_result(whole, net);
			assert_executor_agrees(net);
			network_free(whole);
		}
		free(text);
	}
	printf("%d cuts across branches\n", across);
	assert_true(across > 0);
	rng_free(rng);
}

// Any chain of cuts: a layer goes at random together with the last one that it reads, or one stage later.
static int draw_stages(const struct network *net, struct rng *rng, int *stage)
{
	const struct subtask *t = &net->subtasks[0];
	bool used[DESCRIPTION_MAX_SUBTASKS + 1] = {false};
	int number[DESCRIPTION_MAX_SUBTASKS + 1] = {0}, most = 1, n = 0;
	stage[0] = 0;
	for (int i = 0; i < t->n_layers; i++) {
		int after = 1;
		for (int k = 0; k < t->layers[i].n_inputs; k++)
			after = stage[t->layers[i].input[k] + 1] > after ? stage[t->layers[i].input[k] + 1]
									 : after;
		after += after < DESCRIPTION_MAX_SUBTASKS && rng_below(rng, 2);
		most = after > most ? after : most;
		stage[i + 1] = i == t->n_layers - 1 ? most : after;
		used[stage[i + 1]] = true;
	}
	for (int s = 1; s <= most; s++)
		number[s] = used[s] ? ++n : 0;
	for (int i = 1; i <= t->n_layers; i++)
		stage[i] = number[stage[i]];
	return n;
}

static void random_networks_compute_the_same_in_any_chain(void **state)
{
	(void)state;
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 4);
	int most = 0;
	for (int i = 0; i < DRAWN; i++) {
		char *text = dag_lab_description(rng);
		struct network *whole = parse(text, NULL), *net = parse(text, NULL);
		struct err err = {""};
		int stage[256], n = draw_stages(whole, rng, stage);
		assert_int_equal(network_recut_at((struct network_store *)net, stage, &err), 0);
		assert_int_equal(net->n_subtasks, n);
		for (int cut = 1; cut < n; cut++) {
			int tensors = network_cut_tensors(net, cut, (struct shape[CUT_MAX_TENSORS]){{0}});
			most = tensors > most ? tensors : most;
		}
		assert_same_work(whole, net);
		assert_cuts_keep_result(whole, net);
		assert_executor_agrees(net);
		network_free(whole);
		free(text);
	}
	printf("up to %d tensors at a cut\n", most);
	assert_true(most > 2);
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
	} rows[] = {{"resnet-18:articulations", 12}, {"googlenet:articulations", 18},
		    {"googlenet:branches", 22},	     {"resnet-18:branches", 12},
		    {"alexnet:articulations", 11},   {"vgg-16:articulations", 21}};
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

// The values behind the first kernels of each branch of 4a: 192, 96, 16 and 64 channels.
static void googlenet_is_cut_across_a_module(void **state)
{
	(void)state;
	static const int channels[] = {192, 96, 16, 64};
	struct network *net;
	struct err err = {""};
	struct shape tensors[CUT_MAX_TENSORS];
	assert_int_equal(network_outline(&net, "googlenet:branches", 1, &err), 0);
	int n = 0;
	while (strcmp(net->subtasks[n].name, "4a-1") != 0)
		n++;
	assert_int_equal(network_cut_tensors(net, n + 1, tensors), 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(tensors[i].height, 14);
		assert_int_equal(tensors[i].channels, channels[i]);
	}
	assert_int_equal(network_cut_values(net, n + 1), 14 * 14 * 368);
	assert_int_equal(network_cut_bits(net, n + 1), 32 * 14 * 14 * 368 + 4 * 128);
	assert_int_equal(network_cut_tensors(net, n + 2, tensors), 1);
	network_free(net);
}

#define PACKING                                                                                              \
	"network by-hand\ninput 4x4x3\nsubtask a\nconv 1x1 4 relu as x\nmaxpool 3x3 pad 1 from input as y\n"

static void a_description_may_pack(void **state)
{
	(void)state;
	static const char text[] =
	    PACKING "pack x,y,input\nsubtask b\nunpack 2 as y\nunpack 1 as x\nunpack 3 as z\n"
		    "concat x,y,z\nconv 1x1 2\n";
	struct network *net = parse(text, NULL), *anew = parse(text, "articulations");
	assert_int_equal(network_cut_values(net, 1), 16 * 10);
	assert_int_equal(anew->n_subtasks, 2);
	assert_int_equal(anew->subtasks[0].n_layers, 3);
	assert_same_work(net, anew);
	assert_cuts_keep_result(net, anew);
	assert_executor_agrees(net);
	network_free(anew);
}

static void wrong_packing_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text, *sentence;
	} rows[] = {
	    {"pack x,y\nsubtask b\nconv 1x1 2\n",
	     "x.net:8: sub-task a packs 2 tensors: take one with 'unpack NUMBER as NAME'"},
	    {"pack x,y\nsubtask b\nunpack 3\n", "x.net:8: tensor 3 of 2 that sub-task a packs"},
	    {"pack x,y\nsubtask b\nunpack 0\n", "x.net:8: the tensor's number is '0'"},
	    {"pack x,y\nconv 1x1 2\n", "x.net:7: 'conv' behind 'pack', which ends a sub-task"},
	    {"pack x,y\n", "x.net:6: sub-task a is the last one: it ends in one tensor, not in 'pack'"},
	    {"pack x\n", "'pack' joins two layers or more"},
	    {"pack x,y\nexit 1\n", "x.net:7: an exit behind sub-task a, which packs several tensors"},
	    {"concat x,y\nexit 1\npool global as g\npack g,g\n", "x.net:9: 'pack' in head exit1"},
	    {"concat x,y\nsubtask b\nunpack 1\n",
	     "x.net:8: 'unpack' in sub-task b: it stands behind a sub-task that ends in 'pack'"},
	    {"pack x,y\nsubtask b\nunpack 1\nsubtask c\nconv 1x1 2\n",
	     "x.net:9: nothing in sub-task b takes tensor 2 of 2 that sub-task a packs"},
	    {"unpack 1\n", "x.net:6: 'unpack' in sub-task a"},
	    {"pack x,y\nsubtask b\nunpack 1 as u\nunpack 2 as v\nadd u\n", "cannot add 4x4x4 to 4x4x3"},
	    {"concat x,y\nadd below\nconv 1x1 4 as below\n", "no layer of sub-task a is called 'below'"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[400];
		struct network *net;
		struct err err = {""};
		snprintf(text, sizeof(text), PACKING "%s", rows[i].text);
		assert_true(network_parse(&net, text, "x.net", 1, &err) < 0);
		if (!strstr(err.text, rows[i].sentence))
			fail_msg("'%s' lacks '%s'", err.text, rows[i].sentence);
	}
}

// Each tensor with its own scale, and a table in front that must be this cut's.
static void features_of_several_tensors_travel_behind_a_table(void **state)
{
	(void)state;
	struct network *net =
	    parse(PACKING "pack x,y,input\nsubtask b\nunpack 2 as y\nunpack 1 as x\nunpack 3 as z\n"
			  "concat x,y,z\n",
		  NULL);
	float values[160], back[160];
	uint8_t wire[3 * FEATURES_TABLE_ROW + sizeof(values)];
	struct err err = {""};
	for (int i = 0; i < 160; i++)
		values[i] = (float)(i % 7) * (i < 64 ? 1.0f : 1000.0f);
	assert_int_equal(features_table_bytes(net, 1), 48);
	assert_int_equal(features_table_bytes(net, 0), 0);
	assert_int_equal(features_table_bytes(net, 2), 0);
	assert_int_equal(features_cut_bytes(net, 1, FEATURES_FP32), 48 + 640);
	assert_int_equal(features_cut_bytes(net, 1, FEATURES_FP16), 48 + 320);
	assert_int_equal(features_cut_bytes(net, 1, FEATURES_INT8), 48 + 3 * FEATURES_INT8_HEADER + 160);
	for (int f = 0; f < FEATURES_COUNT; f++) {
		assert_int_equal(features_encode_cut(net, 1, (enum features)f, values, wire, &err), 0);
		assert_int_equal(features_decode_cut(net, 1, (enum features)f, wire, back, &err), 0);
		for (int i = 0; i < 160; i++)
			assert_true(fabsf(back[i] - values[i]) <= (f == 0 ? 0 : i < 64 ? .0121f : 12.1f));
		for (size_t i = 0; i < 3 * FEATURES_TABLE_ROW; i++) {
			wire[i] ^= 1;
			assert_int_equal(features_decode_cut(net, 1, (enum features)f, wire, back, &err),
					 -EPROTO);
			wire[i] ^= 1;
		}
	}
	assert_non_null(strstr(err.text, "tensor 3 of 3 at cut 1 is 4x4x3 in"));
	network_free(net);
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
	refuse("resnet-18:branches@trained", "a network cannot be cut at 'branches@trained'");
	refuse("resnet-19:articulations", "there is no network 'resnet-19'");
	refuse("alexnet:articulations@none.safetensors", "none.safetensors");
}

int main(void)
{
	seed = dag_lab_seed("test_dnn_dag");
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(articulation_points_are_those_whose_removal_disconnects),
	    cmocka_unit_test(cuts_at_articulation_points_carry_one_tensor),
	    cmocka_unit_test(cuts_across_branches_are_the_best_of_all_cuts),
	    cmocka_unit_test(random_networks_compute_the_same_at_every_cut),
	    cmocka_unit_test(random_networks_compute_the_same_in_any_chain),
	    cmocka_unit_test(heads_stay_behind_their_layers),
	    cmocka_unit_test(builtin_graphs_become_chains),
	    cmocka_unit_test(googlenet_is_cut_across_a_module),
	    cmocka_unit_test(a_description_may_pack),
	    cmocka_unit_test(wrong_packing_is_refused),
	    cmocka_unit_test(features_of_several_tensors_travel_behind_a_table),
	    cmocka_unit_test(wrong_cuts_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

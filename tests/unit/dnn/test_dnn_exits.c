// SPDX-License-Identifier: BSD-3-Clause
// Early exits: how a description says them and what is refused, drawn weights and weights from a file, and
// executors against the reference: every head, and batches that shrink at every exit.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dnn/profile.h"
#include "tests/unit/dnn/exits_lab.h"
#include "tests/unit/dnn/refusals.h"

#define HEAD "network n\ninput 8x8x4\nsubtask A\nconv 3x3 6 pad 1 relu\n"
#define ANSWER "pool global\nfc 5\n"
#define LAST "subtask B\nfc 5\n"

static void exits_stand_behind_sub_tasks(void **state)
{
	(void)state;
	struct network *net = exits_lab_network();
	assert_int_equal(net->n_subtasks, 4);
	assert_int_equal(net->n_exits, 2);
	assert_int_equal(network_parts(net), 6);
	assert_int_equal(net->exit_subtasks[0], 1);
	assert_int_equal(net->exit_subtasks[1], 3);
	assert_true(net->exit_accuracy[0] == .5 && net->exit_accuracy[1] == .75 && net->accuracy == 1);
	for (int e = 1; e <= 2; e++) {
		int head = network_head(net, e), cut = net->exit_subtasks[e - 1];
		assert_int_equal(network_part_cut(net, head), cut);
		assert_int_equal(network_exit_at(net, cut), e);
		assert_memory_equal(&net->subtasks[head].in, &net->subtasks[cut - 1].out,
				    sizeof(struct shape));
		assert_memory_equal(&net->subtasks[head].out, &net->subtasks[3].out, sizeof(struct shape));
		assert_int_equal(network_cut_values(net, head + 1), network_cut_values(net, 4));
	}
	assert_int_equal(network_exit_at(net, 2), 0);
	assert_int_equal(network_exit_at(net, 4), 0);
	assert_string_equal(net->subtasks[network_head(net, 2)].name, "exit2");
	for (int n = 0; n < 4; n++)
		assert_int_equal(network_part_cut(net, n), n);
	network_free(net);
}

// Accuracies are told for all or for nobody.
static void accuracies_may_be_untold(void **state)
{
	(void)state;
	struct network *net;
	struct err err = {""};
	assert_int_equal(network_parse(&net, HEAD "exit 1\n" ANSWER LAST, "t", 1, &err), 0);
	assert_null(net->exit_accuracy);
	assert_true(net->accuracy == 0);
	network_free(net);
	assert_int_equal(network_parse(&net, "network n\naccuracy 0.25\ninput 1x1x4\n" LAST, "t", 1, &err),
			 0);
	assert_true(net->accuracy == .25);
	assert_int_equal(net->n_exits, 0);
	network_free(net);
}

static void bad_exits_are_refused(void **state)
{
	(void)state;
	static const struct refusal rows[] = {
	    {"network n\ninput 8x8x4\nexit 1\n", 3, "before the first sub-task"},
	    {HEAD "exit 1\n" ANSWER, 5, "behind the last sub-task A"},
	    {HEAD "exit 1\n" ANSWER LAST "exit 2\n" ANSWER, 10, "behind the last sub-task B"},
	    {HEAD "exit 1\n" ANSWER "exit 2\n" ANSWER LAST, 8, "sub-task A has exit 1 already"},
	    {HEAD "exit 2\n" ANSWER LAST, 5, "this one is 'exit 1'"},
	    {HEAD "exit 1\n" ANSWER "subtask C\nconv 1x1 6\nexit 1\n" ANSWER LAST, 10,
	     "this one is 'exit 2'"},
	    {HEAD "exit\n" ANSWER LAST, 5, "exit's number"},
	    {HEAD "exit 0\n" ANSWER LAST, 5, "exit's number"},
	    {HEAD "exit one\n" ANSWER LAST, 5, "exit's number"},
	    {HEAD "exit 1\n" LAST, 6, "head exit1 has no layer"},
	    {HEAD "exit 1\npool global\n" LAST, 5, "exit 1 answers 1x1x6, the network 1x1x5"},
	    {HEAD "exit 1\nfc 6\n" LAST, 5, "exit 1 answers 1x1x6, the network 1x1x5"},
	    {HEAD "exit 1\nconv 9x9 5\n" LAST, 6, "does not fit"},
	    {HEAD "exit 1\npool global\nadd a\n" LAST, 7, "no layer of head exit1 is called 'a'"},
	    {HEAD "exit 1\nfc 5 as a\nfc 5 from input\n" LAST, 6, "nothing in head exit1 uses"},
	    {HEAD "exit 1 0.5\n" ANSWER LAST, 5, "only 'accuracy A' may follow"},
	    {HEAD "exit 1 accuracy\n" ANSWER LAST, 5, "a share above 0, at most 1"},
	    {HEAD "exit 1 accuracy 1.5\n" ANSWER LAST, 5, "a share above 0, at most 1"},
	    {HEAD "exit 1 accuracy -0.5\n" ANSWER LAST, 5, "a share above 0, at most 1"},
	    {HEAD "exit 1 accuracy 0\n" ANSWER LAST, 5, "a share above 0, at most 1"},
	    {HEAD "exit 1 accuracy nan\n" ANSWER LAST, 5, "a share above 0, at most 1"},
	    {HEAD "exit 1 accuracy 50%\n" ANSWER LAST, 5, "a share above 0, at most 1"},
	    {HEAD "exit 1 accuracy 0x1p-1\n" ANSWER LAST, 5, "a share above 0, at most 1"},
	    {HEAD "exit 1 accuracy 0.5 more\n" ANSWER LAST, 5, "nothing may follow"},
	    {HEAD "exit 1 accuracy 0.5\n" ANSWER LAST, 5, "the network does not"},
	    {"network n\naccuracy 0.9\ninput 1x1x4\nsubtask A\nfc 9\nexit 1\nfc 5\n" LAST, 6,
	     "exit 1 does not"},
	    {"network n\naccuracy 1.01\n", 2, "a share above 0, at most 1"},
	    {"network n\naccuracy 0.9\naccuracy 0.9\n", 3, "a second 'accuracy': line 2"},
	    {"network n\ninput 1x1x4\nsubtask exit1\nfc 9\nexit 1\nfc 5\n" LAST, 5,
	     "a sub-task exit1 already"},
	    {"network n\ninput 1x1x4\nsubtask A\nfc 9\nexit 1\nfc 5\nsubtask exit1\nfc 5\n", 7,
	     "a head exit1 already"},
	};
	expect_refusals(rows, sizeof(rows) / sizeof(rows[0]));
}

// Whatever is cut off or flipped, the parser answers: a sentence or a sound network.
static void damaged_exits_do_no_harm(void **state)
{
	(void)state;
	char *text = strdup(exits_lab_text);
	for (size_t at = 0; at < strlen(exits_lab_text); at++)
		for (const char *with = "\n 19"; *with; with++) {
			text[at] = *with;
			struct network *net;
			struct err err = {""};
			int r = network_parse(&net, text, "t", 1, &err);
			assert_true(r == 0 ? net != NULL : net == NULL && strncmp(err.text, "t:", 2) == 0);
			network_free(net);
			text[at] = exits_lab_text[at];
		}
	free(text);
}

static const struct layer *layer_of(const struct network *net, int part, int layer)
{
	return &net->subtasks[part].layers[layer];
}

// Heads change nobody else's weights, and a file keeps every bit of theirs.
static void heads_have_weights(void **state)
{
	(void)state;
	struct network *net = exits_lab_network(), *plain, *read;
	struct err err = {""};
	assert_int_equal(network_parse(&plain, exits_lab_plain, "t", 7, &err), 0);
	assert_true(plain->hash != net->hash && plain->n_exits == 0);
	for (int n = 0; n < 4; n++)
		for (int i = 0; i < net->subtasks[n].n_layers; i++)
			if (layer_of(net, n, i)->weight)
				assert_true(layer_of(net, n, i)->weight[0] ==
					    layer_of(plain, n, i)->weight[0]);
	char file[] = "/tmp/exits-XXXXXX.safetensors", path[] = "/tmp/exits-XXXXXX.net", reference[128];
	close(mkstemps(file, 12));
	close(mkstemps(path, 4));
	FILE *f = fopen(path, "w");
	fputs(exits_lab_text, f);
	fclose(f);
	snprintf(reference, sizeof(reference), "%s@%s", path, file);
	if (network_save_weights(net, file, &err) < 0 || network_open(&read, reference, 1, &err) < 0)
		fail_msg("%s", err.text);
	for (int n = 0; n < network_parts(net); n++)
		for (int i = 0; i < net->subtasks[n].n_layers; i++)
			if (layer_of(net, n, i)->weight)
				assert_memory_equal(layer_of(net, n, i)->weight, layer_of(read, n, i)->weight,
						    sizeof(float) *
							(size_t)layer_weight_values(layer_of(net, n, i)));
	unlink(file);
	unlink(path);
	network_free(net);
	network_free(plain);
	network_free(read);
}

static void cpu_agrees_with_the_reference(void **state)
{
	(void)state;
	struct lab lab;
	struct executor *e;
	struct err err = {""};
	lab_open(&lab, exits_lab_network(), LAB_MAX_USERS);
	if (executor_open(&e, "cpu", lab.net, NULL, &err) < 0 || executor_prepare(e, 3, &err) < 0)
		fail_msg("%s", err.text);
	for (int part = 0; part < network_parts(lab.net); part++)
		for (int batch = 1; batch <= LAB_MAX_USERS; batch++) {
			lab_run(&lab, e, part, batch);
			for (int i = 0; i < batch; i++)
				lab_assert_close(&lab, lab.out[i], lab.truth[i][part + 1],
						 network_cut_values(lab.net, part + 1), part, batch);
		}
	exits_lab_check_shrinking(&lab, e, "cpu");
	assert_int_equal(executor_run(e, network_parts(lab.net), 1, NULL, NULL, NULL, &err), -EINVAL);
	executor_close(e);
	lab_close(&lab);
}

// A head that took its sub-task's time would never end here.
static void replayed_heads_take_no_time(void **state)
{
	(void)state;
	struct network *net = exits_lab_network();
	struct profile *profile = profile_new(net, 2);
	struct executor *e;
	struct err err = {""};
	assert_non_null(profile);
	for (int i = 0; i < 2 * net->n_subtasks; i++)
		profile->entries[i] = (struct profile_entry){.median_s = i < 2 ? 1e-6 : 1e6, .p95_s = 1e6};
	profile_make_monotone(profile);
	if (executor_open(&e, "replay", net, &(struct executor_options){.profile = profile}, &err) < 0)
		fail_msg("%s", err.text);
	const struct executor_leavers one = {.n = 1}, nobody = {.n = 0}, three = {.n = 3};
	int64_t ns = 0;
	assert_int_equal(executor_run_block(e, 0, 2, NULL, NULL, &one, &ns, &err), 0);
	assert_true(ns >= 1000);
	assert_int_equal(executor_run_block(e, 0, 2, NULL, NULL, &nobody, NULL, &err), 0);
	assert_int_equal(executor_run(e, network_head(net, 2), 2, NULL, NULL, NULL, &err), 0);
	assert_int_equal(executor_run_block(e, 0, 2, NULL, NULL, &three, NULL, &err), -EINVAL);
	assert_int_equal(executor_run_block(e, 1, 2, NULL, NULL, &one, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.text, "no exit there"));
	executor_close(e);
	profile_free(profile);
	network_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(exits_stand_behind_sub_tasks), cmocka_unit_test(accuracies_may_be_untold),
	    cmocka_unit_test(bad_exits_are_refused),	    cmocka_unit_test(damaged_exits_do_no_harm),
	    cmocka_unit_test(heads_have_weights),	    cmocka_unit_test(cpu_agrees_with_the_reference),
	    cmocka_unit_test(replayed_heads_take_no_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

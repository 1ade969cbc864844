// SPDX-License-Identifier: BSD-3-Clause
// Every sub-task of every built-in network: the cpu executor against the reference at b = 1, 2, 5; every
// split against the unsplit network. Plain, with fewer pixels than published, so that five users' references
// cost little and sanitizers get to see everything; as `test_dnn_networks full` with the published 224x224.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dnn/reference.h"
#include "tests/unit/dnn/dnn_lab.h"

enum { AS_PUBLISHED = 0 };

static struct row {
	const char *name;
	int side; // height and width of the input
} rows[] = {
    {"alexnet", 96},
    {"googlenet", 64},
    {"mobilenet-v1", 64},
    {"mobilenet-v1-0.75", 64},
    {"mobilenet-v1-0.5", 64},
    {"mobilenet-v1-0.25", 64},
    {"mobilenet-v2", AS_PUBLISHED}, // its last pool is 7x7
    {"resnet-18", 64},
    {"resnet-50", 64},
    {"vgg-16", 32},
};
enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

static struct network *parse(const char *text, const char *name)
{
	struct network *net;
	struct err err;
	if (network_parse(&net, text, name, 5, &err) < 0)
		fail_msg("%s", err.text);
	return net;
}

static struct executor *open_cpu(const struct network *net)
{
	struct executor *e;
	assert_int_equal(executor_open(&e, "cpu", net, NULL, NULL), 0);
	return e;
}

static void check_batches(struct lab *lab, struct executor *e)
{
	static const int batches[] = {1, 2, 5};
	for (int n = 0; n < lab->net->n_subtasks; n++) {
		for (size_t k = 0; k < sizeof(batches) / sizeof(batches[0]); k++) {
			lab_run(lab, e, n, batches[k]);
			for (int i = 0; i < batches[k]; i++)
				lab_assert_close(lab, lab->out[i], lab->truth[i][n + 1],
						 network_cut_values(lab->net, n + 1), n, batches[k]);
		}
	}
}

// An edge continues from any tensor of the device with the device's own bits, sub-task by sub-task: so a
// split at any cut gives the unsplit chain's result.
static void check_splits(struct lab *lab, struct executor *device)
{
	const struct network *net = lab->net;
	struct executor *edge = open_cpu(net);
	float *tensor[LAB_MAX_CUTS];
	lab_chain(lab, device, tensor);
	for (int n = 0; n < net->n_subtasks; n++) {
		assert_int_equal(
		    executor_run(edge, n, 1, (const float *const *)&tensor[n], &lab->out[0], NULL, NULL), 0);
		assert_memory_equal(lab->out[0], tensor[n + 1],
				    sizeof(float) * (size_t)network_cut_values(net, n + 1));
	}
	lab_assert_close(lab, tensor[net->n_subtasks], lab->truth[0][net->n_subtasks],
			 network_cut_values(net, net->n_subtasks), net->n_subtasks, 1);
	for (int p = 0; p <= net->n_subtasks; p++)
		free(tensor[p]);
	executor_close(edge);
}

// The cuts are taken out of the description (possible where no line names a layer or the sub-task's input):
// one sub-task, the same weights, other memory and fusions, the same result.
static void check_uncut(struct lab *lab, const char *text)
{
	if (strstr(text, " as ") || strstr(text, " input\n"))
		return;
	char *uncut = calloc(1, strlen(text) + 1), *to = uncut;
	const char *first = strstr(text, "\nsubtask ") + 1;
	for (const char *line = text, *end; *line; line = end) {
		end = line + strcspn(line, "\n");
		end += *end == '\n';
		if (line <= first || strncmp(line, "subtask ", 8) != 0)
			to = mempcpy(to, line, (size_t)(end - line));
	}
	struct network *net = parse(uncut, lab->net->name);
	assert_int_equal(net->n_subtasks, 1);
	struct executor *e = open_cpu(net);
	int last = lab->net->n_subtasks;
	assert_int_equal(
	    executor_run(e, 0, 1, (const float *const *)&lab->truth[0][0], &lab->out[0], NULL, NULL), 0);
	lab_assert_close(lab, lab->out[0], lab->truth[0][last], network_cut_values(lab->net, last), last, 1);
	executor_close(e);
	network_free(net);
	free(uncut);
}

// Untrained weights prove nothing if what tells inputs apart had faded on the way.
static void check_results_differ(const struct lab *lab)
{
	int last = lab->net->n_subtasks;
	double apart =
	    relative_error(lab->truth[0][last], lab->truth[1][last], network_cut_values(lab->net, last));
	if (!(apart > 100 * LAB_TOLERANCE))
		fail_msg("%s: results of two inputs differ by %g", lab->net->name, apart);
}

static void test_network(void **state)
{
	const struct row *row = *state;
	char *text = lab_description(row->name, row->side);
	struct lab lab;
	lab_open(&lab, parse(text, row->name), 5);
	struct executor *e = open_cpu(lab.net);
	check_results_differ(&lab);
	check_batches(&lab, e);
	check_splits(&lab, e);
	check_uncut(&lab, text);
	executor_close(e);
	lab_close(&lab);
	free(text);
}

// A network that is added is judged, or this says that it is not. Those over points: test_dnn_3dssd; over
// pentominoes: test_dnn_pentominoes.
static void test_every_network_has_a_row(void **state)
{
	(void)state;
	for (const char *const *name = network_names(); *name; name++) {
		struct network *net;
		assert_int_equal(network_outline(&net, *name, 0, NULL), 0);
		int found = net->input_kind == INPUT_POINTS || net->pentominoes;
		network_free(net);
		for (size_t i = 0; i < N_ROWS; i++)
			found += strcmp(rows[i].name, *name) == 0;
		if (!found)
			fail_msg("no row for %s", *name);
	}
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[N_ROWS + 1] = {cmocka_unit_test(test_every_network_has_a_row)};
	for (size_t i = 0; i < N_ROWS; i++) {
		if (argc > 1 && strcmp(argv[1], "full") == 0)
			rows[i].side = AS_PUBLISHED;
		tests[i + 1] = (struct CMUnitTest){rows[i].name, test_network, NULL, NULL, (void *)&rows[i]};
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

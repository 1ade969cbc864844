// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/dnn/exits_lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "dnn/reference.h"

#define A "subtask A\nconv 3x3 8 pad 1 relu6\nconv 3x3 12 stride 2 pad 1 hardswish\n"
#define B "subtask B\nconv 1x1 16 relu\n"
#define C "subtask C\nconv 3x3 6 pad 1 as a\nconv 3x3 6 pad 1\nadd a relu\n"
#define D "subtask D\nmaxpool 2x2 stride 1\nfc 10\nsoftmax\n"

const char exits_lab_text[] =
    "network odd\naccuracy 1\ninput 9x7x3\n" A
    "exit 1 accuracy 0.5\nconv 3x3 20 relu as p\nconv 1x1 20 relu from p\nadd p\nfc 10\nsoftmax\n" B C
    "exit 2 accuracy 0.75\npool global\nfc 10\n" D;
const char exits_lab_plain[] = "network odd\ninput 9x7x3\n" A B C D;

struct network *exits_lab_network(void)
{
	struct network *net;
	struct err err = {""};
	if (network_parse(&net, exits_lab_text, "test", 7, &err) < 0)
		fail_msg("%s", err.text);
	return net;
}

// A batch under way: who is in it, and the tensors at both ends of the present sub-task, a row for each user.
struct shrinking {
	struct lab *lab;
	struct executor *executor;
	int n, member[LAB_MAX_USERS], exit[LAB_MAX_USERS];
	float *row[2][LAB_MAX_USERS], *answer[LAB_MAX_USERS];
};

// Runs sub-task n; who leaves behind it gets an answer, the others go on.
static void run_block(struct shrinking *s, int n)
{
	const float *in[LAB_MAX_USERS], *leaving[LAB_MAX_USERS];
	float *out[LAB_MAX_USERS], *answer[LAB_MAX_USERS];
	struct executor_leavers leavers = {.in = leaving, .answer = answer};
	int exit = network_exit_at(s->lab->net, n + 1), stay = 0, batch = s->n;
	for (int i = 0; i < batch; i++) {
		int user = s->member[i];
		bool last = n + 1 == s->lab->net->n_subtasks;
		in[i] = n == 0 ? s->lab->truth[user][0] : s->row[n % 2][user];
		out[i] = last ? s->answer[user] : s->row[(n + 1) % 2][user];
		if (exit && s->exit[user] == exit) {
			leaving[leavers.n] = out[i];
			answer[leavers.n++] = s->answer[user];
		} else {
			s->member[stay++] = user;
		}
	}
	struct err err = {""};
	int64_t ns = -1;
	s->n = stay;
	if (batch > 0 && executor_run_block(s->executor, n, batch, in, out, &leavers, &ns, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(batch == 0 || ns >= 0);
}

static void check_answers(const struct shrinking *s, const char *backend)
{
	const struct network *net = s->lab->net;
	for (int i = 0; i < s->lab->users; i++) {
		int cut = s->exit[i] ? net->n_subtasks + s->exit[i] : net->n_subtasks;
		double error =
		    relative_error(s->answer[i], s->lab->truth[i][cut], network_cut_values(net, cut));
		if (!(error <= executor_tolerance(backend)))
			fail_msg("%s on %s, user %d, exit %d: relative error %g", net->name, backend, i,
				 s->exit[i], error);
	}
}

void exits_lab_check_shrinking(struct lab *lab, struct executor *e, const char *backend)
{
	enum { DRAWS = 200, SEED = 5 };
	struct rng *rng = rng_new(SEED, 0, RNG_TEST, 0);
	struct shrinking s = {.lab = lab, .executor = e};
	printf("%s: %d batches, seed %d\n", backend, DRAWS, SEED);
	for (int i = 0; i < lab->users; i++) {
		for (int k = 0; k < 2; k++)
			s.row[k][i] = lab_tensor(lab->largest);
		s.answer[i] = lab_tensor(lab->largest);
	}
	for (int draw = 0; draw < DRAWS; draw++) {
		s.n = lab->users;
		for (int i = 0; i < lab->users; i++) {
			s.member[i] = i;
			s.exit[i] = (int)rng_below(rng, (uint64_t)lab->net->n_exits + 1);
			memset(s.answer[i], 0xff, sizeof(float) * (size_t)lab->largest); // NaN
		}
		for (int n = 0; n < lab->net->n_subtasks; n++)
			run_block(&s, n);
		check_answers(&s, backend);
	}
	for (int i = 0; i < lab->users; i++) {
		free(s.row[0][i]);
		free(s.row[1][i]);
		free(s.answer[i]);
	}
	rng_free(rng);
}

// SPDX-License-Identifier: BSD-3-Clause
// The file of precomputed activations: what it holds, that it is made once, and that no damaged one is used.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "dnn/executor.h"
#include "dnn/reference.h"
#include "dnn/samples.h"

// A small network: the file's form does not depend on the size.
static const char small[] = "network small\ninput 20x20x3\nsubtask A\nconv 3x3 8 stride 2 pad 1 relu6\n"
			    "subtask B\nconv 1x1 12\nsubtask CLS\npool 10x10\nfc 10\n";
enum { COUNT = 3, SEED = 9 };

struct fixture {
	struct network *net;
	char cache[64];
	char path[PATH_MAX];
};

static int set_up(void **state)
{
	static struct fixture f;
	snprintf(f.cache, sizeof(f.cache), "/tmp/airbatch-test-XXXXXX");
	if (!mkdtemp(f.cache) || setenv("AIRBATCH_CACHE", f.cache, 1) < 0)
		return -1;
	*state = &f;
	return network_parse(&f.net, small, "small.net", 1, NULL);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	network_free(f->net);
	unlink(f->path);
	return rmdir(f->cache); // fails when a temporary was left behind
}

static void ensure(struct fixture *f)
{
	struct err err;
	if (samples_ensure(f->net, SEED, COUNT, f->path, sizeof(f->path), NULL, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

static void test_content(void **state)
{
	struct fixture *f = *state;
	struct samples *s;
	struct err err;
	ensure(f);
	if (samples_open(&s, f->path, f->net, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(samples_count(s), COUNT);
	for (int i = 0; i < COUNT; i++) {
		uint8_t u8[20 * 20 * 3];
		float input[20 * 20 * 3], result[10];
		double in[20 * 20 * 3], out[10];
		int64_t bytes;
		assert_int_equal(samples_draw_input(f->net, SEED, i, u8), 0);
		assert_memory_equal(samples_wire(s, i, 0, FEATURES_INT8, &bytes), u8, sizeof(u8));
		assert_int_equal(bytes, sizeof(u8));
		network_input_from_u8(f->net, u8, input);
		for (size_t k = 0; k < sizeof(u8); k++)
			in[k] = (double)input[k];
		assert_int_equal(reference_run(f->net, 0, 3, in, out), 0);
		for (int k = 0; k < 10; k++)
			result[k] = (float)out[k];
		assert_memory_equal(samples_result(s, i), result, sizeof(result));
		assert_true(relative_error(samples_local_result(s, i), result, 10) <= 1e-4);
	}
	samples_close(s);
}

// From any cut on, the tensors of the wire lead to the stored result, bit by bit.
static void test_wire_leads_to_result(void **state)
{
	struct fixture *f = *state;
	struct samples *s;
	struct executor *e;
	ensure(f);
	assert_int_equal(samples_open(&s, f->path, f->net, NULL), 0);
	assert_int_equal(executor_open(&e, "cpu", f->net, NULL, NULL), 0);
	for (int cut = 1; cut < f->net->n_subtasks; cut++) {
		float a[800], b[1200], *out[] = {a, b};
		int64_t bytes;
		const float *in = samples_wire(s, 1, cut, FEATURES_FP32, &bytes);
		assert_int_equal(bytes, network_cut_bits(f->net, cut) / 8);
		for (int n = cut; n < f->net->n_subtasks; n++) {
			assert_int_equal(executor_run(e, n, 1, &in, &out[n % 2], NULL, NULL), 0);
			in = out[n % 2];
		}
		assert_memory_equal(in, samples_local_result(s, 1), 10 * sizeof(float));
	}
	executor_close(e);
	samples_close(s);
}

// What travels encoded is the encoded tensor of the cut, and the split result is what comes of it, bit by
// bit.
static void test_encoded_wire(void **state)
{
	struct fixture *f = *state;
	struct samples *s;
	struct executor *e;
	ensure(f);
	assert_int_equal(samples_open(&s, f->path, f->net, NULL), 0);
	assert_int_equal(executor_open(&e, "cpu", f->net, NULL, NULL), 0);
	for (int k = 0; k < (FEATURES_COUNT - 1) * (f->net->n_subtasks - 1); k++) {
		enum features features = (enum features)(FEATURES_FP16 + k % 2);
		int cut = 1 + k / 2;
		float decoded[1200], a[1200], b[1200], *out[] = {a, b};
		uint8_t wire[4 * 1200];
		int64_t bytes, exact_bytes;
		struct features_layout layout = features_cut_layout(f->net, cut);
		const void *exact = samples_wire(s, 2, cut, FEATURES_FP32, &exact_bytes);
		const void *sent = samples_wire(s, 2, cut, features, &bytes);
		assert_int_equal(features_encode(features, layout, exact, wire, NULL), 0);
		assert_int_equal(bytes, features_bytes(features, layout));
		assert_memory_equal(sent, wire, (size_t)bytes);
		assert_int_equal(features_decode(features, layout, sent, decoded, NULL), 0);
		const float *in = decoded;
		for (int i = cut; i < f->net->n_subtasks; i++) {
			assert_int_equal(executor_run(e, i, 1, &in, &out[i % 2], NULL, NULL), 0);
			in = out[i % 2];
		}
		assert_memory_equal(in, samples_split_result(s, 2, cut, features), 10 * sizeof(float));
		assert_memory_not_equal(in, samples_result(s, 2), 10 * sizeof(float));
		assert_ptr_equal(samples_split_result(s, 2, 0, features), samples_result(s, 2));
		assert_ptr_equal(samples_split_result(s, 2, cut, FEATURES_FP32), samples_result(s, 2));
	}
	executor_close(e);
	samples_close(s);
}

static struct stat stat_of(const char *path)
{
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	return st;
}

static void test_made_once(void **state)
{
	struct fixture *f = *state;
	ensure(f);
	ino_t before = stat_of(f->path).st_ino;
	ensure(f);
	assert_true(stat_of(f->path).st_ino == before);
}

static void flip_byte(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	unsigned char c;
	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= 0x10;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	close(fd);
}

static void assert_refused(struct fixture *f)
{
	struct samples *s;
	struct err err = {""};
	assert_int_equal(samples_open(&s, f->path, f->net, &err), -EINVAL);
	assert_null(s);
	assert_non_null(strstr(err.text, f->path));
}

// Any flipped byte of the header, and bytes across the content. The seed (last 8 of 56 bytes) is information
// only.
static void test_damaged(void **state)
{
	struct fixture *f = *state;
	ensure(f);
	off_t size = stat_of(f->path).st_size;
	for (off_t at = 0; at < 48; at++) {
		flip_byte(f->path, at);
		assert_refused(f);
		flip_byte(f->path, at);
	}
	for (off_t at = 64; at < size; at += 97) {
		flip_byte(f->path, at);
		assert_refused(f);
		flip_byte(f->path, at);
	}
	for (off_t cut = 0; cut < size; cut += size / 7) {
		assert_int_equal(truncate(f->path, cut), 0);
		assert_refused(f);
	}
	ensure(f); // and it is made anew
	struct samples *s;
	assert_int_equal(samples_open(&s, f->path, f->net, NULL), 0);
	samples_close(s);
}

static void test_other_network(void **state)
{
	struct fixture *f = *state;
	struct network *other;
	struct samples *s;
	struct err err;
	ensure(f);
	assert_int_equal(network_parse(&other, small, "small.net", 2, NULL), 0);
	assert_int_equal(samples_open(&s, f->path, other, &err), -EINVAL);
	assert_non_null(strstr(err.text, "another network"));
	network_free(other);
	assert_int_equal(samples_open(&s, "/nowhere/x", f->net, &err), -ENOENT);
	assert_int_equal(samples_open(&s, f->cache, f->net, &err), -EINVAL);
}

static void test_processes_race(void **state)
{
	struct fixture *f = *state;
	enum { RACERS = 4 };
	unlink(f->path);
	pid_t child[RACERS];
	for (int i = 0; i < RACERS; i++) {
		child[i] = fork();
		if (child[i] == 0) {
			struct samples *s;
			int r =
			    samples_ensure(f->net, SEED, COUNT, f->path, sizeof(f->path), NULL, NULL, NULL);
			_exit(r == 0 && samples_open(&s, f->path, f->net, NULL) == 0 ? 0 : 1);
		}
	}
	for (int i = 0; i < RACERS; i++) {
		int status = -1;
		assert_int_equal(waitpid(child[i], &status, 0), child[i]);
		assert_int_equal(status, 0);
	}
}

// The same with a head behind each of the first two sub-tasks: its answers, and everything else as before.
static void test_exits(void **state)
{
	static const char text[] =
	    "network exits\ninput 20x20x3\naccuracy 0.9\nsubtask A\nconv 3x3 8 stride 2 pad 1 "
	    "relu6\nexit 1 accuracy 0.5\npool global\nfc 10\nsubtask B\nconv 1x1 12\nexit 2 "
	    "accuracy 0.7\npool global\nfc 10\nsubtask CLS\npool 10x10\nfc 10\n";
	struct network *net;
	struct samples *s;
	struct err err;
	char path[PATH_MAX];
	(void)state;
	if (network_parse(&net, text, "exits.net", 1, &err) < 0 ||
	    samples_ensure(net, SEED, COUNT, path, sizeof(path), NULL, NULL, &err) < 0 ||
	    samples_open(&s, path, net, &err) < 0)
		fail_msg("%s", err.text);
	for (int i = 0; i < COUNT; i++) {
		uint8_t u8[20 * 20 * 3];
		float input[20 * 20 * 3];
		double in[20 * 20 * 3], tensor[10 * 10 * 12], out[10];
		assert_int_equal(samples_draw_input(net, SEED, i, u8), 0);
		network_input_from_u8(net, u8, input);
		for (size_t k = 0; k < sizeof(u8); k++)
			in[k] = (double)input[k];
		for (int e = 1; e <= 2; e++) {
			const float *answer = samples_exit_result(s, i, e);
			assert_int_equal(reference_run(net, 0, net->exit_subtasks[e - 1], in, tensor), 0);
			assert_int_equal(reference_run_head(net, e, tensor, out), 0);
			for (int k = 0; k < 10; k++)
				assert_true(answer[k] == (float)out[k]);
			assert_true(relative_error(samples_local_exit_result(s, i, e), answer, 10) <
				    SAMPLES_TOLERANCE);
		}
		assert_true(relative_error(samples_local_result(s, i), samples_result(s, i), 10) <
			    SAMPLES_TOLERANCE);
	}
	samples_close(s);
	network_free(net);
	unlink(path);
}

// A cut across branches: its wire form begins with the table, and leads to the stored result, too.
static void test_cut_of_several_tensors(void **state)
{
	static const char text[] =
	    "network packed\ninput 20x20x3\nsubtask A\nconv 3x3 8 stride 2 pad 1 relu as a\n"
	    "pool 2x2 stride 2 from input as b\npack a,b\nsubtask B\nunpack 2\nfc 10 as x\nunpack 1\n"
	    "fc 10\nadd x\n";
	struct network *net;
	struct samples *s;
	struct executor *e;
	struct err err;
	char path[PATH_MAX];
	(void)state;
	if (network_parse(&net, text, "packed.net", 1, &err) < 0 ||
	    samples_ensure(net, SEED, COUNT, path, sizeof(path), NULL, NULL, &err) < 0 ||
	    samples_open(&s, path, net, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(executor_open(&e, "cpu", net, NULL, NULL), 0);
	for (int f = 0; f < FEATURES_COUNT; f++) {
		float values[10 * 10 * 11], result[10], *out = result;
		const float *in = values;
		int64_t bytes;
		const void *wire = samples_wire(s, 1, 1, (enum features)f, &bytes);
		assert_int_equal(bytes, features_cut_bytes(net, 1, (enum features)f));
		assert_memory_equal(wire, "\x0a\0\0\0\x0a\0\0\0\x08\0\0\0", 12);
		assert_int_equal(features_decode_cut(net, 1, (enum features)f, wire, values, &err), 0);
		assert_int_equal(executor_run(e, 1, 1, &in, &out, NULL, NULL), 0);
		if (f == FEATURES_FP32)
			assert_memory_equal(result, samples_local_result(s, 1), sizeof(result));
		else
			assert_memory_equal(result, samples_split_result(s, 1, 1, (enum features)f),
					    sizeof(result));
	}
	executor_close(e);
	samples_close(s);
	network_free(net);
	unlink(path);
}

static void test_refusals(void **state)
{
	struct fixture *f = *state;
	char path[8];
	struct err err;
	assert_int_equal(samples_ensure(f->net, 1, 0, path, sizeof(path), NULL, NULL, &err), -EINVAL);
	assert_int_equal(samples_ensure(f->net, 1, 1, path, sizeof(path), NULL, NULL, &err), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_content),
	    cmocka_unit_test(test_wire_leads_to_result),
	    cmocka_unit_test(test_encoded_wire),
	    cmocka_unit_test(test_made_once),
	    cmocka_unit_test(test_damaged),
	    cmocka_unit_test(test_other_network),
	    cmocka_unit_test(test_processes_race),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_cut_of_several_tensors),
	    cmocka_unit_test(test_exits),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

// SPDX-License-Identifier: BSD-3-Clause
// Weights in safetensors files: a round trip keeps every bit, the hash follows the content, half precision is
// exact, and every damage is refused with file, tensor and reason.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "dnn/network.h"
#include "dnn/safetensors.h"

#define LAYERS "input 2x2x4\nsubtask A\nconv 1x1 2 groups 2\nsubtask B\nfc 1 no-bias\n"
#define TEXT "network n\n" LAYERS

static char folder[64];

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test-weights-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static const char *in_folder(const char *name)
{
	static char path[4][128];
	static int next;
	char *p = path[next++ % 4];
	snprintf(p, 128, "%s/%s", folder, name);
	return p;
}

static int tear_down(void **state)
{
	(void)state;
	static const char *const names[] = {"v2.safetensors", "n.safetensors", "n.net", "fifo.safetensors"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(in_folder(names[i]));
	return rmdir(folder);
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

// A file in memory: header and body in place of those of a sound one for TEXT.
struct blob {
	unsigned char data[1024];
	size_t size;
};

static struct blob make_blob(const char *header, const void *body, size_t body_size)
{
	struct blob b = {.size = 8 + strlen(header) + body_size};
	for (int i = 0; i < 8; i++)
		b.data[i] = (unsigned char)(strlen(header) >> 8 * i);
	memcpy(b.data + 8, header, strlen(header));
	memcpy(b.data + 8 + strlen(header), body, body_size);
	return b;
}

static int load(struct network **net, const struct blob *b, struct err *err)
{
	unsigned char *exact = malloc(b->size + (b->size == 0)); // sanitizers see a read beyond it
	memcpy(exact, b->data, b->size);
	int r = network_parse_with_weights(net, TEXT, exact, b->size, "x.safetensors", err);
	free(exact);
	return r;
}

#define WEIGHT "\"A.0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1,2,2],\"data_offsets\":[0,16]}"
#define BIAS "\"A.0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,24]}"
#define FC "\"B.0.weight\":{\"dtype\":\"F16\",\"shape\":[8,1],\"data_offsets\":[24,40]}"
#define SOUND "{\"__metadata__\":{\"made\":\"here\"}," FC "," WEIGHT "," BIAS "}  "

static const struct {
	float f32[6];
	uint16_t f16[8]; // 1, -2, 1/3 rounded, the largest, the smallest, 0, -0, 2^-14
} body = {{1, -2, 3e38f, 1e-45f, 5, 6}, {0x3c00, 0xc000, 0x3555, 0x7bff, 0x0001, 0x0000, 0x8000, 0x0400}};

static void test_values(void **state)
{
	(void)state;
	static const float half[] = {1, -2, 0x1.554p-2f, 65504, 0x1p-24f, 0, -0.0f, 0x1p-14f};
	struct blob b = make_blob(SOUND, &body, sizeof(body));
	struct network *net;
	struct err err;
	if (load(&net, &b, &err) < 0)
		fail_msg("%s", err.text);
	assert_memory_equal(net->subtasks[0].layers[0].weight, body.f32, 16);
	assert_memory_equal(net->subtasks[0].layers[0].bias, body.f32 + 4, 8);
	assert_memory_equal(net->subtasks[1].layers[0].weight, half, sizeof(half));
	assert_null(net->subtasks[1].layers[0].bias);
	network_free(net);
}

// Every half-precision number, against the definition: (-1)^s 2^(e - 15) 1.m, or 2^-14 0.m where e is 0.
static void test_every_half(void **state)
{
	(void)state;
	uint16_t all[0xf800];
	float *out = malloc(sizeof(float) * 0xf800);
	char header[128];
	int n = 0;
	for (unsigned h = 0; h < 0x10000; h++)
		if ((h & 0x7c00) != 0x7c00)
			all[n++] = (uint16_t)h;
	assert_int_equal(n, 0xf800);
	snprintf(header, sizeof(header), "{\"x\":{\"dtype\":\"F16\",\"shape\":[%d],\"data_offsets\":[0,%d]}}",
		 n, 2 * n);
	size_t size = 8 + strlen(header) + sizeof(all);
	unsigned char *data = calloc(1, size);
	data[0] = (unsigned char)strlen(header);
	memcpy(data + 8, header, strlen(header));
	memcpy(data + 8 + strlen(header), all, sizeof(all));
	struct safetensors *file;
	assert_int_equal(safetensors_parse(&file, data, size, "x", NULL), 0);
	assert_int_equal(safetensors_read(file, safetensors_at(file, 0), out, NULL), 0);
	for (int i = 0; i < n; i++) {
		int exponent = all[i] >> 10 & 31, mantissa = all[i] & 1023;
		double value = exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24);
		assert_true((double)out[i] == (all[i] & 0x8000 ? -value : value));
	}
	safetensors_close(file);
	free(data);
	free(out);
}

static void expect_refusal(const struct blob *b, const char *reason, const char *tensor)
{
	struct network *net;
	struct err err = {""};
	assert_int_equal(load(&net, b, &err), -EINVAL);
	assert_null(net);
	if (!strstr(err.text, "x.safetensors") || !strstr(err.text, reason) || !strstr(err.text, tensor))
		fail_msg("'%s' lacks '%s' or '%s'", err.text, reason, tensor);
}

static void test_malformed(void **state)
{
	(void)state;
	static const struct {
		const char *header, *reason, *tensor;
	} rows[] = {
	    {"", "damaged", ""},
	    {"{", "damaged", ""},
	    {"[]", "must be an object", ""},
	    {"{}", "belong to no tensor", ""},
	    {"{" FC "," WEIGHT "," BIAS "}}", "damaged", ""},
	    {"{" WEIGHT "," WEIGHT "," BIAS "," FC "}", "duplicate", "A.0.weight"},
	    {"{" WEIGHT "," FC "}", "belong to no tensor", "B.0.weight"},
	    {"{" WEIGHT "," BIAS "}", "belong to no tensor", ""},
	    {"{" WEIGHT "," FC ",\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,24]}}",
	     "is missing", "A.0.bias"},
	    {"{" WEIGHT "," BIAS "," FC ",\"x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[40,40]}}",
	     "none of that name", "tensor x"},
	    {"{" BIAS "," FC ",\"A.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}",
	     "its shape is 2x2: the network needs 1x1x2x2", "A.0.weight"},
	    {"{" BIAS "," FC
	     ",\"A.0.weight\":{\"dtype\":\"F64\",\"shape\":[1,1,2,1],\"data_offsets\":[0,16]}}",
	     "dtype is F64", "A.0.weight"},
	    {"{" WEIGHT "," FC ",\"A.0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[12,20]}}",
	     "overlap those of A.0.weight", "A.0.bias"},
	    {"{" WEIGHT "," BIAS
	     ",\"B.0.weight\":{\"dtype\":\"F16\",\"shape\":[8,1],\"data_offsets\":[26,42]}}",
	     "not within", "B.0.weight"},
	    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", "not within", "tensor x"},
	    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", "not within", "tensor x"},
	    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,9223372036854775807]}}",
	     "not within", "tensor x"},
	    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,99999999999999999999]}}", "damaged",
	     ""},
	    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", "two whole numbers",
	     "tensor x"},
	    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,16]}}", "takes 12 bytes",
	     "tensor x"},
	    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", "whole numbers",
	     "tensor x"},
	    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", "whole numbers",
	     "tensor x"},
	    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}", "larger",
	     "tensor x"},
	    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", "dimensions",
	     "tensor x"},
	    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[1]}}", "nothing else", "tensor x"},
	    {"{\"x\":7}", "nothing else", "tensor x"},
	    {"{\"x\\u001b[2J\":7}", "control characters", ""},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct blob b = make_blob(rows[i].header, &body, sizeof(body));
		expect_refusal(&b, rows[i].reason, rows[i].tensor);
	}
}

static void test_nan_and_infinity(void **state)
{
	(void)state;
	unsigned char bad[sizeof(body)];
	memcpy(bad, &body, sizeof(body));
	memcpy(bad + 12, &(float){NAN}, 4);
	struct blob b = make_blob(SOUND, bad, sizeof(bad));
	expect_refusal(&b, "value 3 is NaN", "A.0.weight");
	memcpy(bad, &body, sizeof(body));
	memcpy(bad + 24 + 10, &(uint16_t){0xfc00}, 2);
	b = make_blob(SOUND, bad, sizeof(bad));
	expect_refusal(&b, "value 5 is infinite", "B.0.weight");
}

// Cut anywhere, and with any byte of the header changed: refused, or read without harm.
static void test_truncated_and_flipped(void **state)
{
	(void)state;
	struct blob sound = make_blob(SOUND, &body, sizeof(body)), b;
	for (size_t size = 0; size < sound.size; size++) {
		b = sound;
		b.size = size;
		expect_refusal(&b, "", "");
	}
	for (size_t at = 0; at < sound.size - sizeof(body); at++) {
		for (int bit = 0; bit < 8; bit++) {
			b = sound;
			b.data[at] ^= (unsigned char)(1 << bit);
			struct network *net;
			struct err err = {""};
			int r = load(&net, &b, &err);
			assert_true(r == 0 ? net != NULL : net == NULL && strstr(err.text, "x.safetensors"));
			network_free(net);
		}
	}
	b = sound;
	b.data[7] = 0x7f;
	expect_refusal(&b, "oversized", "");
}

static struct network *open_reference(const char *reference, uint64_t seed)
{
	struct network *net;
	struct err err;
	if (network_open(&net, reference, seed, &err) < 0)
		fail_msg("%s", err.text);
	return net;
}

static void test_round_trip(void **state)
{
	(void)state;
	struct network *drawn = open_reference("mobilenet-v2", 9), *read, *outline;
	struct err err;
	char reference[256];
	assert_int_equal(network_save_weights(drawn, in_folder("v2.safetensors"), &err), 0);
	snprintf(reference, sizeof(reference), "mobilenet-v2@%s", in_folder("v2.safetensors"));
	read = open_reference(reference, 1);
	for (int n = 0; n < drawn->n_subtasks; n++) {
		for (int i = 0; i < drawn->subtasks[n].n_layers; i++) {
			const struct layer *a = &drawn->subtasks[n].layers[i],
					   *b = &read->subtasks[n].layers[i];
			assert_true(!a->weight == !b->weight);
			if (!a->weight)
				continue;
			int64_t positions = (int64_t)a->out.height * a->out.width; // each uses each weight
			assert_memory_equal(a->weight, b->weight,
					    sizeof(float) * (size_t)(a->macs / positions));
			assert_memory_equal(a->bias, b->bias, sizeof(float) * (size_t)a->out.channels);
		}
	}
	assert_int_equal(network_outline(&outline, reference, 7, &err), 0);
	assert_true(read->hash == outline->hash && read->hash != drawn->hash);
	assert_true(read->description_hash == drawn->description_hash);
	assert_string_equal(read->weights_file, in_folder("v2.safetensors"));
	assert_string_equal(drawn->weights_file, "");
	assert_int_equal(network_save_weights(outline, in_folder("n.safetensors"), &err), -EINVAL);
	network_free(outline);
	assert_int_equal(network_open(&outline, "mobilenet-v1@/nowhere.safetensors", 1, &err), -ENOENT);
	snprintf(reference, sizeof(reference), "mobilenet-v1@%s", in_folder("v2.safetensors"));
	assert_int_equal(network_open(&outline, reference, 1, &err), -EINVAL);
	assert_non_null(strstr(err.text, "tensor C.1.weight is missing"));
	network_free(drawn);
	network_free(read);
}

// The line `weights FILE` is seen from the description's folder; the hash follows one changed value.
static void test_description_names_weights(void **state)
{
	(void)state;
	struct network *net, *outline;
	struct err err;
	assert_int_equal(network_parse(&net, TEXT, "t", 3, &err), 0);
	assert_int_equal(network_save_weights(net, in_folder("n.safetensors"), &err), 0);
	write_text(in_folder("n.net"), "network n\nweights n.safetensors\n" LAYERS);
	float first = net->subtasks[0].layers[0].weight[0];
	network_free(net);
	net = open_reference(in_folder("n.net"), 99);
	assert_true(net->subtasks[0].layers[0].weight[0] == first);
	uint64_t hash = net->hash;
	network_free(net);
	FILE *f = fopen(in_folder("n.safetensors"), "r+");
	fseek(f, -4, SEEK_END);
	fwrite(&first, 4, 1, f);
	fclose(f);
	assert_int_equal(network_outline(&outline, in_folder("n.net"), 99, &err), 0);
	assert_true(outline->hash != hash);
	network_free(outline);
	assert_int_equal(network_parse(&net, "network n\nweights /etc/passwd\ninput 1x1x1\nsubtask A\nfc 1\n",
				       "t", 1, &err),
			 -EINVAL);
	assert_non_null(strstr(err.text, "/etc/passwd"));
}

static void test_not_a_file(void **state)
{
	(void)state;
	struct safetensors *file;
	struct err err;
	assert_int_equal(safetensors_open(&file, folder, &err), -EINVAL);
	assert_int_equal(mkfifo(in_folder("fifo.safetensors"), 0600), 0);
	assert_int_equal(safetensors_open(&file, in_folder("fifo.safetensors"), &err), -EINVAL);
	assert_non_null(strstr(err.text, "fifo.safetensors"));
	assert_int_equal(safetensors_open(&file, "/nowhere/x", &err), -ENOENT);
	assert_null(file);
	struct network *net;
	assert_int_equal(network_open(&net, "x.safetensors", 1, &err), -EINVAL);
	assert_non_null(strstr(err.text, "NETWORK@x.safetensors"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_every_half),
	    cmocka_unit_test(test_malformed),
	    cmocka_unit_test(test_nan_and_infinity),
	    cmocka_unit_test(test_truncated_and_flipped),
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_description_names_weights),
	    cmocka_unit_test(test_not_a_file),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

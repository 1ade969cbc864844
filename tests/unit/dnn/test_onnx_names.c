// SPDX-License-Identifier: BSD-3-Clause
// Names in a model may be any bytes: the network that is imported is the same whatever they are, every value
// can be named to cut at, as it is and as it is printed, and no sentence carries a control character to a
// terminal.
#include <ctype.h>
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

#include "dnn/description.h"
#include "dnn/onnx/name_private.h"
#include "tests/unit/dnn/onnx_lab.h"

static char long_name[100001], long_lines[50001];

static const char *const names[] = {
    "r\nactivate sigmoid",
    "r\r\nsubtask X",
    "\n",
    "a,b",
    "p, q",
    ",",
    "#x",
    " ",
    "\t",
    "\"",
    "'",
    "%s%n",
    "\xff\xfe",
    "\xc3(",
    "\xe2\x80\xae",
    "\xc3\xa9",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
    "\xc0\x8a",
    "\xc2\x85",
    "\xe2\x80\xa8",
    "\\",
    "\\x0a",
    "\\x5cx0a",
    "none",
    "input",
    "L0",
    "S1",
    "conv 1x1 4",
    "../../etc/passwd",
    "\x1b[31mred",
    "\x7f",
    "x0",
    long_name,
    long_lines,
};
enum { N_NAMES = sizeof(names) / sizeof(names[0]) };

// x -> Conv -> NAME -> Relu -> Conv -> y.
static void make(struct maker *m, const char *name)
{
	static const float w[2 * 3] = {1, 2, 3, 4, 5, 6};
	char *copy = maker_get(m, strlen(name));
	memcpy(copy, name, strlen(name));
	maker_input(m, "x", 4, (int64_t[]){-1, 3, 4, 4});
	maker_floats(m, "w", 4, (int64_t[]){2, 3, 1, 1}, w);
	maker_floats(m, "v", 4, (int64_t[]){3, 2, 1, 1}, w);
	Onnx__NodeProto *first = maker_node(m, "Conv", "x w", "between"),
			*second = maker_node(m, "Relu", "between", "r");
	first->output[0] = first->name = second->input[0] = second->name = copy;
	maker_node(m, "Conv", "r v", "y");
	maker_output(m, "y");
}

// The description without comments.
static char *code_of(const struct onnx_network *net)
{
	char *code = calloc(1, strlen(net->description) + 1), *to = code;
	for (const char *line = net->description; *line;) {
		size_t n = strcspn(line, "\n") + 1;
		assert_true(n < DESCRIPTION_MAX_LINE);
		if (*line != '#') {
			memcpy(to, line, n);
			to += n;
		}
		line += n;
	}
	return code;
}

static struct onnx_network *import_cut(const char *name, const char *cut)
{
	struct maker m;
	struct network *net;
	struct onnx_network *made;
	struct err err = {""};
	const char *cuts[] = {cut, NULL};
	maker_open(&m, 13);
	make(&m, name);
	if (lab_import_maker(&net, &made, &m, cuts, &err) < 0)
		fail_msg("'%.40s': %s", name, err.text);
	assert_int_equal(net->n_subtasks, 2);
	network_free(net);
	maker_close(&m);
	return made;
}

static void test_same_network(void **state)
{
	(void)state;
	struct onnx_network *plain = import_cut("plain", "plain");
	char *wanted = code_of(plain), *printed[N_NAMES];
	for (size_t i = 0; i < N_NAMES; i++) {
		struct onnx_network *made = import_cut(names[i], names[i]);
		char *code = code_of(made);
		assert_string_equal(code, wanted);
		printed[i] = strdup(made->cuts[0].value);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(printed[i], printed[k]);
		for (const char *c = printed[i]; *c; c++)
			assert_false(iscntrl((unsigned char)*c));
		struct onnx_network *again = import_cut(names[i], printed[i]);
		assert_string_equal(again->description, made->description);
		onnx_network_free(again);
		onnx_network_free(made);
		free(code);
	}
	for (size_t i = 0; i < N_NAMES; i++)
		free(printed[i]);
	free(wanted);
	onnx_network_free(plain);
}

static void test_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_NAMES; i++) {
		struct maker m;
		struct network *net;
		struct err err = {""};
		float nan_value = NAN;
		maker_open(&m, 13);
		make(&m, names[i]);
		memcpy(m.graph.initializer[0]->raw_data.data, &nan_value, sizeof(nan_value));
		assert_int_equal(lab_import_maker(&net, NULL, &m, NULL, &err), -EINVAL);
		assert_non_null(strstr(err.text, "x.onnx: Conv node '"));
		for (const char *c = err.text; *c; c++)
			assert_false(iscntrl((unsigned char)*c));
		maker_close(&m);
	}
}

// A text field that holds a 0: C would see another name than the file holds.
static void test_no_zero(void **state)
{
	(void)state;
	struct maker m;
	size_t size;
	struct network *net;
	struct err err = {""};
	maker_open(&m, 13);
	make(&m, "AxB");
	uint8_t *bytes = maker_pack(&m, &size);
	for (size_t i = 0; i + 3 <= size; i++)
		if (memcmp(bytes + i, "AxB", 3) == 0)
			bytes[i + 1] = 0;
	assert_int_equal(lab_import(&net, NULL, bytes, size, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.text, "a name in it holds a character 0"));
	free(bytes);
	maker_close(&m);
}

static void test_lists(void **state)
{
	(void)state;
	static const struct {
		const char *name, *list;
		bool found;
	} rows[] = {
	    {"a,b", "a,b,", true},    {"a,b", "a", false},     {"a,b", "b,a", false}, {"a", "a,b", false},
	    {"a,b,c", "a,b,c", true}, {"a,b,c", "a,b", false}, {"a,", "a,", true},    {"a,", "a", false},
	    {",a", ",a", true},	      {"a", ",a", true},       {"", "", true}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct maker m;
		struct network *net;
		struct err err = {""};
		const char *cuts[] = {rows[i].list, NULL};
		maker_open(&m, 13);
		make(&m, *rows[i].name ? rows[i].name : "plain");
		assert_int_equal(lab_import_maker(&net, NULL, &m, cuts, &err), rows[i].found ? 0 : -ENOENT);
		network_free(net);
		maker_close(&m);
	}
}

static void test_text(void **state)
{
	(void)state;
	static const struct {
		const char *name, *text;
		size_t size;
	} rows[] = {{"plain", "plain", 6},	 {"plain", "p...", 5},
		    {"a\nb", "a\\x0ab", 7},	 {"a\nb", "a...", 6},
		    {"\xc3\xa9", "\xc3\xa9", 3}, {"ab\xc3\xa9", "...", 4},
		    {"\xc3", "\\xc3", 5},	 {"", "", 1}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *buf = malloc(rows[i].size); // sanitizers see what lies beyond
		assert_string_equal(name_text(rows[i].name, buf, rows[i].size), rows[i].text);
		free(buf);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_network), cmocka_unit_test(test_sentences),
	    cmocka_unit_test(test_no_zero), cmocka_unit_test(test_lists), cmocka_unit_test(test_text)};
	memset(long_name, 'n', sizeof(long_name) - 1);
	memset(long_lines, '\n', sizeof(long_lines) - 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

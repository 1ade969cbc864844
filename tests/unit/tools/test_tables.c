// SPDX-License-Identifier: BSD-3-Clause
// The tables that manuals are made of, against the code they describe: the columns against the rows.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/desk/record.h"
#include "records/results/tables.h"
#include "ue/life/record.h"

// A file's first line names the columns of the table, each once, and its row has as many fields.
static void check_table(const struct column *columns, const char *text)
{
	size_t n = 0, row_fields = 1;
	const char *at = text;
	for (const struct column *c = columns; c->name; c++, n++) {
		assert_int_equal(strncmp(at, c->name, strlen(c->name)), 0);
		at += strlen(c->name);
		assert_true(*at == (c[1].name ? ',' : '\n'));
		at++;
		assert_true(strlen(c->doc) > 0);
		for (const struct column *other = columns; other != c; other++)
			assert_string_not_equal(other->name, c->name);
	}
	for (; *at && *at != '\n'; at++)
		row_fields += *at == ',';
	assert_int_equal(row_fields, n);
}

static void test_columns(void **state)
{
	(void)state;
	static const struct task_record task = {.ue = 1, .task = 1};
	static const struct link_record link = {.ue = 0};
	static const struct round_record round = {.round = 1};
	static const struct decision_record decision = {.n_observation = 3};
	struct batch_record batch = {.n_members = 2};
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	task_csv_header(f);
	task_csv_row(f, &task, 0);
	fclose(f);
	check_table(task_columns, text);
	free(text);
	f = open_memstream(&text, &size);
	batch_csv_header(f);
	batch_csv_row(f, &batch, 0);
	fclose(f);
	check_table(batch_columns, text);
	free(text);
	f = open_memstream(&text, &size);
	round_csv_header(f);
	round_csv_row(f, &round, 0);
	fclose(f);
	check_table(round_columns, text);
	free(text);
	f = open_memstream(&text, &size);
	decision_csv_header(f);
	decision_csv_row(f, &decision, 0);
	fclose(f);
	check_table(decision_columns, text);
	free(text);
	f = open_memstream(&text, &size);
	link_csv_header(f);
	link_csv_row(f, &link, 0);
	fclose(f);
	check_table(link_columns, text);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_columns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

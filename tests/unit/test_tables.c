// SPDX-License-Identifier: BSD-3-Clause
// The tables that manuals are made of, against the code they describe: the protocol's fields against the
// functions that write messages, the columns against the rows.
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/record.h"
#include "emu/run/tables.h"
#include "proto/datagram.h"
#include "proto/field.h"
#include "proto/message.h"
#include "ue/record.h"

// Fields follow each other without a gap and fill `size` bytes; a field of open size is the last.
static void check_layout(const struct field *fields, size_t size)
{
	size_t at = 0;
	for (const struct field *f = fields; f->name; f++) {
		assert_int_equal(f->offset, at);
		assert_true(strlen(f->doc) > 0);
		assert_true(field_size(f->type) > 0 || !f[1].name);
		at += field_size(f->type);
	}
	assert_int_equal(at, size);
}

static void test_layouts(void **state)
{
	(void)state;
	const size_t sizes[] = {MESSAGE_REQUEST_SIZE, MESSAGE_PLAN_SIZE, 0, MESSAGE_RESULT_SIZE, 0};
	check_layout(message_header_fields, MESSAGE_HEADER_SIZE);
	check_layout(datagram_header_fields, DATAGRAM_HEADER_SIZE);
	for (int i = 0; message_layouts[i].name; i++) {
		check_layout(message_layouts[i].fields, sizes[i]);
		assert_string_equal(message_layouts[i].name,
				    message_type_name((enum message_type)message_layouts[i].type));
	}
}

// The field's bytes as a number.
static double read_field(const struct field *fields, const char *name, const uint8_t *bytes)
{
	for (const struct field *f = fields; f->name; f++) {
		if (strcmp(f->name, name) != 0)
			continue;
		uint64_t v = 0;
		double d;
		memcpy(&v, bytes + f->offset, field_size(f->type));
		v = le64toh(v);
		memcpy(&d, &v, sizeof(d));
		return f->type == FIELD_F64 ? d : (double)v;
	}
	fail_msg("no field %s", name);
	return 0;
}

#define CHECK(fields, name, value) assert_true(read_field(fields, name, bytes) == (double)(value))

static void test_header(void **state)
{
	(void)state;
	const struct message_header h = {MESSAGE_PLAN, 88, 12, 13, 14, 15, 16, 17, 18};
	uint8_t bytes[MESSAGE_HEADER_SIZE];
	const struct field *f = message_header_fields;
	message_put_header(bytes, &h);
	CHECK(f, "magic", MESSAGE_MAGIC);
	CHECK(f, "version", MESSAGE_VERSION);
	CHECK(f, "type", MESSAGE_PLAN);
	CHECK(f, "body", 88);
	CHECK(f, "run", 12);
	CHECK(f, "ue", 13);
	CHECK(f, "task", 14);
	CHECK(f, "subtask", 15);
	CHECK(f, "batch", 16);
	CHECK(f, "deadline", 17);
	CHECK(f, "sent", 18);
}

static void test_request(void **state)
{
	(void)state;
	const struct message_request m = {1, 2, 3, 4, 5, 6};
	uint8_t bytes[MESSAGE_REQUEST_SIZE];
	const struct field *f = message_layouts[0].fields;
	message_put_request(bytes, &m);
	CHECK(f, "arrival", 1);
	CHECK(f, "network_hash", 2);
	CHECK(f, "f_min", 3);
	CHECK(f, "f_max", 4);
	CHECK(f, "kappa", 5);
	CHECK(f, "tx_power", 6);
}

static void test_plan(void **state)
{
	(void)state;
	const struct message_plan m = {1, 2, 3, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	uint8_t bytes[MESSAGE_PLAN_SIZE];
	const struct field *f = message_layouts[1].fields;
	message_put_plan(bytes, &m);
	CHECK(f, "cut", 1);
	CHECK(f, "feasible", 2);
	CHECK(f, "group", 3);
	CHECK(f, "freq", 4);
	CHECK(f, "compute_start", 5);
	CHECK(f, "compute_end", 6);
	CHECK(f, "upload_end", 7);
	CHECK(f, "batch_start", 8);
	CHECK(f, "batch_end", 9);
	CHECK(f, "finish", 10);
	CHECK(f, "compute_energy", 11);
	CHECK(f, "transmit_energy", 12);
}

static void test_result(void **state)
{
	(void)state;
	const struct message_result m = {1, 2, 3, 4, 5, 6, 7, 0};
	uint8_t bytes[MESSAGE_RESULT_SIZE];
	const struct field *f = message_layouts[3].fields;
	message_put_result(bytes, &m);
	CHECK(f, "upload_end", 1);
	CHECK(f, "batch_start", 2);
	CHECK(f, "batch_end", 3);
	CHECK(f, "batch_run", 4);
	CHECK(f, "largest_batch", 5);
	CHECK(f, "n_values", 6);
	CHECK(f, "computed", 7);
}

static void test_datagram(void **state)
{
	(void)state;
	const struct datagram d = {1, 2, 3, 4};
	uint8_t bytes[DATAGRAM_HEADER_SIZE];
	const struct field *f = datagram_header_fields;
	datagram_put(bytes, &d);
	CHECK(f, "magic", DATAGRAM_MAGIC);
	CHECK(f, "run", 1);
	CHECK(f, "ue", 2);
	CHECK(f, "sequence", 3);
	CHECK(f, "sent", 4);
}

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
	link_csv_header(f);
	link_csv_row(f, &link, 0);
	fclose(f);
	check_table(link_columns, text);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_layouts), cmocka_unit_test(test_header), cmocka_unit_test(test_request),
	    cmocka_unit_test(test_plan),    cmocka_unit_test(test_result), cmocka_unit_test(test_datagram),
	    cmocka_unit_test(test_columns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

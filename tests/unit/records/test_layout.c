// SPDX-License-Identifier: BSD-3-Clause
// The protocol's tables: as long as the messages they describe, and docs/protocol.md shows them as they are.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/datagram.h"
#include "proto/message.h"

static const struct {
	const struct layout *layout;
	size_t size;
} all[] = {{&message_header_layout, MESSAGE_HEADER_SIZE},
	   {&message_request_layout, MESSAGE_REQUEST_SIZE},
	   {&message_request_more_layout, MESSAGE_REQUEST_MOST - MESSAGE_REQUEST_SIZE},
	   {&message_plan_layout, MESSAGE_PLAN_SIZE},
	   {&message_plan_more_layout, MESSAGE_PLAN_MOST - MESSAGE_PLAN_SIZE},
	   {&message_result_layout, MESSAGE_RESULT_SIZE},
	   {&message_hello_layout, MESSAGE_HELLO_SIZE},
	   {&datagram_layout, DATAGRAM_HEADER_SIZE}};
#define N_LAYOUTS (sizeof(all) / sizeof(all[0]))

static void sizes_are_those_of_the_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LAYOUTS; i++)
		assert_int_equal(layout_size(all[i].layout), all[i].size);
}

// Every member by itself comes back, and no other changes.
static void members_do_not_touch_each_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LAYOUTS; i++)
		for (size_t k = 0; k < all[i].layout->n_fields; k++) {
			const struct layout_field *field = &all[i].layout->fields[k];
			uint8_t raw[128], from[160] = {0}, back[160] = {0};
			if (field->kind <= LAYOUT_FIXED32)
				continue;
			from[field->member] = 0xa5; // the lowest byte: little-endian host
			layout_put(all[i].layout, raw, from);
			layout_get(all[i].layout, raw, back);
			assert_memory_equal(from, back, sizeof(from));
		}
}

static char *read_page(void)
{
	static char page[1 << 16];
	FILE *f = fopen(PROTOCOL_PAGE, "re");
	assert_non_null(f);
	page[fread(page, 1, sizeof(page) - 1, f)] = '\0';
	fclose(f);
	return page;
}

static void the_page_shows_the_tables(void **state)
{
	(void)state;
	const char *page = read_page();
	for (size_t i = 0; i < N_LAYOUTS; i++) {
		char *text;
		size_t size;
		FILE *f = open_memstream(&text, &size);
		layout_print(all[i].layout, f);
		fclose(f);
		if (!strstr(page, text))
			fail_msg("docs/protocol.md does not show the table of the %s:\n%s",
				 all[i].layout->name, text);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sizes_are_those_of_the_messages),
	    cmocka_unit_test(members_do_not_touch_each_other),
	    cmocka_unit_test(the_page_shows_the_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

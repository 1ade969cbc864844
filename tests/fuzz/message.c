// SPDX-License-Identifier: BSD-3-Clause
// What UE and edge tell each other: a header, then a body of its type. What is read and written again must be
// the same bytes.
#include "proto/message.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void read_body(const struct message_header *h, const uint8_t *body, size_t size)
{
	struct message_request request;
	struct message_plan plan;
	struct message_result result;
	struct message_hello hello;
	struct err err;
	switch (h->type) {
	case MESSAGE_REQUEST:
		message_get_request(body, size, &request, &err);
		break;
	case MESSAGE_PLAN:
		message_get_plan(body, size, &plan, &err);
		break;
	case MESSAGE_RESULT:
		message_get_result(body, size, &result, &err);
		break;
	case MESSAGE_HELLO:
		message_get_hello(body, &hello);
		break;
	case MESSAGE_TENSOR:
	case MESSAGE_ERROR:
	case MESSAGE_DROPPED:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message_header h;
	struct err err;
	uint8_t again[MESSAGE_HEADER_SIZE];
	if (size < MESSAGE_HEADER_SIZE || message_get_header(data, &h, &err) < 0)
		return 0;
	message_put_header(again, &h);
	if (memcmp(again, data, sizeof(again)) != 0)
		abort();
	read_body(&h, data + MESSAGE_HEADER_SIZE, size - MESSAGE_HEADER_SIZE);
	return 0;
}

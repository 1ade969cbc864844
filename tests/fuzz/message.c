// SPDX-License-Identifier: BSD-3-Clause
// What UE and edge tell each other: a header, then a body of its type. What is read and written again must be
// the same bytes.
#include "proto/message.h"

#include <stdlib.h>
#include <string.h>

#include "dnn/features.h"
#include "fuzz.h"

// A cut of two tensors.
static const char network[] = "network n\ninput 2x2x1\nsubtask a\nconv 1x1 2 as x\npack x,input\nsubtask b\n"
			      "unpack 1 as x\nunpack 2 as y\nconcat x,y\n";

static void read_tensors(const struct message_header *h, const uint8_t *body, size_t size)
{
	static struct network *net;
	float values[12];
	struct err err;
	enum features features = (enum features)h->features;
	if (!net && network_parse(&net, network, "network", 1, &err) < 0)
		abort();
	if (size == (size_t)features_cut_bytes(net, 1, features))
		features_decode_cut(net, 1, features, body, values, &err);
}

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
		if (size >= MESSAGE_HELLO_SIZE) // what a stream gives is as long as its header says
			message_get_hello(body, &hello);
		break;
	case MESSAGE_TENSOR:
		read_tensors(h, body, size);
		break;
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

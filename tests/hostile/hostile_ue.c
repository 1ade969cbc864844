// SPDX-License-Identifier: BSD-3-Clause
// A hostile UE: hostile_ue VERB PORT ADDRESS UE SECRET RUN HASH TENSOR_BYTES VICTIM [EDGE]. Each verb is one
// attack on the edge that listens on PORT of 127.0.0.1, or of EDGE. It knows what its own UE knows. Exit 0
// when the attack has been made.
#include <netinet/in.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "proto/datagram.h"
#include "tests/hostile/peer.h"

enum { TIMES = 6, FLOOD = 2000 };

struct attack {
	struct peer self;
	uint32_t victim, tensor_bytes;
	uint8_t *zeros; // [tensor_bytes]
};

// Until the edge closes the connection.
static void wait_for_the_end(struct peer *p)
{
	char bytes[4096];
	while (recv(p->fd, bytes, sizeof(bytes), 0) > 0)
		;
	peer_close(p);
}

// A connection on which this UE has said who it is.
static bool begin(struct attack *a)
{
	return peer_connect(&a->self) && peer_hello(&a->self);
}

static void repeat(struct attack *a, void (*once)(struct attack *))
{
	for (int i = 0; i < TIMES; i++) {
		if (begin(a))
			once(a);
		wait_for_the_end(&a->self);
	}
}

static void open_many(struct attack *a)
{
	struct peer many[60];
	for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++) {
		many[i] = a->self;
		peer_connect(&many[i]);
	}
	usleep(200000);
	for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		peer_close(&many[i]);
}

static void garbage(struct attack *a)
{
	uint8_t noise[512];
	for (int i = 0; i < 40; i++) { // more often than the edge listens
		for (size_t k = 0; k < sizeof(noise); k++)
			noise[k] = (uint8_t)(rand() >> 7);
		if (peer_connect(&a->self))
			send(a->self.fd, noise, sizeof(noise), MSG_NOSIGNAL);
		wait_for_the_end(&a->self);
	}
}

static void huge_body(struct attack *a)
{
	uint8_t bytes[MESSAGE_HEADER_SIZE];
	struct message_header h = peer_header(&a->self, MESSAGE_TENSOR, 1);
	h.body = MESSAGE_MAX_TENSOR;
	message_put_header(bytes, &h);
	send(a->self.fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
}

static void no_hello(struct attack *a)
{
	for (int i = 0; i < TIMES; i++) {
		if (peer_connect(&a->self))
			peer_request(&a->self, 1);
		wait_for_the_end(&a->self);
	}
}

static void hello_twice(struct attack *a)
{
	peer_hello(&a->self);
}

static void say_hello_as(struct attack *a, struct peer mask)
{
	for (int i = 0; i < TIMES; i++) {
		if (peer_connect(&a->self)) {
			mask.fd = a->self.fd;
			peer_hello(&mask);
		}
		wait_for_the_end(&a->self);
	}
}

static void wrong_secret(struct attack *a)
{
	struct peer mask = a->self;
	mask.secret++;
	say_hello_as(a, mask);
}

static void impersonate(struct attack *a)
{
	struct peer mask = a->self;
	mask.ue = a->victim;
	say_hello_as(a, mask);
}

static void wrong_run(struct attack *a)
{
	struct peer mask = a->self;
	mask.run++;
	say_hello_as(a, mask);
}

static void unknown_ue(struct attack *a)
{
	struct peer mask = a->self;
	mask.ue = UINT32_MAX;
	say_hello_as(a, mask);
}

static void two_sessions(struct attack *a)
{
	struct peer second = a->self;
	if (!begin(a))
		return;
	for (int i = 0; i < TIMES; i++) {
		usleep(20000);
		if (peer_connect(&second))
			peer_hello(&second);
		wait_for_the_end(&second);
	}
	peer_close(&a->self);
}

static void speak_for_another(struct attack *a)
{
	struct peer mask = a->self;
	mask.ue = a->victim;
	peer_request(&mask, 1000000);
}

static void send_request(struct attack *a, struct message_header h, struct message_request r)
{
	uint8_t body[MESSAGE_REQUEST_MOST];
	if (!r.arrival_ns)
		r.arrival_ns = h.sent_ns;
	r.network_hash = a->self.network_hash;
	peer_send(&a->self, &h, body, (uint32_t)message_put_request(body, &r));
}

static void figures(struct attack *a)
{
	static int turn;
	struct message_request r = peer_device;
	double wild[] = {NAN, INFINITY, 1e300, -1, 0, 5e-324};
	double *field[] = {&r.f_max_flops, &r.f_min_flops, &r.kappa, &r.tx_power_w, &r.f_max_flops, &r.kappa};
	*field[turn % TIMES] = wild[turn % TIMES];
	turn++;
	send_request(a, peer_header(&a->self, MESSAGE_REQUEST, 1), r);
}

static void times(struct attack *a)
{
	static int turn;
	struct message_request r = peer_device;
	struct message_header h = peer_header(&a->self, MESSAGE_REQUEST, 1);
	int64_t now_ns = h.sent_ns;
	switch (turn++ % TIMES) {
	case 0:
		h.deadline_ns = INT64_MAX;
		break;
	case 1:
		h.deadline_ns = now_ns - 1;
		r.arrival_ns = now_ns;
		break;
	case 2:
		r.arrival_ns = now_ns + 60 * NS_PER_S;
		break;
	case 3:
		r.arrival_ns = INT64_MIN;
		break;
	case 4:
		h.sent_ns = INT64_MIN;
		r.arrival_ns = now_ns;
		break;
	default:
		h.deadline_ns = INT64_MIN;
	}
	send_request(a, h, r);
}

static void two_requests(struct attack *a)
{
	for (uint32_t task = 1; task < 20; task++)
		peer_request(&a->self, task);
}

static void unasked_tensor(struct attack *a)
{
	struct message_header h = peer_header(&a->self, MESSAGE_TENSOR, 77);
	peer_send(&a->self, &h, a->zeros, a->tensor_bytes);
}

static void short_tensor(struct attack *a)
{
	static uint32_t task; // numbers ascend
	uint8_t body[1024];
	struct message_header h;
	peer_request(&a->self, ++task);
	if (!peer_read(&a->self, &h, body, sizeof(body)))
		return;
	h = peer_header(&a->self, MESSAGE_TENSOR, task);
	peer_send(&a->self, &h, a->zeros, 1);
}

static void edges_messages(struct attack *a)
{
	uint8_t body[MESSAGE_PLAN_MOST];
	struct message_header h = peer_header(&a->self, MESSAGE_PLAN, 1);
	peer_send(&a->self, &h, body, (uint32_t)message_put_plan(body, &(struct message_plan){0}));
}

// Half a message, and gone.
static void vanish(struct attack *a)
{
	struct linger rude = {.l_onoff = 1};
	for (int i = 0; i < 100; i++) {
		if (begin(a)) {
			if (i % 2)
				peer_request(&a->self, 1 + (uint32_t)i);
			else
				send(a->self.fd, "ABTP", 3, MSG_NOSIGNAL);
			setsockopt(a->self.fd, SOL_SOCKET, SO_LINGER, &rude, sizeof(rude));
		}
		peer_close(&a->self);
	}
}

// Asks and uploads, and never reads an answer.
static void never_read(struct attack *a)
{
	int small = 1;
	if (!peer_connect(&a->self))
		return;
	setsockopt(a->self.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	bool alive = peer_hello(&a->self);
	for (uint32_t task = 1; alive && task < 30000; task++) {
		struct message_header h = peer_header(&a->self, MESSAGE_TENSOR, task);
		alive = peer_request(&a->self, task);
		usleep(4000); // a round
		alive = alive && peer_send(&a->self, &h, a->zeros, a->tensor_bytes);
		usleep(8000); // its batches
	}
	peer_close(&a->self);
}

static void send_datagrams(struct attack *a, uint32_t ue, uint32_t magic_error)
{
	uint8_t bytes[DATAGRAM_HEADER_SIZE];
	struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(a->self.address)};
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)a->self.port),
				 .sin_addr.s_addr = htonl(a->self.edge ? a->self.edge : INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		exit(2);
	for (uint64_t i = 0; i < FLOOD; i++) {
		datagram_put(bytes, &(struct datagram){a->self.run, ue, i, clock_now_ns()});
		bytes[0] = (uint8_t)(bytes[0] + magic_error);
		sendto(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&to, sizeof(to));
	}
	close(fd);
}

static void bad_datagrams(struct attack *a)
{
	send_datagrams(a, a->self.ue, 1);
}

static void foreign_datagrams(struct attack *a)
{
	send_datagrams(a, a->victim, 0);
}

static void foreign_address(struct attack *a)
{
	a->self.address = 0x7f0000c8; // 127.0.0.200
	for (int i = 0; i < TIMES; i++) {
		if (peer_connect(&a->self))
			peer_hello(&a->self);
		wait_for_the_end(&a->self);
	}
}

static const struct verb {
	const char *name;
	void (*make)(struct attack *);
	bool begun; // made on connections of its own, several times
} verbs[] = {
    {"open-many", open_many, false},
    {"garbage", garbage, false},
    {"huge-body", huge_body, true},
    {"no-hello", no_hello, false},
    {"hello-twice", hello_twice, true},
    {"wrong-secret", wrong_secret, false},
    {"impersonate", impersonate, false},
    {"wrong-run", wrong_run, false},
    {"unknown-ue", unknown_ue, false},
    {"two-sessions", two_sessions, false},
    {"speak-for-another", speak_for_another, true},
    {"figures", figures, true},
    {"times", times, true},
    {"two-requests", two_requests, true},
    {"unasked-tensor", unasked_tensor, true},
    {"short-tensor", short_tensor, true},
    {"edges-messages", edges_messages, true},
    {"vanish", vanish, false},
    {"never-read", never_read, false},
    {"bad-datagrams", bad_datagrams, false},
    {"foreign-datagrams", foreign_datagrams, false},
    {"foreign-address", foreign_address, false},
};

int main(int argc, char **argv)
{
	const struct verb *verb = verbs, *end = verbs + sizeof(verbs) / sizeof(verbs[0]);
	if (argc != 10 && argc != 11)
		return 2;
	struct attack a = {.self = {.port = atoi(argv[2]),
				    .address = (uint32_t)strtoul(argv[3], NULL, 0),
				    .ue = (uint32_t)strtoul(argv[4], NULL, 0),
				    .secret = strtoull(argv[5], NULL, 0),
				    .run = (uint32_t)strtoul(argv[6], NULL, 0),
				    .network_hash = strtoull(argv[7], NULL, 0),
				    .edge = argc > 10 ? (uint32_t)strtoul(argv[10], NULL, 0) : 0,
				    .fd = -1},
			   .tensor_bytes = (uint32_t)strtoul(argv[8], NULL, 0),
			   .victim = (uint32_t)strtoul(argv[9], NULL, 0)};
	a.zeros = calloc(1, a.tensor_bytes + 1);
	while (verb < end && strcmp(verb->name, argv[1]) != 0)
		verb++;
	if (verb == end || !a.zeros)
		return 2;
	if (verb->begun)
		repeat(&a, verb->make);
	else
		verb->make(&a);
	free(a.zeros);
	return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
// A Host header is ours when it is loopback, or the address and port that were reached: by every way of
// writing them, and by nothing else.
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "tools/watch/host.h"

static struct sockaddr_storage at(const char *address, int port)
{
	struct sockaddr_storage s = {0};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&s;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&s;
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		return s;
	}
	assert_int_equal(inet_pton(AF_INET6, address, &v6->sin6_addr), 1);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)port);
	return s;
}

static void expect(bool ours, const char *host, const char *address, int port)
{
	struct sockaddr_storage s = at(address, port);
	if (host_is_ours(host, (const struct sockaddr *)&s) != ours)
		fail_msg("%s, reached at %s port %d: should %sbe ours", host ? host : "none", address, port,
			 ours ? "" : "not ");
}

static void loopback_is_ours_at_any_port(void **state)
{
	(void)state;
	const char *const hosts[] = {"localhost", "LocalHost:1",	 "localhost:65535",
				     "127.0.0.1", "127.9.8.7:80",	 "[::1]:8080",
				     "[::1]",	  "[::ffff:127.0.0.1]:3"};
	const char *const reached[] = {"127.0.0.1", "::1", "192.0.2.5", "2001:db8::5", "::ffff:192.0.2.5"};
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		for (size_t k = 0; k < sizeof(reached) / sizeof(reached[0]); k++)
			expect(true, hosts[i], reached[k], 8080);
}

static void reached_address_is_ours_at_its_port(void **state)
{
	(void)state;
	expect(true, "192.0.2.5:8080", "192.0.2.5", 8080);
	expect(true, "192.0.2.5:8080", "::ffff:192.0.2.5", 8080); // a socket of both families
	expect(true, "[2001:db8::5]:8080", "2001:db8::5", 8080);
	expect(true, "[2001:0db8:0:0::5]:8080", "2001:db8::5", 8080);
	expect(true, "192.0.2.5", "192.0.2.5", 80);
	expect(false, "192.0.2.5", "192.0.2.5", 8080);
	expect(false, "192.0.2.5:8081", "192.0.2.5", 8080);
	expect(false, "192.0.2.6:8080", "192.0.2.5", 8080);
	expect(false, "[2001:db8::6]:8080", "2001:db8::5", 8080);
}

static void nothing_else_is(void **state)
{
	(void)state;
	char longest[300];
	snprintf(longest, sizeof(longest), "%0299d", 1);
	const char *const hosts[] = {NULL,
				     "",
				     ":8080",
				     "evil.example:8080",
				     "localhost.evil.example",
				     "127.0.0.1.evil.example:8080",
				     "localhost:",
				     "localhost:x",
				     "localhost:1x",
				     "localhost: 1",
				     "localhost:-1",
				     "[::1",
				     "[]",
				     "[::1]8080",
				     "[localhost",
				     "::1:8080",
				     "127.0.0.1@evil.example",
				     "0.0.0.0:8080",
				     "128.0.0.1:8080",
				     "localhost:123456",
				     longest};
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		expect(false, hosts[i], "127.0.0.1", 8080);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(loopback_is_ours_at_any_port),
	    cmocka_unit_test(reached_address_is_ours_at_its_port),
	    cmocka_unit_test(nothing_else_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: BSD-3-Clause
#include "tools/watch/host.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HTTP_PORT 80

// Every address as IPv6, those of IPv4 mapped (RFC 4291, 2.5.5.2), so that there is one way to compare.
static struct in6_addr mapped(struct in_addr v4)
{
	struct in6_addr a = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
	memcpy(&a.s6_addr[12], &v4, sizeof(v4));
	return a;
}

static struct in6_addr address_of(const struct sockaddr *s)
{
	return s->sa_family == AF_INET ? mapped(((const struct sockaddr_in *)s)->sin_addr)
				       : ((const struct sockaddr_in6 *)s)->sin6_addr;
}

static int port_of(const struct sockaddr *s)
{
	return ntohs(s->sa_family == AF_INET ? ((const struct sockaddr_in *)s)->sin_port
					     : ((const struct sockaddr_in6 *)s)->sin6_port);
}

static bool is_loopback(const struct in6_addr *a)
{
	return IN6_IS_ADDR_LOOPBACK(a) || (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
}

// False when it is a name.
static bool parse_address(const char *name, struct in6_addr *a)
{
	struct in_addr v4;
	if (inet_pton(AF_INET, name, &v4) == 1) {
		*a = mapped(v4);
		return true;
	}
	return inet_pton(AF_INET6, name, a) == 1;
}

// "[name]:port" and "name:port" in parts; without a port HTTP's own. False when it is neither.
static bool take_apart(const char *host, char name[64], int *port)
{
	bool bracket = *host == '[';
	size_t length = strcspn(host + bracket, bracket ? "]" : ":");
	const char *behind = host + bracket + length;
	char end;
	if (length == 0 || length > 63 || (bracket && *behind++ != ']'))
		return false;
	memcpy(name, host + bracket, length);
	name[length] = '\0';
	*port = HTTP_PORT;
	bool digits = behind[0] == ':' && behind[1] >= '0' && behind[1] <= '9' && strlen(behind) <= 6;
	return !*behind || (digits && sscanf(behind + 1, "%d%c", port, &end) == 1);
}

bool host_is_ours(const char *host, const struct sockaddr *reached)
{
	char name[64];
	int port;
	struct in6_addr asked, own = address_of(reached);
	if (!host || !take_apart(host, name, &port))
		return false;
	if (!parse_address(name, &asked))
		return strcasecmp(name, "localhost") == 0;
	return is_loopback(&asked) || (IN6_ARE_ADDR_EQUAL(&asked, &own) && port == port_of(reached));
}

bool host_is_loopback(const struct sockaddr *address)
{
	struct in6_addr a = address_of(address);
	return is_loopback(&a);
}

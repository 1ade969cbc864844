// SPDX-License-Identifier: BSD-3-Clause
// Whether a browser asks for this site by a name that no stranger can give it. A page elsewhere may have its
// own name resolve to 127.0.0.1 and then read what is served here (DNS rebinding); the Host header still
// holds that name.
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

// host: an HTTP Host header, "name" or "name:port", "[v6]:port"; NULL = there is none. reached: the
// connection's own address on this machine (AF_INET or AF_INET6). True for localhost and loopback addresses
// at any port (the end of an SSH tunnel has another one), and for the reached address at its port.
bool host_is_ours(const char *host, const struct sockaddr *reached);

// Whether only this machine reaches the address (AF_INET or AF_INET6).
bool host_is_loopback(const struct sockaddr *address);

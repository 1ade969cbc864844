// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: the descriptions of dnn/networks/*.net and weights beside them, compiled into the library
// by dnn/embed.cmake.
#pragma once

#include <stddef.h>

struct builtin_network {
	const char *name; // the file's name without .net
	const char *file; // "dnn/networks/mobilenet-v2.net", for messages
	const char *text;
	const void *weights; // the safetensors file that `text` names; NULL = none
	size_t weights_size;
};

extern const struct builtin_network builtin_networks[]; // ends with a NULL name
extern const char *const builtin_network_names[];	// NULL-terminated

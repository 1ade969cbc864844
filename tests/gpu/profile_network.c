// SPDX-License-Identifier: BSD-3-Clause
// profile_network BACKEND NETWORK MOST FILE: F_n(b) for b = 1..MOST as `airbatch profile` writes it, on a
// machine that has the executors' libraries only.
#include <stdio.h>
#include <stdlib.h>

#include "base/percent.h"
#include "dnn/profile.h"

static int measure(char **argv, struct err *err)
{
	struct network *net;
	struct executor *e = NULL;
	struct profile *p = NULL;
	struct percent progress = {.what = "profiling"};
	int r = network_open(&net, argv[2], 5, err);
	if (r < 0)
		return r;
	r = executor_open(&e, argv[1], net, NULL, err);
	r = r < 0 ? r : executor_prepare(e, atoi(argv[3]), err);
	r = r < 0 ? r : profile_measure(&p, e, net, atoi(argv[3]), NULL, percent_show, &progress, err);
	percent_end(&progress);
	r = r < 0 ? r : profile_save(p, argv[4], err);
	profile_free(p);
	executor_close(e);
	network_free(net);
	return r;
}

int main(int argc, char **argv)
{
	struct err err = {""};
	if (argc != 5) {
		fprintf(stderr, "usage: profile_network BACKEND NETWORK MOST FILE\n");
		return 2;
	}
	int r = measure(argv, &err);
	if (r < 0)
		fprintf(stderr, "profile_network: %s\n", err.text);
	return r < 0;
}

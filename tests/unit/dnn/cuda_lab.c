// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/dnn/cuda_lab.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dnn/reference.h"

const char cuda_lab_network[] = "network odd\ninput 9x7x3\n"
				"subtask A\nconv 3x3 8 pad 1 relu6 as a\nconv 1x1 8 relu6 as b\nadd a relu6\n"
				"conv 1x1 12 hardswish as c\nconv 3x3 12 stride 2 pad 1 sigmoid\n"
				"subtask B\nconv 1x1 8 relu6 as p\nconv 3x3 8 pad 1 relu6 as q\n"
				"concat p,q\nconv 3x3 16 pad 2 dilation 2 groups 4 relu6\nconv 1x1 6 relu6\n"
				"subtask C\ndepthwise 3x3 pad 1 relu\nmaxpool 2x2 stride 1\nfc 10\nsoftmax\n";

const struct cuda_host_control *cuda_lab_control(void)
{
	setenv("AIRBATCH_PLUGINS", PLUGIN_DIRECTORY, 1);
	void *library = dlopen(PLUGIN_DIRECTORY "/libairbatch-cuda.so", RTLD_NOW | RTLD_LOCAL);
	if (!library)
		printf("%s\n", dlerror());
	return library ? dlsym(library, "cuda_host_control") : NULL;
}

struct network *cuda_lab_parse(const char *text)
{
	struct network *net;
	struct err err = {""};
	if (network_parse(&net, text, "test", 7, &err) < 0)
		fail_msg("%s", err.text);
	return net;
}

int cuda_lab_run(struct lab *lab, struct executor *e, int from, int to, int batch, int first, struct err *err)
{
	const float *in[LAB_MAX_USERS];
	for (int i = 0; i < batch; i++) {
		in[i] = lab->truth[(first + i) % lab->users][network_part_cut(lab->net, from)];
		memset(lab->out[i], 0xff, sizeof(float) * (size_t)lab->largest);
	}
	if (to == from + 1)
		return executor_run(e, from, batch, in, lab->out, NULL, err);
	return executor_run_range(e, from, to, batch, in, lab->out, NULL, err);
}

double cuda_lab_error(const struct lab *lab, int to, int batch, int first)
{
	double worst = 0;
	for (int i = 0; i < batch; i++) {
		double error = relative_error(lab->out[i], lab->truth[(first + i) % lab->users][to],
					      network_cut_values(lab->net, to));
		worst = error > worst ? error : worst;
	}
	return worst;
}

void cuda_lab_assert_clean(const struct cuda_host_control *cuda)
{
	static const char *const names[CUDA_HOST_N_KINDS] = {
	    "device memory",	"page-locked memory", "stream",	    "event",  "graph",
	    "executable graph", "cublasLt handle",    "descriptor", "layout", "preference"};
	for (int k = 0; k < CUDA_HOST_N_KINDS; k++)
		if (cuda->live((enum cuda_host_kind)k) != 0)
			fail_msg("%lld left: %s", (long long)cuda->live((enum cuda_host_kind)k), names[k]);
	assert_int_equal(cuda->misuses(), 0);
}

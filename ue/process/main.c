// SPDX-License-Identifier: BSD-3-Clause
// airbatch-ue: one emulated UE. Started by `airbatch run` in the UE's namespace.
#include <stddef.h>

#include "base/child.h"
#include "ue/process/ue.h"

static int live(const char *path, int channel, struct err *err)
{
	struct ue_config config = {0};
	struct ue *ue = NULL;
	int r = ue_config_load(&config, path, err);
	r = r < 0 ? r : ue_open(&ue, &config, channel, err);
	r = r < 0 ? r : child_ready(channel, err);
	r = r < 0 ? r : ue_run(ue, err);
	ue_close(ue);
	ue_config_free(&config);
	return r;
}

int main(int argc, char **argv)
{
	return child_main(
	    argc, argv, "airbatch-ue",
	    "One emulated UE: draws tasks, runs its part of the network on the modelled device, uploads the "
	    "tensor at the cut, takes the result. `airbatch run` starts it.",
	    live);
}

// SPDX-License-Identifier: BSD-3-Clause
// Agents' checkpoints (.abm), the states that a training continues from, and orchestrating agents. All carry
// a checksum of what follows their header, which random changes hardly ever meet: it is put right before they
// are read.
#include <stdlib.h>
#include <string.h>

#include "dnn/hash.h"
#include "edge/online/orchestration/agent.h"
#include "edge/policy/rl/checkpoint.h"
#include "fuzz.h"

enum { LENGTH_AT = 24, SUM_AT = 32, HEADER_SIZE = 40 };

static void put_right(uint8_t *data, size_t size)
{
	uint64_t length = size - HEADER_SIZE,
		 sum = hash_bytes(HASH_START, data + HEADER_SIZE, size - HEADER_SIZE);
	memcpy(data + LENGTH_AT, &length, sizeof(length));
	memcpy(data + SUM_AT, &sum, sizeof(sum));
}

// It also decides, for idle devices with regular links.
static void read_orchestrating(const uint8_t *data, size_t size)
{
	struct orch_agent *agent;
	struct err err;
	int action[ORCH_AGENT_USERS];
	if (orch_agent_from_bytes(&agent, data, size, "fuzz", &err) < 0)
		return;
	struct orch_state state = {.users = orch_agent_task(agent)->users};
	if (orch_agent_decide(agent, &state, action, &err) == 0 &&
	    !orch_task_allows(orch_agent_task(agent), action))
		abort();
	orch_agent_close(agent);
}

static void read_all(const uint8_t *data, size_t size)
{
	struct agent *agent;
	struct training training;
	struct err err;
	if (agent_read(&agent, data, size, "fuzz", &err) == 0) {
		const struct agent_identity *id = agent_identity(agent);
		float *numbers = calloc((size_t)(id->n_obs + id->n_action), sizeof(*numbers));
		if (numbers)
			agent_act(agent, numbers, numbers + id->n_obs, &err);
		free(numbers);
		agent_close(agent);
	}
	read_orchestrating(data, size);
	if (checkpoint_read_state(&training, data, size, "fuzz", &err) == 0)
		training_close(&training);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_all(data, size);
	if (size < HEADER_SIZE)
		return 0;
	uint8_t *copy = malloc(size);
	if (!copy)
		abort();
	memcpy(copy, data, size);
	put_right(copy, size);
	read_all(copy, size);
	free(copy);
	return 0;
}

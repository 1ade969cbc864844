// SPDX-License-Identifier: BSD-3-Clause
// replay_decisions AGENT.abm DECISIONS.csv: asks the agent anew about every observation of a run. Prints how
// many there were; exit status 1 when an action is not the recorded one, bit for bit.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/policy/rl/agent.h"
#include "edge/desk/record.h"

static int differs(const struct agent *agent, const char *line)
{
	float recorded[2], action[2], obs[DECISION_MAX_OBSERVATION];
	const char *last = strrchr(line, ',');
	struct err err = {""};
	if (!last || sscanf(line, "%*f,%*[a-z],%*f,%f,%f", &recorded[0], &recorded[1]) != 2) {
		fprintf(stderr, "no decision: %s", line);
		return 1;
	}
	char *at = (char *)last + 1;
	for (int i = 0; i < agent_identity(agent)->n_obs; i++)
		obs[i] = strtof(at, &at);
	if (agent_act(agent, obs, action, &err) < 0 || memcmp(action, recorded, sizeof(action)) != 0) {
		fprintf(stderr, "%.9g,%.9g instead: %s%s", (double)action[0], (double)action[1], err.text,
			line);
		return 1;
	}
	return 0;
}

static int replay(const struct agent *agent, FILE *f)
{
	char *line = NULL;
	size_t size = 0;
	int n = 0, wrong = 0;
	if (getline(&line, &size, f) < 0)
		wrong = 1;
	for (; getline(&line, &size, f) > 0; n++)
		wrong += differs(agent, line);
	free(line);
	printf("%d\n", n);
	return wrong > 0;
}

int main(int argc, char **argv)
{
	struct agent *agent;
	struct err err;
	if (argc != 3 || agent_open(&agent, argv[1], &err) < 0) {
		fprintf(stderr, "usage: replay_decisions AGENT.abm DECISIONS.csv\n");
		return 2;
	}
	FILE *f = fopen(argv[2], "re");
	int status = f ? replay(agent, f) : 2;
	if (f)
		fclose(f);
	agent_close(agent);
	return status;
}

// SPDX-License-Identifier: BSD-3-Clause
// Agents that learn to orchestrate: q-orch and the others of orch_agent_kinds. Each kind is one file and one
// row of the table in agent.c. An agent sees states (state.h) and measured response times, never the model.
//
// The accuracies of the variants are known beforehand, so no agent ever tries a choice that breaks its
// threshold (ours: the paper punishes such choices).
#pragma once

#include <stddef.h>
#include "base/rng.h"
#include "edge/online/orchestration/state.h"

struct orch_agent;
struct format_writer;
struct format_reader;

// One interaction.
struct orch_step {
	const struct orch_state *state, *next;
	const int *action;		  // [users]
	const struct orch_result *result; // [users] response_s is what was measured
	double reward;			  // orch_reward
};

struct orch_agent_kind {
	const char *name;
	const char *summary; // one line
	bool explores;	     // tries random choices while it learns; false = what it does not know draws it
	bool selects;	     // among variants; false = variant 0 only
	int (*open)(struct orch_agent *a, struct rng *rng, struct err *err);
	void (*close)(struct orch_agent *a);
	// The best choice known. 0, -ENOMEM, or -EINVAL when it has none that is accurate enough.
	int (*decide)(struct orch_agent *a, const struct orch_state *state, int action[], struct err *err);
	// One to explore with; NULL = with probability epsilon one that the task allows.
	int (*explore)(struct orch_agent *a, const struct orch_state *state, double epsilon, struct rng *rng,
		       int action[]);
	int (*learn)(struct orch_agent *a, const struct orch_step *step, struct rng *rng, struct err *err);
	void (*write)(const struct orch_agent *a, struct format_writer *w);
	int (*read)(struct orch_agent *a, const struct format_reader *r);
	int (*retarget)(struct orch_agent *a,
			struct err *err);   // after another threshold; NULL = nothing to do
	int interactions[ORCH_AGENT_USERS]; // of a training, by the number of users - 1, unless told
					    // otherwise
};

// All of them, up to NULL. NULL with a sentence that lists the names for another name.
const struct orch_agent_kind *const *orch_agent_kinds(void);
const struct orch_agent_kind *orch_agent_kind_find(const char *name, struct err *err);

// An agent that knows nothing, with first parameters from rng. The caller closes. 0, or -ENOMEM.
int orch_agent_open(struct orch_agent **out, const struct orch_agent_kind *kind, const struct orch_task *task,
		    struct rng *rng, struct err *err);
void orch_agent_close(struct orch_agent *a); // NULL is allowed

const struct orch_agent_kind *orch_agent_kind_of(const struct orch_agent *a);
const struct orch_task *orch_agent_task(const struct orch_agent *a);

// The best choice known; accurate enough. With probability epsilon, if the agent explores, a random one.
// 0, or -ENOMEM.
int orch_agent_decide(struct orch_agent *a, const struct orch_state *state, int action[], struct err *err);
int orch_agent_try(struct orch_agent *a, const struct orch_state *state, double epsilon, struct rng *rng,
		   int action[], struct err *err);

// share: of the training that is over, 0..1; what learning rates fall with.
int orch_agent_learn(struct orch_agent *a, const struct orch_step *step, double share, struct rng *rng,
		     struct err *err);

// An agent as a file (.abm). Reading gives the agent with the task that it was trained for: 0; -ENOENT and
// the like, or -EBADMSG with a sentence for what is damaged, truncated, foreign or of another version.
int orch_agent_save(const struct orch_agent *a, const char *path, struct err *err);
int orch_agent_load(struct orch_agent **out, const char *path, struct err *err);
int orch_agent_from_bytes(struct orch_agent **out, const void *data, size_t size, const char *name,
			  struct err *err);

// Refuses an agent of another kind (NULL = any), another number of users or other variants, and, unless it is
// to go on learning (transfer), of another threshold: -EINVAL and a sentence. A transfer takes over
// task->threshold.
int orch_agent_fits(struct orch_agent *a, const struct orch_agent_kind *kind, const struct orch_task *task,
		    bool transfer, struct err *err);

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Gradient steps of DDPG a second in PyTorch on one thread: the peer of bench_agent, same networks, batch and update."""
import copy
import sys
import time

try:
    import torch
except ImportError:
    print("PyTorch: skipped, not installed (Debian: apt-get install python3-torch)")
    sys.exit(0)

N_OBS, N_ACTION, HIDDEN, BATCH, MEMORY = 21, 2, 128, 128, 100000
GAMMA, TAU, UPDATES, ROUNDS = 0.99, 0.005, 200, 5


def network(n_in, n_out, *last):
    return torch.nn.Sequential(torch.nn.Linear(n_in, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, HIDDEN),
                               torch.nn.ReLU(), torch.nn.Linear(HIDDEN, n_out), *last)


def main():
    torch.set_num_threads(1)
    torch.manual_seed(1)
    actor, critic = network(N_OBS, N_ACTION, torch.nn.Tanh()), network(N_OBS + N_ACTION, 1)
    actor_target, critic_target = copy.deepcopy(actor), copy.deepcopy(critic)
    actor_adam = torch.optim.Adam(actor.parameters(), 1e-4)
    critic_adam = torch.optim.Adam(critic.parameters(), 1e-3)
    obs, after = torch.rand(MEMORY, N_OBS), torch.rand(MEMORY, N_OBS)
    action, reward = 2 * torch.rand(MEMORY, N_ACTION) - 1, -torch.rand(MEMORY, 1)

    def update():
        pick = torch.randint(MEMORY, (BATCH,))
        s, a, r, n = obs[pick], action[pick], reward[pick], after[pick]
        with torch.no_grad():
            wanted = r + GAMMA * critic_target(torch.cat((n, actor_target(n)), 1))
        loss = torch.nn.functional.mse_loss(critic(torch.cat((s, a), 1)), wanted)
        critic_adam.zero_grad()
        loss.backward()
        critic_adam.step()
        loss = -critic(torch.cat((s, actor(s)), 1)).mean()
        actor_adam.zero_grad()
        loss.backward()
        actor_adam.step()
        with torch.no_grad():
            for own, target in ((actor, actor_target), (critic, critic_target)):
                for p, t in zip(own.parameters(), target.parameters()):
                    t.lerp_(p, TAU)

    best = 0
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(UPDATES):
            update()
        best = max(best, UPDATES / (time.perf_counter() - begin))
    print(f"PyTorch {torch.__version__}: {best:.0f} gradient steps a second (DDPG, one thread)")


main()

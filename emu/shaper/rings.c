// SPDX-License-Identifier: BSD-3-Clause
#include "emu/shaper/rings.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define MIN_FRAMES 128

struct ring_shape rings_wanted(uint32_t mtu)
{
	if (mtu + 14 + 4 + 96 <= 2048)
		return (struct ring_shape){2048, 65536, 4096};
	return (struct ring_shape){16384, 131072, 1024};
}

size_t rings_bytes(const struct ring_shape *ring)
{
	return (size_t)4 * ring->frames * ring->frame_bytes;
}

static bool can_lock(const struct ring_shape *ring)
{
	size_t size = rings_bytes(ring);
	void *probe =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
	if (probe != MAP_FAILED)
		munmap(probe, size);
	return probe != MAP_FAILED;
}

int rings_lockable(struct ring_shape *ring, uint32_t mtu, struct err *err)
{
	struct rlimit limit;
	*ring = rings_wanted(mtu);
	while (!can_lock(ring)) {
		if (ring->frames > MIN_FRAMES) {
			ring->frames /= 2;
			continue;
		}
		getrlimit(RLIMIT_MEMLOCK, &limit);
		return err_set(
		    err, EAGAIN,
		    "this process may lock %llu KiB of memory, and the shaper's packet rings need %zu "
		    "KiB: `ulimit -l unlimited`, in a container --ulimit memlock=-1",
		    (unsigned long long)limit.rlim_cur / 1024, rings_bytes(ring) / 1024);
	}
	return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
// Network namespaces as descriptors. A namespace lives as long as a descriptor, a process or a published name
// holds it: by default only descriptors do, so a killed run leaves nothing behind. All calls concern the
// calling thread alone.
#pragma once

#include <stdbool.h>
#include "base/err.h"

// Descriptor (close-on-exec) of the calling thread's namespace, or a negative errno.
int netns_here(struct err *err);

// Descriptor (close-on-exec) of a new, empty namespace; the thread stays where it is. The caller closes it.
// Without the privilege the sentence says what is missing.
int netns_new(struct err *err);

// Moves the calling thread into a namespace. 0 or a negative errno.
int netns_enter(int fd, struct err *err);

// Runs function(user) inside the namespace and comes home again. Returns its result, or a negative errno.
int netns_run_in(int fd, int (*function)(void *user), void *user, struct err *err);

// For plain users (and root without CAP_SYS_ADMIN): moves the whole process, which must have one thread only,
// into a new user namespace whose root it is. Files it makes still belong to the user. Root of a user
// namespace that does not own its network (`unshare -Ur`, rootless containers) could leave that, but not come
// back: it moves into an empty network instead. 0 or a negative errno; nothing to do (0) for any other root.
int netns_enter_user_namespace(struct err *err);

// Gives a namespace a name under /run/netns, as `ip netns` does, so that `ip netns exec NAME` finds it. It
// then outlives the process until netns_unpublish. Needs real root.
int netns_publish(int fd, const char *name, struct err *err);
int netns_unpublish(const char *name, struct err *err);

// Calls found(name, user) for every published name that starts with prefix. Returns how many, or a negative
// errno.
int netns_each_published(const char *prefix, void (*found)(const char *name, void *user), void *user,
			 struct err *err);

// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: one source, compiled once for each vector length; the loader picks by processor.
#pragma once

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__)
#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONES
#endif

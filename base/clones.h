// SPDX-License-Identifier: BSD-3-Clause
// One source, compiled once for each vector length; the loader picks by processor.
// Only with GCC on x86-64: clang before 17 calls the dispatcher NAME.ifunc, so that other files do not find
// NAME. Not under sanitizers: they would instrument the resolvers, which run before the sanitizers do.
#pragma once

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONES
#endif

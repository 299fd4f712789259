#pragma once

// Loops over pixels are written so that the compiler turns them into vector code, and built for
// several processors; the one that runs is chosen when the program is loaded. What other
// processors know (NEON) is in their baseline. With STREAMKIT_ONE_PROCESSOR they are built only for
// the processor that the compiler's options name.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STREAMKIT_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STREAMKIT_SANITIZED 1
#endif

// The choice runs before a sanitizer has set itself up, so there it is left out. Of AVX-512 all of
// F, BW, CD, DQ and VL.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && \
    !defined(STREAMKIT_SANITIZED) && !defined(STREAMKIT_ONE_PROCESSOR)
#define STREAMKIT_SIMD_CLONES \
  __attribute__((target_clones("default", "sse4.1", "avx2", "arch=x86-64-v4")))
#else
#define STREAMKIT_SIMD_CLONES
#endif
// Inlined into its caller, and so built for the caller's processor.
#define STREAMKIT_INLINE __attribute__((always_inline)) inline

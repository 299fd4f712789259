#pragma once

// Loops over pixels are written so that the compiler vectorizes them. On x86-64 they are built for
// several processors, and the program loader selects the version that runs. On other architectures
// the vector instructions (NEON) belong to the baseline. With STREAMKIT_ONE_PROCESSOR they are
// built only for the processor that the compiler's options name.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STREAMKIT_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STREAMKIT_SANITIZED 1
#endif

// The selection runs before a sanitizer has initialized itself, so it is left out there. The
// AVX-512 version requires all of F, BW, CD, DQ and VL.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && \
    !defined(STREAMKIT_SANITIZED) && !defined(STREAMKIT_ONE_PROCESSOR)
#define STREAMKIT_SEVERAL_PROCESSORS 1
#define STREAMKIT_SIMD_CLONES \
  __attribute__((target_clones("default", "sse4.1", "avx2", "arch=x86-64-v4")))
#else
#define STREAMKIT_SIMD_CLONES
#endif
// Inlined into its caller, and thus built for the same processor as the caller.
#define STREAMKIT_INLINE __attribute__((always_inline)) inline

// 32-bit numbers in a register of the processor that the compiler's options name, for loops that
// are written for a width. Plain scalar code is asked for by a 1.
#if !defined(STREAMKIT_LANES)
#if defined(__AVX512BW__)
#define STREAMKIT_LANES 16
#elif defined(__AVX2__)
#define STREAMKIT_LANES 8
#else
#define STREAMKIT_LANES 4
#endif
#endif

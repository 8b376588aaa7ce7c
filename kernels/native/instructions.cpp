// Which tiles this processor can run.

#include "scan.hpp"

#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#elif defined(__linux__)
#include <sys/auxv.h>
#endif

namespace scan {

extern const Instructions scalar;
#if defined(__x86_64__)
/** Null where the compiler knew none. */
extern const Instructions* const amx;
extern const Instructions avx512;
extern const Instructions avx2;
#elif defined(__aarch64__)
extern const Instructions neon;
#endif

namespace {

#if defined(__x86_64__)
/** Compilers of before 2021 know no name for this one. */
bool halfFloats() {
  unsigned a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) && (c >> 29 & 1);
}

/** The processor has the instructions, and the system keeps their registers and lets this process use them. */
bool asksForMatrices() {
#if defined(__linux__)
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 27 & 1)) return false;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d >> 24 & 3) != 3) return false;
  unsigned low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if ((low >> 17 & 3) != 3) return false;
  constexpr long ARCH_REQ_XCOMP_PERM = 0x1023, TILE_DATA = 18;
  return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, TILE_DATA) == 0;
#else
  return false;
#endif
}

bool hasMatrices() {
  static const bool granted = asksForMatrices();
  return granted;
}
#endif

bool runs(const Instructions& with) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (&with == amx) return runs(avx512) && hasMatrices();
  if (&with == &avx512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
  if (&with == &avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && halfFloats();
#elif defined(__aarch64__) && defined(__linux__)
  // Bit 20 of the hardware's capabilities: dot products.
  if (&with == &neon) return getauxval(AT_HWCAP) >> 20 & 1;
#endif
  // All Apple processors with 64-bit ARM have dot products.
  return true;
}

}  // namespace

const Instructions* instructions(const char* name) {
  const Instructions* const known[] = {
#if defined(__x86_64__)
      amx,
      &avx512,
      &avx2,
#elif defined(__aarch64__)
      &neon,
#endif
      &scalar,
  };
  for (const Instructions* each : known)
    if (each && (!name || strcmp(name, each->name) == 0) && runs(*each)) return each;
  return nullptr;
}

}  // namespace scan

// Tiles in plain C++, for processors that the other files do not know; compilers make what vectors they can of it.

#include "scan.hpp"

#define INLINE static inline __attribute__((always_inline))

namespace scan {
namespace {

constexpr int TILE_GROUPS = 1;
constexpr int TILE_QUERIES = 1;
constexpr int32_t INT8_OFFSET = 0;

struct Registers {
  struct Sums {
    int32_t at[GROUP_ROWS];
  };
  struct Floats {
    float at[GROUP_ROWS];
  };
  struct Words {
    const uint8_t* at;
    bool one;
  };

  INLINE Words words(const uint8_t* at) { return {at, false}; }
  INLINE Words splat(const uint8_t* at) { return {at, true}; }
  INLINE void signedBytes(Sums& sums, Words rows, Words query) {
    const int8_t* r = (const int8_t*)rows.at;
    const int8_t* q = (const int8_t*)query.at;
    for (int i = 0; i < GROUP_ROWS; i++)
      sums.at[i] += r[4 * i] * q[0] + r[4 * i + 1] * q[1] + r[4 * i + 2] * q[2] + r[4 * i + 3] * q[3];
  }
  /** Bytes of int4: they are below 128. */
  INLINE void unsignedBytes(Sums& sums, Words rows, Words query) { signedBytes(sums, rows, query); }
  INLINE void bits(Sums& sums, Words rows, Words query) {
    uint32_t q;
    __builtin_memcpy(&q, query.at, 4);
    for (int i = 0; i < GROUP_ROWS; i++) {
      uint32_t r;
      __builtin_memcpy(&r, rows.at + 4 * i, 4);
      sums.at[i] -= 2 * __builtin_popcount(r ^ q);
    }
  }
  INLINE void floats(Floats& sums, Words rows, Words query) {
    const float* r = (const float*)rows.at;
    float q;
    __builtin_memcpy(&q, query.at, 4);
    for (int i = 0; i < GROUP_ROWS; i++) sums.at[i] += r[i] * q;
  }
  INLINE Sums sums(int32_t start) {
    Sums all;
    for (int32_t& sum : all.at) sum = start;
    return all;
  }
  INLINE Floats noFloats() { return {}; }
  INLINE Floats toFloats(const Sums& sums) {
    Floats all;
    for (int i = 0; i < GROUP_ROWS; i++) all.at[i] = (float)sums.at[i];
    return all;
  }
  INLINE Floats load(const float* at) {
    Floats all;
    __builtin_memcpy(all.at, at, sizeof all.at);
    return all;
  }
  INLINE Floats times(Floats a, const Floats& b) {
    for (int i = 0; i < GROUP_ROWS; i++) a.at[i] *= b.at[i];
    return a;
  }
  INLINE Floats times(Floats a, float x) {
    for (float& each : a.at) each *= x;
    return a;
  }
  INLINE Floats minus(Floats a, const Floats& b) {
    for (int i = 0; i < GROUP_ROWS; i++) a.at[i] -= b.at[i];
    return a;
  }
  INLINE Floats minus(Floats a, float x) {
    for (float& each : a.at) each -= x;
    return a;
  }
  INLINE Floats most(Floats a, const Floats& b) {
    for (int i = 0; i < GROUP_ROWS; i++) a.at[i] = a.at[i] > b.at[i] ? a.at[i] : b.at[i];
    return a;
  }
  INLINE uint32_t reaching(const Floats& scores, float least) {
    uint32_t mask = 0;
    for (int i = 0; i < GROUP_ROWS; i++) mask |= (uint32_t)(scores.at[i] >= least) << i;
    return mask;
  }
  INLINE void push(TopRows& best, const Floats& scores, const uint32_t* rows, uint32_t mask) {
    pushEach(best, scores.at, rows, mask);
  }
};

#include "tile.inc.hpp"

/** Exact: float32 holds every half. */
float fromHalf(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  const uint32_t magnitude = half & 0x7fff;
  uint32_t bits;
  float value;
  if (magnitude >= 0x0400) {
    bits = sign | ((magnitude << 13) + (magnitude >= 0x7c00 ? 0x70000000u : 0x38000000u));
    __builtin_memcpy(&value, &bits, 4);
    return value;
  }
  value = (float)magnitude * 0x1p-24f;
  return sign ? -value : value;
}

void arrange(const Layout& layout, const uint8_t* rows, uint8_t* group) {
  for (int r = 0; r < GROUP_ROWS; r++, rows += layout.stride) {
    const auto place = [&](size_t word) { return group + word * 64 + r * 4; };
    for (size_t byte = 0; byte < layout.stride; byte += 4) {
      if (layout.format == Format::float16) {
        for (size_t half = 0; half < 2; half++) {
          uint16_t bits;
          __builtin_memcpy(&bits, rows + byte + 2 * half, 2);
          const float value = fromHalf(bits);
          __builtin_memcpy(place(byte / 2 + half), &value, 4);
        }
        continue;
      }
      uint32_t word;
      __builtin_memcpy(&word, rows + byte, 4);
      if (layout.format == Format::int4) {
        const size_t first = byte / 16 * 8 + byte % 16 / 4;
        const uint32_t low = word & 0x0f0f0f0f;
        const uint32_t high = word >> 4 & 0x0f0f0f0f;
        __builtin_memcpy(place(first), &low, 4);
        __builtin_memcpy(place(first + 4), &high, 4);
        continue;
      }
      __builtin_memcpy(place(byte / 4), &word, 4);
    }
  }
}

}  // namespace

extern const Instructions scalar = {"scalar", INT8_OFFSET, arrange, score, nullptr, nullptr};

}  // namespace scan

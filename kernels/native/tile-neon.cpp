// Tiles on 64-bit ARM with its integer dot products.
#if defined(__aarch64__)

#include <arm_neon.h>

#include "scan.hpp"

#define INLINE static inline __attribute__((always_inline))

namespace scan {
namespace {

/** 16 of 32 registers are sums. */
constexpr int TILE_GROUPS = 1;
constexpr int TILE_QUERIES = 4;
constexpr int32_t INT8_OFFSET = 0;

struct Registers {
  struct Sums {
    int32x4_t at[4];
  };
  struct Floats {
    float32x4_t at[4];
  };
  using Words = Sums;

  INLINE Words words(const uint8_t* at) {
    Words all;
    for (int i = 0; i < 4; i++) all.at[i] = vreinterpretq_s32_u8(vld1q_u8(at + 16 * i));
    return all;
  }
  INLINE Words splat(const uint8_t* at) {
    int32_t word;
    __builtin_memcpy(&word, at, 4);
    const int32x4_t all = vdupq_n_s32(word);
    return {{all, all, all, all}};
  }
  INLINE void signedBytes(Sums& sums, Words rows, Words query) {
    for (int i = 0; i < 4; i++)
      sums.at[i] = vdotq_s32(sums.at[i], vreinterpretq_s8_s32(rows.at[i]), vreinterpretq_s8_s32(query.at[i]));
  }
  /** Bytes of int4: they are below 128. */
  INLINE void unsignedBytes(Sums& sums, Words rows, Words query) { signedBytes(sums, rows, query); }
  INLINE void bits(Sums& sums, Words rows, Words query) {
    for (int i = 0; i < 4; i++) {
      const uint8x16_t counts = vcntq_u8(vreinterpretq_u8_s32(veorq_s32(rows.at[i], query.at[i])));
      sums.at[i] = vdotq_s32(sums.at[i], vreinterpretq_s8_u8(counts), vdupq_n_s8(-2));
    }
  }
  INLINE void floats(Floats& sums, Words rows, Words query) {
    for (int i = 0; i < 4; i++)
      sums.at[i] = vfmaq_f32(sums.at[i], vreinterpretq_f32_s32(rows.at[i]), vreinterpretq_f32_s32(query.at[i]));
  }
  INLINE Sums sums(int32_t start) {
    const int32x4_t all = vdupq_n_s32(start);
    return {{all, all, all, all}};
  }
  INLINE Floats noFloats() {
    const float32x4_t all = vdupq_n_f32(0);
    return {{all, all, all, all}};
  }
  INLINE Floats toFloats(Sums sums) {
    Floats all;
    for (int i = 0; i < 4; i++) all.at[i] = vcvtq_f32_s32(sums.at[i]);
    return all;
  }
  INLINE Floats load(const float* at) {
    Floats all;
    for (int i = 0; i < 4; i++) all.at[i] = vld1q_f32(at + 4 * i);
    return all;
  }
  INLINE Floats times(Floats a, Floats b) {
    for (int i = 0; i < 4; i++) a.at[i] = vmulq_f32(a.at[i], b.at[i]);
    return a;
  }
  INLINE Floats times(Floats a, float x) {
    for (int i = 0; i < 4; i++) a.at[i] = vmulq_n_f32(a.at[i], x);
    return a;
  }
  INLINE Floats minus(Floats a, Floats b) {
    for (int i = 0; i < 4; i++) a.at[i] = vsubq_f32(a.at[i], b.at[i]);
    return a;
  }
  INLINE Floats minus(Floats a, float x) {
    for (int i = 0; i < 4; i++) a.at[i] = vsubq_f32(a.at[i], vdupq_n_f32(x));
    return a;
  }
  INLINE Floats most(Floats a, Floats b) {
    for (int i = 0; i < 4; i++) a.at[i] = vmaxq_f32(a.at[i], b.at[i]);
    return a;
  }
  INLINE uint32_t reaching(Floats scores, float least) {
    const uint32x4_t bits = {1, 2, 4, 8};
    const float32x4_t bound = vdupq_n_f32(least);
    uint32_t mask = 0;
    for (int i = 0; i < 4; i++) mask |= vaddvq_u32(vandq_u32(vcgeq_f32(scores.at[i], bound), bits)) << (4 * i);
    return mask;
  }
  INLINE void push(TopRows& best, Floats scores, const uint32_t* rows, uint32_t mask) {
    float all[GROUP_ROWS];
    for (int i = 0; i < 4; i++) vst1q_f32(all + 4 * i, scores.at[i]);
    pushEach(best, all, rows, mask);
  }
};

#include "tile.inc.hpp"

/** 16 bytes of 4 rows → 4 × 4 words, each word of all rows side by side. */
INLINE void transpose(const uint8_t* rows, size_t apart, uint32x4_t out[4]) {
  const uint32x4_t r0 = vreinterpretq_u32_u8(vld1q_u8(rows));
  const uint32x4_t r1 = vreinterpretq_u32_u8(vld1q_u8(rows + apart));
  const uint32x4_t r2 = vreinterpretq_u32_u8(vld1q_u8(rows + 2 * apart));
  const uint32x4_t r3 = vreinterpretq_u32_u8(vld1q_u8(rows + 3 * apart));
  const uint64x2_t a = vreinterpretq_u64_u32(vtrn1q_u32(r0, r1));
  const uint64x2_t b = vreinterpretq_u64_u32(vtrn2q_u32(r0, r1));
  const uint64x2_t c = vreinterpretq_u64_u32(vtrn1q_u32(r2, r3));
  const uint64x2_t d = vreinterpretq_u64_u32(vtrn2q_u32(r2, r3));
  out[0] = vreinterpretq_u32_u64(vtrn1q_u64(a, c));
  out[1] = vreinterpretq_u32_u64(vtrn1q_u64(b, d));
  out[2] = vreinterpretq_u32_u64(vtrn2q_u64(a, c));
  out[3] = vreinterpretq_u32_u64(vtrn2q_u64(b, d));
}

void arrange(const Layout& layout, const uint8_t* rows, uint8_t* group) {
  const uint32x4_t low = vdupq_n_u32(0x0f0f0f0f);
  for (int part = 0; part < 4; part++, rows += 4 * layout.stride, group += 16) {
    for (size_t byte = 0; byte < layout.stride; byte += 16) {
      uint32x4_t words[4];
      transpose(rows + byte, layout.stride, words);
      for (int w = 0; w < 4; w++) {
        if (layout.format == Format::float16) {
          uint8_t* out = group + (byte / 2 + 2 * w) * 64;
          vst1q_f32((float*)out, vcvt_f32_f16(vreinterpret_f16_u16(vmovn_u32(words[w]))));
          vst1q_f32((float*)(out + 64), vcvt_f32_f16(vreinterpret_f16_u16(vshrn_n_u32(words[w], 16))));
        } else if (layout.format == Format::int4) {
          uint8_t* out = group + (byte / 2 + w) * 64;
          vst1q_u32((uint32_t*)out, vandq_u32(words[w], low));
          vst1q_u32((uint32_t*)(out + 4 * 64), vandq_u32(vshrq_n_u32(words[w], 4), low));
        } else {
          vst1q_u32((uint32_t*)(group + (byte / 4 + w) * 64), words[w]);
        }
      }
    }
  }
}

}  // namespace

extern const Instructions neon = {"neon-dotprod", INT8_OFFSET, arrange, score, nullptr, nullptr};

}  // namespace scan

#endif

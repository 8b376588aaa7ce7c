// Tiles on x86-64 with AVX2.
#if defined(__x86_64__)

#include <immintrin.h>

#include "scan.hpp"

#define INLINE static inline __attribute__((always_inline))

namespace scan {
namespace {

/** 8 of 16 registers are sums. */
constexpr int TILE_GROUPS = 1;
constexpr int TILE_QUERIES = 4;
constexpr int32_t INT8_OFFSET = 0;

struct Registers {
  struct Sums {
    __m256i low, high;
  };
  struct Floats {
    __m256 low, high;
  };
  using Words = Sums;

  INLINE Words words(const uint8_t* at) {
    return {_mm256_loadu_si256((const __m256i*)at), _mm256_loadu_si256((const __m256i*)(at + 32))};
  }
  INLINE Words splat(const uint8_t* at) {
    int32_t word;
    __builtin_memcpy(&word, at, 4);
    const __m256i all = _mm256_set1_epi32(word);
    return {all, all};
  }
  /** Neighbours' sums stay below 2 · 255 · 127 only for numbers below 128, see the callers. */
  INLINE __m256i quads(__m256i unsignedBytes, __m256i signedBytes) {
    return _mm256_madd_epi16(_mm256_maddubs_epi16(unsignedBytes, signedBytes), _mm256_set1_epi16(1));
  }
  /** Of int4: at most 15 · 127 · 2 for two neighbours. */
  INLINE void unsignedBytes(Sums& sums, Words rows, Words query) {
    sums.low = _mm256_add_epi32(sums.low, quads(rows.low, query.low));
    sums.high = _mm256_add_epi32(sums.high, quads(rows.high, query.high));
  }
  /** |row| × query with the row's sign: at most 128 · 127 · 2 for two neighbours, which 16 bits hold. */
  INLINE void signedBytes(Sums& sums, Words rows, Words query) {
    sums.low = _mm256_add_epi32(sums.low, quads(_mm256_abs_epi8(rows.low), _mm256_sign_epi8(query.low, rows.low)));
    sums.high =
        _mm256_add_epi32(sums.high, quads(_mm256_abs_epi8(rows.high), _mm256_sign_epi8(query.high, rows.high)));
  }
  INLINE __m256i differences(__m256i rows, __m256i query) {
    const __m256i differing = _mm256_xor_si256(rows, query);
    const __m256i table =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m256i low = _mm256_set1_epi8(15);
    const __m256i counts =
        _mm256_add_epi8(_mm256_shuffle_epi8(table, _mm256_and_si256(differing, low)),
                        _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi32(differing, 4), low)));
    return quads(counts, _mm256_set1_epi8(2));
  }
  INLINE void bits(Sums& sums, Words rows, Words query) {
    sums.low = _mm256_sub_epi32(sums.low, differences(rows.low, query.low));
    sums.high = _mm256_sub_epi32(sums.high, differences(rows.high, query.high));
  }
  INLINE void floats(Floats& sums, Words rows, Words query) {
    sums.low = _mm256_fmadd_ps(_mm256_castsi256_ps(rows.low), _mm256_castsi256_ps(query.low), sums.low);
    sums.high = _mm256_fmadd_ps(_mm256_castsi256_ps(rows.high), _mm256_castsi256_ps(query.high), sums.high);
  }
  INLINE Words lowHalves(Words words) {
    const __m256i low = _mm256_set1_epi8(15);
    return {_mm256_and_si256(words.low, low), _mm256_and_si256(words.high, low)};
  }
  INLINE Words highHalves(Words words) {
    return lowHalves({_mm256_srli_epi32(words.low, 4), _mm256_srli_epi32(words.high, 4)});
  }
  INLINE Sums plus(Sums sums, int32_t n) {
    const __m256i all = _mm256_set1_epi32(n);
    return {_mm256_add_epi32(sums.low, all), _mm256_add_epi32(sums.high, all)};
  }
  INLINE Sums times17(Sums sums) {
    return {_mm256_add_epi32(_mm256_slli_epi32(sums.low, 4), sums.low),
            _mm256_add_epi32(_mm256_slli_epi32(sums.high, 4), sums.high)};
  }
  INLINE Sums sums(int32_t start) { return {_mm256_set1_epi32(start), _mm256_set1_epi32(start)}; }
  INLINE Floats noFloats() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
  INLINE Floats toFloats(Sums sums) { return {_mm256_cvtepi32_ps(sums.low), _mm256_cvtepi32_ps(sums.high)}; }
  INLINE Floats load(const float* at) { return {_mm256_loadu_ps(at), _mm256_loadu_ps(at + 8)}; }
  INLINE Floats times(Floats a, Floats b) { return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)}; }
  INLINE Floats times(Floats a, float x) { return times(a, {_mm256_set1_ps(x), _mm256_set1_ps(x)}); }
  INLINE Floats minus(Floats a, Floats b) { return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)}; }
  INLINE Floats minus(Floats a, float x) { return minus(a, {_mm256_set1_ps(x), _mm256_set1_ps(x)}); }
  INLINE Floats most(Floats a, Floats b) { return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)}; }
  INLINE uint32_t reaching(Floats scores, float least) {
    const __m256 bound = _mm256_set1_ps(least);
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(scores.low, bound, _CMP_GE_OQ)) |
           (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(scores.high, bound, _CMP_GE_OQ)) << 8;
  }
  INLINE void push(TopRows& best, Floats scores, const uint32_t* rows, uint32_t mask) {
    float all[GROUP_ROWS];
    _mm256_storeu_ps(all, scores.low);
    _mm256_storeu_ps(all + 8, scores.high);
    pushEach(best, all, rows, mask);
  }
};

#include "tile.inc.hpp"

#include "approximate.inc.hpp"

/** 16 bytes of 8 rows → 4 × 8 words, each word of all rows side by side. */
INLINE void transpose(const uint8_t* rows, size_t apart, __m256i out[4]) {
  __m256i four[4];
  for (int i = 0; i < 4; i++) {
    // Lane l holds row 4 · l + i.
    const uint8_t* at = rows + i * apart;
    four[i] = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i*)at)),
                                      _mm_loadu_si128((const __m128i*)(at + 4 * apart)), 1);
  }
  const __m256i a = _mm256_unpacklo_epi32(four[0], four[1]);
  const __m256i b = _mm256_unpackhi_epi32(four[0], four[1]);
  const __m256i c = _mm256_unpacklo_epi32(four[2], four[3]);
  const __m256i d = _mm256_unpackhi_epi32(four[2], four[3]);
  out[0] = _mm256_unpacklo_epi64(a, c);
  out[1] = _mm256_unpackhi_epi64(a, c);
  out[2] = _mm256_unpacklo_epi64(b, d);
  out[3] = _mm256_unpackhi_epi64(b, d);
}

/** The lower halves of 8 words as float32. */
INLINE __m256 halves(__m256i words) {
  const __m256i packed = _mm256_packus_epi32(_mm256_and_si256(words, _mm256_set1_epi32(0xffff)), _mm256_setzero_si256());
  return _mm256_cvtph_ps(_mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0x08)));
}

void arrange(const Layout& layout, const uint8_t* rows, uint8_t* group) {
  const __m256i low = _mm256_set1_epi8(15);
  for (int part = 0; part < 2; part++, rows += 8 * layout.stride, group += 32) {
    for (size_t byte = 0; byte < layout.stride; byte += 16) {
      __m256i words[4];
      transpose(rows + byte, layout.stride, words);
      for (int w = 0; w < 4; w++) {
        if (layout.format == Format::float16) {
          uint8_t* out = group + (byte / 2 + 2 * w) * 64;
          _mm256_storeu_ps((float*)out, halves(words[w]));
          _mm256_storeu_ps((float*)(out + 64), halves(_mm256_srli_epi32(words[w], 16)));
        } else if (layout.format == Format::int4) {
          uint8_t* out = group + (byte / 2 + w) * 64;
          _mm256_storeu_si256((__m256i*)out, _mm256_and_si256(words[w], low));
          _mm256_storeu_si256((__m256i*)(out + 4 * 64), _mm256_and_si256(_mm256_srli_epi32(words[w], 4), low));
        } else {
          _mm256_storeu_si256((__m256i*)(group + (byte / 4 + w) * 64), words[w]);
        }
      }
    }
  }
}

}  // namespace

extern const Instructions avx2 = {"avx2", INT8_OFFSET, arrange, score, nullptr, nullptr, nullptr, approximate};

}  // namespace scan

#endif

// Tiles on x86-64 with AVX-512 and its integer dot products (VNNI).
#if defined(__x86_64__)

#include <immintrin.h>

#include "scan.hpp"

#define INLINE static inline __attribute__((always_inline))

namespace scan {
namespace {

/** 16 sums, 4 words of rows and one of a query: of 32 registers. */
constexpr int TILE_GROUPS = 4;
constexpr int TILE_QUERIES = 4;
/** The dot product takes unsigned × signed bytes. */
constexpr int32_t INT8_OFFSET = 128;

#include "avx512.inc.hpp"
#include "tile.inc.hpp"

#include "approximate.inc.hpp"

void arrange(const Layout& layout, const uint8_t* rows, uint8_t* group) {
  const __m512i flip = _mm512_set1_epi8((char)(layout.format == Format::int8 ? 128 : 0));
  const __m512i low = _mm512_set1_epi8(15);
  __m512i words[16];
  size_t byte = 0;
  if (layout.format != Format::int4 && layout.format != Format::float16) {
    for (; byte + 64 <= layout.stride; byte += 64) {
      transposeLine(rows + byte, layout.stride, words);
      for (int w = 0; w < 16; w++)
        _mm512_store_si512(group + (byte / 4 + w) * 64, _mm512_xor_si512(words[w], flip));
    }
  }
  for (; byte < layout.stride; byte += 16) {
    if (layout.format == Format::float16) {
      uint8_t* out = group + byte / 2 * 64;
      transpose(rows + byte, layout.stride, words);
      for (int w = 0; w < 4; w++) {
        // A word holds two halves of a row: the lower one first.
        const __m256i even = _mm512_cvtepi32_epi16(words[w]);
        const __m256i odd = _mm512_cvtepi32_epi16(_mm512_srli_epi32(words[w], 16));
        _mm512_store_ps(out + 2 * w * 64, _mm512_cvtph_ps(even));
        _mm512_store_ps(out + (2 * w + 1) * 64, _mm512_cvtph_ps(odd));
      }
      continue;
    }
    transpose(rows + byte, layout.stride, words);
    if (layout.format == Format::int4) {
      uint8_t* out = group + byte / 2 * 64;
      for (int w = 0; w < 4; w++) {
        _mm512_store_si512(out + w * 64, _mm512_and_si512(words[w], low));
        _mm512_store_si512(out + (4 + w) * 64, _mm512_and_si512(_mm512_srli_epi32(words[w], 4), low));
      }
      continue;
    }
    for (int w = 0; w < 4; w++) _mm512_store_si512(group + (byte / 4 + w) * 64, _mm512_xor_si512(words[w], flip));
  }
}

/** Adds each of 16 registers up: element i of the result is the sum of register i. */
INLINE __m512i sumEach(const __m512i (&rows)[16]) {
  __m512i quarters[4];
  unrolled<4>(EACH(quarter) {
    constexpr int i = 4 * quarter.value;
    const auto pairs = [](__m512i a, __m512i b) __attribute__((always_inline)) {
      return _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    };
    const __m512i a = pairs(rows[i], rows[i + 1]);
    const __m512i b = pairs(rows[i + 2], rows[i + 3]);
    // Lane l holds the sums over lane l of four rows.
    quarters[quarter.value] = _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
  });
  const auto lanes = [](__m512i a, __m512i b) __attribute__((always_inline)) {
    return _mm512_add_epi32(_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xdd));
  };
  return lanes(lanes(quarters[0], quarters[1]), lanes(quarters[2], quarters[3]));
}

/** Each row is read once, so moving it into a tile would cost more than adding across registers. */
bool scoreInPlace(const Layout& layout, const uint8_t* block, const Queries& query, BlockScores& out) {
  if (layout.format != Format::int8) return false;
  out.reaching = 0;
  const __m512i flip = _mm512_set1_epi8((char)INT8_OFFSET);
  const __mmask64 rest = ~0ull >> (63 - (layout.stride - 1) % 64);
  const size_t last = (layout.stride - 1) / 64 * 64;
  for (int r = 0; r < BLOCK_ROWS; r += GROUP_ROWS) {
    const uint8_t* rows = block + layout.rowsAt + r * layout.stride;
    __m512i sums[GROUP_ROWS];
    unrolled<GROUP_ROWS>(EACH(i) { sums[i.value] = _mm512_setzero_si512(); });
    for (size_t byte = 0; byte < last; byte += 64) {
      const __m512i line = _mm512_loadu_si512(query.bytes + byte);
      unrolled<GROUP_ROWS>(EACH(i) {
        const __m512i row = _mm512_loadu_si512(rows + i.value * layout.stride + byte);
        Registers::unsignedBytes(sums[i.value], _mm512_xor_si512(row, flip), line);
      });
    }
    // The numbers behind a row's end meet zeros.
    const __m512i line = _mm512_maskz_loadu_epi8(rest, query.bytes + last);
    unrolled<GROUP_ROWS>(EACH(i) {
      const __m512i row = _mm512_maskz_loadu_epi8(rest, rows + i.value * layout.stride + last);
      Registers::unsignedBytes(sums[i.value], _mm512_xor_si512(row, flip), line);
    });
    const __m512i all = _mm512_add_epi32(sumEach(sums), _mm512_set1_epi32(query.starts[0]));
    const __m512 scales = _mm512_loadu_ps(block + layout.scalesAt + r * 4);
    __m512 score = Registers::times(Registers::times(Registers::toFloats(all), scales), query.scales[0]);
    if (layout.normsAt) {
      const __m512 norms = _mm512_loadu_ps(block + layout.normsAt + r * 4);
      score = Registers::minus(Registers::minus(Registers::times(score, 2.0f), norms), query.norms[0]);
    }
    _mm512_storeu_ps(out.scores + r, score);
    out.reaching |= (uint64_t)Registers::reaching(score, query.best->threshold) << r;
  }
  return true;
}

void pushInPlace(const BlockScores& scores, uint32_t firstRow, TopRows& best) {
  const __m512i places = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (int r = 0; r < BLOCK_ROWS; r += GROUP_ROWS) {
    uint32_t rows[GROUP_ROWS];
    _mm512_storeu_si512(rows, _mm512_add_epi32(places, _mm512_set1_epi32((int32_t)firstRow + r)));
    best.reserve();
    Registers::push(best, Registers::load(scores.scores + r), rows, (scores.reaching >> r) & 0xffff);
  }
}

}  // namespace

extern const Instructions avx512 = {"avx512-vnni", INT8_OFFSET, arrange, score, scoreInPlace, pushInPlace, nullptr, approximate};

}  // namespace scan

#endif

// Batches of int8 and int4 with matrix instructions (AMX): 16 rows × 16 queries × 64 numbers at once. Everything else is left
// to AVX-512.
//
// A group lies as its rows do, one behind the other. Products come out of the matrix unit through memory only, a line a
// row and a lane a query; so those of one group are looked at while the next ones are multiplied.
#if defined(__x86_64__)

#include "scan.hpp"

namespace scan {

// Compilers of before 2021 know no such instructions.
#if defined(__AMX_INT8__)

}  // namespace scan

#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))

namespace scan {
namespace {

#include "avx512.inc.hpp"
#include "push.inc.hpp"

/** Rows and columns of a tile of the matrix unit, bytes of one of its rows, and of it. */
constexpr int SIDE = 16;
constexpr int LINE = 64;
constexpr size_t MATRIX = SIDE * LINE;
/** Groups of 16 queries of one pass: as many tiles of sums as the unit has room for beside rows and queries. */
constexpr int PASS = 4;
/** With fewer queries AVX-512 is quicker. */
constexpr size_t QUERIES_LEAST = 8;

/** What `ldtilecfg` reads: eight tiles of 16 rows of 64 bytes. */
struct alignas(64) Configuration {
  uint8_t palette = 1;
  uint8_t unused[15] = {};
  uint16_t bytes[16] = {LINE, LINE, LINE, LINE, LINE, LINE, LINE, LINE};
  uint8_t rows[16] = {SIDE, SIDE, SIDE, SIDE, SIDE, SIDE, SIDE, SIDE};
};

void enter() {
  static const Configuration configuration;
  _tile_loadconfig(&configuration);
}

void leave() { _tile_release(); }

/** Sums of a group and 16 queries, a line a row. */
using Products = int32_t[GROUP_ROWS][SIDE];

/** Numbers of 16 queries; `least` is a product with a row's scale, for l2 a score. */
struct Lanes {
  __m512i starts;
  __m512 least;
  __m512 scales;
  __m512 norms;
};

/** @returns a bit for each query that a row of the group may reach */
template <bool offset, bool l2>
INLINE uint32_t reached(const Products& products, const Tile& tile, int group, const Lanes& lanes) {
  __m512 top = _mm512_setzero_ps();
  unrolled<GROUP_ROWS>(EACH(r) {
    __m512i sums = _mm512_load_si512(products[r.value]);
    if constexpr (offset) sums = _mm512_add_epi32(sums, lanes.starts);
    const int row = group * GROUP_ROWS + r.value;
    __m512 score = Registers::times(Registers::toFloats(sums), tile.scales[row]);
    if constexpr (l2) {
      score = Registers::times(Registers::times(score, lanes.scales), 2.0f);
      score = Registers::minus(Registers::minus(score, tile.norms[row]), lanes.norms);
    }
    top = r.value == 0 ? score : Registers::most(top, score);
  });
  return _mm512_cmp_ps_mask(top, lanes.least, _CMP_GE_OQ);
}

/** Scores a group for each query that its rows may reach. */
template <bool l2>
__attribute__((noinline)) void pushReached(const Products& products, const Tile& tile, int group, const Queries& queries,
                                           size_t first, uint32_t mask) {
  const __m512i lines = _mm512_slli_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), 4);
  const __m512 scales = Registers::load(tile.scales + group * GROUP_ROWS);
  for (; mask; mask &= mask - 1) {
    const int lane = __builtin_ctz(mask);
    const __m512i sums = _mm512_i32gather_epi32(lines, &products[0][lane], 4);
    const __m512i all = _mm512_add_epi32(sums, _mm512_set1_epi32(queries.starts[first + lane]));
    pushGroup<true, l2>(tile, group, Registers::times(Registers::toFloats(all), scales), queries, first + lane);
  }
}

/** For 16 queries from `first` on; those behind the last one are reached by nothing. */
template <bool l2>
INLINE Lanes lanesOf(const Queries& queries, size_t first, size_t count) {
  Lanes lanes;
  lanes.starts = _mm512_loadu_si512(queries.starts + first);
  lanes.scales = Registers::load(queries.scales + first);
  lanes.norms = Registers::load(queries.norms + first);
  if constexpr (l2) {
    float least[SIDE];
    for (size_t lane = 0; lane < SIDE; lane++)
      least[lane] = first + lane < count ? queries.best[first + lane].threshold : __builtin_inff();
    lanes.least = Registers::load(least);
  } else {
    lanes.least = Registers::load(queries.leastProducts + first);
  }
  return lanes;
}

// The numbers of the unit's tiles are part of its instructions: 0 holds rows, 1 to 3 queries, 4 to 7 sums.
#define EACH_SUMS(STEP) STEP(0, 4, 1) STEP(1, 5, 2) STEP(2, 6, 3) STEP(3, 7, 1)
#define MULTIPLY(sums, queries)     \
  if constexpr (offset)             \
    _tile_dpbusd(sums, 0, queries); \
  else                              \
    _tile_dpbssd(sums, 0, queries);

/**
 * Scores a tile for TILES × 16 queries from `first` on: while a group is multiplied, the one before is stored, and the one
 * before that looked at.
 *
 * @param part which of `parts` passes over the tile this is
 */
template <bool offset, bool l2, int TILES>
void scorePass(const Tile& tile, const Queries& queries, size_t first, size_t count, size_t part, size_t parts) {
  const size_t rowBytes = tile.words * 4;
  const size_t chunks = (rowBytes + LINE - 1) / LINE;
  const uint8_t* packed = queries.packed + first / SIDE * chunks * MATRIX;
  Lanes lanes[TILES];
  for (int t = 0; t < TILES; t++) lanes[t] = lanesOf<l2>(queries, first + t * SIDE, count);
  alignas(64) Products products[2][TILES];
  const auto look = [&](int group, int t) __attribute__((always_inline)) {
    const Products& sums = products[group & 1][t];
    const uint32_t mask = reached<offset, l2>(sums, tile, group, lanes[t]);
    if (__builtin_expect(mask != 0, 0)) pushReached<l2>(sums, tile, group, queries, first + t * SIDE, mask);
  };
  const int groups = tile.groups;
  const size_t ahead = tile.nextBytes / (parts * groups * TILES);
  const uint8_t* next = tile.next + part * groups * TILES * ahead;
  for (int group = 0; group < groups; group++) {
    const uint8_t* rows = tile.group(group);
    Products* before = products[(group + 1) & 1];
    _tile_loadd(0, rows, rowBytes);
#define STEP(t, sums, others)                                \
  if constexpr (t < TILES) {                                 \
    _tile_stored(sums, before[t], LINE);                     \
    _tile_zero(sums);                                        \
    _tile_loadd(others, packed + t * chunks * MATRIX, LINE); \
    MULTIPLY(sums, others)                                   \
    fetch(next, ahead);                                      \
    next += ahead;                                           \
    if (group >= 2) look(group - 2, t);                      \
  }
    EACH_SUMS(STEP)
#undef STEP
    for (size_t k = 1; k < chunks; k++) {
      _tile_loadd(0, rows + k * LINE, rowBytes);
#define STEP(t, sums, others)                                      \
  if constexpr (t < TILES) {                                       \
    _tile_loadd(others, packed + (t * chunks + k) * MATRIX, LINE); \
    MULTIPLY(sums, others)                                         \
  }
      EACH_SUMS(STEP)
#undef STEP
    }
  }
#define STEP(t, sums, others)                                \
  if constexpr (t < TILES) {                                 \
    _tile_stored(sums, products[(groups + 1) & 1][t], LINE); \
    if (groups >= 2) look(groups - 2, t);                    \
  }
  EACH_SUMS(STEP)
#undef STEP
  for (int t = 0; t < TILES; t++) look(groups - 1, t);
}

template <bool offset, bool l2>
void scoreAll(const Tile& tile, const Queries& queries, size_t count) {
  constexpr size_t WHOLE = PASS * SIDE;
  const size_t passes = (count + WHOLE - 1) / WHOLE;
  for (size_t pass = 0; pass < passes; pass++) {
    const size_t first = pass * WHOLE;
    switch ((count - first + SIDE - 1) / SIDE) {
      case 1:
        scorePass<offset, l2, 1>(tile, queries, first, count, pass, passes);
        break;
      case 2:
        scorePass<offset, l2, 2>(tile, queries, first, count, pass, passes);
        break;
      case 3:
        scorePass<offset, l2, 3>(tile, queries, first, count, pass, passes);
        break;
      default:
        scorePass<offset, l2, PASS>(tile, queries, first, count, pass, passes);
    }
  }
}

void score(const Layout& layout, const Tile& tile, const Queries& queries, size_t count) {
  const bool l2 = layout.normsAt != 0;
  if (layout.format == Format::int4)
    return l2 ? scoreAll<true, true>(tile, queries, count) : scoreAll<true, false>(tile, queries, count);
  return l2 ? scoreAll<false, true>(tile, queries, count) : scoreAll<false, false>(tile, queries, count);
}

void arrange(const Layout& layout, const uint8_t* rows, uint8_t* group) {
  const size_t bytes = GROUP_ROWS * layout.stride;
  if (layout.format == Format::int8) {
    for (size_t byte = 0; byte < bytes; byte += LINE)
      _mm512_store_si512(group + byte, _mm512_loadu_si512(rows + byte));
    return;
  }
  const __m256i low = _mm256_set1_epi8(15);
  for (size_t byte = 0; byte < bytes; byte += 16, group += 32) {
    const __m128i halves = _mm_loadu_si128((const __m128i*)(rows + byte));
    const __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(halves), _mm_srli_epi16(halves, 4), 1);
    _mm256_store_si256((__m256i*)group, _mm256_and_si256(both, low));
  }
}

/** Word w of 16 queries side by side, for every w. */
void pack(const uint8_t* queries, size_t stride, uint8_t* group) {
  __m512i words[4];
  for (size_t byte = 0; byte < stride; byte += 16) {
    transpose(queries + byte, stride, words);
    for (int w = 0; w < 4; w++) _mm512_store_si512(group + (byte / 4 + w) * LINE, words[w]);
  }
}

bool take(const Layout& layout, size_t queries) {
  return (layout.format == Format::int8 || layout.format == Format::int4) && queries >= QUERIES_LEAST;
}

}  // namespace

extern const Instructions avx512;

const Matrices matrices = {take, &avx512, pack, enter, leave};
const Instructions found = {"amx-int8", 0, arrange, score, nullptr, nullptr, &matrices};
extern const Instructions* const amx = &found;

#else

extern const Instructions* const amx = nullptr;

#endif

}  // namespace scan

#endif

// Scoring of tiles, the same for all processors. Included inside an anonymous namespace after `Registers`, which has
//   Sums, Floats             16 × int32, 16 × float32
//   Words                    16 × 32 bits, a word of each row of a group
//   words(p), splat(p)       16 words at p; the word at p, 16 times
//   signedBytes, unsignedBytes, bits, floats (sums, row words, query words)
//                            adds products of int8 × int8, uint8 × int8; takes 2 · differing bits away; adds products
//   sums(n), noFloats(), toFloats(sums), load(p), times(a, b), times(a, x), minus(a, b), minus(a, x)
//   reaching(scores, x)      a bit a row whose score is at least x
//   most(a, b)               the greater of each two, of sums as of floats
//   push(best, scores, rows, mask)

#include "push.inc.hpp"

enum class Product { signedBytes, unsignedBytes, bits, floats };

template <Product product>
struct Accumulator {
  using Type = typename Registers::Sums;
};
template <>
struct Accumulator<Product::floats> {
  using Type = typename Registers::Floats;
};

template <Product product>
INLINE void accumulate(typename Accumulator<product>::Type& sums, typename Registers::Words rows,
                       typename Registers::Words query) {
  if constexpr (product == Product::signedBytes) Registers::signedBytes(sums, rows, query);
  if constexpr (product == Product::unsignedBytes) Registers::unsignedBytes(sums, rows, query);
  if constexpr (product == Product::bits) Registers::bits(sums, rows, query);
  if constexpr (product == Product::floats) Registers::floats(sums, rows, query);
}

/** Words between two looks at whether a row ends: the processor guesses short loops right. */
constexpr int STEP_WORDS = 8;

/** Of TILE_GROUPS groups with a query, of which some reach its threshold. */
struct Survivor {
  typename Registers::Floats products[TILE_GROUPS];
  int query;
  int group;
};

/** Whether sums of several groups that reach a threshold are put aside first, and scored behind the tile. */
template <Product product, bool l2>
constexpr bool isPutAside = !l2 && product != Product::floats && (TILE_GROUPS > 1);

/**
 * Scores GROUPS × QUERIES, all sums in registers.
 *
 * @param survivors where sums are left that have to be looked at, moved on by their number
 */
template <Product product, bool l2, int GROUPS, int QUERIES>
INLINE void scoreBlock(const Tile& tile, int group, const Queries& queries, size_t first, Survivor*& survivors) {
  using Floats = typename Registers::Floats;
  typename Accumulator<product>::Type sums[GROUPS * QUERIES];
  unrolled<QUERIES>(EACH(q) {
    unrolled<GROUPS>(EACH(g) {
      if constexpr (product == Product::floats)
        sums[q.value * GROUPS + g.value] = Registers::noFloats();
      else
        sums[q.value * GROUPS + g.value] = Registers::sums(queries.starts[first + q.value]);
    });
  });
  const uint8_t* data = tile.group(group);
  const size_t groupBytes = tile.groupBytes();
  const uint8_t* bytes[QUERIES];
  unrolled<QUERIES>(EACH(q) { bytes[q.value] = queries.bytes + (first + q.value) * queries.stride; });
  const auto addWord = [&](size_t word) __attribute__((always_inline)) {
    typename Registers::Words rows[GROUPS];
    const uint8_t* at = data + word * (GROUP_ROWS * 4);
    unrolled<GROUPS>(EACH(g) { rows[g.value] = Registers::words(at + g.value * groupBytes); });
    unrolled<QUERIES>(EACH(q) {
      const auto query = Registers::splat(bytes[q.value] + word * 4);
      unrolled<GROUPS>(EACH(g) { accumulate<product>(sums[q.value * GROUPS + g.value], rows[g.value], query); });
    });
  };
  size_t word = 0;
  for (; word + STEP_WORDS <= tile.words; word += STEP_WORDS)
    unrolled<STEP_WORDS>(EACH(n) { addWord(word + n.value); });
  for (; word < tile.words; word++) addWord(word);

  unrolled<QUERIES>(EACH(query) {
    constexpr int q = query.value;
    // Without the query's scale, which is the same for all.
    Floats products[GROUPS];
    unrolled<GROUPS>(EACH(g) {
      const auto& sum = sums[q * GROUPS + g.value];
      if constexpr (product == Product::floats)
        products[g.value] = sum;
      else
        products[g.value] =
            Registers::times(Registers::toFloats(sum), Registers::load(tile.scales + (group + g.value) * GROUP_ROWS));
    });
    if constexpr (!l2) {
      Floats most = products[0];
      unrolled<GROUPS - 1>(EACH(g) { most = Registers::most(most, products[g.value + 1]); });
      const bool reached = Registers::reaching(most, queries.leastProducts[first + q]);
      if constexpr (isPutAside<product, l2> && GROUPS == TILE_GROUPS) {
        // Written in any case and counted in some: a branch would be guessed wrong each time that it matters.
        Survivor& survivor = *survivors;
        unrolled<GROUPS>(EACH(g) { survivor.products[g.value] = products[g.value]; });
        survivor.query = (int)first + q;
        survivor.group = group;
        survivors += reached;
        return;
      }
      if (__builtin_expect(!reached, 1)) return;
    }
    unrolled<GROUPS>(EACH(g) {
      pushGroup<product != Product::floats, l2>(tile, group + g.value, products[g.value], queries, first + q);
    });
  });
}

template <Product product, bool l2, int QUERIES>
INLINE void scoreGroups(const Tile& tile, const Queries& queries, size_t first) {
  // One more than there can be: the last one is written and not counted.
  Survivor survivors[(TILE_GROUPS_MOST / TILE_GROUPS) * QUERIES + 1];
  Survivor* end = survivors;
  int group = 0;
  for (; group + TILE_GROUPS <= tile.groups; group += TILE_GROUPS)
    scoreBlock<product, l2, TILE_GROUPS, QUERIES>(tile, group, queries, first, end);
  for (Survivor* each = survivors; each < end; each++)
    for (int g = 0; g < TILE_GROUPS; g++)
      pushGroup<true, false>(tile, each->group + g, each->products[g], queries, each->query);
  for (; group < tile.groups; group++) scoreBlock<product, l2, 1, QUERIES>(tile, group, queries, first, end);
}

template <Product product, bool l2>
void scoreAs(const Tile& tile, const Queries& queries, size_t count) {
  size_t q = 0;
  for (; q + TILE_QUERIES <= count; q += TILE_QUERIES) {
    tile.fetchPart(q / TILE_QUERIES, count / TILE_QUERIES);
    scoreGroups<product, l2, TILE_QUERIES>(tile, queries, q);
  }
  for (; q < count; q++) scoreGroups<product, l2, 1>(tile, queries, q);
}

template <bool l2>
void scoreMetric(Format format, const Tile& tile, const Queries& queries, size_t count) {
  switch (format) {
    case Format::int8:
      return scoreAs<INT8_OFFSET == 0 ? Product::signedBytes : Product::unsignedBytes, l2>(tile, queries, count);
    case Format::int4:
      return scoreAs<Product::unsignedBytes, l2>(tile, queries, count);
    case Format::binary:
      return scoreAs<Product::bits, l2>(tile, queries, count);
    default:
      return scoreAs<Product::floats, l2>(tile, queries, count);
  }
}

void score(const Layout& layout, const Tile& tile, const Queries& queries, size_t count) {
  if (layout.normsAt)
    scoreMetric<true>(layout.format, tile, queries, count);
  else
    scoreMetric<false>(layout.format, tile, queries, count);
}

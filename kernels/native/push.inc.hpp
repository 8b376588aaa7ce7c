// Pushing scores of a group, for tile.inc.hpp and tile-amx.cpp. Included inside an anonymous namespace after `Registers`,
// which tile.inc.hpp tells of.

template <int n>
struct Index {
  static constexpr int value = n;
};

/** Calls work(Index<0>()), work(Index<1>()) …: a loop over registers must be gone before the compiler places arrays. */
template <int count, int first = 0, typename Work>
INLINE void unrolled(const Work& work) {
  if constexpr (first < count) {
    work(Index<first>());
    unrolled<count, first + 1>(work);
  }
}

#define EACH(variable) [&](auto variable) __attribute__((always_inline))

/**
 * Scores 16 rows for query q, and pushes those that reach its threshold.
 *
 * @param products sums, times the rows' scales where there are any
 */
template <bool scaled, bool l2>
INLINE void pushGroup(const Tile& tile, int group, typename Registers::Floats products, const Queries& queries, size_t q) {
  const int row = group * GROUP_ROWS;
  auto scores = products;
  if constexpr (scaled) scores = Registers::times(scores, queries.scales[q]);
  if constexpr (l2)
    scores = Registers::minus(Registers::minus(Registers::times(scores, 2.0f), Registers::load(tile.norms + row)),
                              queries.norms[q]);
  TopRows& best = queries.best[q];
  const uint32_t mask = Registers::reaching(scores, best.threshold) & tile.valid[group];
  if (__builtin_expect(mask == 0, 1)) return;
  best.reserve();
  Registers::push(best, scores, tile.rows + row, mask);
}

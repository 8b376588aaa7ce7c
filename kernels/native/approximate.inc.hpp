// Which rows' bounds reach a threshold, from the approximation plane that src/vectors/approximation.ts describes. Included
// inside an anonymous namespace after tile.inc.hpp, for `Registers` that also have
//   lowHalves(words), highHalves(words)   the lower, the upper four bits of each byte
//   plus(sums, n), times17(sums)

/**
 * @returns a bit for each row of a block whose score may reach some query's threshold
 */
uint64_t approximate(const Layout& layout, const uint8_t* plane, const Queries& queries, size_t count) {
  constexpr int GROUPS = BLOCK_ROWS / GROUP_ROWS;
  const size_t words = layout.stride / 8;
  const size_t half = layout.stride / 2;
  const uint8_t* values = plane + layout.plane.valuesAt;
  uint64_t reaching = 0;
  for (size_t q = 0; q < count; q++) {
    const uint8_t* query = queries.bytes + q * queries.stride;
    typename Registers::Sums sums[GROUPS];
    unrolled<GROUPS>(EACH(g) { sums[g.value] = Registers::sums(0); });
    const auto addWord = [&](size_t word) __attribute__((always_inline)) {
      const auto low = Registers::splat(query + word * 4);
      const auto high = Registers::splat(query + half + word * 4);
      unrolled<GROUPS>(EACH(g) {
        const auto rows = Registers::words(values + (g.value * words + word) * (GROUP_ROWS * 4));
        Registers::unsignedBytes(sums[g.value], Registers::lowHalves(rows), low);
        Registers::unsignedBytes(sums[g.value], Registers::highHalves(rows), high);
      });
    };
    size_t word = 0;
    for (; word + 4 <= words; word += 4) unrolled<4>(EACH(n) { addWord(word + n.value); });
    for (; word < words; word++) addWord(word);
    unrolled<GROUPS>(EACH(group) {
      constexpr int r = group.value * GROUP_ROWS;
      const auto most = Registers::plus(Registers::times17(sums[group.value]), queries.slacks[q]);
      // What makes a score of a sum, step by step: each of them keeps the order, so the bound's score is no less than the row's.
      auto scores = Registers::times(Registers::toFloats(most), Registers::load((const float*)(plane + layout.plane.scalesAt) + r));
      scores = Registers::times(scores, queries.scales[q]);
      if (layout.plane.normsAt)
        scores = Registers::minus(
            Registers::minus(Registers::times(scores, 2.0f), Registers::load((const float*)(plane + layout.plane.normsAt) + r)),
            queries.norms[q]);
      reaching |= (uint64_t)Registers::reaching(scores, queries.best[q].threshold) << r;
    });
  }
  return reaching;
}

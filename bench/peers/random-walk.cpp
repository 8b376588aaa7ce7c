// The peer of bench/random-walk.bench.ts: one random walker, one step after the other, over the same arrays.
//
// usage: random-walk GRAPH STEPS RESTART REPEATS
// GRAPH, little-endian uint32: how many items, collections, edges and query items; the offsets (items + 1) and targets of
// item → collection; the offsets (collections + 1) and targets of collection → item; the query items, which are walked
// from in turn. Prints the steps per second of each repeat, one a line.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

struct Xoshiro {
  uint32_t a, b, c, d;
  static uint32_t rotl(uint32_t x, int k) { return (x << k) | (x >> (32 - k)); }
  uint32_t operator()() {
    const uint32_t result = rotl(b * 5, 7) * 9;
    const uint32_t shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotl(d, 11);
    return result;
  }
  uint32_t below(uint32_t bound) { return (uint64_t((*this)()) * bound) >> 32; }
};

static std::vector<uint32_t> read(FILE *file, size_t count) {
  std::vector<uint32_t> values(count);
  if (fread(values.data(), 4, count, file) != count) exit(1);
  return values;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  FILE *file = fopen(argv[1], "rb");
  if (!file) return 1;
  const auto sizes = read(file, 4);
  const uint32_t items = sizes[0], collections = sizes[1], edges = sizes[2];
  const auto itemOffsets = read(file, items + 1), itemTargets = read(file, edges);
  const auto collectionOffsets = read(file, collections + 1), collectionTargets = read(file, edges);
  const auto queries = read(file, sizes[3]);
  const uint32_t steps = atoi(argv[2]);
  const uint32_t restart = uint32_t(atof(argv[3]) * 4294967295.0);
  const int repeats = atoi(argv[4]);

  std::vector<uint32_t> visits(items), touched;
  Xoshiro random{1, 2, 3, 4};
  uint64_t seen = 0;
  for (int repeat = 0; repeat < repeats; repeat++) {
    const auto start = std::chrono::steady_clock::now();
    uint64_t walked = 0;
    for (const uint32_t query : queries) {
      uint32_t item = query;
      for (uint32_t step = 0; step < steps; step++) {
        if (random() < restart) item = query;
        const uint32_t edge = itemOffsets[item];
        const uint32_t collection = itemTargets[edge + random.below(itemOffsets[item + 1] - edge)];
        const uint32_t back = collectionOffsets[collection];
        item = collectionTargets[back + random.below(collectionOffsets[collection + 1] - back)];
        if (visits[item]++ == 0) touched.push_back(item);
      }
      walked += steps;
      seen += touched.size();
      for (const uint32_t one : touched) visits[one] = 0;
      touched.clear();
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    printf("%.0f\n", walked / seconds);
  }
  fprintf(stderr, "%llu distinct visits\n", (unsigned long long)seen);
}

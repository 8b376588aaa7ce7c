// The best k of many scored rows: keys are collected above a threshold, and thinned out when their room is full.

#include "scan.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace scan {

namespace {

constexpr size_t FIRST_CAPACITY = 256;
/** Pushes between two thinnings out, at least. */
constexpr size_t SPARE_LEAST = 32;
/** More keys than this are not kept between two searches. */
constexpr size_t KEPT_CAPACITY = 1 << 18;
/** Fewer keys are sorted by comparing them. */
constexpr size_t FEW = 256;
constexpr int BUCKET_BITS = 11;
constexpr size_t BUCKETS = 1 << BUCKET_BITS;
/** Fewer keys are counted in fewer buckets to find the k-th. */
constexpr size_t MANY = 1 << 15;
constexpr int FEW_BITS = 8;

uint32_t upper(uint64_t key) { return (uint32_t)(key >> 32); }

/** Shift that leaves `bits` significant bits of numbers up to `most`. */
int shiftFor(uint32_t most, int bits) {
  int shift = 0;
  while (most >> shift >> bits) shift++;
  return shift;
}

void extremes(const uint64_t* keys, size_t count, uint32_t& least, uint32_t& most) {
  uint64_t first = UINT64_MAX, last = 0;
  for (size_t i = 0; i < count; i++) {
    first = std::min(first, keys[i]);
    last = std::max(last, keys[i]);
  }
  least = upper(first);
  most = upper(last);
}

/** The k-th smallest key, 1 ≤ k ≤ count: a histogram finds the few keys that it is among. */
uint64_t selectKey(const uint64_t* keys, size_t count, size_t k) {
  uint32_t least, most;
  extremes(keys, count, least, most);
  const int shift = shiftFor(most - least, count < MANY ? FEW_BITS : BUCKET_BITS);
  uint32_t sizes[BUCKETS];
  std::fill(sizes, sizes + ((most - least) >> shift) + 1, 0);
  for (size_t i = 0; i < count; i++) sizes[(upper(keys[i]) - least) >> shift]++;
  size_t bucket = 0;
  for (; k > sizes[bucket]; bucket++) k -= sizes[bucket];
  std::vector<uint64_t> among(sizes[bucket] + 1);
  size_t found = 0;
  for (size_t i = 0; i < count; i++) {
    // The last place is overwritten by keys of other buckets.
    among[found] = keys[i];
    found += (upper(keys[i]) - least) >> shift == bucket;
  }
  std::nth_element(among.begin(), among.begin() + (k - 1), among.begin() + found);
  return among[k - 1];
}

/** Puts a list in order that nearly is; returns false when that takes too many steps. */
bool mend(uint64_t* keys, size_t count) {
  size_t left = 4 * count;
  for (size_t i = 1; i < count; i++) {
    const uint64_t key = keys[i];
    size_t hole = i;
    for (; hole > 0 && keys[hole - 1] > key; hole--) {
      if (left-- == 0) {
        keys[hole] = key;
        return false;
      }
      keys[hole] = keys[hole - 1];
    }
    keys[hole] = key;
  }
  return true;
}

/** Rows are in order already, and stay so among equal scores: it takes the scores' digits alone. */
void sortKeys(uint64_t* keys, size_t count) {
  if (count <= FEW) {
    std::sort(keys, keys + count);
    return;
  }
  uint32_t least, most;
  extremes(keys, count, least, most);
  // Two digits leave hardly any in disorder, unless an outlier has stretched the range.
  const int low = shiftFor(most - least, 2 * BUCKET_BITS);
  const int high = low + BUCKET_BITS;
  const auto lowDigit = [&](uint64_t key) { return ((upper(key) - least) >> low) & (BUCKETS - 1); };
  const auto highDigit = [&](uint64_t key) { return (upper(key) - least) >> high; };
  uint32_t places[2][BUCKETS] = {};
  for (size_t i = 0; i < count; i++) {
    places[0][lowDigit(keys[i])]++;
    places[1][highDigit(keys[i])]++;
  }
  for (auto& of : places) {
    uint32_t place = 0;
    for (size_t b = 0; b < BUCKETS; b++) {
      const uint32_t size = of[b];
      of[b] = place;
      place += size;
    }
  }
  std::unique_ptr<uint64_t[]> other(new uint64_t[count]);
  for (size_t i = 0; i < count; i++) other[places[0][lowDigit(keys[i])]++] = keys[i];
  for (size_t i = 0; i < count; i++) keys[places[1][highDigit(other[i])]++] = other[i];
  if (!mend(keys, count)) std::sort(keys, keys + count);
}

}  // namespace

SharedBounds::SharedBounds(size_t count) : bounds(new std::atomic<float>[count]) {
  for (size_t q = 0; q < count; q++) bounds[q].store(-std::numeric_limits<float>::infinity(), std::memory_order_relaxed);
}

void SharedBounds::raise(size_t query, float worst) {
  float bound = bounds[query].load(std::memory_order_relaxed);
  while (bound < worst && !bounds[query].compare_exchange_weak(bound, worst, std::memory_order_relaxed)) {
  }
  if (bound < worst) raised.fetch_add(1, std::memory_order_release);
}

void TopRows::begin(size_t k, float floor, SharedBounds* shared, size_t query) {
  k_ = k;
  shared_ = shared;
  query_ = query;
  // Twice the wanted number: every thinning out is paid by as many pushes. Very long lists get by with less room.
  most_ = k + std::min<size_t>(std::max(k, SPARE_LEAST), 1 << 18) + GROUP_ROWS;
  capacity = std::min(most_, storage_.size());
  count = 0;
  threshold = floor;
}

void TopRows::refresh() { threshold = std::max(threshold, shared_->bounds[query_].load(std::memory_order_relaxed)); }

void TopRows::makeRoom() {
  if (capacity < most_) {
    capacity = std::min(most_, std::max(FIRST_CAPACITY, 2 * capacity));
    storage_.resize(capacity);
    keys = storage_.data();
    return;
  }
  const float worst = scoreOf(keepBest());
  shared_->raise(query_, worst);
  // Rows that come later are larger, so an equal score does not help them.
  threshold = std::max(threshold, std::nextafter(worst, std::numeric_limits<float>::infinity()));
}

/** Returns the worst key that is kept, of more than k. */
uint64_t TopRows::keepBest() {
  const uint64_t last = selectKey(keys, count, k_);
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    keys[kept] = keys[i];
    kept += keys[i] <= last;
  }
  count = kept;
  return last;
}

size_t TopRows::finish() {
  if (count > k_) keepBest();
  sortKeys(keys, count);
  return count;
}

void TopRows::take(uint32_t* rows, float* scores) const {
  for (size_t i = 0; i < count; i++) {
    rows[i] = (uint32_t)keys[i];
    scores[i] = scoreOf(keys[i]);
  }
}

void merge(const List& a, const List& b, const List& into) {
  size_t n = 0, i = 0, j = 0;
  while (n < into.length && i < a.length && j < b.length) {
    // So many steps reach no end.
    const size_t to = n + std::min({into.length - n, a.length - i, b.length - j});
    for (; n < to; n++) {
      // Whose turn it is cannot be guessed, so nothing branches on it.
      const float scores[2] = {b.scores[j], a.scores[i]};
      const uint32_t rows[2] = {b.rows[j], a.rows[i]};
      const size_t turnA = (scores[1] > scores[0]) | ((scores[1] == scores[0]) & (rows[1] < rows[0]));
      into.rows[n] = rows[turnA];
      into.scores[n] = scores[turnA];
      i += turnA;
      j += 1 - turnA;
    }
  }
  const List& rest = i < a.length ? a : b;
  const size_t from = i < a.length ? i : j;
  memcpy(into.rows + n, rest.rows + from, (into.length - n) * sizeof(uint32_t));
  memcpy(into.scores + n, rest.scores + from, (into.length - n) * sizeof(float));
}

void TopRows::release() {
  if (storage_.size() <= KEPT_CAPACITY) return;
  std::vector<uint64_t>().swap(storage_);
  keys = nullptr;
  capacity = 0;
}

}  // namespace scan

// What the machine can do at best, with so many threads: bytes read from memory per second, and int8 multiply-adds per
// second of the bare dot product instruction on registers, and of the bare matrix instruction where there is one. Prints
// JSON.
//
//   machine-limits THREADS MEGABYTES

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>
#include <algorithm>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#if defined(__AMX_INT8__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#define MATRICES
#endif

static double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <typename Work>
static double onAll(int threads, Work work) {
  const double start = seconds();
  std::vector<std::thread> all;
  for (int t = 0; t < threads; t++) all.emplace_back(work, t);
  for (auto& each : all) each.join();
  return seconds() - start;
}

static volatile uint64_t sink;

/** Adds all words up: as little as reading can be. */
static void readAll(const uint64_t* words, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += words[i];
  sink = sum;
}

constexpr long ROUNDS = 20'000'000;

#if defined(__AVX512VNNI__)
constexpr const char* INSTRUCTION = "vpdpbusd, 512 bits";
/** Twelve chains hide the latency; nothing is loaded or stored. Returns operations. */
static double products() {
  __m512i sums[12];
  for (auto& sum : sums) sum = _mm512_setzero_si512();
  __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5);
  for (long r = 0; r < ROUNDS; r++) {
    for (auto& sum : sums) sum = _mm512_dpbusd_epi32(sum, a, b);
    asm volatile("" : "+v"(a), "+v"(b));
  }
  __m512i all = sums[0];
  for (auto& sum : sums) all = _mm512_add_epi32(all, sum);
  sink = (uint64_t)_mm512_reduce_add_epi32(all);
  return (double)ROUNDS * 12 * 64 * 2;
}
#elif defined(__AVX2__)
constexpr const char* INSTRUCTION = "vpmaddubsw and vpmaddwd, 256 bits";
static double products() {
  __m256i sums[8];
  for (auto& sum : sums) sum = _mm256_setzero_si256();
  __m256i a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(5);
  const __m256i ones = _mm256_set1_epi16(1);
  for (long r = 0; r < ROUNDS; r++) {
    for (auto& sum : sums) {
      asm volatile("" : "+x"(a), "+x"(b));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), ones));
    }
  }
  __m256i all = sums[0];
  for (auto& sum : sums) all = _mm256_add_epi32(all, sum);
  sink = (uint64_t)_mm256_extract_epi32(all, 0);
  return (double)ROUNDS * 8 * 32 * 2;
}
#else
constexpr const char* INSTRUCTION = "what the compiler makes of a loop over int8";
static double products() {
  int8_t a[4096], b[4096];
  memset(a, 3, sizeof a);
  memset(b, 5, sizeof b);
  int32_t sum = 0;
  for (long r = 0; r < ROUNDS / 1000; r++)
    for (int i = 0; i < 4096; i++) sum += a[i] * b[i];
  sink = (uint64_t)sum;
  return (double)(ROUNDS / 1000) * 4096 * 2;
}
#endif

#if defined(MATRICES)
struct alignas(64) TileShapes {
  uint8_t palette = 1, start = 0, unused[14] = {};
  uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

static bool mayUseMatrices() {
  constexpr long ARCH_REQ_XCOMP_PERM = 0x1023, TILE_DATA = 18;
  return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, TILE_DATA) == 0;
}

/** Four chains of 16 × 16 × 64 on tiles; nothing is loaded or stored. Returns operations. */
static double matrices() {
  static const TileShapes shapes;
  _tile_loadconfig(&shapes);
  _tile_zero(0);
  _tile_zero(1);
  for (long r = 0; r < ROUNDS / 20; r++) {
    _tile_dpbssd(4, 0, 1);
    _tile_dpbssd(5, 0, 1);
    _tile_dpbssd(6, 0, 1);
    _tile_dpbssd(7, 0, 1);
  }
  _tile_release();
  return (double)(ROUNDS / 20) * 4 * 16 * 16 * 64 * 2;
}
#else
static bool mayUseMatrices() { return false; }
static double matrices() { return 0; }
#endif

/** Median of operations a second. */
template <typename Work>
static double rateOf(int threads, Work work) {
  std::vector<double> rates;
  for (int repeat = 0; repeat < 5; repeat++) {
    std::vector<double> done(threads);
    const double took = onAll(threads, [&](int t) { done[t] = work(); });
    double sum = 0;
    for (double each : done) sum += each;
    rates.push_back(sum / took);
  }
  std::sort(rates.begin(), rates.end());
  return rates[rates.size() / 2];
}

int main(int count, char** given) {
  const int threads = count > 1 ? atoi(given[1]) : 1;
  const size_t words = (size_t)(count > 2 ? atof(given[2]) : 512) * 1'000'000 / 8 / threads;
  std::vector<std::vector<uint64_t>> parts(threads);
  onAll(threads, [&](int t) { parts[t].assign(words, t + 1); });
  std::vector<double> reads;
  for (int repeat = 0; repeat < 9; repeat++)
    reads.push_back((double)words * 8 * threads / onAll(threads, [&](int t) { readAll(parts[t].data(), words); }));
  std::sort(reads.begin(), reads.end());
  printf("{\"bytesPerSecond\": %.6g, \"operationsPerSecond\": %.6g, \"instruction\": \"%s\"", reads[reads.size() / 2],
         rateOf(threads, products), INSTRUCTION);
  if (mayUseMatrices()) printf(", \"matrixOperationsPerSecond\": %.6g", rateOf(threads, matrices));
  printf("}\n");
}

// Registers of AVX-512 and how rows are turned in them, for tile-avx512.cpp and tile-amx.cpp. Included inside an anonymous
// namespace.

struct Registers {
  using Sums = __m512i;
  using Floats = __m512;
  using Words = __m512i;

  INLINE Words words(const uint8_t* at) { return _mm512_load_si512(at); }
  INLINE Words splat(const uint8_t* at) {
    int32_t word;
    __builtin_memcpy(&word, at, 4);
    return _mm512_set1_epi32(word);
  }
  /** Written out because GCC 12 moves every sum to another register and back around the intrinsic. */
  INLINE void unsignedBytes(Sums& sums, Words rows, Words query) {
    asm("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(rows), "v"(query));
  }
  INLINE void signedBytes(Sums& sums, Words rows, Words query) { unsignedBytes(sums, rows, query); }
  INLINE void bits(Sums& sums, Words rows, Words query) {
    const __m512i differing = _mm512_xor_si512(rows, query);
    const __m512i table = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m512i low = _mm512_set1_epi8(15);
    const __m512i counts =
        _mm512_add_epi8(_mm512_shuffle_epi8(table, _mm512_and_si512(differing, low)),
                        _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi32(differing, 4), low)));
    sums = _mm512_dpbusd_epi32(sums, counts, _mm512_set1_epi8(-2));
  }
  INLINE void floats(Floats& sums, Words rows, Words query) {
    sums = _mm512_fmadd_ps(_mm512_castsi512_ps(rows), _mm512_castsi512_ps(query), sums);
  }
  INLINE Words lowHalves(Words words) { return _mm512_and_si512(words, _mm512_set1_epi8(15)); }
  INLINE Words highHalves(Words words) { return lowHalves(_mm512_srli_epi32(words, 4)); }
  INLINE Sums plus(Sums sums, int32_t n) { return _mm512_add_epi32(sums, _mm512_set1_epi32(n)); }
  INLINE Sums times17(Sums sums) { return _mm512_add_epi32(_mm512_slli_epi32(sums, 4), sums); }
  INLINE Sums sums(int32_t start) { return _mm512_set1_epi32(start); }
  INLINE Floats noFloats() { return _mm512_setzero_ps(); }
  INLINE Floats toFloats(Sums sums) { return _mm512_cvtepi32_ps(sums); }
  INLINE Floats load(const float* at) { return _mm512_loadu_ps(at); }
  INLINE Floats times(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
  INLINE Floats times(Floats a, float x) { return _mm512_mul_ps(a, _mm512_set1_ps(x)); }
  INLINE Floats minus(Floats a, Floats b) { return _mm512_sub_ps(a, b); }
  INLINE Floats minus(Floats a, float x) { return _mm512_sub_ps(a, _mm512_set1_ps(x)); }
  INLINE Floats most(Floats a, Floats b) { return _mm512_max_ps(a, b); }
  INLINE Sums most(Sums a, Sums b) { return _mm512_max_epi32(a, b); }
  INLINE uint32_t reaching(Floats scores, float least) {
    return _mm512_cmp_ps_mask(scores, _mm512_set1_ps(least), _CMP_GE_OQ);
  }
  INLINE void push(TopRows& best, Floats scores, const uint32_t* rows, uint32_t mask) {
    // As `keyOf`, for 16 rows; storing all and counting some is quicker than a store that compresses.
    const __m512i bits = _mm512_castps_si512(_mm512_add_ps(scores, _mm512_setzero_ps()));
    const __m512i flips = _mm512_or_si512(_mm512_srai_epi32(bits, 31), _mm512_set1_epi32(INT32_MIN));
    const __m512i upper = _mm512_xor_si512(_mm512_xor_si512(bits, flips), _mm512_set1_epi32(-1));
    const __m512i u = _mm512_maskz_compress_epi32((__mmask16)mask, upper);
    const __m512i r = _mm512_maskz_compress_epi32((__mmask16)mask, _mm512_loadu_si512(rows));
    uint64_t* at = best.keys + best.count;
    const int count = __builtin_popcount(mask);
    _mm512_storeu_si512(at, join(_mm512_castsi512_si256(u), _mm512_castsi512_si256(r)));
    if (count > 8) _mm512_storeu_si512(at + 8, join(_mm512_extracti64x4_epi64(u, 1), _mm512_extracti64x4_epi64(r, 1)));
    best.count += count;
  }
  INLINE __m512i join(__m256i upper, __m256i lower) {
    return _mm512_or_si512(_mm512_slli_epi64(_mm512_cvtepu32_epi64(upper), 32), _mm512_cvtepu32_epi64(lower));
  }
};

/** 16 bytes of 16 rows → 4 × 16 words, each word of all rows side by side. */
INLINE void transpose(const uint8_t* rows, size_t apart, __m512i out[4]) {
  __m512i four[4];
  for (int i = 0; i < 4; i++) {
    // Lane l holds row 4 · l + i.
    const uint8_t* at = rows + i * apart;
    const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i*)at)),
                                                _mm_loadu_si128((const __m128i*)(at + 4 * apart)), 1);
    const __m256i high =
        _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i*)(at + 8 * apart))),
                                _mm_loadu_si128((const __m128i*)(at + 12 * apart)), 1);
    four[i] = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
  }
  const __m512i a = _mm512_unpacklo_epi32(four[0], four[1]);
  const __m512i b = _mm512_unpackhi_epi32(four[0], four[1]);
  const __m512i c = _mm512_unpacklo_epi32(four[2], four[3]);
  const __m512i d = _mm512_unpackhi_epi32(four[2], four[3]);
  out[0] = _mm512_unpacklo_epi64(a, c);
  out[1] = _mm512_unpackhi_epi64(a, c);
  out[2] = _mm512_unpacklo_epi64(b, d);
  out[3] = _mm512_unpackhi_epi64(b, d);
}

/** 64 bytes of 16 rows, which takes fewer steps than four times 16. */
INLINE void transposeLine(const uint8_t* rows, size_t apart, __m512i out[16]) {
  __m512i quarter[4][4];
  for (int i = 0; i < 4; i++) {
    const uint8_t* at = rows + 4 * i * apart;
    const __m512i r0 = _mm512_loadu_si512(at);
    const __m512i r1 = _mm512_loadu_si512(at + apart);
    const __m512i r2 = _mm512_loadu_si512(at + 2 * apart);
    const __m512i r3 = _mm512_loadu_si512(at + 3 * apart);
    const __m512i a = _mm512_unpacklo_epi32(r0, r1);
    const __m512i b = _mm512_unpackhi_epi32(r0, r1);
    const __m512i c = _mm512_unpacklo_epi32(r2, r3);
    const __m512i d = _mm512_unpackhi_epi32(r2, r3);
    // Lane l of quarter[i][w] holds word 4 · l + w of rows 4 · i to 4 · i + 3.
    quarter[i][0] = _mm512_unpacklo_epi64(a, c);
    quarter[i][1] = _mm512_unpackhi_epi64(a, c);
    quarter[i][2] = _mm512_unpacklo_epi64(b, d);
    quarter[i][3] = _mm512_unpackhi_epi64(b, d);
  }
  for (int w = 0; w < 4; w++) {
    const __m512i a = _mm512_shuffle_i32x4(quarter[0][w], quarter[1][w], 0x44);
    const __m512i b = _mm512_shuffle_i32x4(quarter[2][w], quarter[3][w], 0x44);
    const __m512i c = _mm512_shuffle_i32x4(quarter[0][w], quarter[1][w], 0xee);
    const __m512i d = _mm512_shuffle_i32x4(quarter[2][w], quarter[3][w], 0xee);
    out[w] = _mm512_shuffle_i32x4(a, b, 0x88);
    out[4 + w] = _mm512_shuffle_i32x4(a, b, 0xdd);
    out[8 + w] = _mm512_shuffle_i32x4(c, d, 0x88);
    out[12 + w] = _mm512_shuffle_i32x4(c, d, 0xdd);
  }
}

/* How many float32 operations a core can do: fused multiply-adds in registers, nothing else.
 *
 * ceiling.py compiles this with -O3 -march=native and calls it. An accumulator is one register of
 * the widest kind, and there are enough of them that no multiply-add waits for another one.
 */
#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif
#if defined(__aarch64__)
#define ACCUMULATORS 24 /* four units, four cycles each, 32 registers */
#else
#define ACCUMULATORS 12 /* two units, four or five cycles each, 16 registers and more */
#endif

typedef float vec __attribute__((vector_size(4 * LANES)));

const int operations_per_turn = 2 * LANES * ACCUMULATORS; /* a product and a sum in each lane */

/* The result means nothing; it is there so that no turn can be left out. */
float multiply_add(long turns, float factor, float summand) {
    vec sums[ACCUMULATORS];
    for (int i = 0; i < ACCUMULATORS; i++) sums[i] = (vec){0} + (float)i;
    for (long turn = 0; turn < turns; turn++)
        for (int i = 0; i < ACCUMULATORS; i++) sums[i] = sums[i] * factor + summand;
    float result = 0;
    for (int i = 0; i < ACCUMULATORS; i++)
        for (int lane = 0; lane < LANES; lane++) result += sums[i][lane];
    return result;
}

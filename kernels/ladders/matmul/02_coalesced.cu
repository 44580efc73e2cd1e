// C = A B, step 2: coalesced. A is (M,K), B (K,N), C (M,N), all row by row.
//
// As before, with threadIdx.x and threadIdx.y in each other's place: a warp's 32 threads now have 32 neighbouring columns
// of one row. For each k they read one and the same number of A, which is a single sector for all of them, and 32
// neighbours of B, which are 4 whole sectors ("coalesced"): 5 sectors instead of 33. C is written in 4 instead of 32.
//
// Flaw: every number of A is asked for by N threads and every number of B by M, and each time global memory is asked
// again. For a multiply-add, 2 FLOPs, 8 bytes are loaded; in the time in which its memory delivers these, an A100 of 80 GB
// can do 76 FLOPs, a T4 200.
#define SIDE 32  // a block is SIDE x SIDE threads and makes a tile of C of the same size

extern "C" __global__ void __launch_bounds__(SIDE * SIDE)
matmul(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int M, int N, int K) {
    int row = blockIdx.y * SIDE + threadIdx.y;
    int column = blockIdx.x * SIDE + threadIdx.x;
    if (row >= M || column >= N) return;  // the last blocks reach beyond C
    float sum = 0.0f;
    for (int k = 0; k < K; ++k) sum += a[row * K + k] * b[k * N + column];
    c[row * N + column] = sum;
}

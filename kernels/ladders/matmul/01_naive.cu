// C = A B, step 1: naive. A is (M,K), B (K,N), C (M,N), all row by row.
//
// A thread makes one number of C: it walks along a row of A and down a column of B. The 32 threads of a warp run together
// and have neighbouring values of threadIdx.x; here these are 32 neighbouring rows of one column.
//
// Flaw: for each k the 32 threads read A at addresses K floats apart. Memory delivers sectors of 32 bytes, so each of them
// makes it move a sector for 4 bytes: 32 sectors, and 1 for B, whose number is the same for all. 33 sectors a warp and k.
#define SIDE 32  // a block is SIDE x SIDE threads and makes a tile of C of the same size

extern "C" __global__ void __launch_bounds__(SIDE * SIDE)
matmul(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int M, int N, int K) {
    int row = blockIdx.y * SIDE + threadIdx.x;
    int column = blockIdx.x * SIDE + threadIdx.y;
    if (row >= M || column >= N) return;  // the last blocks reach beyond C
    float sum = 0.0f;
    for (int k = 0; k < K; ++k) sum += a[row * K + k] * b[k * N + column];
    c[row * N + column] = sum;
}

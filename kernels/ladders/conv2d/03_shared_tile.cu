// Convolution, step 3: im2col, and a matrix product with tiles in shared memory. x (N,H,W,C), w (R,S,C,K), y (N,P,Q,K).
//
// The same two matrices as in step 2: A, the columns, one row for each of M output pixels; B, which is w. But the threads of
// a block now fetch together what they share: TILE rows of A and TILE columns of B, TILE steps of the depth at a time, each
// thread one number of either. A number that is fetched is used 32 times, and the product moves a 19th of what it did.
//
// Flaw: the columns. They hold each number of x up to R*S/stride^2 times, are written into memory by one kernel and read
// back by the next, and must find room there. Now that the product reads so little, making and reading them is most of it.
#define TILE 32  // a block is TILE x TILE threads and makes as many outputs
#define THREADS (TILE * TILE)

extern "C" __global__ void __launch_bounds__(THREADS)
im2col(const float* __restrict__ x, float* __restrict__ columns, int N, int H, int W, int C, int R, int S, int P, int Q,
       int stride) {
    int i = blockIdx.x * THREADS + threadIdx.x;  // which number of A
    int run = S * C;                             // so many numbers of a row of A are neighbours in x, too
    int depth = R * run;
    if (i >= N * P * Q * depth) return;
    int pixel = i / depth, r = i % depth / run;
    int n = pixel / (P * Q), p = pixel / Q % P, q = pixel % Q;
    columns[i] = x[((n * H + p * stride + r) * W + q * stride) * C + i % run];
}

extern "C" __global__ void __launch_bounds__(THREADS)
conv2d(const float* __restrict__ columns, const float* __restrict__ w, float* __restrict__ y, int M, int K, int depth) {
    __shared__ float a[TILE][TILE];
    __shared__ float b[TILE][TILE];
    int i = threadIdx.y, j = threadIdx.x;
    int row = blockIdx.x * TILE + i;
    int k = blockIdx.y * TILE + j;
    float sum = 0.0f;
    for (int first = 0; first < depth; first += TILE) {
        // Zeros beyond the edges add nothing. Nobody may leave early: the others need what this thread fetches.
        a[i][j] = row < M && first + j < depth ? columns[row * depth + first + j] : 0.0f;
        b[i][j] = first + i < depth && k < K ? w[(first + i) * K + k] : 0.0f;
        __syncthreads();  // the tiles are read next, and each number of them was put there by another thread
        // A warp has one i and all j: its number of `a` is the same for all lanes, and those of `b` are in 32 banks.
        for (int d = 0; d < TILE; ++d) sum += a[i][d] * b[d][j];
        __syncthreads();  // the next round overwrites the tiles: all must have read them
    }
    if (row < M && k < K) y[row * K + k] = sum;
}

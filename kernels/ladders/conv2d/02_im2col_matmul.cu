// Convolution, step 2: im2col and a matrix product. x (N,H,W,C), w (R,S,C,K), y (N,P,Q,K), no padding.
//
// A convolution is a product of matrices, Y = A B. Y is y as it lies in memory: a row for each of the M = N*P*Q output
// pixels, a column for each channel k. B is w as it lies in memory: depth = R*S*C rows of K numbers. A is not there yet; its
// row for an output pixel holds the R*S*C numbers of that pixel's window. `im2col` ("image to columns") writes it, and from
// then on all that is known about matrix products can be used. Here it is the simplest: a thread an output, neighbouring
// threads along k.
//
// So a warp reads one number of A, the same for all lanes (1 sector), and 32 neighbours of B (4 sectors): 5 sectors, where
// it was 33 before. im2col reads and writes neighbours, too. Threads along k would have helped step 1 as well; what the
// matrix adds is that windows no longer matter.
//
// Flaw: for each multiply-add a thread reads two numbers from global memory. Every number of A is read by K/32 warps, and
// every number of B once for each of the M rows.
#define WIDTH 32   // threads of a block along k: a warp
#define HEIGHT 8   // and along the rows
#define THREADS (WIDTH * HEIGHT)

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
    int row = blockIdx.x * HEIGHT + threadIdx.y;
    int k = blockIdx.y * WIDTH + threadIdx.x;
    if (row >= M || k >= K) return;
    float sum = 0.0f;
    for (int d = 0; d < depth; ++d) sum += columns[row * depth + d] * w[d * K + k];
    y[row * K + k] = sum;
}

// Convolution, step 1: naive. y[n,p,q,k] = sum over r,s,c of x[n, p*stride + r, q*stride + s, c] * w[r,s,c,k].
//
// Images x (N,H,W,C) and y (N,P,Q,K), filters w (R,S,C,K), no padding. A thread makes one number of y: it walks through the
// window of its pixel (n,p,q) and through filter k. Neighbouring threads have neighbouring pixels, as one thinks of images.
//
// Flaw: in memory the channels of a pixel come first. The 32 threads of a warp read the same channel of 32 pixels, at
// addresses stride*C floats apart, and memory delivers sectors of 32 bytes: 32 sectors for 4 bytes of each. (The number of w
// is the same for all of them: 1 sector.) It is the same when y is written: neighbouring pixels are K floats apart.
#define THREADS 128  // of a block

extern "C" __global__ void __launch_bounds__(THREADS)
conv2d(const float* __restrict__ x, const float* __restrict__ w, float* __restrict__ y, int N, int H, int W, int C,
       int R, int S, int K, int P, int Q, int stride) {
    int pixel = blockIdx.x * THREADS + threadIdx.x;  // all output pixels, counted through
    int k = blockIdx.y;
    if (pixel >= N * P * Q) return;  // the last block reaches beyond them
    int n = pixel / (P * Q), p = pixel / Q % P, q = pixel % Q;
    float sum = 0.0f;
    for (int r = 0; r < R; ++r) {
        for (int s = 0; s < S; ++s) {
            const float* at = x + ((n * H + p * stride + r) * W + q * stride + s) * C;
            const float* tap = w + (r * S + s) * C * K + k;
            for (int c = 0; c < C; ++c) sum += at[c] * tap[c * K];
        }
    }
    y[pixel * K + k] = sum;
}

#define SIDE 32    // a block makes SIDE x SIDE numbers of C
#define EACH 4     // a thread EACH x EACH of them
#define THREADS 8  // threads side by side, and one below the other
#define DEPTH 8    // steps of k between two fetches

extern "C" __global__ void matmul(const float* a, const float* b, float* c, int M, int N, int K) {
    __shared__ float a_tile[SIDE][DEPTH], b_tile[DEPTH][SIDE];
    int x = threadIdx.x % THREADS, y = threadIdx.x / THREADS;
    int first_row = blockIdx.y * SIDE, first_column = blockIdx.x * SIDE;
    float sums[EACH][EACH] = {};
    for (int first = 0; first < K; first + DEPTH) {
        for (int t = threadIdx.x; t < SIDE * DEPTH; t += THREADS * THREADS) {
            int row = first_row + t / DEPTH, k = first + t % DEPTH;
            a_tile[t / DEPTH][t % DEPTH] = row < M && k < K ? a[row * K + k] : 0.0f;
            k = first + t / SIDE;
            int column = first_column + t % SIDE;
            b_tile[t / SIDE][t % SIDE] = k < K && column < N ? b[k * N + column] : 0.0f;
        }
        __syncthreads();
        for (int k = 0; k < DEPTH; ++k) {
            float a_part[EACH], b_part[EACH];
            for (int i = 0; i < EACH; ++i) a_part[i] = a_tile[y + i * THREADS][k];
            for (int j = 0; j < EACH; ++j) b_part[j] = b_tile[k][x + j * THREADS];
            for (int i = 0; i < EACH; ++i) {
                for (int j = 0; j < EACH; ++j) sums[i][j] += a_part[i] * b_part[j];
            }
        }
        __syncthreads();
    }
    for (int i = 0; i < EACH; ++i) {
        for (int j = 0; j < EACH; ++j) {
            int row = first_row + y + i * THREADS, column = first_column + x + j * THREADS;
            if (row < M && column < N) c[row * N + column] = sums[i][j];
        }
    }
}

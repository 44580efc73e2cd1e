#define SIDE 32    // a block makes SIDE x SIDE numbers of C
#define EACH 4     // a thread EACH x EACH of them
#define THREADS 8  // threads side by side, and one below the other
#define DEPTH 8    // steps of k between two fetches

extern "C" __global__ void matmul(const float* a, const float* b, float* c, int M, int N, int K) {
    int x = threadIdx.x % THREADS, y = threadIdx.x / THREADS;
    int first_row = blockIdx.y * SIDE, first_column = blockIdx.x * SIDE;
    float sums[EACH][EACH] = {};
    for (int k = 0; k < K; ++k) {  // your code: in rounds of DEPTH steps, from shared memory
        for (int i = 0; i < EACH; ++i) {
            for (int j = 0; j < EACH; ++j) {
                int row = first_row + y + i * THREADS, column = first_column + x + j * THREADS;
                if (row < M && column < N) sums[i][j] += a[row * K + k] * b[k * N + column];
            }
        }
    }
    for (int i = 0; i < EACH; ++i) {
        for (int j = 0; j < EACH; ++j) {
            int row = first_row + y + i * THREADS, column = first_column + x + j * THREADS;
            if (row < M && column < N) c[row * N + column] = sums[i][j];
        }
    }
}

#define TILE 16  // a block is TILE x TILE threads, and makes as many numbers of C

extern "C" __global__ void matmul(const float* a, const float* b, float* c, int M, int N, int K) {
    __shared__ float a_tile[2][TILE][TILE];
    __shared__ float b_tile[2][TILE][TILE];
    int x = threadIdx.x, y = threadIdx.y;
    int row = blockIdx.y * TILE + y, column = blockIdx.x * TILE + x;
    float sum = 0.0f;
    for (int first = 0; first < K; first += TILE) {
                a_tile[pair][y][x] = row < M && first + x < K ? a[row * K + first + x] : 0.0f;
        b_tile[pair][y][x] = first + y < K && column < N ? b[(first + y) * N + column] : 0.0f;
        __syncthreads();
        for (int k = 0; k < TILE; ++k) sum += a_tile[pair][y][k] * b_tile[pair][k][x];
    }
    if (row < M && column < N) c[row * N + column] = sum;
}

// Two peers in one program, on the same rows, one thread: LightGBM's C API (single row, fast) on a model file, and plain C++
// on the very nodes that the core scores. trees LIBRARY MODEL NODES ROWS INPUTS COUNT, prints JSON.
//   NODES: u32 trees | (u32 first, u32 depth) x trees | nodes of 8 bytes: f32 threshold, u16 input, u16 distance to the left child
#include <dlfcn.h>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

using Clock = std::chrono::steady_clock;
struct Node {
  float threshold;
  uint16_t input, left;
};
struct Tree {
  uint32_t first, depth;
};
struct Times {
  double p50, p99, sum;
};

static std::vector<char> read(const char *path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

template <class Score> static Times timed(int rows, Score score) {
  std::vector<double> ns;
  double sum = 0;
  for (int round = 0; round < 12; round++)
    for (int i = 0; i < rows; i++) {
      const auto began = Clock::now();
      const double said = score(i);
      const auto ended = Clock::now();
      if (round < 2) continue;
      if (round == 2) sum += said;
      ns.push_back(std::chrono::duration<double, std::nano>(ended - began).count());
    }
  std::sort(ns.begin(), ns.end());
  return {ns[ns.size() / 2], ns[ns.size() * 99 / 100], sum};
}

template <class F> static F symbol(void *library, const char *name) {
  auto found = reinterpret_cast<F>(dlsym(library, name));
  if (!found) std::exit(3);
  return found;
}

static Times lightgbm(const char *path, const char *model, const float *x, int inputs, int rows) {
  void *library = dlopen(path, RTLD_NOW);
  if (!library) {
    std::fprintf(stderr, "%s\n", dlerror());
    std::exit(3);
  }
  auto open = symbol<int (*)(const char *, int *, void **)>(library, "LGBM_BoosterCreateFromModelfile");
  auto init = symbol<int (*)(void *, int, int, int, int, int32_t, const char *, void **)>(library, "LGBM_BoosterPredictForMatSingleRowFastInit");
  auto predict = symbol<int (*)(void *, const void *, int64_t *, double *)>(library, "LGBM_BoosterPredictForMatSingleRowFast");
  int iterations;
  void *booster, *config;
  if (open(model, &iterations, &booster)) std::exit(3);
  // 0 = C_API_PREDICT_NORMAL and C_API_DTYPE_FLOAT32
  if (init(booster, 0, 0, 0, 0, inputs, "num_threads=1", &config)) std::exit(3);
  return timed(rows, [&](int i) {
    int64_t length;
    double out;
    predict(config, x + (size_t)i * inputs, &length, &out);
    return out;
  });
}

static Times plain(const std::vector<char> &file, const float *x, int inputs, int rows) {
  const uint32_t trees = *reinterpret_cast<const uint32_t *>(file.data());
  const Tree *table = reinterpret_cast<const Tree *>(file.data() + 4);
  std::vector<Node> nodes((file.size() - 4 - trees * sizeof(Tree)) / sizeof(Node));
  std::copy_n(file.data() + 4 + trees * sizeof(Tree), nodes.size() * sizeof(Node), reinterpret_cast<char *>(nodes.data()));
  std::vector<float> row(inputs + 1);
  return timed(rows, [&](int i) {
    std::copy_n(x + (size_t)i * inputs, inputs, row.begin());
    row[inputs] = -std::numeric_limits<float>::infinity();
    double sum = 0;
    uint32_t t = 0;
    for (; t + 8 <= trees; t += 8) {
      const Node *at[8];
      for (int k = 0; k < 8; k++) at[k] = nodes.data() + table[t + k].first;
      for (uint32_t step = table[t + 7].depth; step; step--)
        for (int k = 0; k < 8; k++) at[k] += at[k]->left + (row[at[k]->input] > at[k]->threshold);
      for (int k = 0; k < 8; k++) sum += at[k]->threshold;
    }
    for (; t < trees; t++) {
      const Node *at = nodes.data() + table[t].first;
      for (uint32_t step = table[t].depth; step; step--) at += at->left + (row[at->input] > at->threshold);
      sum += at->threshold;
    }
    return sum;
  });
}

int main(int, char **arg) {
  const auto rows = read(arg[4]);
  const int inputs = std::atoi(arg[5]), count = std::atoi(arg[6]);
  const float *x = reinterpret_cast<const float *>(rows.data());
  const Times a = lightgbm(arg[1], arg[2], x, inputs, count);
  const Times b = plain(read(arg[3]), x, inputs, count);
  std::printf("{\"lightgbm\":{\"p50\":%f,\"p99\":%f,\"sum\":%.12f},\"plain\":{\"p50\":%f,\"p99\":%f,\"sum\":%.12f}}\n", a.p50, a.p99, a.sum, b.p50, b.p99, b.sum);
}

// Two peers in one program, on the same rows, one thread: LightGBM's C API (single row, fast) on a model file, and plain C++
// on the very nodes that the core scores. trees LIBRARY MODEL NODES ROWS INPUTS COUNT; for each line `lightgbm` or `plain` on
// standard input it scores all rows once and prints one line of JSON: so sides can take turns.
//   NODES: u32 trees | (u32 first, u32 depth) x trees | nodes of 8 bytes: f32 threshold, u16 input, u16 distance to the left child
#include <dlfcn.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
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
  double p50, p99, block, sum;
};

static std::vector<char> read(const char *path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

constexpr int BLOCK = 50;
using Round = std::function<Times()>;

template <class Score> static Round timed(int rows, Score score) {
  return [=]() mutable {
    std::vector<double> ns(rows);
    double sum = 0;
    for (int i = 0; i < rows; i++) {
      const auto began = Clock::now();
      const double said = score(i);
      const auto ended = Clock::now();
      sum += said;
      ns[i] = std::chrono::duration<double, std::nano>(ended - began).count();
    }
    std::sort(ns.begin(), ns.end());
    // Once more with a clock around fifty rows only: its own time no longer counts.
    std::vector<double> blocks;
    for (int i = 0; i + BLOCK <= rows; i += BLOCK) {
      const auto began = Clock::now();
      double again = 0;
      for (int k = 0; k < BLOCK; k++) again += score(i + k);
      blocks.push_back(std::chrono::duration<double, std::nano>(Clock::now() - began).count() / BLOCK);
      if (!(again >= 0)) std::exit(4);
    }
    std::sort(blocks.begin(), blocks.end());
    return Times{ns[ns.size() / 2], ns[ns.size() * 99 / 100], blocks[blocks.size() / 2], sum};
  };
}

template <class F> static F symbol(void *library, const char *name) {
  auto found = reinterpret_cast<F>(dlsym(library, name));
  if (!found) std::exit(3);
  return found;
}

static Round lightgbm(const char *path, const char *model, const float *x, int inputs, int rows) {
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
  return timed(rows, [=](int i) {
    int64_t length;
    double out;
    predict(config, x + (size_t)i * inputs, &length, &out);
    return out;
  });
}

/** The sum of N trees that go down side by side, as the core does it. */
template <int N> static double together(const Tree *table, const Node *nodes, const float *row) {
  const Node *at[N];
  for (int k = 0; k < N; k++) at[k] = nodes + table[k].first;
  for (uint32_t step = table[N - 1].depth; step; step--)
    for (int k = 0; k < N; k++) at[k] += at[k]->left + (row[at[k]->input] > at[k]->threshold);
  double sum = 0;
  for (int k = 0; k < N; k++) sum += at[k]->threshold;
  return sum;
}

static Round plain(const std::vector<char> &file, const float *x, int inputs, int rows) {
  const uint32_t trees = *reinterpret_cast<const uint32_t *>(file.data());
  std::vector<Tree> table(trees);
  std::copy_n(file.data() + 4, trees * sizeof(Tree), reinterpret_cast<char *>(table.data()));
  std::vector<Node> nodes((file.size() - 4 - trees * sizeof(Tree)) / sizeof(Node));
  std::copy_n(file.data() + 4 + trees * sizeof(Tree), nodes.size() * sizeof(Node), reinterpret_cast<char *>(nodes.data()));
  std::vector<float> row(inputs + 1);
  return timed(rows, [=](int i) mutable {
    std::copy_n(x + (size_t)i * inputs, inputs, row.begin());
    row[inputs] = -std::numeric_limits<float>::infinity();
    double sum = 0;
    uint32_t t = 0;
    for (; t + 8 <= trees; t += 8) sum += together<8>(&table[t], nodes.data(), row.data());
    for (; t + 4 <= trees; t += 4) sum += together<4>(&table[t], nodes.data(), row.data());
    for (; t < trees; t++) {
      const Node *at = nodes.data() + table[t].first;
      for (uint32_t step = table[t].depth; step; step--) at += at->left + (row[at->input] > at->threshold);
      sum += at->threshold;
    }
    return 1 / (1 + std::exp(-sum));
  });
}

int main(int, char **arg) {
  const auto rows = read(arg[4]);
  const int inputs = std::atoi(arg[5]), count = std::atoi(arg[6]);
  const float *x = reinterpret_cast<const float *>(rows.data());
  const Round a = lightgbm(arg[1], arg[2], x, inputs, count);
  const Round b = plain(read(arg[3]), x, inputs, count);
  for (std::string side; std::getline(std::cin, side);) {
    const Times t = side == "plain" ? b() : a();
    std::printf("{\"p50\":%f,\"p99\":%f,\"block\":%f,\"sum\":%.12f}\n", t.p50, t.p99, t.block, t.sum);
    std::fflush(stdout);
  }
}

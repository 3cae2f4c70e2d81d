// SPDX-License-Identifier: MIT
#include "nevus/training/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nevus/training/random.h"

namespace nevus::training {
namespace {

PerClass<double> draw_shares(PerClass<std::size_t> const& counts, double power) {
  PerClass<double> shares{};
  for (std::size_t c = 0; c < kLesionClassCount; ++c)
    shares[c] = counts[c] > 0 ? std::pow(double(counts[c]), 1 - power) : 0;
  double const sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (auto& share : shares) share /= sum;
  return shares;
}

}  // namespace

std::vector<std::size_t> sample_order(std::vector<Sample> const& samples, double power, int seed, int epoch) {
  auto random = generator(std::uint64_t(seed), std::uint64_t(epoch), 0, Purpose::kOrder);
  PerClass<std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < samples.size(); ++i) members[std::size_t(samples[i].label)].push_back(i);
  auto const prior = draw_shares(dataset::class_counts(samples), power);
  std::vector<std::size_t> order;
  double owed = 0;  // carries the fractions of a draw, so that the sum is exact
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    owed += prior[c] * double(samples.size());
    auto draws = std::size_t(std::max(0.0, std::round(owed)));
    owed -= double(draws);
    while (draws > 0 && !members[c].empty()) {
      std::shuffle(members[c].begin(), members[c].end(), random);
      std::size_t const taken = std::min(draws, members[c].size());
      order.insert(order.end(), members[c].begin(), members[c].begin() + std::ptrdiff_t(taken));
      draws -= taken;
    }
  }
  std::shuffle(order.begin(), order.end(), random);
  return order;
}

PerClass<double> class_weights(std::vector<Sample> const& samples, TrainingConfig const& config) {
  auto const shares = draw_shares(dataset::class_counts(samples), config.optimization.sampling_power);
  PerClass<double> weights{};
  double mean = 0;
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    if (shares[c] > 0) weights[c] = std::pow(shares[c], -config.loss.class_weight_power);
    mean += shares[c] * weights[c];
  }
  for (auto& weight : weights) weight /= mean;
  return weights;
}

PerClass<double> apparent_prior(std::vector<Sample> const& samples, TrainingConfig const& config) {
  auto prior = draw_shares(dataset::class_counts(samples), config.optimization.sampling_power);
  auto const weights = class_weights(samples, config);
  for (std::size_t c = 0; c < kLesionClassCount; ++c) prior[c] *= weights[c];
  return prior;
}

PerClass<float> prior_shift(std::vector<Sample> const& natural, std::vector<Sample> const& trained,
                            TrainingConfig const& config) {
  auto const prior = draw_shares(dataset::class_counts(natural), 0);
  auto const apparent = apparent_prior(trained, config);
  PerClass<float> shift{};
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    if (prior[c] > 0 && apparent[c] > 0)
      shift[c] = float(std::log(prior[c]) - (1 - config.loss.logit_adjustment) * std::log(apparent[c]));
  }
  return shift;
}

}  // namespace nevus::training

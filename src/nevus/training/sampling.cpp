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

/// Photos of a class.
struct Members {
  std::vector<std::size_t> plain;
  std::vector<std::size_t> sharper;
};

/// How many photos a class has; a sharper view of one is no further photo.
PerClass<std::size_t> plain_counts(std::vector<Sample> const& samples) {
  PerClass<std::size_t> counts{};
  for (auto const& sample : samples) counts[std::size_t(sample.label)] += sample.sharper ? 0 : 1;
  return counts;
}

void draw(std::vector<std::size_t>& members, std::size_t draws, std::mt19937_64& random,
          std::vector<std::size_t>& order) {
  while (draws > 0 && !members.empty()) {
    std::shuffle(members.begin(), members.end(), random);
    std::size_t const taken = std::min(draws, members.size());
    order.insert(order.end(), members.begin(), members.begin() + std::ptrdiff_t(taken));
    draws -= taken;
  }
}

}  // namespace

std::vector<std::size_t> sample_order(std::vector<Sample> const& samples, double power, int seed, int epoch) {
  auto random = generator(std::uint64_t(seed), std::uint64_t(epoch), 0, Purpose::kOrder);
  PerClass<Members> members;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    auto& [plain, sharper] = members[std::size_t(samples[i].label)];
    (samples[i].sharper ? sharper : plain).push_back(i);
  }
  auto const prior = draw_shares(plain_counts(samples), power);
  std::vector<std::size_t> order;
  double owed = 0;  // carries the fractions of a draw, so that the sum is exact
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    owed += prior[c] * double(samples.size());
    auto const draws = std::size_t(std::max(0.0, std::round(owed)));
    owed -= double(draws);
    std::size_t const of_sharper = members[c].sharper.empty() ? 0 : draws / 2;
    draw(members[c].plain, draws - of_sharper, random, order);
    draw(members[c].sharper, of_sharper, random, order);
  }
  std::shuffle(order.begin(), order.end(), random);
  return order;
}

PerClass<double> class_weights(std::vector<Sample> const& samples, TrainingConfig const& config) {
  auto const shares = draw_shares(plain_counts(samples), config.optimization.sampling_power);
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
  auto prior = draw_shares(plain_counts(samples), config.optimization.sampling_power);
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

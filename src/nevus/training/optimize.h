// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <memory>

#include "nevus/training/config.h"
#include "nevus/training/networks.h"

namespace nevus::training {

constexpr double kAuxiliaryLossWeight = 0.3;  ///< as in GoogLeNet (Szegedy et al. 2015)

/// Cross-entropy against soft targets, mean over the batch.
[[nodiscard]] torch::Tensor soft_cross_entropy(torch::Tensor const& logits, torch::Tensor const& target);

/// The loss of one batch, with the forward pass in `precision` and the loss itself in float32. Where the network has a
/// second head, its loss counts kAuxiliaryLossWeight. The backward pass takes the precision of the forward one.
[[nodiscard]] torch::Tensor batch_loss(Network& network, torch::Tensor const& input, torch::Tensor const& target,
                                       TrainingPrecision precision);

/// Share of the peak learning rate at `done` of `total` epochs: a straight rise over `warmup`, then half a cosine to
/// zero (Loshchilov and Hutter 2017).
[[nodiscard]] double cosine_with_warmup(double done, double warmup, double total);

/// AdamW with four groups: backbone and head, each with and without weight decay (norms and biases have none). The
/// groups' order is backbone decayed, backbone plain, head decayed, head plain.
[[nodiscard]] std::unique_ptr<torch::optim::AdamW> make_optimizer(Network const& network,
                                                                  TrainingConfig::Optimization const& options);
void set_learning_rates(torch::optim::AdamW& optimizer, TrainingConfig::Optimization const& options,
                        double share_of_peak);

/// Moves `average` towards `network`, parameters and batch statistics alike. The decay rises as (1 + step) / (10 +
/// step) up to `decay`, so that the average forgets the untrained start.
void update_average(Network& average, Network const& network, double decay, std::int64_t step);

/// Copies parameters and buffers.
void copy_network(Network& to, Network const& from);

}  // namespace nevus::training

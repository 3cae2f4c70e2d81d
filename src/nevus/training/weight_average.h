// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "nevus/training/loader.h"
#include "nevus/training/networks.h"

namespace nevus::training {

/// Moves `average` towards `network`, parameters and batch statistics alike. The decay rises as (1 + step) / (10 +
/// step) up to `decay`, so that the average forgets the untrained start.
void update_average(Network& average, Network const& network, double decay, std::int64_t step);

/// Makes `mean`, which is the mean of `count` networks, that of these and `network`.
void add_to_mean(Network& mean, Network const& network, int count);

/// Copies parameters and buffers.
void copy_network(Network& to, Network const& from);

/// Measures the batch statistics of averaged weights anew, as the mean over the loader's batches (Izmailov et al.
/// 2018); those of frozen blocks stay. Leaves the network in evaluation mode.
void measure_batch_statistics(Network& network, int frozen_blocks, Loader& batches);

}  // namespace nevus::training

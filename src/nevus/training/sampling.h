// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "nevus/dataset/dataset.h"
#include "nevus/training/config.h"

namespace nevus::training {

/// Indices into `samples` for one epoch of samples.size() draws. A class of n photos gets draws in proportion to n^(1 -
/// power), and every photo of a class comes once before any comes again. Where there are sharper views, half of a
/// class's draws are of them, whatever the class: a view that some classes have more of than others must not give them
/// away.
[[nodiscard]] std::vector<std::size_t> sample_order(std::vector<Sample> const& samples, double power, int seed,
                                                    int epoch);

/// What the loss multiplies a photo of each class with: proportional to its share of the draws to the power of
/// -class_weight_power, 1 in the mean over the draws. 0 for a class without photos.
[[nodiscard]] PerClass<double> class_weights(std::vector<Sample> const& samples, TrainingConfig const& config);

/// How frequent the classes look to a network that is trained on `samples` by the recipe: their shares of the draws
/// times their weights in the loss. 0 for a class without photos.
[[nodiscard]] PerClass<double> apparent_prior(std::vector<Sample> const& samples, TrainingConfig const& config);

/// What must be added to the logits of a network that was trained on `trained` by the recipe, so that they speak of
/// photos as frequent as in `natural`: log(natural prior) - (1 - tau) log(apparent prior), where logit adjustment with
/// tau has already taken its part of the prior out of the logits (Menon et al. 2021). Exact for cross-entropy; the
/// focal loss flattens probabilities, which the temperature at export then mends. 0 for a class that is in neither.
[[nodiscard]] PerClass<float> prior_shift(std::vector<Sample> const& natural, std::vector<Sample> const& trained,
                                          TrainingConfig const& config);

}  // namespace nevus::training

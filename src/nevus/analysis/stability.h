// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/inference/classifier.h"
#include "nevus/risk/risk.h"

namespace nevus {

/// How an answer changes with changes of the photo that change nothing about the lesion.
struct Stability {
  int views = 0;                   ///< the photo turned by quarters and mirrored, itself included
  double spread_prob = 0;          ///< highest minus lowest malignant probability over the views
  double view_flip_frac = 0;       ///< share of the views whose likeliest class is another one
  int perturbations = 0;           ///< small shifts, scales, turns and changes of brightness and colour
  double perturbed_flip_frac = 0;  ///< share of them whose likeliest class is another one
  double mean_malignant_prob = 0;  ///< over the views
};

namespace analysis {

/// Runs the network on 8 views and 8 perturbations of `photo`. Cost: 16 runs, on all of the classifier's streams.
/// Errors are those of the classifier.
[[nodiscard]] Result<Stability> measure_stability(Reductions const& photo, Classifier const& classifier);

}  // namespace analysis
}  // namespace nevus

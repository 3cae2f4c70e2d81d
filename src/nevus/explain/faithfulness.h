// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/explain/heat_map.h"

namespace nevus {

/// Whether a heat map tells what mattered: does hiding its hottest fifth take more from the class than hiding the same
/// shape elsewhere (after Petsiuk et al. 2018, deletion; random baselines as Hooker et al. 2019 ask for)?
struct Faithfulness {
  double drop_logit = 0;         ///< fall of the class's log-odds when the hottest fifth of the input is hidden
  double random_drop_logit = 0;  ///< median of the same for the shape moved elsewhere
  double beaten_frac = 0;        ///< share of the moved shapes that take less
  bool reliable = false;         ///< drop_logit > 0 and beaten_frac at least .9
};

namespace explain {

/// Runs the network on 1 + 15 masked inputs: `input` is what it answered with `output` to. Hidden pixels get the
/// input's mean colour, with soft edges, so that no new edge speaks. Deterministic. Cost: 16 runs of the network.
/// Errors are those of the classifier.
[[nodiscard]] Result<Faithfulness> measure_faithfulness(Classifier const& classifier, Tensor const& input,
                                                        NetworkOutput const& output, HeatMap const& map);

}  // namespace explain
}  // namespace nevus

// SPDX-License-Identifier: MIT
#include "nevus/explain/explain.h"

namespace nevus::explain {

Result<Explanation> explain(Classifier const& classifier, Image const& photo, Tensor const& input,
                            NetworkOutput const& output, LesionClass lesion_class) {
  auto map = heat_map(output, lesion_class);
  if (!map) return Explanation{lesion_class, std::nullopt};
  NEVUS_TRY(auto const faithfulness, measure_faithfulness(classifier, input, output, *map));
  auto const& spec = classifier.card().preprocess;
  auto const placement = model::placement(photo.width_px(), photo.height_px(), spec);
  auto picture = with_legend(overlay(photo, *map, placement, spec), *map, info(lesion_class).display);
  return Explanation{lesion_class, Explanation::Shown{*std::move(map), faithfulness, std::move(picture)}};
}

}  // namespace nevus::explain

// SPDX-License-Identifier: MIT
#include "nevus/explain/explain.h"

namespace nevus::explain {

Result<Explanation> explain(Classifier const& classifier, Image const& photo, Tensor const& input,
                            NetworkOutput const& output, LesionClass lesion_class) {
  auto map = heat_map(output, lesion_class);
  if (!map) return Explanation{lesion_class, std::nullopt};
  NEVUS_TRY(auto const faithfulness, measure_faithfulness(classifier, input, output, *map));
  auto shown = picture(photo, *map, classifier.card().preprocess, faithfulness);
  return Explanation{lesion_class, Explanation::Shown{*std::move(map), faithfulness, std::move(shown)}};
}

Image picture(Image const& photo, HeatMap const& map, PreprocessSpec const& spec, Faithfulness const& faithfulness) {
  auto const placement = model::placement(photo.width_px(), photo.height_px(), spec);
  return with_legend(overlay(photo, map, placement, spec), map, info(map.lesion_class).display,
                     faithfulness.reliable ? MapTest::kPassed : MapTest::kFailed);
}

}  // namespace nevus::explain

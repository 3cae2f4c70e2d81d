// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "nevus/image/image.h"
#include "nevus/inference/classifier.h"
#include "nevus/model/preprocess.h"

namespace nevus {

/// Which parts of the network's input spoke for one class: Grad-CAM (Selvaraju et al. 2017) of the forward pass that
/// gave the answer, from the network's own output `class_maps`.
struct HeatMap {
  LesionClass lesion_class = LesionClass::kNv;
  int width = 0;  ///< in cells of the network's last map
  int height = 0;
  std::vector<float> heat;  ///< [height,width], 0..1 of scale_logit; what speaks against the class is 0
  double peak_logit = 0;    ///< what the class's hottest cell adds to its logit
  double scale_logit = 0;   ///< the same of the hottest cell of any class, so that a faint map looks faint
};

namespace explain {

/// The heat map of `lesion_class`, on a scale that all classes of this photo share. Nothing where no cell speaks for
/// the class: then there is nothing to draw.
[[nodiscard]] std::optional<HeatMap> heat_map(NetworkOutput const& output, LesionClass lesion_class);

struct OverlayStyle {
  double opacity_frac = 0.65;  ///< of the hottest colour; cold cells show the bare photo
};

/// `photo` with the heat laid over it in the photo's own pixels, in the colours of the inferno scale (perceptually
/// even, readable without red-green vision; Smith and van der Walt 2015). What the network did not see is dimmed to
/// half. Cost: under 1 ms for 600x450.
[[nodiscard]] Image overlay(Image const& photo, HeatMap const& map, InputPlacement const& placement,
                            PreprocessSpec const& spec, OverlayStyle const& style = {});

/// The heat alone in the photo's own pixels, for a viewer that lays it over the photo itself: alpha is the heat,
/// 0..255, and nothing where the network did not look. Cost: as overlay.
[[nodiscard]] Layer heat_layer(int photo_width_px, int photo_height_px, HeatMap const& map,
                               InputPlacement const& placement, PreprocessSpec const& spec);

/// Whether a map passed the test of its faithfulness.
enum class MapTest { kPassed, kFailed };

/// `picture` with a strip below it that says what the colours mean. `class_name` is ASCII. Not narrower than 320 px:
/// smaller pictures are enlarged to that without smoothing. All of a map that failed its test is grey, and the strip
/// begins with a warning in red.
[[nodiscard]] Image with_legend(Image const& picture, HeatMap const& map, std::string_view class_name,
                                MapTest test = MapTest::kPassed);

}  // namespace explain
}  // namespace nevus

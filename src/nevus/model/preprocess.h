// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "nevus/image/reductions.h"

namespace nevus {

/// How a photo becomes a network's input. Part of the model card; the trainer and `nevus` run the same code on it.
struct PreprocessSpec {
  int width_px = 192;
  int height_px = 192;
  /// A photo with more than this on its short side is first averaged down to it, so that the network sees the sharpness
  /// that it was trained on whatever camera took the photo. 0: no limit.
  int detail_px = 150;
  /// What was averaged down is then written as JPEG of this quality and read back, since a network that learnt from
  /// small JPEGs takes photos without their traces for other ones: accuracy on HAM10000's 300x225 view .655 -> .705
  /// (val; .699 for the same photos in the view that it learnt from). 0: not.
  int detail_jpeg_quality = 0;
  std::array<float, 3> mean{0.498F, 0.498F, 0.498F};  ///< RGB, of values in 0..1
  std::array<float, 3> std{0.502F, 0.502F, 0.502F};
  bool operator==(PreprocessSpec const&) const = default;
};

/// A look at the photo for augmentation, relative to the plain centred view. The default is what is served.
struct View {
  float rotation_rad = 0;  ///< counter-clockwise
  float scale = 1;         ///< above 1 shows less of the photo, larger
  float stretch = 1;       ///< width over height
  float shear_rad = 0;
  float shift_x_frac = 0;  ///< of the shown side
  float shift_y_frac = 0;
  bool mirrored = false;
  /// A tilted camera: the magnification is 1 + this at the right (lower) edge and 1 - this at the left (upper) one. The
  /// sum of both sizes is below 1.
  float perspective_x = 0;
  float perspective_y = 0;
  /// [H,W,2], x and y in output pixels: how far beside its place each output pixel looks. Empty: nowhere.
  std::vector<float> displacement_px{};
};

/// Where the network's input lies in its photo, both counted at pixel centres: photo x = origin_x_px + input x *
/// px_per_input_x, and so for y.
struct InputPlacement {
  double origin_x_px = 0;
  double origin_y_px = 0;
  double px_per_input_x = 1;
  double px_per_input_y = 1;
};

/// NCHW float32.
struct Tensor {
  std::array<std::int64_t, 4> shape{};
  std::vector<float> values;
};

namespace model {

/// The view of `photo` as 8-bit RGB of the spec's sides: limit of detail, then one bilinear resampling of the centred
/// region that covers the input's shape, whatever the view is made of; outside the frame the photo is mirrored. Not yet
/// normalised, so that augmentation of colours can work on it. Cost: about 0.5 ms for 600x450. Thread-safe.
[[nodiscard]] Image render(Reductions const& photo, PreprocessSpec const& spec, View const& view = {});

/// What `render` takes its views from: the photo with no more detail than the spec lets through, so that rendering it
/// gives the same as rendering `photo`. For specs with a limit of detail.
[[nodiscard]] Image detailed(Reductions const& photo, PreprocessSpec const& spec);

/// Where `render` takes the plain view of a photo of these sides from.
[[nodiscard]] InputPlacement placement(int photo_width_px, int photo_height_px, PreprocessSpec const& spec);

/// Writes (value/255 - mean)/std of `rendered` as planar RGB, [3,H,W], into `out`.
void normalize(Image const& rendered, PreprocessSpec const& spec, std::span<float> out);

/// render + normalize: the network's input [1,3,H,W].
[[nodiscard]] Tensor preprocess(Reductions const& photo, PreprocessSpec const& spec);

}  // namespace model
}  // namespace nevus

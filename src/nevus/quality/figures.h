// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/image/reductions.h"

namespace nevus::quality {

/// The photo at 200 px on its long side; itself where it is smaller.
[[nodiscard]] Image const& working_size(Reductions const& photo);

/// What is measured of a photo before any threshold is applied. "Luma" is 0.299 R + 0.587 G + 0.114 B of the stored
/// (gamma-coded) values, 0..1. All but `short_side_px` are taken at 200 px on the long side, and all but
/// `short_side_px` and `visible_frac` from the visible part alone: the frame without its dark corners.
struct Figures {
  /// The smaller of two ratios of standard deviations (differences of Gaussians): of the details 1.4 to 2.8 px large
  /// over those of 4 to 8 px, and 0.55 times that of the details 1 to 2 px large over those of 2 to 4 px. A blur takes
  /// the small ones first: a slight one moves the second ratio, a strong one the first, even where the camera's noise
  /// came after the blur. A ratio cancels how strong the lesion's own contrast is, so a sharp photo of a smooth lesion
  /// keeps its value. 0 for a uniform photo.
  double fine_to_coarse_detail;
  double mean_luma;
  /// Range of luma (2 % to 98 % quantile, details under 2.8 px smoothed away so that noise does not count) over its
  /// mean, plus the saturation of the mean colour; no more than 3.4 times the first alone. A veil of stray light lowers
  /// both, a short exposure or a pale lesion does not.
  double contrast;
  double red_green_stops;   ///< log2(mean R / mean G)
  double blue_green_stops;  ///< log2(mean B / mean G)
  double red_blue_stops;    ///< log2(mean R / mean B)
  /// Share of pixels with two or three channels at 250 or more; one channel alone counts 0.22, since a clipped red
  /// channel is common and mostly harmless on reddish skin.
  double clipped_frac;
  int short_side_px;
  double visible_frac;     ///< share of the frame outside dark corners
  double lesion_frac;      ///< share of the visible part that the lesion takes (lesion.h); 0 where none is found
  double lesion_cut_frac;  ///< share of the lesion's outline that lies on the frame or at a dark corner
  double hair_frac;        ///< share of the pixels that are dark hair or as thin, dark and long
  double ink_frac;         ///< share of the pixels that are blue or violet as ink, outside the lesion
  int ruler_ticks;         ///< of the longest row of parallel, equally spaced short strokes (ruler.h)
};

/// Thread-safe. Cost: nearly all of `assess`.
[[nodiscard]] Figures measure(Reductions const& photo);

}  // namespace nevus::quality

// SPDX-License-Identifier: MIT
#pragma once

namespace cv {
class Mat;
}

namespace nevus::quality {

/// 255 where the photo is darker than both its sides and at most about 5 px wide there, within `area` (255 where the
/// photo shows something), at working size: hair, and the ticks of a scale.
[[nodiscard]] cv::Mat thin_and_dark(cv::Mat const& luma, cv::Mat const& area);

/// Share of `area` under hair: what of `thin` is at least 13 px long in one of eight directions. After DullRazor (Lee
/// et al. 1997).
[[nodiscard]] double hair_frac(cv::Mat const& thin, cv::Mat const& area);

/// Share of `area` that is bluer and more saturated than skin ever is, at least some pixels away from `lesion` (255
/// inside), since lesions can be blue too. `photo` is 8-bit RGB at working size.
[[nodiscard]] double ink_frac(cv::Mat const& photo, cv::Mat const& area, cv::Mat const& lesion);

}  // namespace nevus::quality

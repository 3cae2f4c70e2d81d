// SPDX-License-Identifier: MIT
#pragma once

namespace cv {
class Mat;
}

namespace nevus::quality {

/// The lesion of a photo at working size (8-bit RGB): 255 inside, 0 outside, all 0 where nothing stands out. Otsu's
/// threshold (1979) on the blue channel, in which pigment and blood are darkest, after thin hair is taken away; of what
/// is found, the connected region that weighs most in the middle, with its holes filled. `area` is 255 where the photo
/// shows something and clear of dark corners. An outline good for judging size and place, not for measuring a lesion:
/// how well it agrees with HAM10000's masks is in docs/quality.md.
[[nodiscard]] cv::Mat find_lesion(cv::Mat const& photo, cv::Mat const& area);

/// Share of the outline of `lesion` (255 inside) that lies on the photo's frame or against what is not `area`; 0 for no
/// lesion. Steps between neighbouring pixels are counted, so a slanting outline weighs up to 1.4 times as much.
[[nodiscard]] double cut_frac(cv::Mat const& lesion, cv::Mat const& area);

}  // namespace nevus::quality

// SPDX-License-Identifier: MIT
#include "nevus/image/reductions.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace nevus {

Image const& Reductions::to(int width_px, int height_px) const {
  auto const has_sides = [=](Image const& image) {
    return image.width_px() == width_px && image.height_px() == height_px;
  };
  if (has_sides(*photo_)) return *photo_;
  if (auto const found = std::ranges::find_if(made_, has_sides); found != made_.end()) return *found;
  cv::Mat const whole(photo_->height_px(), photo_->width_px(), CV_8UC3,
                      const_cast<std::uint8_t*>(photo_->pixels().data()));
  std::vector<std::uint8_t> pixels(std::size_t{3} * std::size_t(width_px) * std::size_t(height_px));
  cv::Mat reduced(height_px, width_px, CV_8UC3, pixels.data());
  cv::resize(whole, reduced, reduced.size(), 0, 0, cv::INTER_AREA);
  return made_.emplace_back(width_px, height_px, std::move(pixels), photo_->source_format());
}

}  // namespace nevus

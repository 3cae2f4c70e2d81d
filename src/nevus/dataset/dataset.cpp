// SPDX-License-Identifier: MIT
#include "nevus/dataset/dataset.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string_view>
#include <unordered_set>

#include "nevus/base/file.h"
#include "nevus/base/sha256.h"
#include "nevus/image/decode.h"
#include "nevus/model/synthetic_lesion.h"

namespace nevus::dataset {
namespace {

/// SplitMix64 (Steele et al. 2014): a bijection, so different inputs give different seeds.
std::uint64_t mix(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

std::vector<Sample> drawings(std::string const& part, std::size_t per_class, std::uint64_t first_number,
                             std::uint64_t seed) {
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < per_class * kLesionClassCount; ++i) {
    Sample sample;
    sample.label = static_cast<LesionClass>(i % kLesionClassCount);
    sample.image_id = "synthetic_" + part + "_" + std::to_string(i);
    sample.lesion_id = sample.image_id;
    sample.synthetic_seed = mix(mix(seed) + first_number + i);
    samples.push_back(std::move(sample));
  }
  return samples;
}

/// The shorter side is averaged down, so that no detail is made up.
Image unsquashed(Image const& photo, double frame_aspect) {
  cv::Mat const source(photo.height_px(), photo.width_px(), CV_8UC3, const_cast<std::uint8_t*>(photo.pixels().data()));
  auto const shorter = [](int side, double factor) { return std::max(1, int(std::lround(side * factor))); };
  int const width = shorter(photo.width_px(), std::min(1.0, frame_aspect));
  int const height = shorter(photo.height_px(), std::min(1.0, 1 / frame_aspect));
  std::vector<std::uint8_t> pixels(std::size_t{3} * std::size_t(width) * std::size_t(height));
  cv::Mat target(height, width, CV_8UC3, pixels.data());
  cv::resize(source, target, target.size(), 0, 0, cv::INTER_AREA);
  return {width, height, std::move(pixels), photo.source_format()};
}

}  // namespace

Dataset synthetic(std::size_t per_class, std::uint64_t seed) {
  auto const held_out_per_class = (per_class + 3) / 4;
  Dataset data;
  data.name = "synthetic lesions";
  data.source = "synthetic";
  data.train = drawings("train", per_class, 0, seed);
  data.val = drawings("val", held_out_per_class, data.train.size(), seed);
  data.test = drawings("test", held_out_per_class, data.train.size() + data.val.size(), seed);
  return data;
}

double leaked_share(std::vector<Sample> const& trained, std::vector<Sample> const& evaluated) {
  if (evaluated.empty()) return 0;
  std::unordered_set<std::string_view> lesions;
  for (auto const& sample : trained) lesions.insert(sample.lesion_id);
  lesions.erase("");
  auto const leaked =
      std::ranges::count_if(evaluated, [&](Sample const& sample) { return lesions.contains(sample.lesion_id); });
  return double(leaked) / double(evaluated.size());
}

std::string content_sha256(std::vector<Sample> const& samples) {
  std::vector<std::string> lines;
  for (auto const& sample : samples) lines.push_back(sample.image_id + "," + std::string(info(sample.label).id) + "\n");
  std::ranges::sort(lines);
  std::string text;
  for (auto const& line : lines) text += line;
  return sha256_hex(Bytes(reinterpret_cast<std::uint8_t const*>(text.data()), text.size()));
}

Result<Image> load_photo(Sample const& sample) {
  if (sample.synthetic_seed) return model::synthetic_lesion(*sample.synthetic_seed, sample.label);
  NEVUS_TRY(auto const bytes, read_file(sample.path, DecodeLimits{}.max_bytes));
  auto photo = image::decode(bytes);
  if (!photo) return fail(photo.error().code, sample.path.string() + ": " + photo.error().message);
  return sample.frame_aspect > 0 ? unsquashed(*photo, sample.frame_aspect) : photo;
}

PerClass<std::size_t> class_counts(std::vector<Sample> const& samples) {
  PerClass<std::size_t> counts{};
  for (auto const& sample : samples) ++counts[static_cast<std::size_t>(sample.label)];
  return counts;
}

}  // namespace nevus::dataset

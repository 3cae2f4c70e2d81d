// SPDX-License-Identifier: MIT
#include "nevus/explain/faithfulness.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

namespace nevus::explain {
namespace {

constexpr double kHiddenFrac = 0.2;
constexpr std::size_t kShifts = 15;
constexpr double kMaxOverlapFrac = 0.2;  // what chance alone gives a fifth of the area
constexpr double kMinBeatenFrac = 0.9;

/// log(p / (1 - p)): unlike p it still moves where the network is sure.
double log_odds(PerClass<float> const& logits, std::size_t lesion_class) {
  double largest = -1e30;
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    if (c != lesion_class) largest = std::max(largest, double(logits[c]));
  }
  double others = 0;
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    if (c != lesion_class) others += std::exp(logits[c] - largest);
  }
  return logits[lesion_class] - largest - std::log(others);
}

/// 1 at the hottest fifth of the cells, 0 elsewhere.
cv::Mat hottest_cells(HeatMap const& map) {
  std::vector<std::size_t> order(map.heat.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return map.heat[a] > map.heat[b]; });
  auto const wanted = std::max<std::size_t>(1, std::size_t(std::lround(kHiddenFrac * double(order.size()))));
  cv::Mat mask = cv::Mat::zeros(map.height, map.width, CV_32F);
  for (std::size_t i = 0; i < wanted; ++i) mask.at<float>(int(order[i]) / map.width, int(order[i]) % map.width) = 1;
  return mask;
}

/// The mask moved by whole cells; what leaves on one side comes in on the other, so that its area stays.
cv::Mat moved(cv::Mat const& mask, int dx, int dy) {
  cv::Mat result(mask.size(), mask.type());
  for (int y = 0; y < mask.rows; ++y) {
    for (int x = 0; x < mask.cols; ++x) {
      result.at<float>((y + dy) % mask.rows, (x + dx) % mask.cols) = mask.at<float>(y, x);
    }
  }
  return result;
}

/// The mask moved to places spread over the input, of which none covers much of the mask itself.
std::vector<cv::Mat> moved_elsewhere(cv::Mat const& mask) {
  std::vector<cv::Mat> result;
  int const all = mask.cols * mask.rows - 1;
  double const max_overlap = kMaxOverlapFrac * cv::sum(mask)[0];
  for (int i = 1; i <= all && result.size() < kShifts; ++i) {
    // The golden section visits a range evenly at any length of the sequence.
    double const place = std::fmod(i * 0.6180339887498949, 1.0);
    int const index = 1 + int(place * all);
    auto candidate = moved(mask, index % mask.cols, index / mask.cols);
    if (cv::sum(mask.mul(candidate))[0] <= max_overlap) result.push_back(std::move(candidate));
  }
  return result;
}

/// A network's input that can be hidden in part, behind its own mean colour.
class Curtain {
 public:
  explicit Curtain(Tensor const& input) : input_(input), shape_(int(input.shape[3]), int(input.shape[2])) {
    for (int c = 0; c < 3; ++c) mean_[std::size_t(c)] = cv::mean(plane(const_cast<Tensor&>(input), c))[0];
  }

  [[nodiscard]] Tensor hide(cv::Mat const& cells) const {
    cv::Mat mask;
    cv::resize(cells, mask, shape_, 0, 0, cv::INTER_LINEAR);
    Tensor hidden = input_;
    for (int c = 0; c < 3; ++c) {
      cv::Mat channel = plane(hidden, c);
      channel += mask.mul(mean_[std::size_t(c)] - channel);
    }
    return hidden;
  }

 private:
  [[nodiscard]] cv::Mat plane(Tensor& tensor, int channel) const {
    return {shape_.height, shape_.width, CV_32F,
            tensor.values.data() + std::size_t(channel) * std::size_t(shape_.area())};
  }

  Tensor const& input_;
  cv::Size shape_;
  std::array<double, 3> mean_{};
};

double median(std::vector<double> values) {
  auto const middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Result<Faithfulness> measure_faithfulness(Classifier const& classifier, Tensor const& input,
                                          NetworkOutput const& output, HeatMap const& map) {
  auto const lesion_class = static_cast<std::size_t>(map.lesion_class);
  double const whole = log_odds(output.logits, lesion_class);
  Curtain const curtain(input);
  auto const hottest = hottest_cells(map);
  std::vector<Tensor> hidden{curtain.hide(hottest)};
  for (auto const& mask : moved_elsewhere(hottest)) hidden.push_back(curtain.hide(mask));
  NEVUS_TRY(auto const outputs, classifier.run_all(hidden));
  auto const drop = [&](NetworkOutput const& without) { return whole - log_odds(without.logits, lesion_class); };
  Faithfulness figure;
  figure.drop_logit = drop(outputs.front());
  std::vector<double> elsewhere;
  for (std::size_t i = 1; i < outputs.size(); ++i) elsewhere.push_back(drop(outputs[i]));
  if (elsewhere.empty()) return figure;
  auto const beaten =
      std::count_if(elsewhere.begin(), elsewhere.end(), [&](double d) { return d < figure.drop_logit; });
  figure.beaten_frac = double(beaten) / double(elsewhere.size());
  figure.random_drop_logit = median(std::move(elsewhere));
  figure.reliable = figure.drop_logit > 0 && figure.beaten_frac >= kMinBeatenFrac;
  return figure;
}

}  // namespace nevus::explain

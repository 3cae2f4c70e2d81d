// SPDX-License-Identifier: MIT
#include "nevus/training/arithmetic.h"

#include <ATen/autocast_mode.h>
#include <dlfcn.h>

namespace nevus {
namespace {

constexpr double kScaleFactor = 2;
constexpr int kGoodStepsToGrow = 2000;

}  // namespace

ReducedArithmetic::ReducedArithmetic(torch::Device device, TrainingPrecision precision)
    : device_(device.type()), reduced_(precision != TrainingPrecision::kFloat32) {
  if (!reduced_) return;
  at::autocast::set_autocast_dtype(device_, precision == TrainingPrecision::kFloat16 ? at::kHalf : at::kBFloat16);
  at::autocast::set_autocast_enabled(device_, true);
}

ReducedArithmetic::~ReducedArithmetic() {
  if (!reduced_) return;
  at::autocast::set_autocast_enabled(device_, false);
  at::autocast::clear_cache();  // of the converted weights, which the next step changes
}

bool GradientScaler::unscale(std::vector<torch::Tensor> const& parameters) {
  if (!active_) return true;
  torch::NoGradGuard const no_grad;
  bool finite = true;
  for (auto const& parameter : parameters) {
    if (!parameter.grad().defined()) continue;
    parameter.grad().div_(state_.scale);
    finite = finite && torch::isfinite(parameter.grad()).all().item<bool>();
  }
  if (!finite) {
    state_ = {state_.scale / kScaleFactor, 0};
  } else if (++state_.good_steps == kGoodStepsToGrow) {
    state_ = {state_.scale * kScaleFactor, 0};
  }
  return finite;
}

namespace training {
namespace {

/// LibTorch's CUDA part is a library of its own, which registers itself when it is loaded; a machine without the CUDA
/// libraries cannot load it and does not need it. Empty, or why it cannot be had.
std::string problem_with_cuda() {
  static std::string const kProblem = []() -> std::string {
    if (torch::cuda::is_available()) return "";
    if (::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) return ::dlerror();
    return torch::cuda::is_available() ? "" : "no device is there";
  }();
  return kProblem;
}

}  // namespace

Result<torch::Device> choose_device(DeviceChoice choice) {
  if (choice == DeviceChoice::kCpu) return torch::Device(torch::kCPU);
  auto const problem = problem_with_cuda();
  if (problem.empty()) return torch::Device(torch::kCUDA, 0);
  if (choice == DeviceChoice::kAuto) return torch::Device(torch::kCPU);
  return fail(ErrorCode::kConfig, "device = \"cuda\": CUDA cannot be used here: " + problem);
}

Result<void> check_precision(torch::Device device, TrainingPrecision precision) {
  if (precision == TrainingPrecision::kFloat16 && !device.is_cuda())
    return fail(ErrorCode::kConfig,
                "optimization.precision = \"float16\" needs CUDA; \"bfloat16\" runs on the CPU too");
  return {};
}

}  // namespace training
}  // namespace nevus

// SPDX-License-Identifier: MIT
#include "nevus/training/activation_checkpoint.h"

#include <ATen/autocast_mode.h>

#include <algorithm>
#include <mutex>

namespace nevus::training {
namespace {

torch::Tensor random_state(torch::Device device) {
  auto generator = at::globalContext().defaultGenerator(device);
  std::lock_guard const lock(generator.mutex());
  return generator.get_state();
}

void set_random_state(torch::Device device, torch::Tensor const& state) {
  auto generator = at::globalContext().defaultGenerator(device);
  std::lock_guard const lock(generator.mutex());
  generator.set_state(state);
}

/// What a second pass has to find as the first one did.
struct FirstPass : torch::CustomClassHolder {
  torch::nn::Module* block = nullptr;
  std::function<torch::Tensor(torch::Tensor const&)> forward;
  torch::Tensor random;
  bool reduced = false;
  at::ScalarType reduced_type = at::kFloat;
};

/// While it lives, passes leave the block's batch statistics alone.
class KeptStatistics {
 public:
  explicit KeptStatistics(torch::nn::Module& block) {
    for (auto const& module : block.modules()) {
      auto* norm = module->as<torch::nn::BatchNorm2d>();
      if (norm == nullptr || !norm->is_training()) continue;
      norms_.emplace_back(norm, norm->options.momentum());
      norm->options.momentum(0.0);
    }
  }
  ~KeptStatistics() {
    for (auto const& [norm, momentum] : norms_) {
      norm->options.momentum(momentum);
      norm->num_batches_tracked -= 1;
    }
  }
  KeptStatistics(KeptStatistics const&) = delete;
  KeptStatistics& operator=(KeptStatistics const&) = delete;

 private:
  std::vector<std::pair<torch::nn::BatchNorm2dImpl*, std::optional<double>>> norms_;
};

torch::Tensor second_pass(FirstPass const& first, torch::Tensor const& input) {
  auto const device = input.device();
  auto const random_now = random_state(device);
  set_random_state(device, first.random);
  bool const was_reduced = at::autocast::is_autocast_enabled(device.type());
  auto const was_type = at::autocast::get_autocast_dtype(device.type());
  at::autocast::set_autocast_dtype(device.type(), first.reduced_type);
  at::autocast::set_autocast_enabled(device.type(), first.reduced);
  torch::Tensor output;
  {
    torch::AutoGradMode const with_grad(true);
    KeptStatistics const kept(*first.block);
    output = first.forward(input);
  }
  at::autocast::set_autocast_enabled(device.type(), was_reduced);
  at::autocast::set_autocast_dtype(device.type(), was_type);
  if (first.reduced) at::autocast::clear_cache();
  set_random_state(device, random_now);
  return output;
}

struct Recompute : public torch::autograd::Function<Recompute> {
  /// `anchor` asks for a gradient even where the input does not: the block's parameters do.
  static torch::Tensor forward(torch::autograd::AutogradContext* context, torch::Tensor const& input,
                               torch::Tensor const& /*anchor*/, c10::intrusive_ptr<FirstPass> const& first) {
    context->save_for_backward({input});
    context->saved_data["first"] = at::IValue::make_capsule(first);
    return first->forward(input);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list const& gradients) {
    auto const capsule = context->saved_data["first"].toCapsule();
    auto const& first = static_cast<FirstPass const&>(*capsule);
    auto const saved = context->get_saved_variables().front();
    auto const input = saved.detach().requires_grad_(saved.requires_grad());
    torch::autograd::backward({second_pass(first, input)}, {gradients.front()});
    return {input.grad(), torch::Tensor(), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor recomputed(torch::nn::Module& block, torch::Tensor const& input,
                         std::function<torch::Tensor(torch::Tensor const&)> forward) {
  auto const wants_gradient = [](torch::Tensor const& tensor) { return tensor.requires_grad(); };
  bool const wanted = wants_gradient(input) || std::ranges::any_of(block.parameters(), wants_gradient);
  if (!torch::GradMode::is_enabled() || !wanted) return forward(input);
  auto first = c10::make_intrusive<FirstPass>();
  first->block = &block;
  first->forward = std::move(forward);
  first->random = random_state(input.device());
  first->reduced = at::autocast::is_autocast_enabled(input.device().type());
  first->reduced_type = at::autocast::get_autocast_dtype(input.device().type());
  return Recompute::apply(input, torch::zeros({}, torch::requires_grad()), first);
}

}  // namespace nevus::training

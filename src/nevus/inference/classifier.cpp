// SPDX-License-Identifier: MIT
#include "nevus/inference/classifier.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <mutex>
#include <openvino/core/model.hpp>
#include <openvino/core/version.hpp>
#include <openvino/frontend/manager.hpp>
#include <openvino/pass/constant_folding.hpp>
#include <openvino/pass/manager.hpp>
#include <openvino/runtime/core.hpp>
#include <openvino/runtime/properties.hpp>
#include <sstream>
#include <thread>

#include "nevus/model/synthetic_lesion.h"

namespace nevus {
namespace {

constexpr char const* kDevice = "CPU";
constexpr char const* kInput = "image";
constexpr char const* kLogits = "logits";
constexpr char const* kEmbedding = "embedding";
constexpr char const* kClassMaps = "class_maps";
constexpr float kMaxCanaryDifference = 0.05F;  // between float32 on two kinds of CPU; 1e-4 is usual
constexpr float kMaxCanaryDifferenceBfloat16 = 0.5F;
/// Between two drawings of different lesions, in the logit that differs most; the networks in models/ have 3.4 and 3.8.
constexpr float kMinLogitDifference = 0.02F;

/// Plugins are loaded once per process. Never destroyed: OpenVINO's own threads may outlive the statics of `main`.
ov::Core& core() {
  static auto* const shared = new ov::Core;
  return *shared;
}

/// OpenVINO's messages are several lines that begin with a place in its source; the last line says what is wrong.
std::string one_line(std::exception const& exception) {
  std::string text = exception.what();
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  if (auto const last = text.rfind('\n'); last != std::string::npos) text.erase(0, last + 1);
  constexpr std::size_t kMaxLength = 300;
  if (text.size() > kMaxLength) text = text.substr(0, kMaxLength) + "…";
  return text;
}

auto refuse(ModelCard const& card, std::string const& reason) {
  return fail(ErrorCode::kModelRefused, "model " + card.id + ": " + reason);
}

std::string quoted(std::string const& name) { return "\"" + name + "\""; }

std::string text_of(ov::PartialShape const& shape) {
  std::string text = "[";
  for (auto const& side : shape)
    text += (text.size() > 1 ? "," : "") + (side.is_static() ? std::to_string(side.get_length()) : std::string("?"));
  return text + "]";
}

/// Refuses a network whose input is not the card's, and fixes the batch to one photo. This early, because shapes are
/// then computed once: reshaping the finished network costs 15 ms.
Result<void> fix_input(ov::frontend::InputModel& network, ModelCard const& card) {
  auto const inputs = network.get_inputs();
  auto const is_ours = [](auto const& place) {
    auto const names = place->get_names();
    return std::find(names.begin(), names.end(), kInput) != names.end();
  };
  if (inputs.size() != 1 || !is_ours(inputs[0]))
    return refuse(card, "the network must have one input, called \"image\"");
  ov::PartialShape const wanted{1, 3, card.preprocess.height_px, card.preprocess.width_px};
  auto const type = network.get_element_type(inputs[0]);
  auto const shape = network.get_partial_shape(inputs[0]);
  if (type != ov::element::f32 || !shape.compatible(wanted)) {
    return refuse(card, "the network's input \"image\" is " + type.get_type_name() + text_of(shape) +
                            ", but the card's preprocessing makes f32" + text_of(wanted));
  }
  network.set_partial_shape(inputs[0], wanted);
  return {};
}

/// `wanted` may leave sides open.
Result<void> check_output(ov::Model& network, ModelCard const& card, char const* name, ov::PartialShape const& wanted) {
  auto const& outputs = network.outputs();
  auto const port = std::find_if(outputs.begin(), outputs.end(),
                                 [name](auto const& output) { return output.get_names().count(name) > 0; });
  if (port == outputs.end()) return refuse(card, "the network has no output " + quoted(name));
  auto const& shape = port->get_partial_shape();
  if (port->get_element_type() == ov::element::f32 && shape.is_static() && shape.compatible(wanted)) return {};
  return refuse(card, "the network's output " + quoted(name) + " is " + port->get_element_type().get_type_name() +
                          text_of(shape) + ", but must be f32" + text_of(wanted));
}

Result<std::shared_ptr<ov::Model>> read_network(ModelBundle const& bundle) {
  std::istringstream bytes(std::string(bundle.network.begin(), bundle.network.end()));
  try {
    // Core::read_model would load every front end that OpenVINO has, 40 ms, to find out which one knows the format.
    static auto* const front_ends = new ov::frontend::FrontEndManager;
    auto const onnx = front_ends->load_by_framework("onnx");
    auto const parsed = onnx->load(static_cast<std::istream*>(&bytes));
    if (!parsed) return refuse(bundle.card, "the network is not an ONNX file");
    NEVUS_CHECK(fix_input(*parsed, bundle.card));
    auto network = onnx->convert(parsed);
    auto const any = ov::Dimension::dynamic();
    NEVUS_CHECK(check_output(*network, bundle.card, kLogits, {1, int(kLesionClassCount)}));
    NEVUS_CHECK(check_output(*network, bundle.card, kEmbedding, {1, any}));
    NEVUS_CHECK(check_output(*network, bundle.card, kClassMaps, {1, int(kLesionClassCount), any, any}));
    // Weights that are stored as bytes are spread out here: OpenVINO 2026.4 shares the spreading between streams and
    // gets rubbish with more than one of them, which the canary finds.
    ov::pass::Manager passes;
    passes.register_pass<ov::pass::ConstantFolding>();
    passes.run_passes(network);
    return network;
  } catch (std::exception const& exception) {
    return refuse(bundle.card, "OpenVINO cannot read the network: " + one_line(exception));
  }
}

Result<void> check_precision(Precision precision) {
  if (precision == Precision::kFloat32) return {};
  auto const abilities = core().get_property(kDevice, ov::device::capabilities);
  if (std::find(abilities.begin(), abilities.end(), ov::device::capability::BF16) != abilities.end()) return {};
  return fail(ErrorCode::kUsage, "precision bfloat16: this machine's CPU has no bfloat16 arithmetic; use float32");
}

ov::CompiledModel compile(std::shared_ptr<ov::Model> const& network, ClassifierOptions const& options) {
  bool const latency = options.mode == ServingMode::kLatency;
  int const threads = options.threads > 0 ? options.threads : static_cast<int>(std::thread::hardware_concurrency());
  return core().compile_model(
      network, kDevice,
      ov::hint::performance_mode(latency ? ov::hint::PerformanceMode::LATENCY : ov::hint::PerformanceMode::THROUGHPUT),
      ov::num_streams(latency ? 1 : std::max(1, threads)), ov::inference_num_threads(std::max(1, threads)),
      ov::hint::inference_precision(options.precision == Precision::kBfloat16 ? ov::element::bf16 : ov::element::f32));
}

}  // namespace

struct Classifier::Impl {
  std::shared_ptr<ModelCard const> card;  ///< with its reference features, a megabyte and more
  ClassifierOptions options;
  std::shared_ptr<ov::Model> network;  ///< its weights are those that `compiled` holds, not a copy
  ov::CompiledModel compiled{};
  std::vector<ov::InferRequest> requests{};  ///< one per stream
  std::vector<ov::InferRequest*> idle;
  std::mutex mutex;
  std::condition_variable became_idle;

  /// An infer request that is ours until the end of the scope.
  class Loan {
   public:
    explicit Loan(Impl& impl) : impl_(impl) {
      std::unique_lock lock(impl_.mutex);
      impl_.became_idle.wait(lock, [this] { return !impl_.idle.empty(); });
      request_ = impl_.idle.back();
      impl_.idle.pop_back();
    }
    ~Loan() {
      {
        std::lock_guard const lock(impl_.mutex);
        impl_.idle.push_back(request_);
      }
      impl_.became_idle.notify_one();
    }
    Loan(Loan const&) = delete;
    Loan& operator=(Loan const&) = delete;
    ov::InferRequest* operator->() const { return request_; }

   private:
    Impl& impl_;
    ov::InferRequest* request_ = nullptr;
  };

  void open_streams() {
    requests.resize(std::max<std::size_t>(1, compiled.get_property(ov::num_streams).num));
    for (auto& request : requests) {
      request = compiled.create_infer_request();
      idle.push_back(&request);
    }
  }

  NetworkOutput infer(Tensor const& input) {
    Loan const request(*this);
    // The request reads the caller's values where they are; OpenVINO takes no pointer to const, but does not write.
    request->set_tensor(kInput, ov::Tensor(ov::element::f32, ov::Shape(input.shape.begin(), input.shape.end()),
                                           const_cast<float*>(input.values.data())));
    request->infer();
    NetworkOutput output;
    float const* const logits = request->get_tensor(kLogits).data<float>();
    std::copy_n(logits, kLesionClassCount, output.logits.begin());
    auto const embedding = request->get_tensor(kEmbedding);
    output.embedding.assign(embedding.data<float>(), embedding.data<float>() + embedding.get_size());
    auto const maps = request->get_tensor(kClassMaps);
    output.class_maps.assign(maps.data<float>(), maps.data<float>() + maps.get_size());
    output.map_height = static_cast<int>(maps.get_shape()[2]);
    output.map_width = static_cast<int>(maps.get_shape()[3]);
    return output;
  }
};

Classifier::Classifier(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;
Classifier::~Classifier() = default;

ModelCard const& Classifier::card() const { return *impl_->card; }
int Classifier::streams() const { return static_cast<int>(impl_->requests.size()); }

Result<NetworkOutput> Classifier::run(Tensor const& input) const {
  auto const& spec = impl_->card->preprocess;
  std::array<std::int64_t, 4> const wanted{1, 3, spec.height_px, spec.width_px};
  if (input.shape != wanted || input.values.size() != std::size_t{3} * spec.height_px * spec.width_px)
    return fail(ErrorCode::kInternal, "model " + impl_->card->id + ": the tensor does not have the network's shape");
  try {
    return impl_->infer(input);
  } catch (std::exception const& exception) {
    return fail(ErrorCode::kInternal, "model " + impl_->card->id + ": the network failed: " + one_line(exception));
  }
}

Result<std::vector<NetworkOutput>> Classifier::run_all(std::vector<Tensor> const& inputs) const {
  std::vector<Result<NetworkOutput>> answers(inputs.size());
  std::atomic<std::size_t> next = 0;
  auto const work = [&] {
    for (std::size_t i; (i = next++) < inputs.size();) answers[i] = run(inputs[i]);
  };
  {
    std::vector<std::jthread> others;
    auto const threads = std::min(impl_->requests.size(), inputs.size());
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back(work);
    work();
  }
  std::vector<NetworkOutput> outputs;
  for (auto& answer : answers) {
    if (!answer) return tl::unexpected<Error>(std::move(answer).error());
    outputs.push_back(*std::move(answer));
  }
  return outputs;
}

namespace {

/// The network must say of a known drawing what it said when it was exported.
Result<NetworkOutput> check_canary(Classifier const& classifier, Tensor const& canary, Precision precision) {
  auto const& card = classifier.card();
  NEVUS_TRY(auto output, classifier.run(canary));
  float const limit = precision == Precision::kBfloat16 ? kMaxCanaryDifferenceBfloat16 : kMaxCanaryDifference;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    if (std::abs(output.logits[i] - card.canary_logits[i]) <= limit) continue;  // not so for a NaN
    std::array<char, 160> text{};
    std::snprintf(text.data(), text.size(),
                  "the network gives the canary %.3f for class %s, but its card says %.3f (they may differ by %.2f)",
                  output.logits[i], std::string(kLesionClasses[i].id).c_str(), card.canary_logits[i], limit);
    return refuse(card, text.data());
  }
  return output;
}

/// An untrained network says nearly the same of whatever it is shown.
Result<void> check_trained(Classifier const& classifier, NetworkOutput const& of_canary, Tensor const& other) {
  NEVUS_TRY(auto const output, classifier.run(other));
  float largest = 0;
  for (std::size_t i = 0; i < kLesionClassCount; ++i)
    largest = std::max(largest, std::abs(output.logits[i] - of_canary.logits[i]));
  if (largest >= kMinLogitDifference) return {};
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(),
                "the network is untrained: it says the same of two different lesions (no logit differs by %.2f)",
                kMinLogitDifference);
  return refuse(classifier.card(), text.data());
}

struct CanaryInputs {
  Tensor canary;
  Tensor other;
};

CanaryInputs draw_canaries(std::uint64_t seed, PreprocessSpec const& spec) {
  return {model::preprocess(model::synthetic_lesion(seed, LesionClass::kMel), spec),
          model::preprocess(model::synthetic_lesion(seed + 1, LesionClass::kVasc), spec)};
}

}  // namespace

Result<Classifier> Classifier::open(std::unique_ptr<Impl> impl) {
  try {
    NEVUS_CHECK(check_precision(impl->options.precision));
    impl->compiled = compile(impl->network, impl->options);
    impl->open_streams();
  } catch (std::exception const& exception) {
    return refuse(*impl->card, "OpenVINO cannot compile the network: " + one_line(exception));
  }
  return Classifier(std::move(impl));
}

Result<Classifier> Classifier::load(ModelBundle const& bundle, ClassifierOptions const& options) {
  // Drawn beside the compilation, which leaves a core idle for most of its time.
  auto drawn = std::async(std::launch::async, [seed = bundle.card.canary_seed, spec = bundle.card.preprocess] {
    return draw_canaries(seed, spec);
  });
  NEVUS_TRY(auto network, read_network(bundle));
  NEVUS_TRY(auto classifier,
            open(std::make_unique<Impl>(std::make_shared<ModelCard const>(bundle.card), options, std::move(network))));
  auto const [canary, other] = drawn.get();
  NEVUS_TRY(auto const answer, check_canary(classifier, canary, options.precision));
  // A bundle that lies nowhere was made by a caller who knows its network, such as a test with fresh weights.
  if (!bundle.folder.empty()) {
    NEVUS_CHECK(check_trained(classifier, answer, other));
  }
  return classifier;
}

Result<Classifier> Classifier::in_mode(ServingMode mode) const {
  auto options = impl_->options;
  options.mode = mode;
  NEVUS_TRY(auto other, open(std::make_unique<Impl>(impl_->card, options, impl_->network)));
  auto const canary = draw_canaries(card().canary_seed, card().preprocess).canary;
  NEVUS_CHECK(check_canary(other, canary, options.precision));
  return other;
}

std::string inference::runtime_version() {
  // "2026.4.1-22345-abcdef-releases/2026/4"
  std::string const full = ov::get_openvino_version().buildNumber;
  return full.substr(0, full.find('-'));
}

}  // namespace nevus

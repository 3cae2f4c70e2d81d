// SPDX-License-Identifier: MIT
#include "bare_loop.h"

#include <atomic>
#include <chrono>
#include <openvino/openvino.hpp>
#include <thread>

#include "nevus/base/file.h"
#include "nevus/image/decode.h"

namespace nevus::bench {
namespace {

/// `count` inferences, each started as soon as the request that is next in turn is free.
void run(std::vector<ov::InferRequest>& requests, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    auto& request = requests[i % requests.size()];
    if (i >= requests.size()) request.wait();
    request.start_async();
  }
  for (auto& request : requests) request.wait();
}

using Clock = std::chrono::steady_clock;

double per_second(std::size_t count, Clock::time_point start) {
  return static_cast<double>(count) / std::chrono::duration<double>(Clock::now() - start).count();
}

ov::CompiledModel compile(ModelBundle const& bundle, ov::Shape const& shape, int threads) {
  ov::Core core;
  auto network = core.read_model((bundle.folder / "network.onnx").string());
  network->reshape(ov::PartialShape(shape));
  return core.compile_model(network, "CPU", ov::hint::performance_mode(ov::hint::PerformanceMode::THROUGHPUT),
                            ov::num_streams(threads), ov::inference_num_threads(threads),
                            ov::hint::inference_precision(ov::element::f32));
}

ov::Shape shape_of(Tensor const& input) { return {input.shape.begin(), input.shape.end()}; }

}  // namespace

double bare_photos_per_s(ModelBundle const& bundle, Tensor const& input, int threads, std::size_t count) {
  auto compiled = compile(bundle, shape_of(input), threads);
  std::vector<ov::InferRequest> requests(compiled.get_property(ov::optimal_number_of_infer_requests));
  for (auto& request : requests) {
    request = compiled.create_infer_request();
    ov::Tensor own(ov::element::f32, shape_of(input));
    std::copy(input.values.begin(), input.values.end(), own.data<float>());
    request.set_input_tensor(own);
  }
  run(requests, count / 10 + requests.size());
  auto const start = Clock::now();
  run(requests, count);
  return per_second(count, start);
}

double decoding_photos_per_s(ModelBundle const& bundle, std::vector<std::filesystem::path> const& photos, int threads,
                             std::size_t count) {
  auto const& spec = bundle.card.preprocess;
  auto compiled = compile(bundle, {1, 3, std::size_t(spec.height_px), std::size_t(spec.width_px)}, threads);
  std::atomic<std::size_t> next = 0;
  auto const work = [&] {
    auto request = compiled.create_infer_request();
    for (std::size_t i = next++; i < count; i = next++) {
      auto const bytes = read_file(photos[i % photos.size()]);
      auto const photo = bytes ? image::decode(*bytes) : tl::unexpected<Error>(bytes.error());
      if (!photo) throw std::runtime_error(photo.error().message);
      auto const input = model::preprocess(*photo, spec);
      std::copy(input.values.begin(), input.values.end(), request.get_input_tensor().data<float>());
      request.infer();
    }
  };
  auto const start = Clock::now();
  std::vector<std::jthread> workers;
  for (int w = 0; w <= threads; ++w) workers.emplace_back(work);
  workers.clear();
  return per_second(count, start);
}

}  // namespace nevus::bench

// SPDX-License-Identifier: MIT
#include "bare_loop.h"

#include <chrono>
#include <openvino/openvino.hpp>

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

}  // namespace

double bare_photos_per_s(ModelBundle const& bundle, Tensor const& input, int threads, std::size_t count) {
  ov::Core core;
  auto network = core.read_model((bundle.folder / "network.onnx").string());
  ov::Shape const shape(input.shape.begin(), input.shape.end());
  network->reshape(ov::PartialShape(shape));
  auto compiled = core.compile_model(network, "CPU", ov::hint::performance_mode(ov::hint::PerformanceMode::THROUGHPUT),
                                     ov::num_streams(threads), ov::inference_num_threads(threads),
                                     ov::hint::inference_precision(ov::element::f32));
  std::vector<ov::InferRequest> requests(compiled.get_property(ov::optimal_number_of_infer_requests));
  for (auto& request : requests) {
    request = compiled.create_infer_request();
    ov::Tensor own(ov::element::f32, shape);
    std::copy(input.values.begin(), input.values.end(), own.data<float>());
    request.set_input_tensor(own);
  }
  run(requests, count / 10 + requests.size());
  auto const start = std::chrono::steady_clock::now();
  run(requests, count);
  return static_cast<double>(count) / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace nevus::bench

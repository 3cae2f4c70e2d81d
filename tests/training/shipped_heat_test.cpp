// SPDX-License-Identifier: MIT
// The heat maps of the shipped networks, on real photos, against autograd: each bundle's weights are read back into
// LibTorch, which must then give the served logits, and Grad-CAM by its definition must be what is served.

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "nevus/base/file.h"
#include "nevus/image/decode.h"
#include "nevus/inference/classifier.h"
#include "nevus/model/preprocess.h"
#include "nevus/training/networks.h"
#include "training/gradient_maps.h"

namespace nevus {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPhotos = 64;

fs::path data_folder() {
  auto const* const set = std::getenv("NEVUS_DATA");
  return (set != nullptr ? fs::path(set) : fs::path(NEVUS_SOURCE_DIR).parent_path() / "shared/data") / "ham10000";
}

/// Validation photos at 200x150, evenly spread over the split.
std::vector<fs::path> validation_photos() {
  std::vector<fs::path> all;
  std::ifstream file(data_folder() / "split.csv");
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with(",val"))
      all.push_back(data_folder() / "images-200x150" / (line.substr(0, line.find(',')) + ".jpg"));
  }
  std::vector<fs::path> chosen;
  for (std::size_t i = 0; i < kPhotos && !all.empty(); ++i) chosen.push_back(all[i * all.size() / kPhotos]);
  return chosen;
}

torch::Tensor values_of(onnx::TensorProto const& stored) {
  auto const type = stored.data_type() == onnx::TensorProto::FLOAT16 ? torch::kFloat16 : torch::kFloat32;
  std::vector<std::int64_t> const shape(stored.dims().begin(), stored.dims().end());
  auto bytes = stored.raw_data();
  return torch::from_blob(bytes.data(), shape, type).to(torch::kFloat32).clone();
}

/// The bundle's network in LibTorch. What is folded has weights and biases alone, and both sides hold them in the order
/// in which a photo passes them.
std::shared_ptr<Network> read_back(ModelBundle const& bundle) {
  onnx::ModelProto model;
  if (!model.ParseFromArray(bundle.network.data(), int(bundle.network.size()))) return nullptr;
  std::vector<torch::Tensor> weights;
  std::vector<torch::Tensor> biases;
  for (auto const& stored : model.graph().initializer()) {
    bool const is_bias = stored.name().ends_with("_bias");
    if (is_bias || stored.dims_size() == 4 || stored.dims_size() == 2)
      (is_bias ? biases : weights).push_back(values_of(stored));
  }
  auto made = training::make_network(bundle.card.architecture, {});
  if (!made) return nullptr;
  auto network = *std::move(made);
  network->eval();
  network->fold_for_serving(std::vector<float>(kLesionClassCount, 0));
  torch::NoGradGuard const no_grad;
  auto weight = weights.begin();
  auto bias = biases.begin();
  for (auto& parameter : network->named_parameters()) {
    bool const is_bias = parameter.key().ends_with("bias");
    if (!is_bias && parameter.value().dim() == 1) continue;  // a folded norm's scale of 1
    auto& next = is_bias ? bias : weight;
    if (next == (is_bias ? biases : weights).end() || next->sizes() != parameter.value().sizes()) return nullptr;
    parameter.value().copy_(*next++);
  }
  return weight == weights.end() && bias == biases.end() ? network : nullptr;
}

TEST(ShippedHeat, IsGradCamByAutogradOn64Photos) {
  auto const photos = validation_photos();
  if (photos.empty()) GTEST_SKIP() << "no HAM10000 in " << data_folder() << " (NEVUS_DATA)";
  for (auto const& entry : fs::directory_iterator(NEVUS_SOURCE_DIR "/models")) {
    if (!entry.is_directory()) continue;
    SCOPED_TRACE(entry.path().filename().string());
    auto const bundle = model::load_bundle(entry.path());
    ASSERT_TRUE(bundle) << bundle.error().message;
    if (bundle->card.architecture.find(", four mirrorings") != std::string::npos) {
      std::printf("%s: several answers in one, whose maps ServedEnsemble checks\n", entry.path().filename().c_str());
      continue;
    }
    auto const network = read_back(*bundle);
    ASSERT_TRUE(network) << "its weights do not stand in the order of " << bundle->card.architecture;
    auto const classifier = Classifier::load(*bundle, {.threads = 1});
    ASSERT_TRUE(classifier) << classifier.error().message;
    double least = 1;
    for (auto const& path : photos) {
      auto const photo = image::decode(read_file(path).value()).value();
      auto const input = model::preprocess(photo, bundle->card.preprocess);
      auto const served = classifier->run(input).value();
      auto const features = network->forward(torch::tensor(input.values).view(input.shape));
      auto const logits = torch::tensor(std::vector<float>(served.logits.begin(), served.logits.end()));
      ASSERT_LT((features.logits[0] - logits).abs().max().item<float>(), 5e-3) << path;
      auto const maps = testing::gradient_maps(features.logits, features.last_map);
      auto const served_maps =
          torch::tensor(served.class_maps).view({std::int64_t(kLesionClassCount), served.map_height, served.map_width});
      ASSERT_EQ(served_maps.sizes(), maps.sizes());
      for (std::int64_t c = 0; c < maps.size(0); ++c) {
        least = std::min(least, testing::correlation(served_maps[c], maps[c]));
      }
    }
    EXPECT_GE(least, 0.999);
    RecordProperty(entry.path().filename().string() + "_least_correlation", std::to_string(least));
    std::printf("%s: least correlation over %zu photos and %zu classes %.7f\n", entry.path().filename().c_str(),
                photos.size(), kLesionClassCount, least);
  }
}

}  // namespace
}  // namespace nevus

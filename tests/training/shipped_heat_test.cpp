// SPDX-License-Identifier: MIT
// The heat maps of the shipped networks, on real photos, against autograd: each bundle's weights are read back into
// LibTorch, which must then give the served logits, and Grad-CAM by its definition must be what is served.

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

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

using Stored = std::map<std::string, onnx::TensorProto const*>;

/// In float32; bytes times the scale of their output channel.
torch::Tensor values_of(onnx::TensorProto const& stored, Stored const& by_name) {
  std::map<int, torch::ScalarType> const types{{onnx::TensorProto::FLOAT, torch::kFloat32},
                                               {onnx::TensorProto::FLOAT16, torch::kFloat16},
                                               {onnx::TensorProto::INT8, torch::kInt8}};
  std::vector<std::int64_t> const shape(stored.dims().begin(), stored.dims().end());
  auto bytes = stored.raw_data();
  auto values = torch::from_blob(bytes.data(), shape, types.at(stored.data_type())).to(torch::kFloat32).clone();
  auto const ending = stored.name().rfind("_bytes");
  if (ending == std::string::npos) return values;
  return values * values_of(*by_name.at(stored.name().substr(0, ending) + "_scales"), by_name).view({-1, 1, 1, 1});
}

/// What a bundle's file holds, in the order in which a photo passes it.
struct Weights {
  std::deque<torch::Tensor> weights;
  std::deque<torch::Tensor> biases;
  std::deque<torch::Tensor> input_changes;  ///< [1,3,1,1], a scale and a shift for each member that has them
};

std::optional<Weights> read_weights(ModelBundle const& bundle) {
  onnx::ModelProto model;
  if (!model.ParseFromArray(bundle.network.data(), int(bundle.network.size()))) return std::nullopt;
  Stored by_name;
  for (auto const& stored : model.graph().initializer()) by_name.emplace(stored.name(), &stored);
  Weights read;
  for (auto const& stored : model.graph().initializer()) {
    if (stored.name().ends_with("_bias"))
      read.biases.push_back(values_of(stored, by_name));
    else if (stored.dims_size() == 4 && stored.dims(0) == 1 && stored.dims(1) == 3)
      read.input_changes.push_back(values_of(stored, by_name));
    else if (stored.dims_size() == 4 || stored.dims_size() == 2)
      read.weights.push_back(values_of(stored, by_name));
  }
  return read;
}

/// A network of `name` in LibTorch with the next weights; what is folded has weights and biases alone. Null where they
/// do not fit.
std::shared_ptr<Network> read_back(std::string const& name, Weights& read) {
  auto made = training::make_network(name, {});
  if (!made) return nullptr;
  auto network = *std::move(made);
  network->eval();
  network->fold_for_serving(std::vector<float>(kLesionClassCount, 0));
  torch::NoGradGuard const no_grad;
  for (auto& parameter : network->named_parameters()) {
    bool const is_bias = parameter.key().ends_with("bias");
    if (!is_bias && parameter.value().dim() == 1) continue;  // a folded norm's scale of 1
    auto& left = is_bias ? read.biases : read.weights;
    if (left.empty() || left.front().sizes() != parameter.value().sizes()) return nullptr;
    parameter.value().copy_(left.front());
    left.pop_front();
  }
  return network;
}

/// Networks that answer together, with the scale and shift of their inputs.
struct Member {
  std::shared_ptr<Network> network;
  torch::Tensor scale = torch::ones({1, 3, 1, 1});
  torch::Tensor shift = torch::zeros({1, 3, 1, 1});
};

/// The axes that a mirroring reverses in photos [N,3,H,W] and in class maps [classes,h,w].
using Axes = std::vector<std::int64_t>;
struct Mirroring {
  Axes of_photo;
  Axes of_maps;
};

struct Shipped {
  std::vector<Member> members;
  std::vector<Mirroring> mirrorings{{{}, {}}};
};

/// The networks of a bundle as its `architecture` names them: "A", or "A + B, four mirrorings".
Shipped read_shipped(ModelBundle const& bundle) {
  Shipped shipped;
  std::string names = bundle.card.architecture;
  if (auto const at = names.find(", four mirrorings"); at != std::string::npos) {
    names.resize(at);
    shipped.mirrorings = {{{}, {}}, {{3}, {2}}, {{2}, {1}}, {{2, 3}, {1, 2}}};
  }
  auto read = read_weights(bundle);
  if (!read) return {};
  for (std::size_t start = 0; start < names.size();) {
    auto const end = std::min(names.find(" + ", start), names.size());
    Member member{read_back(names.substr(start, end - start), *read)};
    if (!member.network) return {};
    shipped.members.push_back(std::move(member));
    start = end + 3;
  }
  if (!read->weights.empty() || !read->biases.empty()) return {};
  // The first member's input is the bundle's own.
  if (read->input_changes.size() != (shipped.members.size() - 1) * 2) return {};
  for (std::size_t i = 1; i < shipped.members.size(); ++i) {
    shipped.members[i].scale = read->input_changes[2 * i - 2];
    shipped.members[i].shift = read->input_changes[2 * i - 1];
  }
  return shipped;
}

struct Expected {
  torch::Tensor logits;  ///< [classes]
  torch::Tensor maps;    ///< [classes,h,w]
};

/// The mean over members and mirrorings; the maps are Grad-CAM by autograd, turned back.
Expected expected_of(Shipped const& shipped, torch::Tensor const& input) {
  Expected mean;
  double const share = 1 / double(shipped.members.size() * shipped.mirrorings.size());
  for (auto const& member : shipped.members) {
    for (auto const& mirroring : shipped.mirrorings) {
      auto const features = member.network->forward((input * member.scale + member.shift).flip(mirroring.of_photo));
      auto const logits = features.logits[0].detach() * share;
      auto const maps = testing::gradient_maps(features.logits, features.last_map).flip(mirroring.of_maps) * share;
      mean.logits = mean.logits.defined() ? mean.logits + logits : logits;
      mean.maps = mean.maps.defined() ? mean.maps + maps : maps;
    }
  }
  return mean;
}

TEST(ShippedHeat, IsGradCamByAutogradOn64Photos) {
  auto const photos = validation_photos();
  if (photos.empty()) GTEST_SKIP() << "no HAM10000 in " << data_folder() << " (NEVUS_DATA)";
  // Millions of small steps: where other programs share the cores, waiting for a second thread takes ten times as long.
  torch::set_num_threads(1);
  for (auto const& entry : fs::directory_iterator(NEVUS_SOURCE_DIR "/models")) {
    if (!entry.is_directory()) continue;
    SCOPED_TRACE(entry.path().filename().string());
    auto const bundle = model::load_bundle(entry.path());
    ASSERT_TRUE(bundle) << bundle.error().message;
    auto const shipped = read_shipped(*bundle);
    ASSERT_FALSE(shipped.members.empty()) << "its weights do not stand in the order of " << bundle->card.architecture;
    auto const classifier = Classifier::load(*bundle, {.threads = 1});
    ASSERT_TRUE(classifier) << classifier.error().message;
    double least = 1;
    for (auto const& path : photos) {
      auto const photo = image::decode(read_file(path).value()).value();
      auto const input = model::preprocess(photo, bundle->card.preprocess);
      auto const served = classifier->run(input).value();
      auto const [logits, maps] = expected_of(shipped, torch::tensor(input.values).view(input.shape));
      auto const served_logits = torch::tensor(std::vector<float>(served.logits.begin(), served.logits.end()));
      ASSERT_LT((logits - served_logits).abs().max().item<float>(), 5e-3) << path;
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

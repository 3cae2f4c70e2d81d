// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "nevus/base/file.h"
#include "nevus/training/networks.h"
#include "nevus/training/start_weights.h"
#include "nevus/training/timm_names.h"

namespace nevus {
namespace {

namespace fs = std::filesystem;

constexpr char const* kNetworks[] = {"efficientnet_b0", "efficientnet_b4",    "efficientnet_v2_s", "efficientnet_v2_m",
                                     "mobilenet_v2",    "mobilenet_v3_large", "resnet18",          "resnet50"};

/// What torchvision makes of random weights, from tests/training/torchvision_reference; empty where that cannot be.
fs::path reference_folder() {
  fs::path const folder = NEVUS_SOURCE_DIR "/build/torchvision";
  std::error_code error;
  fs::create_directories(folder, error);
  std::string const command = "\"" NEVUS_SOURCE_DIR "/tests/training/torchvision_reference\" \"" NEVUS_WEIGHTS_CARRIER
                              "\" \"" +
                              folder.string() + "\" >\"" + folder.string() + "/log\" 2>&1";
  return !error && std::system(command.c_str()) == 0 ? folder : fs::path();
}

constexpr char const* kNoReference = "torchvision could not be installed beside PyTorch; see build/torchvision/log";

Result<StateDict> read(fs::path const& path) {
  NEVUS_TRY(auto const bytes, read_file(path));
  return training::read_state_dict(bytes);
}

torch::Tensor to_tensor(NamedArray const& array) { return torch::tensor(array.values).view(array.shape); }

TEST(Torchvision, GivesTheSameLogitsForTheSameWeights) {
  auto const folder = reference_folder();
  if (folder.empty()) GTEST_SKIP() << kNoReference;
  torch::NoGradGuard const no_grad;
  // As in torchvision_reference.py: deep networks of random weights enlarge the rounding of sums in another order.
  int const threads = torch::get_num_threads();
  torch::set_num_threads(1);
  for (std::string const name : kNetworks) {
    auto const network = *training::make_network(name, {.classes = 1000});
    auto const file = folder / (name + ".pth");
    auto const weights = read(fs::exists(file) ? file : folder / (name + ".safetensors"));
    ASSERT_TRUE(weights) << name << ": " << weights.error().message;
    EXPECT_EQ(weights->size(), network->named_parameters().size() + network->named_buffers().size()) << name;
    auto const loaded = training::load_weights(*network, *weights);
    ASSERT_TRUE(loaded) << name << ": " << loaded.error().message;
    auto const exchange = read(folder / (name + ".io.safetensors"));
    ASSERT_TRUE(exchange) << name << ": " << exchange.error().message;
    network->eval();
    auto const logits = network->forward(to_tensor(exchange->at("input"))).logits;
    auto const expected = to_tensor(exchange->at("logits"));
    EXPECT_LT((logits - expected).abs().max().item<float>(), 1e-4) << name;
    EXPECT_GT(expected.std().item<float>(), 0.1) << name << ": the reference says nothing";
    EXPECT_GT((expected[0] - expected[1]).abs().max().item<float>(), 0.1) << name << ": does not see its input";
  }
  torch::set_num_threads(threads);
}

TEST(Timm, EveryNameOfTimmIsKnown) {
  auto const folder = reference_folder();
  if (folder.empty()) GTEST_SKIP() << kNoReference;
  int networks = 0;
  for (std::string const name : kNetworks) {
    std::ifstream table(folder / (name + ".timm.txt"));
    if (!table) continue;
    ++networks;
    StateDict timm;
    std::string key;
    std::string shape;
    while (std::getline(table, key, '\t') && std::getline(table, shape)) {
      NamedArray array;
      for (std::size_t at = 0; at < shape.size(); at = std::min(shape.find('x', at), shape.size() - 1) + 1)
        array.shape.push_back(std::stoll(shape.substr(at)));
      std::int64_t count = 1;
      for (auto const side : array.shape) count *= side;
      array.values.resize(static_cast<std::size_t>(count), 1);
      timm[key] = std::move(array);
    }
    auto const network = *training::make_network(name, {.classes = 1000});
    auto const own = network->named_parameters().size() + network->named_buffers().size();
    EXPECT_EQ(timm.size(), own) << name;
    auto const loaded = training::load_weights(*network, timm);
    EXPECT_TRUE(loaded) << name << ": " << loaded.error().message;
    torch::NoGradGuard const no_grad;
    for (auto const& parameter : network->named_parameters())
      EXPECT_TRUE(parameter.value().eq(1).all().item<bool>()) << name << ": " << parameter.key() << " has no timm name";
  }
  EXPECT_EQ(networks, 6);
}

}  // namespace
}  // namespace nevus

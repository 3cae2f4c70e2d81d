// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "nevus/inference/classifier.h"
#include "nevus/server/log.h"

namespace nevus::server {

enum class ModelState { kLoading, kReady, kFailed };
[[nodiscard]] std::string_view name(ModelState state);  ///< "loading", …

struct ServedModel {
  std::string id;
  bool is_default = false;
  ModelState state = ModelState::kLoading;
  std::string problem;                           ///< where it failed
  std::shared_ptr<Classifier const> classifier;  ///< all cores for one photo
  std::shared_ptr<Classifier const> for_many;    ///< a core for each photo; ready a moment later

  [[nodiscard]] ModelCard const& card() const;  ///< an empty one until the network is ready
};

/// Where the bundles lie that are served.
struct ModelPlaces {
  std::vector<std::filesystem::path> folders;
  std::filesystem::path default_folder;  ///< one of them
};

/// Every network that is served, warm. Thread-safe.
class Models {
 public:
  Models(ModelPlaces places, Log log);  ///< nothing is loaded until `load_all`
  ~Models();

  /// The network of this id, or the default where it is empty: with all cores for the first who asks, with a core for
  /// each where others are at work on it, which is slower for one photo and faster for all. Waits while it is loading.
  /// kModelNotFound; or why loading failed. Whoever holds it keeps it through a reload.
  [[nodiscard]] Result<std::shared_ptr<Classifier const>> get(std::string const& id) const;
  [[nodiscard]] std::vector<ServedModel> list() const;
  [[nodiscard]] bool ready() const;  ///< nothing is loading, and the default can be used
  /// Begins to read every bundle, for the first time or again, and returns; what is being read already it waits for. A
  /// network that fails to load leaves the old one in its place.
  void load_all();

 private:
  void load(std::filesystem::path const& folder, std::stop_token const& stop);

  ModelPlaces places_;
  Log log_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<ServedModel> models_;
  std::vector<std::jthread> loaders_;
};

}  // namespace nevus::server

// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "nevus/analysis/analyze.h"

namespace nevus::server {

struct App;
struct StoredAnalysis;

/// What the tests of an analysis' heat maps found, so that each is made once. Thread-safe.
class Explained {
 public:
  [[nodiscard]] std::optional<Faithfulness> find(LesionClass lesion_class) const;
  void keep(LesionClass lesion_class, Faithfulness faithfulness);
  /// Held while a map is tested: who asks meanwhile, as a page does for picture and words, waits and finds it.
  [[nodiscard]] std::unique_lock<std::mutex> testing() { return std::unique_lock(testing_); }

 private:
  std::mutex testing_;
  mutable std::mutex mutex_;
  std::map<LesionClass, Faithfulness> found_;
};

/// The network that gave this answer. kNoHeatMap where the photo was not classified or the network is served no more.
[[nodiscard]] Result<std::shared_ptr<Classifier const>> network_of(App const& app, StoredAnalysis const& analysis);

/// Why `analysis`, of `photo`, was answered as it was, for one class. Runs the network 16 times where that was not done
/// before. Errors are those of network_of and of the classifier.
[[nodiscard]] Result<Explanation> explanation_of(App const& app, StoredAnalysis const& analysis, Image const& photo,
                                                 LesionClass lesion_class);

}  // namespace nevus::server

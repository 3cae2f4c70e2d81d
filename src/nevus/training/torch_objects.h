// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <unordered_map>

#include "nevus/training/pickle.h"

namespace nevus {

/// What a state dict's pickle imports and calls: dicts, storages and tensors. Nothing is run; the results are the
/// descriptions in `pickle`.
class TorchObjects {
 public:
  explicit TorchObjects(Pickle& pickle) : pickle_(pickle) {}

  /// "module.name", one of the few that are known.
  [[nodiscard]] static Result<Pickle::Value> global(std::string_view module, std::string_view name);
  [[nodiscard]] Result<Pickle::Value> call(Pickle::Id callable, Pickle::Id arguments);
  /// ("storage", type, key, device, length), in the legacy form followed by None.
  [[nodiscard]] Result<Pickle::Value> storage(Pickle::Id description);

 private:
  Result<Pickle::Value> tensor(std::vector<Pickle::Id> const& arguments);

  Pickle& pickle_;
  std::unordered_map<std::string_view, std::size_t> storages_by_key_;
};

}  // namespace nevus

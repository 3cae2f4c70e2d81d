// SPDX-License-Identifier: MIT
// A state dict, .pth or .safetensors, is downloaded from strangers: whatever its bytes are, it is read or refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "nevus/training/state_dict.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const dict = nevus::training::read_state_dict({data, size});
  if (!dict) {
    if (dict.error().code != nevus::ErrorCode::kData || dict.error().message.empty()) std::abort();
    return 0;
  }
  for (auto const& [name, array] : *dict) {
    std::int64_t count = 1;
    for (auto const side : array.shape) count *= side;
    if (static_cast<std::size_t>(count) != array.values.size()) std::abort();
  }
  return 0;
}

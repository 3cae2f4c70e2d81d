// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "nevus/base/result.h"

namespace nevus {

/// Type of the numbers in a PyTorch storage.
enum class ElementType { kFloat32, kFloat64, kFloat16, kBfloat16, kInt64, kInt32, kInt16, kInt8, kUint8, kBool };
[[nodiscard]] std::size_t element_size_bytes(ElementType type);

/// A block of numbers that lies outside the pickle, under `key`.
struct PickledStorage {
  std::string_view key;
  ElementType type;
  std::int64_t length;  ///< elements, not negative
};

/// A view into a storage. Nothing is checked but that `shape` and `stride` (in elements) have the same rank, at
/// most 16.
struct PickledTensor {
  std::size_t storage;  ///< index into Pickle::storages
  std::int64_t offset;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> stride;
};

/// The objects of one pickle. They refer to each other by index, so that sharing and even cycles cost nothing and no
/// code needs to recurse. Texts point into the file.
struct Pickle {
  using Id = std::uint32_t;
  enum class Callable { kOrderedDict, kRebuildTensor, kRebuildParameter };
  struct None {};
  struct Tuple {
    std::vector<Id> items;
  };
  struct List {
    std::vector<Id> items;
  };
  struct Dict {
    std::vector<std::pair<Id, Id>> entries;
  };
  struct StorageIndex {
    std::size_t value;
  };
  struct TensorIndex {
    std::size_t value;
  };
  using Value = std::variant<None, bool, std::int64_t, double, std::string_view, Callable, ElementType, Tuple, List,
                             Dict, StorageIndex, TensorIndex>;

  std::vector<Value> values;
  std::vector<PickledStorage> storages;
  std::vector<PickledTensor> tensors;
  Id root = 0;
  std::size_t size_bytes = 0;  ///< where the pickle ends

  /// The value of that type, or null.
  template <typename T>
  [[nodiscard]] T const* get_if(Id id) const {
    return std::get_if<T>(&values[id]);
  }
};

namespace training {

/// Reads the pickle at the front of `bytes` (protocol 2, torch.save's default). Nothing is imported or called: only the
/// opcodes and globals of a state dict are understood, anything else is refused by name with kData. Memory is
/// proportional to the pickle's length.
[[nodiscard]] Result<Pickle> read_pickle(Bytes bytes);

/// The refusal of a file, in one sentence.
[[nodiscard]] tl::unexpected<Error> unreadable(std::string const& reason);

/// `text` of a file fit to be shown to a person: shortened, without control characters.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace training
}  // namespace nevus

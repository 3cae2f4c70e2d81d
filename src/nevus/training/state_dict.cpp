// SPDX-License-Identifier: MIT
#include "nevus/training/state_dict.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "nevus/training/number_formats.h"
#include "nevus/training/pickle.h"
#include "nevus/training/safetensors.h"
#include "nevus/training/stored_zip.h"

namespace nevus::training {
namespace {

// torch.save's legacy form: pickles of magic number, version, machine, object, and storage keys; then the storages.
constexpr std::array<std::uint8_t, 15> kLegacyMagic = {0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46,
                                                       0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e};
constexpr std::int64_t kLegacyVersion = 1001;
constexpr std::array<std::uint8_t, 4> kZipMagic = {'P', 'K', 3, 4};

template <std::size_t N>
bool begins_with(Bytes file, std::array<std::uint8_t, N> const& magic) {
  return file.size() >= N && std::equal(magic.begin(), magic.end(), file.begin());
}

/// Bytes of a storage, or nothing where its length is beyond what can be.
std::optional<std::size_t> size_bytes(PickledStorage const& storage) {
  auto const element = element_size_bytes(storage.type);
  auto const length = static_cast<std::uint64_t>(storage.length);
  if (length > std::numeric_limits<std::size_t>::max() / element) return std::nullopt;
  return length * element;
}

/// Copies the view row by row. `tensor` is known to stay inside `storage`, and to have at least one element.
template <typename T>
std::vector<float> gather(PickledTensor const& tensor, Bytes storage, std::size_t count) {
  auto const rank = tensor.shape.size();
  auto const row_length = rank == 0 ? 1 : tensor.shape.back();
  auto const row_stride = rank == 0 ? 1 : tensor.stride.back();
  std::vector<float> values;
  values.reserve(count);
  std::vector<std::int64_t> index(rank, 0);
  while (true) {
    auto element = tensor.offset;
    for (std::size_t axis = 0; axis < rank; ++axis) element += index[axis] * tensor.stride[axis];
    for (std::int64_t i = 0; i < row_length; ++i) {
      T value;
      std::memcpy(&value, storage.data() + static_cast<std::size_t>(element + i * row_stride) * sizeof(T), sizeof(T));
      values.push_back(to_float(value));
    }
    auto axis = static_cast<std::ptrdiff_t>(rank) - 2;
    while (axis >= 0 && ++index[axis] == tensor.shape[axis]) index[axis--] = 0;
    if (axis < 0) return values;
  }
}

std::vector<float> gather(PickledTensor const& tensor, ElementType type, Bytes storage, std::size_t count) {
  switch (type) {
    case ElementType::kFloat32:
      return gather<float>(tensor, storage, count);
    case ElementType::kFloat64:
      return gather<double>(tensor, storage, count);
    case ElementType::kFloat16:
      return gather<Half>(tensor, storage, count);
    case ElementType::kBfloat16:
      return gather<Bfloat16>(tensor, storage, count);
    case ElementType::kInt64:
      return gather<std::int64_t>(tensor, storage, count);
    case ElementType::kInt32:
      return gather<std::int32_t>(tensor, storage, count);
    case ElementType::kInt16:
      return gather<std::int16_t>(tensor, storage, count);
    case ElementType::kInt8:
      return gather<std::int8_t>(tensor, storage, count);
    default:
      return gather<std::uint8_t>(tensor, storage, count);
  }
}

/// Number of elements where the view lies wholly inside a storage of `length` and holds at most `limit` elements.
std::optional<std::size_t> element_count(PickledTensor const& tensor, std::int64_t length, std::size_t limit) {
  if (tensor.offset < 0 || tensor.offset > length) return std::nullopt;
  bool empty = false;
  std::int64_t count = 1;  // as if sides of zero were one, so that no reader's product of the sides can overflow
  auto last = tensor.offset;
  for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
    if (tensor.shape[axis] < 0 || tensor.stride[axis] < 0) return std::nullopt;
    empty = empty || tensor.shape[axis] == 0;
    auto const side = std::max<std::int64_t>(tensor.shape[axis], 1);
    std::int64_t step = 0;
    if (__builtin_mul_overflow(side - 1, tensor.stride[axis], &step) || __builtin_add_overflow(last, step, &last) ||
        __builtin_mul_overflow(count, side, &count))
      return std::nullopt;
  }
  if (empty) return 0;
  if (last >= length || static_cast<std::size_t>(count) > limit) return std::nullopt;
  return static_cast<std::size_t>(count);
}

/// The dict of tensors itself, or the one under "state_dict" of a checkpoint that holds other things beside it.
Result<Pickle::Dict const*> find_state_dict(Pickle const& pickle) {
  auto const* root = pickle.get_if<Pickle::Dict>(pickle.root);
  if (root == nullptr) return unreadable("its pickle holds no dict");
  for (auto const& [key, value] : root->entries) {
    auto const* name = pickle.get_if<std::string_view>(key);
    auto const* inner = pickle.get_if<Pickle::Dict>(value);
    if (name != nullptr && *name == "state_dict" && inner != nullptr) return inner;
  }
  return root;
}

Result<StateDict> assemble(Pickle const& pickle, std::vector<Bytes> const& storages, std::size_t file_size_bytes) {
  NEVUS_TRY(auto const* dict, find_state_dict(pickle));
  // An element takes at least a byte of the file, so views that repeat a storage over and over are found out.
  auto elements_left = file_size_bytes;
  StateDict result;
  for (auto const& [key_id, value_id] : dict->entries) {
    auto const* key = pickle.get_if<std::string_view>(key_id);
    if (key == nullptr) return unreadable("a key of the dict is no text");
    auto const* index = pickle.get_if<Pickle::TensorIndex>(value_id);
    if (index == nullptr) return unreadable("entry " + shown(*key) + " is no tensor");
    auto const& tensor = pickle.tensors[index->value];
    auto const& storage = pickle.storages[tensor.storage];
    auto const count = element_count(tensor, storage.length, elements_left);
    if (!count) return unreadable("tensor " + shown(*key) + " reaches beyond its storage");
    elements_left -= *count;
    NamedArray array{tensor.shape, {}};
    if (*count > 0) array.values = gather(tensor, storage.type, storages[tensor.storage], *count);
    if (!result.emplace(*key, std::move(array)).second) return unreadable("tensor " + shown(*key) + " comes twice");
  }
  return result;
}

/// A file that is read from front to back.
struct Cursor {
  Bytes file;
  std::size_t position = 0;

  Result<Pickle> pickle() {
    auto result = read_pickle(file.subspan(position));
    if (result) position += result->size_bytes;
    return result;
  }

  Result<Bytes> take(std::size_t count) {
    if (count > file.size() - position) return unreadable("it ends in the middle of its numbers");
    position += count;
    return file.subspan(position - count, count);
  }
};

Result<void> check_legacy_machine(Pickle const& version, Pickle const& machine) {
  auto const* number = version.get_if<std::int64_t>(version.root);
  if (number == nullptr || *number != kLegacyVersion)
    return unreadable("it is of an unknown version of the legacy form");
  if (auto const* properties = machine.get_if<Pickle::Dict>(machine.root)) {
    for (auto const& [key, value] : properties->entries) {
      auto const* name = machine.get_if<std::string_view>(key);
      auto const* yes = machine.get_if<bool>(value);
      if (name != nullptr && *name == "little_endian" && yes != nullptr && *yes) return {};
    }
  }
  return unreadable("it was written on a big-endian machine");
}

/// Each storage as it follows the pickles: the number of its elements, then the elements.
Result<std::vector<Bytes>> read_legacy_storages(Cursor& cursor, Pickle const& pickle, Pickle const& keys) {
  auto const* list = keys.get_if<Pickle::List>(keys.root);
  if (list == nullptr) return unreadable("it has no list of storages");
  std::map<std::string_view, std::size_t> awaited;
  for (std::size_t i = 0; i < pickle.storages.size(); ++i) awaited.emplace(pickle.storages[i].key, i);
  std::vector<Bytes> result(pickle.storages.size());
  for (auto const id : list->items) {
    auto const* key = keys.get_if<std::string_view>(id);
    auto const found = key != nullptr ? awaited.find(*key) : awaited.end();
    if (found == awaited.end()) return unreadable("its list of storages does not match its tensors");
    auto const index = found->second;
    auto const& storage = pickle.storages[index];
    awaited.erase(found);
    NEVUS_TRY(auto const length_bytes, cursor.take(sizeof(std::int64_t)));
    std::int64_t length = 0;
    std::memcpy(&length, length_bytes.data(), sizeof(length));
    auto const bytes = size_bytes(storage);
    if (length != storage.length || !bytes)
      return unreadable("storage " + shown(*key) + " has " + std::to_string(length) + " elements and not the " +
                        std::to_string(storage.length) + " of its description");
    NEVUS_TRY(result[index], cursor.take(*bytes));
  }
  if (!awaited.empty()) return unreadable("storage " + shown(awaited.begin()->first) + " is missing");
  return result;
}

Result<StateDict> read_legacy(Bytes file) {
  Cursor cursor{file, kLegacyMagic.size()};
  NEVUS_TRY(auto const version, cursor.pickle());
  NEVUS_TRY(auto const machine, cursor.pickle());
  NEVUS_CHECK(check_legacy_machine(version, machine));
  NEVUS_TRY(auto const pickle, cursor.pickle());
  NEVUS_TRY(auto const keys, cursor.pickle());
  NEVUS_TRY(auto const storages, read_legacy_storages(cursor, pickle, keys));
  if (cursor.position != file.size()) return unreadable("it goes on after its last number");
  return assemble(pickle, storages, file.size());
}

std::string_view text(Bytes bytes) { return {reinterpret_cast<char const*>(bytes.data()), bytes.size()}; }

/// NAME/data.pkl beside NAME/data/<key> for each storage.
Result<StateDict> read_zip(Bytes file) {
  constexpr std::string_view kPickleName = "data.pkl";
  NEVUS_TRY(auto const entries, read_stored_zip(file));
  std::optional<std::string> folder;
  for (auto const& [name, content] : entries) {
    if (!name.ends_with(kPickleName)) continue;
    if (folder) return unreadable("it holds more than one data.pkl");
    folder = name.substr(0, name.size() - kPickleName.size());
  }
  if (!folder) return unreadable("it is a zip archive without a data.pkl");
  if (auto const order = entries.find(*folder + "byteorder"); order != entries.end() && text(order->second) != "little")
    return unreadable("it was written on a big-endian machine");
  NEVUS_TRY(auto const pickle, read_pickle(entries.at(*folder + std::string(kPickleName))));
  std::vector<Bytes> storages;
  for (auto const& storage : pickle.storages) {
    auto const found = entries.find(*folder + "data/" + std::string(storage.key));
    if (found == entries.end()) return unreadable("storage " + shown(storage.key) + " is missing");
    if (size_bytes(storage) != found->second.size())
      return unreadable("storage " + shown(storage.key) + " has " + std::to_string(found->second.size()) +
                        " bytes, which are not the " + std::to_string(storage.length) + " elements of its description");
    storages.push_back(found->second);
  }
  return assemble(pickle, storages, file.size());
}

}  // namespace

Result<StateDict> read_pth(Bytes file) {
  if (begins_with(file, kLegacyMagic)) return read_legacy(file);
  if (begins_with(file, kZipMagic)) return read_zip(file);
  return unreadable("it begins neither as a zip archive nor as PyTorch's legacy form does");
}

Result<StateDict> read_state_dict(Bytes file) {
  if (begins_with(file, kLegacyMagic) || begins_with(file, kZipMagic)) return read_pth(file);
  return read_safetensors(file);
}

}  // namespace nevus::training

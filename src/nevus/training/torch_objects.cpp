// SPDX-License-Identifier: MIT
#include "nevus/training/torch_objects.h"

#include <array>
#include <optional>

namespace nevus {
namespace {

using training::unreadable;
constexpr std::size_t kMaxRank = 16;

struct Global {
  std::string_view name;
  std::variant<Pickle::Callable, ElementType> meaning;
};
constexpr std::array kGlobals = {
    Global{"collections.OrderedDict", Pickle::Callable::kOrderedDict},
    Global{"torch._utils._rebuild_tensor_v2", Pickle::Callable::kRebuildTensor},
    Global{"torch._utils._rebuild_parameter", Pickle::Callable::kRebuildParameter},
    Global{"torch.FloatStorage", ElementType::kFloat32},
    Global{"torch.DoubleStorage", ElementType::kFloat64},
    Global{"torch.HalfStorage", ElementType::kFloat16},
    Global{"torch.BFloat16Storage", ElementType::kBfloat16},
    Global{"torch.LongStorage", ElementType::kInt64},
    Global{"torch.IntStorage", ElementType::kInt32},
    Global{"torch.ShortStorage", ElementType::kInt16},
    Global{"torch.CharStorage", ElementType::kInt8},
    Global{"torch.ByteStorage", ElementType::kUint8},
    Global{"torch.BoolStorage", ElementType::kBool},
};

std::optional<std::vector<std::int64_t>> integers(Pickle const& pickle, Pickle::Id id) {
  auto const* tuple = pickle.get_if<Pickle::Tuple>(id);
  if (tuple == nullptr || tuple->items.size() > kMaxRank) return std::nullopt;
  std::vector<std::int64_t> values;
  for (auto const item : tuple->items) {
    auto const* value = pickle.get_if<std::int64_t>(item);
    if (value == nullptr) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

}  // namespace

Result<Pickle::Value> TorchObjects::global(std::string_view module, std::string_view name) {
  constexpr std::size_t kLongestPart = 100;
  auto const full_name = std::string(module.substr(0, kLongestPart)) + "." + std::string(name.substr(0, kLongestPart));
  for (auto const& known : kGlobals)
    if (known.name == full_name) return std::visit([](auto meaning) { return Pickle::Value(meaning); }, known.meaning);
  return unreadable("it asks for " + training::shown(full_name) + ", which no state dict needs");
}

Result<Pickle::Value> TorchObjects::call(Pickle::Id callable_id, Pickle::Id arguments_id) {
  auto const* arguments = pickle_.get_if<Pickle::Tuple>(arguments_id);
  auto const* callable = pickle_.get_if<Pickle::Callable>(callable_id);
  if (arguments == nullptr || callable == nullptr) return unreadable("its pickle calls something that is no function");
  auto const& items = arguments->items;
  switch (*callable) {
    case Pickle::Callable::kOrderedDict:
      if (!items.empty()) return unreadable("its pickle makes an OrderedDict in an unknown way");
      return Pickle::Dict{};
    case Pickle::Callable::kRebuildTensor:
      return tensor(items);
    case Pickle::Callable::kRebuildParameter:
      break;  // (tensor, requires_grad, hooks)
  }
  auto const* wrapped = items.size() == 3 ? pickle_.get_if<Pickle::TensorIndex>(items[0]) : nullptr;
  if (wrapped == nullptr) return unreadable("its pickle makes a parameter in an unknown way");
  return *wrapped;
}

/// (storage, offset, shape, stride, requires_grad, hooks)
Result<Pickle::Value> TorchObjects::tensor(std::vector<Pickle::Id> const& arguments) {
  if (arguments.size() == 6) {
    auto const* storage = pickle_.get_if<Pickle::StorageIndex>(arguments[0]);
    auto const* offset = pickle_.get_if<std::int64_t>(arguments[1]);
    auto shape = integers(pickle_, arguments[2]);
    auto stride = integers(pickle_, arguments[3]);
    if (storage != nullptr && offset != nullptr && shape && stride && shape->size() == stride->size()) {
      pickle_.tensors.push_back({storage->value, *offset, *std::move(shape), *std::move(stride)});
      return Pickle::TensorIndex{pickle_.tensors.size() - 1};
    }
  }
  return unreadable("its pickle makes a tensor in an unknown way");
}

Result<Pickle::Value> TorchObjects::storage(Pickle::Id description) {
  auto const* tuple = pickle_.get_if<Pickle::Tuple>(description);
  auto const size = tuple != nullptr ? tuple->items.size() : 0;
  if (size != 5 && !(size == 6 && pickle_.get_if<Pickle::None>(tuple->items[5]) != nullptr))
    return unreadable("its pickle describes a storage in an unknown way");
  auto const* kind = pickle_.get_if<std::string_view>(tuple->items[0]);
  auto const* type = pickle_.get_if<ElementType>(tuple->items[1]);
  auto const* key = pickle_.get_if<std::string_view>(tuple->items[2]);
  auto const* length = pickle_.get_if<std::int64_t>(tuple->items[4]);
  if (kind == nullptr || *kind != "storage" || type == nullptr || key == nullptr || length == nullptr || *length < 0)
    return unreadable("its pickle describes a storage in an unknown way");

  auto const [place, is_new] = storages_by_key_.emplace(*key, pickle_.storages.size());
  if (is_new) {
    pickle_.storages.push_back({*key, *type, *length});
  } else if (auto const& known = pickle_.storages[place->second]; known.type != *type || known.length != *length) {
    return unreadable("it describes storage " + training::shown(*key) + " in two ways");
  }
  return Pickle::StorageIndex{place->second};
}

std::size_t element_size_bytes(ElementType type) {
  switch (type) {
    case ElementType::kFloat64:
    case ElementType::kInt64:
      return 8;
    case ElementType::kFloat32:
    case ElementType::kInt32:
      return 4;
    case ElementType::kFloat16:
    case ElementType::kBfloat16:
    case ElementType::kInt16:
      return 2;
    default:
      return 1;
  }
}

namespace training {

tl::unexpected<Error> unreadable(std::string const& reason) {
  return fail(ErrorCode::kData, "not a readable state dict: " + reason);
}

std::string shown(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string result(text.substr(0, kLongest));
  for (auto& letter : result)
    if (letter < ' ' || letter > '~') letter = '?';
  return text.size() > kLongest ? result + "..." : result;
}

}  // namespace training
}  // namespace nevus

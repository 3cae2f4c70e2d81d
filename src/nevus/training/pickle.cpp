// SPDX-License-Identifier: MIT
#include "nevus/training/pickle.h"

#include <bit>
#include <cstring>
#include <optional>
#include <unordered_map>

#include "nevus/training/torch_objects.h"

namespace nevus {
namespace {

static_assert(std::endian::native == std::endian::little, "pickles and storages are read as they lie");

using Id = Pickle::Id;
constexpr std::size_t kMaxValues = 1'000'000;  // EfficientNet-Lite0 has about 5,500

// Names as in Python's pickletools.
enum Opcode : std::uint8_t {
  kProto = 0x80,
  kStop = '.',
  kMark = '(',
  kNone = 'N',
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kLong1 = 0x8a,
  kBinFloat = 'G',
  kBinUnicode = 'X',
  kEmptyTuple = ')',
  kTuple = 't',
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kEmptyList = ']',
  kAppend = 'a',
  kAppends = 'e',
  kEmptyDict = '}',
  kSetItem = 's',
  kSetItems = 'u',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kGlobal = 'c',
  kReduce = 'R',
  kBuild = 'b',
  kBinPersId = 'Q',
};

/// Python's pickle machine, cut down to what a state dict needs.
class PickleMachine {
 public:
  explicit PickleMachine(Bytes bytes) : bytes_(bytes) {}

  Result<Pickle> run() {
    NEVUS_TRY(auto const first, number<std::uint8_t>());
    NEVUS_TRY(auto const protocol, number<std::uint8_t>());
    if (first != kProto || protocol != 2)
      return training::unreadable("its pickle is not of protocol 2, which torch.save writes");
    while (true) {
      NEVUS_TRY(auto const opcode, number<std::uint8_t>());
      if (opcode == kStop) break;
      NEVUS_CHECK(step(opcode));
      if (pickle_.values.size() > kMaxValues)
        return training::unreadable("its pickle holds more than the limit of " + std::to_string(kMaxValues) +
                                    " objects");
    }
    NEVUS_TRY(pickle_.root, pop());
    pickle_.size_bytes = position_;
    return std::move(pickle_);
  }

 private:
  Result<void> step(std::uint8_t opcode) {
    switch (opcode) {
      case kMark:
        marks_.push_back(stack_.size());
        return {};
      case kNone:
        return push(Pickle::None{});
      case kNewTrue:
        return push(true);
      case kNewFalse:
        return push(false);
      case kBinInt:
        return push_integer<std::int32_t>();
      case kBinInt1:
        return push_integer<std::uint8_t>();
      case kBinInt2:
        return push_integer<std::uint16_t>();
      case kLong1:
        return long_integer();
      case kBinFloat:
        return big_endian_double();
      case kBinUnicode:
        return unicode();
      case kEmptyTuple:
        return push(Pickle::Tuple{});
      case kTuple:
        return tuple_from_mark();
      case kTuple1:
        return tuple(1);
      case kTuple2:
        return tuple(2);
      case kTuple3:
        return tuple(3);
      case kEmptyList:
        return push(Pickle::List{});
      case kAppend:
        return append(1);
      case kAppends:
        return append(std::nullopt);
      case kEmptyDict:
        return push(Pickle::Dict{});
      case kSetItem:
        return set_items(2);
      case kSetItems:
        return set_items(std::nullopt);
      case kBinPut:
        return put<std::uint8_t>();
      case kLongBinPut:
        return put<std::uint32_t>();
      case kBinGet:
        return get<std::uint8_t>();
      case kLongBinGet:
        return get<std::uint32_t>();
      case kGlobal:
        return global();
      case kReduce:
        return reduce();
      case kBuild:
        return build();
      case kBinPersId:
        return storage();
      default:
        return training::unreadable("its pickle uses opcode " + std::to_string(opcode) + ", which no state dict needs");
    }
  }

  // Bytes.
  Result<Bytes> take(std::size_t count) {
    if (count > bytes_.size() - position_) return training::unreadable("it ends in the middle of a pickle");
    auto const taken = bytes_.subspan(position_, count);
    position_ += count;
    return taken;
  }

  template <typename T>
  Result<T> number() {
    NEVUS_TRY(auto const bytes, take(sizeof(T)));
    T value;
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }

  static std::string_view text(Bytes bytes) { return {reinterpret_cast<char const*>(bytes.data()), bytes.size()}; }

  Result<std::string_view> line() {
    auto const rest = text(bytes_.subspan(position_));
    auto const end = rest.find('\n');
    if (end == std::string_view::npos) return training::unreadable("it ends in the middle of a pickle");
    position_ += end + 1;
    return rest.substr(0, end);
  }

  // The stack. What lies below the last mark is out of reach.
  Result<void> push(Pickle::Value value) {
    stack_.push_back(static_cast<Id>(pickle_.values.size()));
    pickle_.values.push_back(std::move(value));
    return {};
  }

  [[nodiscard]] std::size_t reachable() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }

  Result<Id> pop() {
    NEVUS_TRY(auto const ids, pop_many(1));
    return ids.front();
  }

  Result<std::vector<Id>> pop_many(std::size_t count) {
    if (count > reachable()) return training::unreadable("its pickle takes more from its stack than it put there");
    auto const first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<Id> ids(first, stack_.end());
    stack_.erase(first, stack_.end());
    return ids;
  }

  Result<std::vector<Id>> pop_to_mark() {
    if (marks_.empty()) return training::unreadable("its pickle looks for a mark that it never set");
    auto ids = pop_many(reachable());
    marks_.pop_back();
    return ids;
  }

  Result<std::vector<Id>> pop_some(std::optional<std::size_t> count) {
    return count ? pop_many(*count) : pop_to_mark();
  }

  template <typename T>
  Result<T*> top() {
    if (reachable() > 0)
      if (auto* value = std::get_if<T>(&pickle_.values[stack_.back()])) return value;
    return training::unreadable("its pickle fills an object of the wrong kind");
  }

  // Constants.
  template <typename T>
  Result<void> push_integer() {
    NEVUS_TRY(auto const value, number<T>());
    return push(static_cast<std::int64_t>(value));
  }

  Result<void> long_integer() {
    NEVUS_TRY(auto const size, number<std::uint8_t>());
    NEVUS_TRY(auto const bytes, take(size));
    if (size > sizeof(std::int64_t)) return training::unreadable("its pickle holds an integer of more than 64 bits");
    std::int64_t value = size > 0 && bytes.back() >= 0x80 ? -1 : 0;
    std::memcpy(&value, bytes.data(), size);
    return push(value);
  }

  Result<void> big_endian_double() {
    NEVUS_TRY(auto const bits, number<std::uint64_t>());
    return push(std::bit_cast<double>(__builtin_bswap64(bits)));
  }

  Result<void> unicode() {
    NEVUS_TRY(auto const size, number<std::uint32_t>());
    NEVUS_TRY(auto const bytes, take(size));
    return push(text(bytes));
  }

  // Containers.
  Result<void> tuple(std::size_t count) {
    NEVUS_TRY(auto items, pop_many(count));
    return push(Pickle::Tuple{std::move(items)});
  }

  Result<void> tuple_from_mark() {
    NEVUS_TRY(auto items, pop_to_mark());
    return push(Pickle::Tuple{std::move(items)});
  }

  Result<void> append(std::optional<std::size_t> count) {
    NEVUS_TRY(auto const items, pop_some(count));
    NEVUS_TRY(auto* list, top<Pickle::List>());
    list->items.insert(list->items.end(), items.begin(), items.end());
    return {};
  }

  Result<void> set_items(std::optional<std::size_t> count) {
    NEVUS_TRY(auto const items, pop_some(count));
    NEVUS_TRY(auto* dict, top<Pickle::Dict>());
    if (items.size() % 2 != 0) return training::unreadable("its pickle sets a key without a value");
    for (std::size_t i = 0; i < items.size(); i += 2) dict->entries.emplace_back(items[i], items[i + 1]);
    return {};
  }

  // The memo.
  template <typename T>
  Result<void> put() {
    NEVUS_TRY(auto const index, number<T>());
    if (reachable() == 0) return training::unreadable("its pickle remembers an object that is not there");
    memo_[index] = stack_.back();
    return {};
  }

  template <typename T>
  Result<void> get() {
    NEVUS_TRY(auto const index, number<T>());
    auto const found = memo_.find(index);
    if (found == memo_.end()) return training::unreadable("its pickle recalls an object that it never remembered");
    stack_.push_back(found->second);
    return {};
  }

  // What Python would import and call.
  Result<void> global() {
    NEVUS_TRY(auto const module, line());
    NEVUS_TRY(auto const name, line());
    NEVUS_TRY(auto value, objects_.global(module, name));
    return push(std::move(value));
  }

  Result<void> reduce() {
    NEVUS_TRY(auto const arguments, pop());
    NEVUS_TRY(auto const callable, pop());
    NEVUS_TRY(auto value, objects_.call(callable, arguments));
    return push(std::move(value));
  }

  Result<void> storage() {
    NEVUS_TRY(auto const description, pop());
    NEVUS_TRY(auto value, objects_.storage(description));
    return push(std::move(value));
  }

  /// Attributes of an OrderedDict, such as the `_metadata` that torch adds: of no use here.
  Result<void> build() {
    NEVUS_CHECK(pop());
    NEVUS_CHECK(top<Pickle::Dict>());
    return {};
  }

  Bytes bytes_;
  std::size_t position_ = 0;
  Pickle pickle_;
  std::vector<Id> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, Id> memo_;
  TorchObjects objects_{pickle_};
};

}  // namespace

namespace training {

Result<Pickle> read_pickle(Bytes bytes) { return PickleMachine(bytes).run(); }

}  // namespace training
}  // namespace nevus

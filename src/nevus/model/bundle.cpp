// SPDX-License-Identifier: MIT
#include "nevus/model/bundle.h"

#include <algorithm>
#include <system_error>

#include "nevus/base/file.h"
#include "nevus/base/sha256.h"

namespace nevus::model {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxCardBytes = 1'000'000;
constexpr std::size_t kMaxFeatureBytes = 50'000'000;
constexpr std::uintmax_t kMaxNetworkBytes = 2'000'000'000;  // ONNX's own limit for one file (protobuf)

auto refuse(fs::path const& file, std::string const& reason) {
  return fail(ErrorCode::kModelRefused, file.string() + ": " + reason);
}

/// The last part of the path as a person sees it: "models/fast/." is "fast".
std::string name_of(fs::path const& folder) {
  std::error_code error;
  auto path = fs::absolute(folder, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.filename().string();
}

Result<ModelCard> read_card(fs::path const& folder) {
  auto const path = folder / "card.json";
  auto bytes = read_file(path, kMaxCardBytes);
  if (!bytes && bytes.error().code == ErrorCode::kNotFound)
    return fail(ErrorCode::kModelNotFound, folder.string() + ": there is no model bundle here (no card.json)");
  if (!bytes && bytes.error().code == ErrorCode::kPhotoTooLarge)
    return refuse(path, "is larger than a card can be (" + std::to_string(kMaxCardBytes) + " bytes)");
  if (!bytes) return tl::unexpected<Error>(std::move(bytes).error());
  auto card = parse_card({reinterpret_cast<char const*>(bytes->data()), bytes->size()});
  if (!card) return refuse(path, card.error().message);
  if (auto const name = name_of(folder); card->id != name)
    return refuse(path, "\"id\" is \"" + card->id + "\", but the folder is called \"" + name + "\"");
  return card;
}

/// The network's bytes, which are those that the card describes.
Result<ByteVector> read_network(fs::path const& path, ModelCard const& card) {
  std::error_code error;
  auto const size_bytes = fs::file_size(path, error);
  if (error) return refuse(path, "cannot be read (" + error.message() + "), but the bundle's card is there");
  if (size_bytes != static_cast<std::uintmax_t>(card.network_bytes) || size_bytes > kMaxNetworkBytes) {
    return refuse(path, "has " + std::to_string(size_bytes) + " bytes, but its card says " +
                            std::to_string(card.network_bytes) + "; the file is incomplete or not the card's network");
  }
  NEVUS_TRY(auto network, read_file(path, size_bytes));
  if (auto const sha256 = sha256_hex(network); sha256 != card.network_sha256) {
    return refuse(path, "its SHA-256 is " + sha256 + ", but its card says " + card.network_sha256 +
                            "; the file is damaged or not the card's network");
  }
  return network;
}

}  // namespace

Result<ModelBundle> load_bundle(fs::path const& folder) {
  NEVUS_TRY(auto card, read_card(folder));
  NEVUS_TRY(auto network, read_network(folder / "network.onnx", card));
  if (card.features) {
    NEVUS_TRY(auto const bytes, read_file(folder / "features.f32", kMaxFeatureBytes));
    NEVUS_CHECK(read_features(bytes, *card.features));
  }
  return ModelBundle{std::move(card), folder, std::move(network)};
}

std::vector<fs::path> find_bundles(fs::path const& root) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (fs::is_regular_file(entry->path() / "card.json", ignored)) found.push_back(entry->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace nevus::model

// SPDX-License-Identifier: MIT
#include "nevus/training/bundle_place.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace nevus::training {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kFilesOfABundle{"card.json", "features.f32", "MODEL_CARD.md", "network.onnx"};

auto io_error(fs::path const& path, int error) { return fail(ErrorCode::kIo, path.string() + ": " + strerror(error)); }

/// Without an exchange: the old folder is put aside, and put back where the new one cannot come.
Result<void> replace_in_two_steps(fs::path const& made, fs::path const& place) {
  fs::path const aside = made.string() + ".old";
  if (::rename(place.c_str(), aside.c_str()) != 0) return io_error(place, errno);
  if (::rename(made.c_str(), place.c_str()) == 0) return {};
  int const error = errno;
  if (::rename(aside.c_str(), place.c_str()) != 0)
    return fail(ErrorCode::kIo, place.string() + ": could not be replaced; what was there is in " + aside.string());
  return io_error(place, error);
}

}  // namespace

Result<fs::path> check_place(fs::path const& folder, Replacing replacing) {
  std::error_code error;
  auto place = fs::absolute(folder, error).lexically_normal();
  if (!place.has_filename()) place = place.parent_path();
  if (folder.empty() || !place.has_filename())
    return fail(ErrorCode::kUsage, folder.string() + ": the folder of a bundle needs a name, which becomes its id");
  auto const status = fs::status(place, error);
  if (!fs::exists(status)) return place;
  if (!fs::is_directory(status)) return fail(ErrorCode::kUsage, folder.string() + ": is not a folder");
  for (fs::directory_iterator entry(place, error), end; !error && entry != end; entry.increment(error)) {
    auto const name = entry->path().filename().string();
    if (std::ranges::find(kFilesOfABundle, name) == kFilesOfABundle.end())
      return fail(ErrorCode::kUsage, folder.string() + ": holds " + name + ", so it is no place for a bundle");
  }
  if (error) return fail(ErrorCode::kIo, folder.string() + ": " + error.message());
  if (replacing == Replacing::kNever && fs::exists(place / "card.json", error)) {
    return fail(ErrorCode::kUsage,
                folder.string() + ": there is a bundle here already; `publish` replaces it with a better one");
  }
  return place;
}

Result<void> take_place(fs::path const& made, fs::path const& place) {
  std::error_code ignored;
  if (!fs::exists(place, ignored))
    return ::rename(made.c_str(), place.c_str()) == 0 ? Result<void>{} : io_error(place, errno);
  if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) != 0) {
    if (errno != EINVAL && errno != ENOSYS) return io_error(place, errno);
    NEVUS_CHECK(replace_in_two_steps(made, place));
  }
  fs::remove_all(made, ignored);
  fs::remove_all(made.string() + ".old", ignored);
  return {};
}

}  // namespace nevus::training

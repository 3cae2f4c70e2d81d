// SPDX-License-Identifier: MIT
#include "photo_list.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <set>

#include "nevus/image/decode.h"
#include "photo_file.h"

namespace nevus::app {
namespace {

namespace fs = std::filesystem;

/// A file that is named as a photo counts even when it is none: its row then says what is wrong with it.
bool is_photo(fs::path const& path) {
  if (image::has_photo_ending(path)) return true;
  std::ifstream stream(path, std::ios::binary);
  std::array<char, 32> start{};
  stream.read(start.data(), start.size());
  return image::sniff({reinterpret_cast<std::uint8_t const*>(start.data()), static_cast<std::size_t>(stream.gcount())})
      .has_value();
}

bool is_hidden(fs::path const& path) { return path.filename().string().starts_with('.'); }

Result<std::vector<ListedPhoto>> photos_below(fs::path const& folder) {
  std::vector<ListedPhoto> photos;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code unknown;
    if (is_hidden(entry->path())) {
      if (entry->is_directory(unknown)) entry.disable_recursion_pending();
    } else if (entry->is_regular_file(unknown) && is_photo(entry->path())) {
      photos.push_back({display_name(entry->path().lexically_relative(folder)), entry->path()});
    }
  }
  if (error) return fail(ErrorCode::kIo, folder.string() + ": " + error.message());
  std::ranges::sort(photos, {}, &ListedPhoto::name);
  return photos;
}

std::vector<ListedPhoto> photos_named_in(std::istream& lines) {
  std::vector<ListedPhoto> photos;
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    auto name = display_name(line);
    if (!line.empty() && seen.insert(name).second) photos.push_back({std::move(name), line});
  }
  return photos;
}

Result<std::vector<ListedPhoto>> photos_of(fs::path const& source) {
  if (source == "-") return photos_named_in(std::cin);
  std::error_code error;
  auto const status = fs::status(source, error);
  if (status.type() == fs::file_type::not_found) {
    return fail(ErrorCode::kNotFound, source.string() + ": no such folder or list of photos");
  }
  if (fs::is_directory(status)) return photos_below(source);
  std::ifstream lines(source);
  if (!lines) return fail(ErrorCode::kIo, source.string() + ": cannot be read");
  if (is_photo(source)) {
    return fail(ErrorCode::kUsage,
                source.string() + ": is a photo, where a folder or a list of photos is expected; see `nevus analyze`");
  }
  return photos_named_in(lines);
}

}  // namespace

Result<std::vector<ListedPhoto>> list_photos(fs::path const& source) {
  NEVUS_TRY(auto photos, photos_of(source));
  if (photos.empty()) return fail(ErrorCode::kData, source.string() + ": holds no photo");
  return photos;
}

}  // namespace nevus::app

// SPDX-License-Identifier: MIT
#include "nevus/training/stored_zip.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "nevus/training/pickle.h"

namespace nevus::training {
namespace {

// Signatures, sizes and marks of APPNOTE 6.3.
constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::uint32_t kCentralSignature = 0x02014b50;
constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::uint32_t kEnd64Signature = 0x06064b50;
constexpr std::uint32_t kLocator64Signature = 0x07064b50;
constexpr std::size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kEnd64Size = 56, kLocator64Size = 20;
constexpr std::size_t kMaxCommentSize = 65535;
constexpr std::uint32_t kSeeZip64 = 0xffffffff;
constexpr std::uint16_t kZip64Field = 1;
constexpr std::uint16_t kEncryptedFlags = 0x2041;  // encrypted, strongly encrypted, masked

/// The number at `position`, which the caller knows to lie inside.
template <typename T>
T number_at(Bytes bytes, std::size_t position) {
  T value;
  std::memcpy(&value, bytes.data() + position, sizeof(T));
  return value;
}

/// Whether [position, position + size) lies inside, without overflow.
bool holds(Bytes bytes, std::uint64_t position, std::uint64_t size) {
  return position <= bytes.size() && size <= bytes.size() - position;
}

struct Directory {
  std::uint64_t entries;
  std::uint64_t size_bytes;
  std::uint64_t position;
};

/// The last end record, which may be followed by a comment only.
std::optional<std::size_t> find_end(Bytes file) {
  if (file.size() < kEndSize) return std::nullopt;
  auto const last = file.size() - kEndSize;
  for (std::size_t comment = 0; comment <= std::min(last, kMaxCommentSize); ++comment) {
    auto const position = last - comment;
    if (number_at<std::uint32_t>(file, position) == kEndSignature &&
        number_at<std::uint16_t>(file, position + 20) == comment)
      return position;
  }
  return std::nullopt;
}

Result<Directory> find_directory(Bytes file) {
  auto const end = find_end(file);
  if (!end) return unreadable("its zip archive has no end, so it is cut off");
  Directory directory{number_at<std::uint16_t>(file, *end + 10), number_at<std::uint32_t>(file, *end + 12),
                      number_at<std::uint32_t>(file, *end + 16)};
  if (*end >= kLocator64Size) {
    auto const locator = *end - kLocator64Size;
    if (number_at<std::uint32_t>(file, locator) == kLocator64Signature) {
      auto const position = number_at<std::uint64_t>(file, locator + 8);
      if (!holds(file, position, kEnd64Size) || number_at<std::uint32_t>(file, position) != kEnd64Signature)
        return unreadable("its zip64 directory is damaged");
      directory = {number_at<std::uint64_t>(file, position + 32), number_at<std::uint64_t>(file, position + 40),
                   number_at<std::uint64_t>(file, position + 48)};
    }
  }
  if (!holds(file, directory.position, directory.size_bytes)) return unreadable("its zip directory lies outside of it");
  return directory;
}

struct Entry {
  std::string name;
  std::uint64_t size_bytes;
  std::uint64_t stored_bytes;
  std::uint64_t local_header;
  std::uint32_t crc;
};

/// Replaces the sizes that the short fields have no room for, in the order that the standard gives.
Result<void> apply_zip64(Entry& entry, Bytes extra) {
  while (extra.size() >= 4) {
    auto const kind = number_at<std::uint16_t>(extra, 0);
    auto const size = number_at<std::uint16_t>(extra, 2);
    if (!holds(extra, 4, size)) return unreadable("its zip directory is damaged");
    auto field = extra.subspan(4, size);
    extra = extra.subspan(4U + size);
    if (kind != kZip64Field) continue;
    for (auto* value : {&entry.size_bytes, &entry.stored_bytes, &entry.local_header}) {
      if (*value != kSeeZip64) continue;
      if (field.size() < sizeof(std::uint64_t)) return unreadable("its zip64 directory is damaged");
      *value = number_at<std::uint64_t>(field, 0);
      field = field.subspan(sizeof(std::uint64_t));
    }
    return {};
  }
  return {};
}

/// The entry at the front of `directory`, which moves on to the next.
Result<Entry> next_entry(Bytes& directory) {
  if (directory.size() < kCentralSize || number_at<std::uint32_t>(directory, 0) != kCentralSignature)
    return unreadable("its zip directory is damaged");
  auto const flags = number_at<std::uint16_t>(directory, 8);
  auto const method = number_at<std::uint16_t>(directory, 10);
  std::size_t const name_size = number_at<std::uint16_t>(directory, 28);
  std::size_t const extra_size = number_at<std::uint16_t>(directory, 30);
  std::size_t const comment_size = number_at<std::uint16_t>(directory, 32);
  if (!holds(directory, kCentralSize, name_size + extra_size + comment_size))
    return unreadable("its zip directory is damaged");
  Entry entry{{reinterpret_cast<char const*>(directory.data() + kCentralSize), name_size},
              number_at<std::uint32_t>(directory, 24),
              number_at<std::uint32_t>(directory, 20),
              number_at<std::uint32_t>(directory, 42),
              number_at<std::uint32_t>(directory, 16)};
  NEVUS_CHECK(apply_zip64(entry, directory.subspan(kCentralSize + name_size, extra_size)));
  if ((flags & kEncryptedFlags) != 0) return unreadable("entry " + shown(entry.name) + " is encrypted");
  if (method != 0 || entry.size_bytes != entry.stored_bytes)
    return unreadable("entry " + shown(entry.name) + " is compressed, which torch.save never does");
  directory = directory.subspan(kCentralSize + name_size + extra_size + comment_size);
  return entry;
}

Result<Bytes> content(Bytes file, Entry const& entry) {
  if (!holds(file, entry.local_header, kLocalSize) ||
      number_at<std::uint32_t>(file, entry.local_header) != kLocalSignature)
    return unreadable("entry " + shown(entry.name) + " is not where the zip directory says");
  auto const begin = entry.local_header + kLocalSize + number_at<std::uint16_t>(file, entry.local_header + 26) +
                     number_at<std::uint16_t>(file, entry.local_header + 28);
  if (!holds(file, begin, entry.size_bytes))
    return unreadable("entry " + shown(entry.name) + " ends outside of the file");
  auto const bytes = file.subspan(begin, entry.size_bytes);
  if (crc32_z(0, bytes.data(), bytes.size()) != entry.crc)
    return unreadable("entry " + shown(entry.name) + " is damaged: its checksum differs");
  return bytes;
}

}  // namespace

Result<std::map<std::string, Bytes>> read_stored_zip(Bytes file) {
  NEVUS_TRY(auto const directory, find_directory(file));
  auto rest = file.subspan(directory.position, directory.size_bytes);
  // Entries that overlap could make a small file cost a great deal of time.
  std::uint64_t unclaimed_bytes = file.size();
  std::map<std::string, Bytes> contents;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    NEVUS_TRY(auto const entry, next_entry(rest));
    if (entry.size_bytes > unclaimed_bytes) return unreadable("its zip entries overlap");
    unclaimed_bytes -= entry.size_bytes;
    NEVUS_TRY(auto const bytes, content(file, entry));
    if (!contents.emplace(entry.name, bytes).second) return unreadable("entry " + shown(entry.name) + " comes twice");
  }
  return contents;
}

}  // namespace nevus::training

// SPDX-License-Identifier: MIT
#include "nevus/server/zip_stream.h"

#include <zlib.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace nevus::server {
namespace {

constexpr std::uint64_t kMaxSize_bytes = std::numeric_limits<std::uint32_t>::max() - 100'000'000ULL;  // the directory
constexpr std::uint16_t kVersion = 20;
constexpr std::uint16_t kUtf8Names = 1U << 11U;
constexpr std::size_t kMaxName_bytes = 120;

void put16(std::string& out, std::uint32_t value) {
  for (unsigned shift = 0; shift < 16; shift += 8) out += static_cast<char>((value >> shift) & 0xFFU);
}

void put32(std::string& out, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>((value >> shift) & 0xFFU);
}

}  // namespace

ZipStream::ZipStream(std::chrono::sys_seconds time) {
  auto const day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day const date(day);
  std::chrono::hh_mm_ss const clock(time - day);
  dos_time_ = static_cast<std::uint16_t>(clock.hours().count() * 2048 + clock.minutes().count() * 32 +
                                         clock.seconds().count() / 2);
  dos_date_ = static_cast<std::uint16_t>((static_cast<int>(date.year()) - 1980) * 512 +
                                         static_cast<int>(static_cast<unsigned>(date.month())) * 32 +
                                         static_cast<int>(static_cast<unsigned>(date.day())));
}

std::string ZipStream::file(std::string const& name, Bytes content) {
  if (files_ == std::numeric_limits<std::uint16_t>::max() || size_bytes_ + content.size() > kMaxSize_bytes) return "";
  auto const size = static_cast<std::uint32_t>(content.size());
  std::string facts;  // those that the file's head and the directory share
  put16(facts, kVersion);
  put16(facts, kUtf8Names);
  put16(facts, 0);  // stored
  put16(facts, dos_time_);
  put16(facts, dos_date_);
  put32(facts, static_cast<std::uint32_t>(::crc32_z(0, content.data(), content.size())));
  put32(facts, size);
  put32(facts, size);
  put16(facts, static_cast<std::uint32_t>(name.size()));
  put16(facts, 0);  // no extra field

  std::string out = "PK\3\4" + facts + name;
  out.append(reinterpret_cast<char const*>(content.data()), content.size());

  directory_ += "PK\1\2";
  put16(directory_, kVersion);
  directory_ += facts;
  directory_.append(10, '\0');  // no comment, one disk, no attributes
  put32(directory_, static_cast<std::uint32_t>(size_bytes_));
  directory_ += name;
  size_bytes_ += out.size();
  ++files_;
  return out;
}

std::string ZipStream::end() {
  auto out = directory_ + "PK\5\6";
  put32(out, 0);  // one disk
  put16(out, files_);
  put16(out, files_);
  put32(out, static_cast<std::uint32_t>(directory_.size()));
  put32(out, static_cast<std::uint32_t>(size_bytes_));
  put16(out, 0);  // no comment
  return out;
}

std::string plain_file_name(std::string const& name) {
  using Json = nlohmann::json;
  // What is no UTF-8 becomes U+FFFD.
  auto const text = Json::parse(Json(name).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
  std::string plain;
  for (char const letter : text.substr(text.find_last_of("/\\") + 1)) {
    bool const is_odd = static_cast<unsigned char>(letter) < 32 || letter == 127 ||
                        std::string_view("<>:\"|?*").find(letter) != std::string_view::npos;
    plain += is_odd ? '_' : letter;
  }
  while (plain.size() > kMaxName_bytes) {
    // A character goes as a whole: its further bytes are 10xxxxxx.
    while ((static_cast<unsigned char>(plain.back()) & 0xC0U) == 0x80U) plain.pop_back();
    plain.pop_back();
  }
  return plain.empty() ? "photo" : plain;
}

}  // namespace nevus::server

// SPDX-License-Identifier: MIT
#include "nevus/report/sign_off.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace nevus {

std::string_view name(Verdict verdict) { return verdict == Verdict::kAgree ? "agree" : "override"; }

namespace report {
namespace {

constexpr std::size_t kMaxAnalystBytes = 64;
constexpr std::size_t kMaxReasonBytes = 1000;

bool is_one_line(std::string const& text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 32 || c == 127; });
}

Result<void> check_text(std::string const& what, std::string const& text, std::size_t max_bytes) {
  if (text.size() > max_bytes) {
    return fail(ErrorCode::kUsage,
                what + " has " + std::to_string(text.size()) + " bytes, and the limit is " + std::to_string(max_bytes));
  }
  if (!is_one_line(text) || !is_utf8(text)) return fail(ErrorCode::kUsage, what + " must be one line of UTF-8");
  return {};
}

}  // namespace

bool is_utf8(std::string const& text) {
  try {
    return !nlohmann::json(text).dump().empty();
  } catch (nlohmann::json::type_error const&) {
    return false;
  }
}

Result<SignOff> checked(SignOff sign_off) {
  if (sign_off.analyst.find_first_not_of(' ') == std::string::npos) {
    return fail(ErrorCode::kUsage, "a sign-off needs the analyst's name");
  }
  NEVUS_CHECK(check_text("the analyst's name", sign_off.analyst, kMaxAnalystBytes));
  NEVUS_CHECK(check_text("the reason of the sign-off", sign_off.reason, kMaxReasonBytes));
  bool const reasoned = sign_off.reason.find_first_not_of(' ') != std::string::npos;
  if (sign_off.verdict == Verdict::kOverride && !reasoned) {
    return fail(ErrorCode::kUsage, "an analyst who overrides an answer must give a reason");
  }
  return sign_off;
}

std::string sentence(SignOff const& sign_off) {
  auto const day = utc_text(sign_off.time).substr(0, 10);
  auto const did = sign_off.verdict == Verdict::kAgree ? " agreed on " : " disagreed on ";
  return sign_off.analyst + did + day + (sign_off.reason.empty() ? "." : ": " + sign_off.reason);
}

std::string utc_text(Timestamp time) {
  auto const day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day const date(day);
  std::chrono::hh_mm_ss const clock(time - day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

}  // namespace report
}  // namespace nevus

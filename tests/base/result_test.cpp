// SPDX-License-Identifier: MIT
#include "nevus/base/result.h"

#include <gtest/gtest.h>

#include <set>

namespace nevus {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorCode::kUsage, std::to_string(number) + " is odd");
  return number / 2;
}

Result<int> quarter(int number) {
  NEVUS_TRY(auto const once, half(number));
  NEVUS_TRY(auto const twice, half(once));
  return twice;
}

Result<void> must_be_even(int number) {
  NEVUS_CHECK(half(number));
  return {};
}

TEST(Result, TryGoesOnWithTheValueAndReturnsTheFirstError) {
  EXPECT_EQ(quarter(12), 3);
  EXPECT_EQ(quarter(6).error().message, "3 is odd");
  EXPECT_EQ(quarter(5).error().message, "5 is odd");
}

TEST(Result, CheckReturnsTheError) {
  EXPECT_TRUE(must_be_even(2));
  EXPECT_EQ(must_be_even(7).error().code, ErrorCode::kUsage);
}

TEST(ErrorTable, EachCodeFindsItsOwnRow) {
  for (auto const& row : error_table()) EXPECT_EQ(info(row.code).name, row.name);
}

TEST(ErrorTable, NamesAndExitCodesAreUnique) {
  std::set<std::string_view> names;
  std::set<int> exit_codes;
  for (auto const& row : error_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(exit_codes.insert(row.exit_code).second) << row.name;
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos) << row.name;
  }
}

TEST(ErrorTable, ExitCodesAreFreeOfThoseOfTheShell) {
  // 0 is success, 126 and 127 are the shell's own, 128 and above mean "killed by a signal" (POSIX 2.8.2).
  for (auto const& row : error_table()) {
    EXPECT_GT(row.exit_code, 0) << row.name;
    EXPECT_LT(row.exit_code, 126) << row.name;
  }
  EXPECT_EQ(info(ErrorCode::kUsage).exit_code, 2);
}

TEST(ErrorTable, HttpStatusSaysWhoseFaultItIs) {
  for (auto const& row : error_table()) {
    EXPECT_TRUE(row.http_status == 207 || (row.http_status >= 400 && row.http_status < 600)) << row.name;
    EXPECT_TRUE(row.public_sentence.ends_with('.')) << row.name;
    EXPECT_EQ(row.public_sentence.find('/'), std::string_view::npos) << "a stranger learns no path: " << row.name;
  }
}

}  // namespace
}  // namespace nevus

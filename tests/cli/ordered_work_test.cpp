// SPDX-License-Identifier: MIT
#include "apps/nevus/ordered_work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>

namespace nevus::app {
namespace {

std::vector<std::size_t> first(std::size_t count) {
  std::vector<std::size_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  return numbers;
}

TEST(OrderedWork, ResultsComeInOrderHoweverLongEachTakes) {
  std::vector<std::size_t> taken;
  work_in_order(
      500, 8, 16,
      [](std::size_t i) {
        for (std::size_t turn = 0; turn < i * 7919 % 13; ++turn) std::this_thread::yield();
        return i;
      },
      [&](std::size_t i) {
        taken.push_back(i);
        return true;
      });
  EXPECT_EQ(taken, first(500));
}

TEST(OrderedWork, NoMoreThanTheWindowIsEverAhead) {
  constexpr std::size_t kWindow = 5;
  std::atomic<std::size_t> taken = 0;
  std::atomic<std::size_t> furthest_ahead = 0;
  work_in_order(
      300, 4, kWindow,
      [&](std::size_t i) {
        auto const ahead = i - taken.load();
        for (auto known = furthest_ahead.load();
             ahead > known && !furthest_ahead.compare_exchange_weak(known, ahead);) {
        }
        return i;
      },
      [&](std::size_t) {
        ++taken;
        return true;
      });
  EXPECT_LT(furthest_ahead.load(), kWindow);
  EXPECT_GT(furthest_ahead.load(), 0U);
}

TEST(OrderedWork, StopsWhenTheResultsAreNoLongerWanted) {
  std::vector<std::size_t> taken;
  std::atomic<int> done = 0;
  work_in_order(
      100000, 3, 6,
      [&](std::size_t i) {
        ++done;
        return i;
      },
      [&](std::size_t i) {
        taken.push_back(i);
        return taken.size() < 10;
      });
  EXPECT_EQ(taken, first(10));
  EXPECT_LE(done.load(), 10 + 6);
}

TEST(OrderedWork, NothingToDoIsDoneAtOnce) {
  int calls = 0;
  work_in_order(
      0, 4, 8, [](std::size_t i) { return i; },
      [&](std::size_t) {
        ++calls;
        return true;
      });
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace nevus::app

// SPDX-License-Identifier: MIT
// What one analysis costs in work, not in time: photo-sized memory that it takes.

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "inference/tiny_network.h"
#include "nevus/analysis/analyze.h"
#include "nevus/image/encode.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
constexpr bool kCountsAllocations = false;  // a sanitizer has its own malloc
#else
constexpr bool kCountsAllocations = true;
#endif

namespace {

// 0: nothing is counted.
std::atomic<std::size_t> counted_from_bytes = 0;
std::atomic<int> counted = 0;

[[maybe_unused]] void count(std::size_t bytes) {
  auto const from = counted_from_bytes.load(std::memory_order_relaxed);
  if (from > 0 && bytes >= from) ++counted;
}

}  // namespace

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
// Every library of this program takes memory through these: operator new, the codecs and OpenCV alike. glibc's own
// names stay behind them, and its free() takes back what they give.
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): glibc's names
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t elements, std::size_t bytes);
void* __libc_realloc(void* memory, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

void* malloc(std::size_t bytes) noexcept {
  count(bytes);
  return __libc_malloc(bytes);
}
void* calloc(std::size_t elements, std::size_t bytes) noexcept {
  count(elements * bytes);
  return __libc_calloc(elements, bytes);
}
void* realloc(void* memory, std::size_t bytes) noexcept {
  count(bytes);
  return __libc_realloc(memory, bytes);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) noexcept {
  count(bytes);
  *memory = __libc_memalign(alignment, bytes);
  return *memory == nullptr ? ENOMEM : 0;
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  count(bytes);
  return __libc_memalign(alignment, bytes);
}
}
#endif

namespace nevus {
namespace {

constexpr int kWidth_px = 600;
constexpr int kHeight_px = 450;
constexpr std::size_t kPhotoBytes = std::size_t{3} * kWidth_px * kHeight_px;

/// How often at least `bytes` are taken at once while `work` runs.
template <typename Work>
int allocations_of(std::size_t bytes, Work const& work) {
  counted = 0;
  counted_from_bytes = bytes;
  work();
  counted_from_bytes = 0;
  return counted;
}

Image lesion() { return model::synthetic_lesion(7, LesionClass::kMel, kWidth_px, kHeight_px); }

class AnalysisWork : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!kCountsAllocations) GTEST_SKIP() << "allocations are only counted with glibc's malloc, without a sanitizer";
  }
};

TEST_F(AnalysisWork, ACopiedPhotoWouldBeSeen) {
  auto const photo = lesion();
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): the copy is what is counted
  EXPECT_EQ(allocations_of(kPhotoBytes, [&] { auto const copy = photo; }), 1);
}

TEST_F(AnalysisWork, OneAnalysisHoldsThePhotoOnceFromDecodingToAnswer) {
  auto const file = image::encode_jpeg(lesion(), 90).value();
  auto const classifier = Classifier::load(testing::TinyNetwork().bundle()).value();
  bool assessed = false;
  auto const analyse = [&] { assessed = analysis::analyze(file, classifier).value().assessment.has_value(); };
  analyse();  // what libraries set up once is not the photo's
  ASSERT_TRUE(assessed) << "the drawing is declined, so the network was not asked";
  // The decoder's result is the only buffer of at least half the photo's size: no second decode, no copy per stage.
  EXPECT_EQ(allocations_of(kPhotoBytes / 2, analyse), 1);
}

}  // namespace
}  // namespace nevus

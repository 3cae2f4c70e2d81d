// SPDX-License-Identifier: MIT
// bench_quality_time COUNT PHOTO...
//
// Median and 95 % quantile of the processor time, in milliseconds, that `quality::assess` takes for a decoded photo. To
// compare two versions of the code, build both and run the two programs in turns, so that a change of the machine's
// mood meets both.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include "nevus/base/file.h"
#include "nevus/image/decode.h"
#include "nevus/quality/quality.h"

int main(int argument_count, char** arguments) {
  using namespace nevus;
  int count = 0;
  if (argument_count > 2) std::from_chars(arguments[1], arguments[1] + std::strlen(arguments[1]), count);
  if (count < 1) {
    std::fputs("bench_quality_time: give how many photos to assess, and the photos\n", stderr);
    return 2;
  }
  std::vector<Image> photos;
  for (int i = 2; i < argument_count; ++i) {
    auto photo = read_file(arguments[i]).and_then([](ByteVector const& bytes) { return image::decode(bytes); });
    if (!photo) {
      std::fprintf(stderr, "bench_quality_time: %s\n", photo.error().message.c_str());
      return 1;
    }
    photos.push_back(*std::move(photo));
  }
  std::vector<double> times_ms;
  double values = 0;
  for (int i = 0; i < count; ++i) {
    auto const start = std::clock();
    values += quality::assess(photos[static_cast<std::size_t>(i) % photos.size()]).measures.front().value;
    times_ms.push_back(1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  std::ranges::sort(times_ms);
  std::printf("%.3f %.3f\n", times_ms[times_ms.size() / 2], times_ms[times_ms.size() * 19 / 20]);
  return values > 0 ? 0 : 1;  // the work cannot be left out
}

// SPDX-License-Identifier: MIT
// docs/http-api.md holds the route table. NEVUS_UPDATE_DOCS=1 rewrites it.
#include <gtest/gtest.h>

#include <cstdlib>

#include "nevus/base/file.h"
#include "nevus/server/openapi.h"

namespace nevus::server {
namespace {

TEST(Docs, HttpApiPageHoldsTheRouteTable) {
  constexpr std::string_view kBegin = "<!-- routes -->\n";
  constexpr std::string_view kEnd = "<!-- end of routes -->\n";
  std::filesystem::path const path = std::filesystem::path(NEVUS_SOURCE_DIR) / "docs" / "http-api.md";
  auto const bytes = read_file(path);
  ASSERT_TRUE(bytes) << bytes.error().message;
  std::string page(bytes->begin(), bytes->end());
  auto const begin = page.find(kBegin);
  auto const end = page.find(kEnd);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos);
  auto const wanted = page.substr(0, begin + kBegin.size()) + docs_table() + page.substr(end);
  if (std::getenv("NEVUS_UPDATE_DOCS") != nullptr) {
    ASSERT_TRUE(write_file_atomically(path, wanted));
    return;
  }
  EXPECT_EQ(page, wanted) << "NEVUS_UPDATE_DOCS=1 ./test -R Docs rewrites docs/http-api.md";
}

}  // namespace
}  // namespace nevus::server

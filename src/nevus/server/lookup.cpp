// SPDX-License-Identifier: MIT
#include "nevus/server/lookup.h"

namespace nevus::server {

tl::unexpected<Error> no_analysis() {
  return fail(ErrorCode::kNotFound, "this session has no analysis of this id; it may have expired");
}

Result<std::shared_ptr<StoredAnalysis const>> find_analysis(Request const& request) {
  auto analysis = request.session ? request.session->find(request.parameters.at(0)) : nullptr;
  if (!analysis) return no_analysis();
  return analysis;
}

Result<std::shared_ptr<Batch>> find_batch(Request const& request) {
  auto batch = request.session ? request.session->find_batch(request.parameters.at(0)) : nullptr;
  if (!batch) return fail(ErrorCode::kNotFound, "this session has no batch of this id; it may have expired");
  return batch;
}

}  // namespace nevus::server

// SPDX-License-Identifier: MIT
#include "nevus/server/explained.h"

#include "nevus/server/app.h"

namespace nevus::server {

std::optional<Faithfulness> Explained::find(LesionClass lesion_class) const {
  std::lock_guard const lock(mutex_);
  auto const found = found_.find(lesion_class);
  if (found == found_.end()) return std::nullopt;
  return found->second;
}

void Explained::keep(LesionClass lesion_class, Faithfulness faithfulness) {
  std::lock_guard const lock(mutex_);
  found_.insert_or_assign(lesion_class, faithfulness);
}

Result<std::shared_ptr<Classifier const>> network_of(App const& app, StoredAnalysis const& analysis) {
  if (!analysis.analysis.output) return fail(ErrorCode::kNoHeatMap, "the photo was not classified");
  auto classifier = app.models.get(analysis.model.id);
  // SIGHUP may have brought another network under the same name.
  if (!classifier || (*classifier)->card().network_sha256 != analysis.model.sha256)
    return fail(ErrorCode::kNoHeatMap, "the network that gave this answer is not served any more");
  return classifier;
}

Result<Explanation> explanation_of(App const& app, StoredAnalysis const& analysis, Image const& photo,
                                   LesionClass lesion_class) {
  NEVUS_TRY(auto const classifier, network_of(app, analysis));
  auto const& output = *analysis.analysis.output;
  auto const& spec = classifier->card().preprocess;
  auto testing = analysis.explained->testing();
  auto const known = analysis.explained->find(lesion_class);
  if (!known) {
    NEVUS_TRY(auto explanation,
              explain::explain(*classifier, photo, model::preprocess(photo, spec), output, lesion_class));
    if (explanation.shown) analysis.explained->keep(lesion_class, explanation.shown->faithfulness);
    return explanation;
  }
  testing.unlock();
  auto map = explain::heat_map(output, lesion_class);
  if (!map) return Explanation{lesion_class, std::nullopt};
  auto picture = explain::picture(photo, *map, spec, *known);
  return Explanation{lesion_class, Explanation::Shown{*std::move(map), *known, std::move(picture)}};
}

}  // namespace nevus::server

// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "nevus/evaluation/gate.h"
#include "nevus/training/bundle_export.h"

namespace nevus {

/// Whether a run's network may take the place of the bundle that is served.
struct Verdict {
  std::optional<PairedDifference> difference;  ///< on val in every view, from the bundle in place, if there is one
  std::optional<std::string> refusal;          ///< why it may not, in one sentence
};

namespace training {

/// The gatekeeper. A network is refused that was trained under another protocol than the fixed split, that is not
/// clearly better than always "nevus" on val, or that does not beat the bundle in `place` on the validation photos in
/// every view that there is, whatever their sharpness. kModelRefused where
/// that bundle is damaged. Test photos are not looked at.
[[nodiscard]] Result<Verdict> judge(TrainedNetwork const& trained, Dataset const& data,
                                    std::filesystem::path const& place);

/// The rules of `judge` on figures that are already there.
[[nodiscard]] std::optional<std::string> refusal_of(SplitKind split, EvaluatedPart const& val,
                                                    std::optional<PairedDifference> const& difference);

}  // namespace training
}  // namespace nevus

// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "nevus/explain/faithfulness.h"
#include "nevus/explain/heat_map.h"

namespace nevus {

/// Why the network answered as it did for one class. Everything is there or nothing: without a heat map there is no
/// picture, and never one of something else.
struct Explanation {
  struct Shown {
    HeatMap heat_map;
    Faithfulness faithfulness;
    Image picture;  ///< the photo under the heat, with its legend; grey where not reliable
  };
  LesionClass lesion_class = LesionClass::kNv;
  std::optional<Shown> shown;  ///< absent: no part of the photo speaks for the class
};

namespace explain {

/// Explains `output`, which `classifier` gave for `input`, which is `photo` preprocessed. Errors are those of the
/// classifier. Cost: that of measure_faithfulness, and about 1 ms for the picture.
[[nodiscard]] Result<Explanation> explain(Classifier const& classifier, Image const& photo, Tensor const& input,
                                          NetworkOutput const& output, LesionClass lesion_class);

/// The picture of Explanation::Shown. Cost: about 1 ms for 600x450.
[[nodiscard]] Image picture(Image const& photo, HeatMap const& map, PreprocessSpec const& spec,
                            Faithfulness const& faithfulness);

}  // namespace explain
}  // namespace nevus

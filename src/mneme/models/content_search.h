// Content addressing with or without a mask.
#pragma once

#include "mneme/mechanisms/content_addressing.h"

namespace mneme {

/// By the keys, or by the part of them that a mask leaves (undefined: no mask); arguments and errors as
/// masked_content_weights.
inline at::Tensor find_by_content(const at::Tensor& memory, const at::Tensor& keys, const at::Tensor& masks,
                                  const at::Tensor& strengths) {
  return masks.defined() ? masked_content_weights(memory, keys, masks, strengths)
                         : content_weights(memory, keys, strengths);
}

}  // namespace mneme

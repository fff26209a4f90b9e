// Memory for a kernel's buffers, handed out again once nothing refers to it: fresh pages cost more than the
// arithmetic of a short sequence.
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// An uninitialised tensor [size] on the CPU, aligned to 64 bytes. Its storage is reused after the last tensor
/// that shares it is gone. Thread-safe.
at::Tensor reusable_memory(int64_t size, c10::ScalarType dtype);

}  // namespace mneme

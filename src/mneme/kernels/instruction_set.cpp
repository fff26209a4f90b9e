#include "mneme/kernels/instruction_set.h"

#include <ATen/Version.h>

#include <string>

namespace mneme {

InstructionSet instruction_set() {
  static const InstructionSet chosen = [] {
    const std::string capability = at::get_cpu_capability();
    if (capability == "AVX512") return InstructionSet::avx512;
    if (capability == "AVX2") return InstructionSet::avx2;
    return InstructionSet::plain;
  }();
  return chosen;
}

const char* instruction_set_name() {
  switch (instruction_set()) {
    case InstructionSet::avx512: return "avx512";
    case InstructionSet::avx2: return "avx2";
    default: return "default";
  }
}

}  // namespace mneme

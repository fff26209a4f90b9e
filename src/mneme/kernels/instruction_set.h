// The instruction set that kernels run with: the best that the processor has, or the one that the
// environment's ATEN_CPU_CAPABILITY (default, avx2, avx512) asks for, as the engine does.
#pragma once

namespace mneme {

enum class InstructionSet { plain, avx2, avx512 };

InstructionSet instruction_set();
const char* instruction_set_name();  ///< "default", "avx2", "avx512"

}  // namespace mneme

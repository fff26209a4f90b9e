# A kernel file (src/mneme/kernels/**/*_kernel.cpp) is compiled once for each instruction set and the
# fastest that the processor has is chosen at run time. Each copy sees its own CPU_CAPABILITY
# (DEFAULT, AVX2 or AVX512), which it uses as the name of a namespace.
#
# Kernel files are compiled without the shared precompiled header and include no header of torch:
# an inline function compiled here for AVX-512 could otherwise be the copy that the linker keeps for
# the whole program, which then stops on a processor without it.
set(MNEME_INSTRUCTION_SETS DEFAULT)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  list(APPEND MNEME_INSTRUCTION_SETS AVX2 AVX512)
endif()

set(MNEME_FLAGS_DEFAULT "")
set(MNEME_FLAGS_AVX2 -mavx2 -mfma)
set(MNEME_FLAGS_AVX512 -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx2 -mfma -mprefer-vector-width=512)

# mneme_kernel_copies(<variable> <kernel file>...): sets <variable> to the sources to compile, one for
# each kernel file and instruction set: generated files that include the kernel file.
function(mneme_kernel_copies variable)
  set(copies "")
  foreach(kernel ${ARGN})
    cmake_path(RELATIVE_PATH kernel BASE_DIRECTORY ${CMAKE_SOURCE_DIR}/src OUTPUT_VARIABLE include)
    string(REGEX REPLACE "^mneme/kernels/(.*)\\.cpp$" "\\1" name ${include})
    foreach(set ${MNEME_INSTRUCTION_SETS})
      string(TOLOWER ${set} suffix)
      set(copy ${CMAKE_BINARY_DIR}/kernels/${name}.${suffix}.cpp)
      file(CONFIGURE OUTPUT ${copy} CONTENT "#include \"${include}\"\n")
      set_source_files_properties(${copy} PROPERTIES
        COMPILE_DEFINITIONS CPU_CAPABILITY=${set}
        COMPILE_OPTIONS "${MNEME_FLAGS_${set}};-O3;-ffp-contract=fast"
        SKIP_PRECOMPILE_HEADERS ON)
      list(APPEND copies ${copy})
    endforeach()
  endforeach()
  set(${variable} ${copies} PARENT_SCOPE)
endfunction()

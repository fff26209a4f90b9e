# Finds LibTorch and makes the target mneme::torch (headers as SYSTEM, torch_cpu and c10 only: the
# program then starts in a quarter of a second; see docs/architecture.md).
#
# Looked for, in this order: -DMNEME_TORCH_DIR, the environment's MNEME_TORCH_DIR, CMAKE_PREFIX_PATH.
# Either a LibTorch folder (with include/ and lib/) or a Python package folder `torch` will do.
set(MNEME_TORCH_DIR "$ENV{MNEME_TORCH_DIR}" CACHE PATH "Folder of LibTorch: holds include/ and lib/")

find_path(MNEME_TORCH_INCLUDE torch/csrc/api/include/torch/torch.h
  HINTS ${MNEME_TORCH_DIR}/include ${MNEME_TORCH_DIR}/torch/include)
find_library(MNEME_TORCH_CPU torch_cpu HINTS ${MNEME_TORCH_DIR}/lib ${MNEME_TORCH_DIR}/torch/lib)
find_library(MNEME_C10 c10 HINTS ${MNEME_TORCH_DIR}/lib ${MNEME_TORCH_DIR}/torch/lib)
if(NOT MNEME_TORCH_INCLUDE OR NOT MNEME_TORCH_CPU OR NOT MNEME_C10)
  message(FATAL_ERROR "LibTorch not found (MNEME_TORCH_DIR is '${MNEME_TORCH_DIR}'). "
    "Run ./mneme setup, or point MNEME_TORCH_DIR at a folder that holds include/torch and lib/libtorch_cpu.so.")
endif()
get_filename_component(MNEME_TORCH_LIB_DIR ${MNEME_TORCH_CPU} DIRECTORY)

add_library(mneme_torch INTERFACE)
add_library(mneme::torch ALIAS mneme_torch)
target_include_directories(mneme_torch SYSTEM INTERFACE
  ${MNEME_TORCH_INCLUDE} ${MNEME_TORCH_INCLUDE}/torch/csrc/api/include)
target_link_libraries(mneme_torch INTERFACE ${MNEME_TORCH_CPU} ${MNEME_C10})
target_compile_definitions(mneme_torch INTERFACE FMT_HEADER_ONLY=1)
set(CMAKE_BUILD_RPATH ${MNEME_TORCH_LIB_DIR})

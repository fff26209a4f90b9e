# Finds LibTorch and makes the target mneme::torch: headers as SYSTEM, torch_cpu and c10 only, so that
# the program starts in a quarter of a second (docs/architecture.md). The installed package uses this
# same file.
#
# Looked for, in this order: -DMNEME_TORCH_DIR, the environment's MNEME_TORCH_DIR, CMAKE_PREFIX_PATH,
# and where `./mneme setup` puts it. A folder of LibTorch (with include/ and lib/), one that holds a
# Python package `torch`, and torch.utils.cmake_prefix_path will do.
#
# Sets MNEME_TORCH_FOLDER (holds include/ and lib/) and MNEME_TORCH_VERSION.
set(mneme_torch_version_wanted 2.13.0)
set(MNEME_TORCH_DIR "$ENV{MNEME_TORCH_DIR}" CACHE PATH "Folder of LibTorch: holds include/ and lib/")

set(mneme_torch_header include/torch/csrc/api/include/torch/torch.h)
set(mneme_torch_places . torch ../..)
if(MNEME_TORCH_DIR)
  find_path(MNEME_TORCH_FOLDER ${mneme_torch_header}
    PATHS ${MNEME_TORCH_DIR} PATH_SUFFIXES ${mneme_torch_places} NO_DEFAULT_PATH NO_CACHE)
else()
  set(mneme_torch_cache $ENV{XDG_CACHE_HOME})
  if(NOT mneme_torch_cache)
    set(mneme_torch_cache $ENV{HOME}/.cache)
  endif()
  string(REPLACE ":" ";" mneme_torch_prefixes "$ENV{CMAKE_PREFIX_PATH}")
  find_path(MNEME_TORCH_FOLDER ${mneme_torch_header}
    PATHS ${CMAKE_PREFIX_PATH} ${mneme_torch_prefixes}
      ${mneme_torch_cache}/mneme/libtorch-${mneme_torch_version_wanted}
    PATH_SUFFIXES ${mneme_torch_places} NO_DEFAULT_PATH NO_CACHE)
endif()
if(NOT MNEME_TORCH_FOLDER)
  message(FATAL_ERROR "LibTorch not found (MNEME_TORCH_DIR is '${MNEME_TORCH_DIR}'). "
    "Run ./mneme setup, or point MNEME_TORCH_DIR at a folder that holds ${mneme_torch_header} "
    "and lib/libtorch_cpu.so.")
endif()

file(REAL_PATH ${MNEME_TORCH_FOLDER} MNEME_TORCH_FOLDER)
set(mneme_torch_version_header ${MNEME_TORCH_FOLDER}/include/torch/headeronly/version.h)
if(NOT EXISTS ${mneme_torch_version_header})
  set(mneme_torch_version_header ${MNEME_TORCH_FOLDER}/include/torch/csrc/api/include/torch/version.h)
endif()
file(STRINGS ${mneme_torch_version_header} mneme_torch_numbers
  REGEX "^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
string(REGEX REPLACE "[^0-9;]" "" mneme_torch_numbers "${mneme_torch_numbers}")
string(REPLACE ";" "." MNEME_TORCH_VERSION "${mneme_torch_numbers}")

# The OpenMP runtime must be the one that LibTorch brings, if it brings one: two would each start
# their own threads.
file(GLOB mneme_torch_openmp ${MNEME_TORCH_FOLDER}/lib/libgomp*.so*)
if(NOT mneme_torch_openmp)
  find_package(OpenMP REQUIRED COMPONENTS CXX)
  set(mneme_torch_openmp OpenMP::OpenMP_CXX)
endif()

add_library(mneme_torch INTERFACE)
add_library(mneme::torch ALIAS mneme_torch)
target_include_directories(mneme_torch SYSTEM INTERFACE
  ${MNEME_TORCH_FOLDER}/include ${MNEME_TORCH_FOLDER}/include/torch/csrc/api/include)
target_link_libraries(mneme_torch INTERFACE
  ${MNEME_TORCH_FOLDER}/lib/libtorch_cpu.so ${MNEME_TORCH_FOLDER}/lib/libc10.so ${mneme_torch_openmp})
target_compile_definitions(mneme_torch INTERFACE FMT_HEADER_ONLY=1)

# A layer is a folder of src/mneme and an object library mneme_<layer>: objects, because the linker
# would drop the operator registrations of a static library. Together they make libmneme.

# Two precompiled headers, each built once and reused: `tensor` (ATen and autograd) and `nn` (modules).
# gtest is part of neither; tests reuse `nn`.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/pch/anchor.cpp CONTENT "")
foreach(pch tensor nn)
  add_library(mneme_pch_${pch} OBJECT ${CMAKE_BINARY_DIR}/pch/anchor.cpp)
  target_link_libraries(mneme_pch_${pch} PUBLIC mneme::torch)
endforeach()
target_precompile_headers(mneme_pch_tensor PRIVATE
  <ATen/ATen.h> <torch/csrc/autograd/custom_function.h> <torch/library.h>)
target_precompile_headers(mneme_pch_nn PRIVATE <torch/torch.h> <nlohmann/json.hpp>)

set(MNEME_TENSOR_LAYERS core kernels tasks mechanisms)
set_property(GLOBAL PROPERTY MNEME_LAYERS "")

function(mneme_layer name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/mneme/${name}/*.cpp)
  set(kernels ${sources})
  list(FILTER kernels INCLUDE REGEX "_kernel\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_kernel\\.cpp$")
  mneme_kernel_copies(kernel_copies ${kernels})
  list(APPEND sources ${kernel_copies})
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/layers/${name}.cpp CONTENT "")
  add_library(mneme_${name} OBJECT ${CMAKE_BINARY_DIR}/layers/${name}.cpp ${sources})
  target_include_directories(mneme_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(mneme_${name} PUBLIC mneme::torch nlohmann_json::nlohmann_json PkgConfig::tomlplusplus)
  if(name IN_LIST MNEME_TENSOR_LAYERS)
    target_precompile_headers(mneme_${name} REUSE_FROM mneme_pch_tensor)
  else()
    target_precompile_headers(mneme_${name} REUSE_FROM mneme_pch_nn)
  endif()
  set_property(GLOBAL APPEND PROPERTY MNEME_LAYERS mneme_${name})
endfunction()

# libmneme: the objects of all layers. What a user of the library includes reaches torch and JSON;
# recipes' TOML stays inside.
function(mneme_library)
  get_property(layers GLOBAL PROPERTY MNEME_LAYERS)
  add_library(mneme SHARED)
  add_library(mneme::mneme ALIAS mneme)
  foreach(layer ${layers})
    target_sources(mneme PRIVATE $<TARGET_OBJECTS:${layer}>)
  endforeach()
  target_compile_features(mneme PUBLIC cxx_std_20)
  target_include_directories(mneme PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src>)
  target_link_libraries(mneme
    PUBLIC $<BUILD_INTERFACE:mneme_torch> nlohmann_json::nlohmann_json
    PRIVATE $<BUILD_INTERFACE:PkgConfig::tomlplusplus> Threads::Threads)
  set_target_properties(mneme PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0)
endfunction()

function(mneme_program)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/src/mneme/cli/*.cpp ${CMAKE_SOURCE_DIR}/bench/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(mneme_program ${sources})
  set_target_properties(mneme_program PROPERTIES OUTPUT_NAME mneme)
  target_include_directories(mneme_program PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(mneme_program PRIVATE MNEME_VERSION="${PROJECT_VERSION}")
  target_link_libraries(mneme_program PRIVATE mneme CLI11::CLI11 PkgConfig::tomlplusplus)
  target_precompile_headers(mneme_program REUSE_FROM mneme_pch_nn)
endfunction()

# A layer is a folder of src/mneme and an object library mneme_<layer>: objects, because the linker
# would drop the operator registrations of a static library. Together they make libmneme.

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
  target_link_libraries(mneme_${name} PUBLIC mneme::torch nlohmann_json::nlohmann_json PkgConfig::tomlplusplus PkgConfig::sentencepiece)
  mneme_precompile(mneme_${name})
  mneme_unity(mneme_${name})
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
    PRIVATE $<BUILD_INTERFACE:PkgConfig::tomlplusplus> $<BUILD_INTERFACE:PkgConfig::sentencepiece> Threads::Threads)
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
  target_link_libraries(mneme_program PRIVATE mneme CLI11::CLI11 PkgConfig::tomlplusplus)
  mneme_precompile(mneme_program)
  mneme_unity(mneme_program)
endfunction()

# safetensors_fuzz: 100,000 damaged archives under AddressSanitizer, inside the ordinary build folder. It
# compiles the reader anew with other flags, so it takes no objects and no precompiled header of the layers.
add_executable(safetensors_fuzz ${CMAKE_CURRENT_LIST_DIR}/safetensors_fuzz.cpp)
foreach(part safetensors checksum file random shape)
  target_sources(safetensors_fuzz PRIVATE ${CMAKE_SOURCE_DIR}/src/mneme/core/${part}.cpp)
endforeach()
mneme_unity(safetensors_fuzz)
target_include_directories(safetensors_fuzz PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(safetensors_fuzz PRIVATE
  mneme::torch nlohmann_json::nlohmann_json GTest::gtest_main Threads::Threads)
target_compile_definitions(safetensors_fuzz PRIVATE MNEME_DAMAGED_FILES=100000)
if(NOT MNEME_SANITIZE)
  target_compile_options(safetensors_fuzz PRIVATE -fsanitize=address -fno-omit-frame-pointer)
  target_link_options(safetensors_fuzz PRIVATE -fsanitize=address)
endif()
add_test(NAME safetensors_fuzz COMMAND safetensors_fuzz)
# LibTorch is not instrumented: containers that cross into it would be reported wrongly.
set_tests_properties(safetensors_fuzz PROPERTIES TIMEOUT 300 ENVIRONMENT "ASAN_OPTIONS=detect_container_overflow=0")

# Language level, warnings and the flags that every target shares. Precompiled headers are reused
# between targets, so anything that changes code generation belongs here and nowhere else.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# -fPIC by hand and not by CMake's property, which gives programs -fPIE: a compiler refuses a
# precompiled header that was made with the other.
# -fopenmp: at::parallel_for is serial, without a warning, in a file that is compiled without it.
add_compile_options(-fPIC -fopenmp -Wall -Wextra)

set(MNEME_SANITIZE "" CACHE STRING "Sanitizer: address, thread or empty")
if(MNEME_SANITIZE)
  add_compile_options(-fsanitize=${MNEME_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MNEME_SANITIZE})
endif()

find_program(MNEME_CCACHE ccache)
if(MNEME_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # A precompiled header's own time stamp must not count, and paths count from the source folder, so
  # that a second build folder or a second clone finds what the first one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${MNEME_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()

include(CheckLinkerFlag)
find_program(MNEME_MOLD mold)
if(MNEME_MOLD)
  check_linker_flag(CXX -fuse-ld=mold MNEME_MOLD_WORKS)
  if(MNEME_MOLD_WORKS)
    add_link_options(-fuse-ld=mold)
  endif()
endif()

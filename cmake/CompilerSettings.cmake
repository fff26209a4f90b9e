# Language level, warnings and the flags that every target shares. Precompiled headers are reused
# between targets, so anything that changes code generation belongs here and nowhere else.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# at::parallel_for is serial, without a warning, in a file that is not compiled with OpenMP.
add_compile_options(-fopenmp -Wall -Wextra)

set(MNEME_SANITIZE "" CACHE STRING "Sanitizer: address, thread or empty")
if(MNEME_SANITIZE)
  add_compile_options(-fsanitize=${MNEME_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MNEME_SANITIZE})
endif()

find_program(MNEME_CCACHE ccache)
if(MNEME_CCACHE)
  # Precompiled headers need ccache's sloppiness for their time stamps.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${MNEME_CCACHE})
  add_compile_options(-fpch-preprocess)
endif()

find_program(MNEME_MOLD mold)
if(MNEME_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

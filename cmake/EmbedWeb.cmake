# Puts the report's page into the layer `report`: web/report/* becomes raw strings in one generated file,
# so that the program needs no files beside it and the build needs no Node.
set(MNEME_WEB_SCRIPTS elements data colour cursor download panel chart learning episode dnc map handwriting story translation text pen ponder views settings player page)
list(TRANSFORM MNEME_WEB_SCRIPTS PREPEND ${CMAKE_SOURCE_DIR}/web/report/)
list(TRANSFORM MNEME_WEB_SCRIPTS APPEND .js)
set(MNEME_WEB_OUTPUT ${CMAKE_BINARY_DIR}/web/page_files.cpp)

add_custom_command(
  OUTPUT ${MNEME_WEB_OUTPUT}
  COMMAND ${CMAKE_COMMAND} -DOUTPUT=${MNEME_WEB_OUTPUT} -DFOLDER=${CMAKE_SOURCE_DIR}/web/report
          "-DSCRIPTS=${MNEME_WEB_SCRIPTS}" -P ${CMAKE_SOURCE_DIR}/cmake/EmbedWebFiles.cmake
  DEPENDS ${MNEME_WEB_SCRIPTS} ${CMAKE_SOURCE_DIR}/web/report/page.html ${CMAKE_SOURCE_DIR}/web/report/report.css
          ${CMAKE_SOURCE_DIR}/cmake/EmbedWebFiles.cmake
  VERBATIM)
# Nothing but text: by itself it compiles at once.
set_source_files_properties(${MNEME_WEB_OUTPUT} PROPERTIES SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
target_sources(mneme_report PRIVATE ${MNEME_WEB_OUTPUT})

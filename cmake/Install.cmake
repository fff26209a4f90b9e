# cmake --install: the library, its headers, the program, the recipes and the trained models, and the
# package that find_package(mneme) finds.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(mneme_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/mneme)

install(TARGETS mneme EXPORT mneme LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set_target_properties(mneme PROPERTIES INSTALL_RPATH ${MNEME_TORCH_FOLDER}/lib)
if(TARGET mneme_program)
  install(TARGETS mneme_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  file(RELATIVE_PATH mneme_library_from_program
    ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set_target_properties(mneme_program PROPERTIES
    INSTALL_RPATH "$ORIGIN/${mneme_library_from_program};${MNEME_TORCH_FOLDER}/lib")
endif()

install(DIRECTORY ${CMAKE_SOURCE_DIR}/src/mneme DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN cli EXCLUDE)
install(DIRECTORY recipes zoo maps results DESTINATION ${CMAKE_INSTALL_DATADIR}/mneme)
install(FILES bench/plain_pytorch_act.py bench/plain_pytorch_ntm.py bench/plain_pytorch_gpt.py DESTINATION ${CMAKE_INSTALL_DATADIR}/mneme/bench)  # `mneme bench` runs them
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT mneme NAMESPACE mneme:: FILE mnemeTargets.cmake DESTINATION ${mneme_package_folder})
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/mnemeConfig.cmake.in
  ${CMAKE_BINARY_DIR}/package/mnemeConfig.cmake INSTALL_DESTINATION ${mneme_package_folder})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/mnemeConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/package/mnemeConfig.cmake
  ${CMAKE_BINARY_DIR}/package/mnemeConfigVersion.cmake ${CMAKE_SOURCE_DIR}/cmake/FindLibTorch.cmake
  DESTINATION ${mneme_package_folder})

# Many sources in one translation unit: what the compiler makes of the engine's headers anew in each unit costs more
# than the sources do. So a name in an anonymous namespace is used once in a layer or test program.
option(MNEME_UNITY "Compile many sources as one: a full build is several times faster, a small change slower" ON)

# mneme_unity(<target>): parts a target's sources into as few units of like size as memory allows: 20 sources take 2 GB.
# CMake leaves kernel copies by themselves, because they have their own flags.
function(mneme_unity target)
  set(most 20)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "/kernels/.*_kernel\\.[a-z0-9]+\\.cpp$")
  list(LENGTH sources count)
  math(EXPR units "(${count} + ${most} - 1) / ${most}")
  math(EXPR size "(${count} + ${units} - 1) / ${units}")
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${MNEME_UNITY} UNITY_BUILD_BATCH_SIZE ${size})
endfunction()

# ds_module(<name> [DEPS module...] [LIBS target...])
#
# One target per module of libds/: its sources are every *.cpp below libds/<name>/.
# DEPS are the modules it may include (the table of ARCHITECTURE.md says the same, and
# a test holds both against the #include lines); LIBS are third-party targets that only
# this module includes.
function(ds_module name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  list(TRANSFORM ARG_DEPS PREPEND ds_ OUTPUT_VARIABLE deps)
  if(sources)
    add_library(ds_${name} STATIC ${sources})
    target_include_directories(ds_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(ds_${name} PUBLIC ${deps} PRIVATE ${ARG_LIBS})
  else()
    add_library(ds_${name} INTERFACE)
    target_include_directories(ds_${name} INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(ds_${name} INTERFACE ${deps} ${ARG_LIBS})
  endif()
endfunction()

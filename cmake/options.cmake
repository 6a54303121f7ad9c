# Build-wide settings: the language level, warnings, sanitizers.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(DSCTL_TESTS "Build the tests" ON)
option(DSCTL_WERROR "Treat warnings as errors" OFF)
set(DSCTL_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize= (address,undefined or thread)")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(DSCTL_CCACHE ccache)
if(DSCTL_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${DSCTL_CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                    -Wnon-virtual-dtor -Woverloaded-virtual -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-restrict) # g++ 12 sees overlaps in "text" + std::string that are not there
endif()
if(DSCTL_WERROR)
  add_compile_options(-Werror)
endif()
# File offsets are 64 bit everywhere; glibc's openat2 and OFD locks need _GNU_SOURCE.
add_compile_definitions(_FILE_OFFSET_BITS=64 _GNU_SOURCE)
if(DSCTL_SANITIZE)
  add_compile_options(-fsanitize=${DSCTL_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${DSCTL_SANITIZE})
else()
  add_compile_definitions($<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
endif()

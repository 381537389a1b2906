# cmake -DNAME=ChasiParser -P ask_first.cmake, in the folder with NAME.cpp and NAME.h as ANTLR made them: the network of states is
# made by NAME::prepare() and no longer at the start of each process, most of which decide by what was learned while building.
file(READ ${NAME}.h header)
file(READ ${NAME}.cpp source)
string(REPLACE "  static Initializer _init;" "\npublic:\n  static void prepare() { static const Initializer once; }" lazyHeader "${header}")
string(REPLACE "${NAME}::Initializer ${NAME}::_init;" "" lazySource "${source}")
if(lazyHeader STREQUAL header OR lazySource STREQUAL source)
  message(FATAL_ERROR "${NAME} is not initialized as it was: see what ANTLR makes now")
endif()
file(WRITE ${NAME}.h "${lazyHeader}")
file(WRITE ${NAME}.cpp "${lazySource}")

/* known.c - structs as C programs have them; compiled with -g for from-dwarf. Each is also a line of STRUCTS below. */
#include "known.h"

struct Known known;
union Either either;
struct Tight tight;
Named named;
struct Bits bits;
struct Flexible flexible;
struct OnlyDeclared *only_declared;
enum Colour colour;

/* known.h - structs as programs have them. Offsets are the compiler's, on any system. */
#ifndef KNOWN_H
#define KNOWN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

typedef float Grid[2][3];
typedef const volatile Grid *GridPointer;
enum Colour { RED, GREEN = 5, BLUE = -2, LIME = 5 };
enum Large { LARGE = 0xFFFFFFFFu };

struct Vec3 {
	double x, y, z;
};

union Either {
	uint32_t whole;
	float real;
	struct {
		uint8_t low, high;
	} part;
};

typedef struct {
	int32_t id;
	char text[12];
} Named;

#pragma pack(push, 1)
struct Tight {
	char letter;
	double value;
	uint16_t tail : 3, rest : 13;
	int64_t last;
};
#pragma pack(pop)

struct Bits {
	int a : 3;
	unsigned b : 7;
	unsigned : 0;
	unsigned c : 17;
	char letter;
	uint64_t d : 33, e : 31;
	bool f : 1, g : 1;
	enum Colour h : 6;
};

struct Flexible {
	uint32_t count;
	struct Vec3 rows[];
};

struct OnlyDeclared;

struct Known {
	char lone;
	signed char small;
	unsigned char bytes[5];
	bool is_there;
	short s;
	unsigned long long big;
	long double huge;
	_Complex float complex_number;
	wchar_t wide[7];
	char lines[3][20];
	Grid grid;
	GridPointer pointer;
	void (*call)(int);
	enum Colour colour;
	enum Large large;
	struct Vec3 pos, more[2][2];
	Named names[3];
	union Either either;
	struct {
		int32_t inside;
		union {
			float as_float;
			int32_t as_int;
		};
	};
	struct Tight tight[2];
	volatile const int32_t last;
};
#endif

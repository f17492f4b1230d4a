// known.cpp - what C++ has besides structs of C; compiled with -g for from-dwarf, and included for its offsets.
#include <cstddef>
#include <cstdint>

namespace game
{
struct Base {
	std::int32_t id;
	static int count;
	enum class State : std::uint8_t { idle, running } state;
};

class Car : public Base
{
public:
	Car();
	double speed;
	struct Inner {
		char16_t name[5];
		wchar_t wide;
	} inner[2];
	bool &reference;
	int Car::*member;
	std::int32_t id_of_car : 4, : 0;
	std::uint16_t last;
};

struct Virtual : virtual Base {
	int x;
};
} // namespace game

template <typename A, typename B> struct Pair {
	A a;
	B b;
};

struct Outer {
	struct Empty {
	} empty;
	Pair<int, double> pair;
	union {
		float f;
		Pair<short, short> shorts;
	};
	std::nullptr_t nothing;
};

namespace one
{
struct Twice {
	int a;
} twice;
} // namespace one
namespace other
{
struct Twice {
	double c;
	int b;
} twice;
} // namespace other

game::Car *car;
game::Base base;
game::Virtual of_virtual;
Outer outer;
Pair<int, double> pair;
std::size_t size_of_virtual() { return sizeof(game::Virtual) + sizeof *car + offsetof(Outer, f); }

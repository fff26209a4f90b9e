#include "mneme/core/random.h"

#include <cmath>
#include <cstdio>

#include "mneme/core/error.h"

namespace mneme {
namespace {

// SplitMix64 (Steele, Lea, Flood 2014): turns any seed, also 0 or 1, into well-mixed words.
uint64_t split_mix(uint64_t& state) {
  uint64_t word = (state += 0x9e3779b97f4a7c15u);
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
  return word ^ (word >> 31);
}

// FNV-1a with 64 bits (Fowler, Noll, Vo).
uint64_t name_hash(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char letter : name) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3u;
  return hash;
}

constexpr uint64_t rotate_left(uint64_t word, int bits) {
  return (word << bits) | (word >> (64 - bits));
}

// log(x) for 0 < x < 1, from operations that IEEE 754 fixes to the last bit. The C library's log differs
// between versions and processors, and so would the parameters that a seed gives.
double portable_log(double x) {
  int exponent;
  double fraction = std::frexp(x, &exponent);  // in [1/2, 1)
  if (fraction < 0.70710678118654752) {
    fraction *= 2;
    --exponent;
  }
  // log f = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + …) with s = (f - 1) / (f + 1), |s| < 0.172. Every product
  // that is added is a written fma, so no compiler can choose to fuse it or not.
  const double s = (fraction - 1) / (fraction + 1);
  const double square = s * s;
  double series = 0;
  for (int power = 23; power >= 3; power -= 2) series = std::fma(series, square, 1.0 / power);
  return std::fma(exponent, 0.69314718055994531, 2 * std::fma(s * square, series, s));
}

struct DiscPoint {
  double x, y, radius_squared;
};

// A point of the unit disc other than its centre, uniformly.
DiscPoint point_in_disc(Random& random) {
  for (;;) {
    const double x = random.uniform(-1, 1);
    const double y = random.uniform(-1, 1);
    const double radius_squared = std::fma(x, x, y * y);
    if (radius_squared < 1 && radius_squared > 0) return {x, y, radius_squared};
  }
}

}  // namespace

Random::Random(uint64_t seed) {
  for (auto& word : words_) word = split_mix(seed);
}

uint64_t Random::operator()() {
  const uint64_t result = rotate_left(words_[1] * 5, 7) * 9;
  const uint64_t shifted = words_[1] << 17;
  words_[2] ^= words_[0];
  words_[3] ^= words_[1];
  words_[1] ^= words_[2];
  words_[0] ^= words_[3];
  words_[2] ^= shifted;
  words_[3] = rotate_left(words_[3], 45);
  return result;
}

double Random::uniform() {
  return static_cast<double>((*this)() >> 11) * 0x1p-53;
}

double Random::uniform(double low, double high) {
  const double value = std::fma(high - low, uniform(), low);
  return value < high ? value : std::nextafter(high, low);  // rounding can reach `high`
}

int64_t Random::integer(int64_t low, int64_t high) {
  if (low > high)
    throw Error("Random::integer: low is " + std::to_string(low) +
                ", expected at most high = " + std::to_string(high));
  const uint64_t count = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
  if (count == 0) return static_cast<int64_t>((*this)());  // all 2^64 values
  // The upper word of word x count, where the few words that would favour some values are drawn again
  // (Lemire 2019).
  const uint64_t unfair = (0 - count) % count;
  for (;;) {
    const auto product = static_cast<unsigned __int128>((*this)()) * count;
    if (static_cast<uint64_t>(product) >= unfair)
      return static_cast<int64_t>(static_cast<uint64_t>(low) + static_cast<uint64_t>(product >> 64));
  }
}

bool Random::coin(double probability) {
  return uniform() < probability;
}

double Random::normal() {
  // Marsaglia's polar method. Its second value is dropped: the state stays four words.
  const DiscPoint point = point_in_disc(*this);
  return point.x * std::sqrt(-2 * portable_log(point.radius_squared) / point.radius_squared);
}

double Random::beta_half_half() {
  // The squared cosine of a uniform angle follows the arcsine law.
  const DiscPoint point = point_in_disc(*this);
  return point.x * point.x / point.radius_squared;
}

std::string Random::state() const {
  char text[4 * 17];
  std::snprintf(text, sizeof text, "%016llx %016llx %016llx %016llx",
                static_cast<unsigned long long>(words_[0]), static_cast<unsigned long long>(words_[1]),
                static_cast<unsigned long long>(words_[2]), static_cast<unsigned long long>(words_[3]));
  return text;
}

void Random::set_state(std::string_view text) {
  const auto refuse = [&](const char* expected) {
    throw Error("Random::set_state: text is \"" + std::string(text) + "\", expected " + expected);
  };
  std::array<uint64_t, 4> words{};
  if (text.size() != 4 * 17 - 1) refuse("four words of 16 hexadecimal digits");
  for (size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (i % 17 == 16) {
      if (letter != ' ') refuse("four words of 16 hexadecimal digits");
      continue;
    }
    int digit = -1;
    if (letter >= '0' && letter <= '9') digit = letter - '0';
    if (letter >= 'a' && letter <= 'f') digit = letter - 'a' + 10;
    if (digit < 0) refuse("four words of 16 hexadecimal digits");
    words[i / 17] = words[i / 17] << 4 | static_cast<uint64_t>(digit);
  }
  if (words == std::array<uint64_t, 4>{}) refuse("a word other than zero: this generator never leaves zero");
  words_ = words;
}

Random Seed::stream(std::string_view name) const {
  uint64_t state = value_;
  return Random(split_mix(state) ^ name_hash(name));
}

}  // namespace mneme

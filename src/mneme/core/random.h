// Seeds with named, independent streams of random numbers. The same seed and name give the same numbers
// on every machine and with every version of the engine.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mneme {

/// A small fast generator (xoshiro256**, Blackman and Vigna 2018) whose whole state is four words.
class Random {
 public:
  using result_type = uint64_t;
  explicit Random(uint64_t seed = 0);

  uint64_t operator()();
  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return ~uint64_t{0}; }

  double uniform();                            ///< in [0, 1)
  double uniform(double low, double high);     ///< in [low, high)
  int64_t integer(int64_t low, int64_t high);  ///< in [low, high], both included, without bias
  bool coin(double probability = 0.5);
  double normal();          ///< mean 0, variance 1
  double beta_half_half();  ///< Beta(1/2, 1/2): the arcsine distribution

  template <class T>
  void shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i)
      std::swap(items[i - 1], items[static_cast<size_t>(integer(0, static_cast<int64_t>(i) - 1))]);
  }

  /// The state, for checkpoints: four words in hexadecimal.
  std::string state() const;
  /// Throws Error when the text is not a state.
  void set_state(std::string_view text);

 private:
  std::array<uint64_t, 4> words_;
};

/// One run's seed. Streams of different names are independent: drawing more from one leaves the others
/// as they were.
class Seed {
 public:
  explicit Seed(uint64_t value) : value_(value) {}
  uint64_t value() const { return value_; }
  Random stream(std::string_view name) const;  ///< "parameters", "training data", "test data", …

 private:
  uint64_t value_;
};

}  // namespace mneme

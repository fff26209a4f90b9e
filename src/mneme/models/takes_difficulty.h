// A model that is trained in another form at first, as far as a curriculum says.
#pragma once

namespace mneme {

class TakesDifficulty {
 public:
  virtual ~TakesDifficulty() = default;
  /// How hard training is at present, from 0 to 1. A model is at 1 unless it is told.
  virtual void set_difficulty(double difficulty) = 0;
};

}  // namespace mneme

// The errors that mneme throws. Each kind has one exit code; only the command line exits the process.
#pragma once

#include <stdexcept>
#include <string>

namespace mneme {

/// Something failed while running (a file that cannot be written, a shape that does not fit). Exit code 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  virtual int exit_code() const { return 1; }
};

/// Wrong use: an unknown option, a malformed recipe. Exit code 2.
class UsageError : public Error {
 public:
  using Error::Error;
  int exit_code() const override { return 2; }
};

/// Data that a command needs is not there. The text says which command makes or finds it. Exit code 3.
class DataError : public Error {
 public:
  using Error::Error;
  int exit_code() const override { return 3; }
};

/// Training diverged: a value is not finite. The text names the tensor and the step. Exit code 4.
class DivergedError : public Error {
 public:
  using Error::Error;
  int exit_code() const override { return 4; }
};

/// A figure missed the threshold that the user asked for (`eval --min accuracy=0.99`). Exit code 5.
class ThresholdError : public Error {
 public:
  using Error::Error;
  int exit_code() const override { return 5; }
};

}  // namespace mneme

#include "mneme/core/trace.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "mneme/core/error.h"

namespace mneme {
namespace {

// JSON whose numbers are written as floats: 0.1f is "0.1", not "0.10000000149011612".
using FloatJson = nlohmann::basic_json<std::map, std::vector, std::string, bool, int64_t, uint64_t, float>;

// Throws Error unless the array's axes, shape and values fit one another. `place` is "views[0].arrays[2]".
void check_array(const TraceArray& array, const std::string& place) {
  const auto refuse = [&](const std::string& what) {
    throw Error("trace: " + place + " (" + array.name + ") " + what);
  };
  if (array.axes.size() != array.shape.size())
    refuse("has " + std::to_string(array.axes.size()) + " axes, expected " +
           std::to_string(array.shape.size()) + " as in its shape");
  uint64_t count = 1;
  for (const int64_t size : array.shape)
    if (size < 0 || __builtin_mul_overflow(count, static_cast<uint64_t>(size), &count))
      refuse("has a size of " + std::to_string(size) + " in its shape");
  if (count != array.values.size())
    refuse("has " + std::to_string(array.values.size()) + " values, expected " + std::to_string(count) +
           " as its shape says");
}

FloatJson array_to_json(const TraceArray& array) {
  FloatJson values = FloatJson::array();
  for (const float value : array.values) {
    if (std::isfinite(value))
      values.push_back(value);
    else
      values.push_back(nullptr);
  }
  return {{"name", array.name},
          {"axes", array.axes},
          {"shape", array.shape},
          {"unit", array.unit},
          {"values", std::move(values)}};
}

// A value inside the document that knows its place, so that errors can name it.
class Place {
 public:
  Place(const FloatJson& value, std::string name) : value_(value), name_(std::move(name)) {}

  Place operator[](const char* key) const {
    if (!value_.is_object()) refuse("is not an object");
    const auto found = value_.find(key);
    const std::string name = name_.empty() ? key : name_ + "." + key;
    if (found == value_.end()) throw Error("trace: " + name + " is missing");
    return {*found, name};
  }
  template <class Take>
  void each(Take take) const {
    if (!value_.is_array()) refuse("is not a list");
    for (size_t i = 0; i < value_.size(); ++i) take(Place(value_[i], name_ + "[" + std::to_string(i) + "]"));
  }
  std::string text() const {
    if (!value_.is_string()) refuse("is not text");
    return value_.get<std::string>();
  }
  std::map<std::string, std::string> texts() const {
    if (!value_.is_object()) refuse("is not an object");
    std::map<std::string, std::string> texts;
    for (const auto& [key, value] : value_.items()) texts[key] = Place(value, name_ + "." + key).text();
    return texts;
  }
  int64_t integer() const {
    if (!value_.is_number_integer()) refuse("is not an integer");
    return value_.get<int64_t>();
  }
  float number() const {
    if (value_.is_null()) return std::numeric_limits<float>::quiet_NaN();
    if (!value_.is_number()) refuse("is not a number");
    return value_.get<float>();
  }
  uint64_t word() const {
    const std::string digits = text();
    uint64_t word = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), word);
    if (error != std::errc() || end != digits.data() + digits.size()) refuse("is not a number of 64 bits");
    return word;
  }
  const std::string& name() const { return name_; }
  [[noreturn]] void refuse(const char* what) const {
    throw Error("trace: " + (name_.empty() ? std::string("the document") : name_) + " " + what);
  }

 private:
  const FloatJson& value_;
  std::string name_;
};

TraceArray array_from_json(const Place& place) {
  TraceArray array;
  array.name = place["name"].text();
  array.unit = place["unit"].text();
  place["axes"].each([&](const Place& axis) { array.axes.push_back(axis.text()); });
  place["shape"].each([&](const Place& size) { array.shape.push_back(size.integer()); });
  place["values"].each([&](const Place& value) { array.values.push_back(value.number()); });
  check_array(array, place.name());
  return array;
}

TraceView view_from_json(const Place& place) {
  TraceView view;
  view.kind = place["kind"].text();
  view.title = place["title"].text();
  view.facts = place["facts"].texts();
  place["arrays"].each([&](const Place& array) { view.arrays.push_back(array_from_json(array)); });
  return view;
}

}  // namespace

std::string trace_to_json(const Trace& trace) {
  FloatJson views = FloatJson::array();
  for (const auto& view : trace.views) {
    FloatJson arrays = FloatJson::array();
    for (const auto& array : view.arrays) {
      check_array(
          array, "views[" + std::to_string(views.size()) + "].arrays[" + std::to_string(arrays.size()) + "]");
      arrays.push_back(array_to_json(array));
    }
    views.push_back(
        {{"kind", view.kind}, {"title", view.title}, {"facts", view.facts}, {"arrays", std::move(arrays)}});
  }
  const FloatJson document = {{"version", trace.version},   {"model", trace.model},
                              {"task", trace.task},         {"seed", std::to_string(trace.seed)},
                              {"settings", trace.settings}, {"views", std::move(views)}};
  try {
    return document.dump();
  } catch (const FloatJson::type_error& error) {
    throw Error(std::string("trace: a text is not UTF-8: ") + error.what());
  }
}

Trace trace_from_json(const std::string& json) {
  FloatJson parsed;
  try {
    parsed = FloatJson::parse(json);
  } catch (const FloatJson::exception& error) {
    throw Error(std::string("trace: not JSON: ") + error.what());
  }
  const Place document(parsed, "");
  Trace trace;
  const int64_t version = document["version"].integer();
  if (version != Trace::kVersion)
    throw Error("trace: version is " + std::to_string(version) + ", expected " +
                std::to_string(Trace::kVersion));
  trace.model = document["model"].text();
  trace.task = document["task"].text();
  trace.seed = document["seed"].word();
  trace.settings = document["settings"].texts();
  document["views"].each([&](const Place& view) { trace.views.push_back(view_from_json(view)); });
  return trace;
}

}  // namespace mneme

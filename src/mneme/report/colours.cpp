#include "mneme/report/colours.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace mneme {
namespace {

using Triple = std::array<double, 3>;

double linear_light(double level) {
  return level <= 0.04045 ? level / 12.92 : std::pow((level + 0.055) / 1.055, 2.4);
}

double screen_level(double light) {
  return light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}

/// 0xrrggbb in Oklab: lightness, green-red, blue-yellow.
Triple oklab(uint32_t colour) {
  const double red = linear_light((colour >> 16 & 255) / 255.0);
  const double green = linear_light((colour >> 8 & 255) / 255.0);
  const double blue = linear_light((colour & 255) / 255.0);
  const double l = std::cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const double m = std::cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const double s = std::cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return {0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
          1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
          0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

Colour screen_colour(const Triple& lab) {
  const double l = std::pow(lab[0] + 0.3963377774 * lab[1] + 0.2158037573 * lab[2], 3);
  const double m = std::pow(lab[0] - 0.1055613458 * lab[1] - 0.0638541728 * lab[2], 3);
  const double s = std::pow(lab[0] - 0.0894841775 * lab[1] - 1.2914855480 * lab[2], 3);
  const auto level = [](double light) {
    return static_cast<uint8_t>(std::lround(255 * std::clamp(screen_level(light), 0.0, 1.0)));
  };
  return {level(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
          level(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
          level(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

Ramp through(const std::vector<uint32_t>& colours) {
  std::vector<Triple> points;
  for (const uint32_t colour : colours) points.push_back(oklab(colour));
  Ramp ramp;
  for (size_t i = 0; i < ramp.size(); ++i) {
    const double at = static_cast<double>(i) / (ramp.size() - 1) * (points.size() - 1);
    const size_t before = std::min(static_cast<size_t>(at), points.size() - 2);
    const double share = at - before;
    Triple mixed;
    for (size_t k = 0; k < 3; ++k) mixed[k] = (1 - share) * points[before][k] + share * points[before + 1][k];
    ramp[i] = screen_colour(mixed);
  }
  return ramp;
}

}  // namespace

std::string Colour::hex() const {
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", red, green, blue);
  return text;
}

const Ramp& sequential_ramp() {
  static const Ramp ramp = through(
      {0x440154, 0x482878, 0x3e4a89, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6dcd59, 0xb4de2c, 0xfde725});
  return ramp;
}

const Ramp& diverging_ramp() {
  static const Ramp ramp = through({0x0b3c6f, 0x3f7fb5, 0xa9cbe0, 0xf4f4f1, 0xf0bf94, 0xc9702b, 0x6e3305});
  return ramp;
}

const Ramp& diverging_dark_ramp() {
  static const Ramp ramp = through({0xa6d3f2, 0x4b8fc4, 0x234a6e, 0x171b20, 0x6b3f1a, 0xbf7630, 0xf5c79b});
  return ramp;
}

}  // namespace mneme

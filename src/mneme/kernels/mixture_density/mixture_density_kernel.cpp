// The negative log-density of points under mixtures of bivariate Gaussians and its derivative, in one pass over each
// row (Graves 2013, arXiv:1308.0850, equations 18 to 38). mechanisms/mixture_density.h holds the same as a composite.
#include <cmath>
#include <numbers>

#include "mneme/kernels/mixture_density/mixture_density_plan.h"
#include "mneme/kernels/simd/math.h"
#include "mneme/kernels/simd/slot_memory.h"

namespace mneme::CPU_CAPABILITY {
namespace {

inline float scalar_log(float x) { return __builtin_logf(x); }
inline double scalar_log(double x) { return __builtin_log(x); }

/// The lanes from `real` on replaced, in the last vector of a row.
template <class T>
Vector<T> fill_from(Vector<T> value, int64_t real, T filling) {
  for (int64_t lane = real; lane < kLanes<T>; ++lane) value[lane] = filling;
  return value;
}

/// The parts of kLanes components.
template <class T>
struct Components {
  Vector<T> z_x, z_y, rho, log_rest, across;  // across: z_x - ρ z_y; log_rest: log(1 - ρ²)
};

template <class T>
Components<T> components_of(const T* row, int64_t mixtures, int64_t j, int64_t real, const T* point) {
  const auto part = [&](int64_t which) { return load_first(row + 1 + which * mixtures + j, real); };
  Components<T> c;
  c.z_x = (point[0] - part(1)) * exponential(-part(3));
  c.z_y = (point[1] - part(2)) * exponential(-part(4));
  const Vector<T> turn = part(5), size = turn < 0 ? -turn : turn;
  c.rho = hyperbolic_tangent(turn);
  c.log_rest = 2 * (T(std::numbers::ln2) - size - logarithm(1 + exponential(-2 * size)));
  c.across = c.z_x - c.rho * c.z_y;
  return c;
}

}  // namespace

template <class T>
void mixture_density(const MixtureDensityPlan<T>& plan, int64_t first, int64_t count, T* scratch) {
  using V = Vector<T>;
  const int64_t mixtures = plan.mixtures, size = 1 + 6 * mixtures;
  T *log_shares = scratch, *log_weights = scratch + padded(mixtures);  // of each component, π̂ + log N and π̂
  for (int64_t i = first; i < first + count; ++i) {
    const T *row = plan.raw + i * size, *point = plan.points + i * 3;
    const T none = -HUGE_VAL;
    V highest_share = broadcast(none), highest_weight = broadcast(none);
    for (int64_t j = 0; j < mixtures; j += kLanes<T>) {
      const int64_t real = mixtures - j < kLanes<T> ? mixtures - j : kLanes<T>;
      const auto c = components_of(row, mixtures, j, real, point);
      const V weight = load_first(row + 1 + j, real);
      const V log_density = -load_first(row + 1 + 3 * mixtures + j, real) - load_first(row + 1 + 4 * mixtures + j, real) -
                            T(0.5) * (c.log_rest + c.across * c.across * exponential(-c.log_rest) + c.z_y * c.z_y);
      const V share = fill_from<T>(weight + log_density, real, none), real_weight = fill_from<T>(weight, real, none);
      store(log_shares + j, share);
      store(log_weights + j, real_weight);
      highest_share = maximum<T>(highest_share, share);
      highest_weight = maximum<T>(highest_weight, real_weight);
    }
    const T top_share = max_lanes<T>(highest_share), top_weight = max_lanes<T>(highest_weight);
    V share_sum = {}, weight_sum = {};
    for (int64_t j = 0; j < mixtures; j += kLanes<T>) {
      const V share = exponential(load(log_shares + j) - top_share), weight = exponential(load(log_weights + j) - top_weight);
      store(log_shares + j, share);
      store(log_weights + j, weight);
      share_sum += share;
      weight_sum += weight;
    }
    const T shares = sum_lanes(share_sum), weights = sum_lanes(weight_sum);
    const T end = row[0], lifted = point[2];
    plan.nats[i] = T(std::log(2 * std::numbers::pi)) + (top_weight - top_share) + scalar_log(weights) - scalar_log(shares) +
                   scalar_softplus(end) - (1 - lifted) * end;
    if (!plan.d_raw) continue;
    T* d = plan.d_raw + i * size;
    d[0] = scalar_sigmoid(end) - (1 - lifted);
    for (int64_t j = 0; j < mixtures; j += kLanes<T>) {
      const int64_t real = mixtures - j < kLanes<T> ? mixtures - j : kLanes<T>;
      const auto c = components_of(row, mixtures, j, real, point);
      const V share = load(log_shares + j) / shares;  // γ: how much of the density is this component's
      const V inverse_rest = exponential(-c.log_rest);
      const V along_x = c.across * inverse_rest, along_y = (c.z_y - c.rho * c.z_x) * inverse_rest;
      const auto put = [&](int64_t which, V value) { store_first<T>(d + 1 + which * mixtures + j, value, real); };
      put(0, load(log_weights + j) / weights - share);
      put(1, -share * along_x * exponential(-load_first(row + 1 + 3 * mixtures + j, real)));
      put(2, -share * along_y * exponential(-load_first(row + 1 + 4 * mixtures + j, real)));
      put(3, share * (1 - c.z_x * along_x));
      put(4, share * (1 - c.z_y * along_y));
      // Z / (1 - ρ²) = across² / (1 - ρ²) + z_y²
      put(5, share * (c.rho * (c.across * along_x + c.z_y * c.z_y - 1) - c.z_x * c.z_y));
    }
  }
}

template void mixture_density(const MixtureDensityPlan<float>&, int64_t, int64_t, float*);
template void mixture_density(const MixtureDensityPlan<double>&, int64_t, int64_t, double*);

}  // namespace mneme::CPU_CAPABILITY

#include "mneme/inspect/dnc_episode.h"

#include "mneme/inspect/episode.h"
#include "mneme/inspect/trace_arrays.h"
#include "mneme/mechanisms/temporal_link.h"

namespace mneme {
namespace {

const std::string kProbability = "probability";

/// The links that the read heads followed: each [heads, time].
struct Walk {
  at::Tensor share, from, to, way;
};

/// all_writes [time, slots], all_reads [time, heads, slots], modes [time, heads, 3].
Walk walk_links(const at::Tensor& all_writes, const at::Tensor& all_reads, const at::Tensor& modes) {
  // There are links between slots that were written, and of a sparse memory those are few.
  const auto written_slots = at::nonzero(all_writes.amax(0)).view(-1);
  const auto write_weights = all_writes.index_select(1, written_slots);
  const auto read_weights = all_reads.index_select(2, written_slots);
  const int64_t steps = read_weights.size(0), heads = read_weights.size(1), slots = read_weights.size(2);
  const auto zeros = [&] { return at::zeros({heads, steps}); };
  Walk walk{zeros(), zeros(), zeros(), zeros()};
  if (slots == 0) return walk;
  auto link = at::zeros({1, slots, slots}), precedence = at::zeros({1, slots});
  auto share = walk.share.accessor<float, 2>(), from = walk.from.accessor<float, 2>(),
       to = walk.to.accessor<float, 2>(), way = walk.way.accessor<float, 2>();
  for (int64_t step = 0; step < steps; ++step) {
    const auto written = write_weights.narrow(0, step, 1);
    link = update_link(link, written, precedence);
    precedence = write_precedence(precedence, written);
    if (step == 0) continue;  // nothing was read before
    for (int64_t head = 0; head < heads; ++head) {
      const auto before = read_weights[step - 1][head].unsqueeze(1);  // [from, 1]
      // [from, to]: onward along L[to, from], back along L[from, to].
      const auto onward = modes[step][head][2] * link[0].t() * before;
      const auto back = modes[step][head][0] * link[0] * before;
      const auto shares = at::maximum(onward, back).contiguous();
      const auto strongest = shares.argmax().item<int64_t>();
      share[head][step] = shares.view(-1)[strongest].item<float>();
      if (share[head][step] == 0) continue;
      from[head][step] = written_slots[strongest / slots].item<float>();
      to[head][step] = written_slots[strongest % slots].item<float>();
      const bool is_onward = onward.contiguous().view(-1)[strongest].item<float>() == share[head][step];
      way[head][step] = is_onward ? 1 : -1;
    }
  }
  return walk;
}

/// [slots, time]: the last step, counted from 1, that wrote to each slot; 0 for none.
at::Tensor last_writes(const at::Tensor& write_weights) {
  const int64_t steps = write_weights.size(0);
  const auto numbers = at::arange(1, steps + 1).to(at::kFloat).unsqueeze(1);                  // [time, 1]
  const auto written = (write_weights > kWritten).to(at::kFloat) * numbers;                   // [time, slots]
  return std::get<0>(written.cummax(0)).t();
}

}  // namespace

TraceView dnc_episode_view(const std::string& title, const Task& task, const Batch& batch, int64_t index,
                           const DncRecord& record) {
  const torch::NoGradGuard no_gradients;
  TraceView view = episode_view(title, task, batch, index, record.logits);
  view.kind = "dnc-episode";
  const int64_t steps = batch.lengths[index].item<int64_t>();
  const auto own = [&](const at::Tensor& tensor) {  // [batch, time, …] to [time, …]
    return tensor[index].narrow(0, 0, steps).detach().to(at::kCPU, at::kFloat).contiguous();
  };
  const auto add = [&](const std::string& name, const std::vector<std::string>& axes, const at::Tensor& tensor,
                       const std::string& unit = {}) {
    view.arrays.push_back(trace_array(name, axes, tensor, unit));
  };
  const auto& said = record.interface;
  const auto write_weights = own(record.write_weights);  // [time, slots]
  const auto read_weights = own(record.read_weights);    // [time, heads, slots]

  add("writes", {"write head", "element", "time"}, own(said.write_vector).t().unsqueeze(0));
  add("erases", {"write head", "element", "time"}, own(said.erase).t().unsqueeze(0));
  add("reads", {"read head", "element", "time"}, own(record.reads).permute({1, 2, 0}));
  add("write_weights", {"write head", "location", "time"}, write_weights.t().unsqueeze(0), kProbability);
  add("read_weights", {"read head", "location", "time"}, read_weights.permute({1, 2, 0}), kProbability);
  add("usage", {"location", "time"}, own(record.usage).t(), kProbability);
  add("allocation_weights", {"location", "time"}, own(record.allocation_weights).t(), kProbability);
  add("write_gate", {"time"}, own(said.write_gate), kProbability);
  add("allocation_gate", {"time"}, own(said.allocation_gate), kProbability);
  add("free_gates", {"read head", "time"}, own(said.free_gates).t(), kProbability);
  add("write_strength", {"time"}, own(said.write_strength));
  add("read_strengths", {"read head", "time"}, own(said.read_strengths).t());

  const auto written_at = last_writes(write_weights);     // [slots, time]
  const auto positions = read_weights.argmax(2).t();      // [heads, time]
  add("written_at", {"location", "time"}, written_at);
  add("read_position", {"read head", "time"}, positions);
  add("read_source", {"read head", "time"}, written_at.gather(0, positions));

  if (!said.read_modes.defined()) return view;
  const auto modes = own(said.read_modes);  // [time, heads, 3]
  add("read_modes", {"read head", "mode", "time"}, modes.permute({1, 2, 0}), kProbability);
  add("read_mode", {"read head", "time"}, modes.argmax(2).t());
  const auto walk = walk_links(write_weights, read_weights, modes);
  add("link_share", {"read head", "time"}, walk.share, kProbability);
  add("link_from", {"read head", "time"}, walk.from);
  add("link_to", {"read head", "time"}, walk.to);
  add("link_way", {"read head", "time"}, walk.way);
  view.facts["modes"] = "backward|content|forward";
  return view;
}

}  // namespace mneme

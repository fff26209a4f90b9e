#include "mneme/cli/bench_transformer.h"

#include <ATen/Parallel.h>

#include "bench/peak.h"
#include "bench/plain_pytorch.h"
#include "bench/transformer_speed.h"
#include "mneme/cli/project.h"
#include "mneme/core/figure_text.h"

namespace mneme {
namespace {

constexpr double kSeconds = 8;  // of each measurement

GptOptions sized(int64_t width, int64_t layers, int64_t heads, int64_t context) {
  GptOptions options;
  options.width = width;
  options.layers = layers;
  options.heads = heads;
  options.context = context;
  return options;
}

/// Tokens a second of the same updates in Python; null where there is no such Python, whose reason is logged
/// once.
ResultRow pytorch_rate(const GptTrainingCase& each, bool compiled, std::string& missing) {
  if (!missing.empty()) return ResultRow();
  const auto number = [](int64_t value) { return std::to_string(value); };
  std::vector<std::string> words = {
      "--block",  number(each.block),        "--width", number(each.model.width),
      "--layers", number(each.model.layers), "--heads", number(each.model.heads),
      "--tokens", number(each.tokens)};
  if (compiled) words.push_back("--compile");
  const PlainPytorch measured = measure_plain_pytorch(project_folder() / "bench" / "plain_pytorch_gpt.py",
                                                      each.batch, at::get_num_threads(), words);
  if (measured.milliseconds)
    return 1e3 * static_cast<double>(each.batch * each.block) / *measured.milliseconds;
  missing = measured.why_not;
  log_info("the PyTorch figures are empty: " + missing);
  return ResultRow();
}

}  // namespace

std::vector<ResultRow> transformer_rows(bool pytorch) {
  const int64_t threads = at::get_num_threads();
  const double peak = measured_peak_gflops(threads);
  log_info("peak of " + std::to_string(threads) + " threads: " + figure_text(peak) +
           " GFLOP/s of float32 multiply-adds");
  std::vector<ResultRow> rows;
  std::string missing = pytorch ? "" : "not asked for";
  for (const GptTrainingCase& each :
       {GptTrainingCase{sized(128, 4, 4, 64), 12, 64}, GptTrainingCase{sized(384, 6, 6, 256), 12, 256}}) {
    log_progress("training of " + std::to_string(each.model.layers) + " layers of " +
                 std::to_string(each.model.width));
    const GptTrainingSpeed speed = measure_gpt_training(each, kSeconds);
    const double gflops = speed.gflop / (speed.update_ms / 1e3);
    ResultRow row;
    row["layers"] = each.model.layers;
    row["heads"] = each.model.heads;
    row["width"] = each.model.width;
    row["block"] = each.block;
    row["batch"] = each.batch;
    row["threads"] = threads;
    row["update_ms"] = speed.update_ms;
    row["tokens_per_second"] = 1e3 * static_cast<double>(each.batch * each.block) / speed.update_ms;
    row["gflops"] = gflops;
    row["share_of_peak"] = gflops / peak;
    log_progress("the same in plain PyTorch");
    row["pytorch_tokens_per_second"] = pytorch_rate(each, false, missing);
    row["compiled_pytorch_tokens_per_second"] = pytorch_rate(each, true, missing);
    rows.push_back(std::move(row));
  }
  log_progress("");
  return rows;
}

std::vector<ResultRow> generation_rows() {
  const int64_t threads = at::get_num_threads();
  const double bandwidth = measured_read_bandwidth(threads);
  log_info("memory is read at " + figure_text(bandwidth) + " GB/s by " + std::to_string(threads) +
           " threads");
  constexpr int64_t kTokens = 50257;
  GptOptions options = sized(768, 12, 12, 1024);
  options.activation = "gelu-tanh";
  std::vector<ResultRow> rows;
  for (const auto& [name, form] :
       {std::pair("float32", WeightForm::float32), std::pair("bfloat16", WeightForm::bfloat16),
        std::pair("int8", WeightForm::int8)}) {
    log_progress(std::string("generation with weights of ") + name);
    const GenerationSpeed speed = measure_generation(options, kTokens, form, kSeconds);
    const double limit = 1e9 * bandwidth / static_cast<double>(speed.weight_bytes);
    ResultRow row;
    row["weights"] = name;
    row["weight_mb"] = static_cast<double>(speed.weight_bytes) / 1e6;
    row["threads"] = threads;
    row["token_ms"] = speed.token_ms;
    row["tokens_per_second"] = 1e3 / speed.token_ms;
    row["bandwidth_gb_per_second"] = bandwidth;
    row["limit_tokens_per_second"] = limit;
    row["share_of_limit"] = 1e3 / speed.token_ms / limit;
    rows.push_back(std::move(row));
  }
  log_progress("");
  return rows;
}

}  // namespace mneme

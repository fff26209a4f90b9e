#include "mneme/training/trainer.h"

#include <ATen/CPUGeneratorImpl.h>

#include <chrono>
#include <cmath>
#include <numeric>

#include "mneme/models/takes_difficulty.h"
#include "mneme/training/batch_source.h"
#include "mneme/training/checkpoint.h"
#include "mneme/training/checkpoint_folder.h"
#include "mneme/training/curriculum.h"
#include "mneme/training/flat_parameters.h"
#include "mneme/training/folder_lock.h"
#include "mneme/training/loss.h"
#include "mneme/training/metrics.h"
#include "mneme/training/model_archive.h"
#include "mneme/training/model_files.h"
#include "mneme/training/optimizer.h"
#include "mneme/training/rollout.h"
#include "mneme/training/run_state.h"
#include "mneme/training/schedule.h"

namespace mneme {
namespace {

using Clock = std::chrono::steady_clock;

/// Leaves the test when the run is to stop.
struct Stopped {};

class Trainer {
 public:
  Trainer(const Recipe& recipe, const TrainingRun& run);
  TrainingResult train();

 private:
  // Preparing and resuming.
  bool restore();
  void restore(const Archive& archive);
  void start();

  // One update.
  void update();
  struct Learned {
    double loss, headline;  // headline only where the curriculum wants it
  };
  Learned learn(const Batch& batch);
  void tell_difficulty(double difficulty);
  [[noreturn]] void diverged(const std::string& what, int64_t update);

  // What happens between updates.
  void log_training();
  void validate();
  void reach_milestone(const std::string& by, double headline);
  void checkpoint();
  void write_best(double score);
  void finish(TrainingResult& result);
  void report_test(const EvaluationRow& row);
  std::optional<TrainingResult::End> end() const;
  bool stop_wanted() const { return run_.stop != nullptr && run_.stop->load(); }
  Metrics& metrics() { return *metrics_; }
  double seconds() const;
  Progress progress(Progress::Kind kind) const;
  void tell(const Progress& progress) const {
    if (run_.progress) run_.progress(progress);
  }

  const Clock::time_point started_ = Clock::now();
  double earlier_seconds_ = 0;  // of the run before it was resumed

  Recipe recipe_;
  TrainingRun run_;
  TrainingOptions options_;
  Length length_, log_every_, validate_every_, checkpoint_every_;
  Seed seed_;
  std::unique_ptr<Task> task_;
  TaskSizes sizes_;
  std::string unit_;
  std::shared_ptr<SequenceModel> model_;
  FlatParameters parameters_;
  at::Tensor averages_;  // [elements], undefined without average_decay
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  Curriculum curriculum_;
  std::vector<Batch> validation_;
  RunState state_;
  CheckpointFolder checkpoints_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<BatchSource> source_;
  double learning_rate_ = 0, gradient_norm_ = 0;
  Position logged_, checkpointed_;
};

std::shared_ptr<SequenceModel> fresh_model(const Recipe& recipe, const Task& task, Seed seed) {
  Random random = seed.stream("parameters");
  return make_model(recipe, task, random);
}

/// A run that goes on, or begins with another's parameters, has the files that these were trained with.
ModelFiles files_to_begin_with(const TrainingRun& run, const TrainingOptions& options) {
  if (run.resume) return read_model_files(run.folder);
  return options.start_from.empty() ? ModelFiles{} : read_model_files(options.start_from);
}

constexpr double kFlopOfMultiplyAdd = 6;  // two forward, and twice as many backward

Trainer::Trainer(const Recipe& recipe, const TrainingRun& run)
    : recipe_(recipe),
      run_(run),
      options_(training_options(recipe)),
      length_(parse_length("training.length", options_.length)),
      log_every_(parse_length("training.log_every", options_.log_every)),
      validate_every_(parse_length("training.validate_every", options_.validate_every)),
      checkpoint_every_(parse_length("training.checkpoint_every", options_.checkpoint_every)),
      seed_(static_cast<uint64_t>(options_.seed)),
      task_(make_task(recipe.task, recipe.task_settings, files_to_begin_with(run, options_))),
      sizes_(task_->sizes()),
      unit_(loss_unit(sizes_.targets)),
      model_(fresh_model(recipe, *task_, seed_)),
      parameters_(*model_),
      optimizer_(make_optimizer(options_, parameters_.values(), parameters_.matrices())),
      schedule_(options_),
      curriculum_(options_),
      checkpoints_(run.folder) {
  if (options_.average_decay > 0) averages_ = parameters_.values().clone();
  task_->set_difficulty(1);
  Random random = seed_.stream("validation data");
  validation_ = task_->validation(options_.validation_sequences, options_.evaluation_batch, random);
}

TrainingResult Trainer::train() {
  std::filesystem::create_directories(run_.folder);
  const FolderLock lock(run_.folder);
  write_file(run_.folder / "recipe.toml", "# mneme " MNEME_VERSION ": every option with its value\n\n" +
                                              recipe_text(recipe_, *task_, *model_));
  write_model_files(run_.folder, task_->files());
  if (!(run_.resume && restore())) start();

  TrainingResult result;
  std::optional<TrainingResult::End> ended = end();
  while (!ended && !stop_wanted()) {
    update();
    ended = end();
    if (!ended && checkpoint_every_.passed(checkpointed_, state_.position)) checkpoint();
  }
  const bool validated = state_.validated_update == state_.position.updates;
  if (ended && !validated) validate();
  if (checkpointed_.updates != state_.position.updates || (ended && !validated)) checkpoint();
  source_.reset();

  result.end = ended.value_or(TrainingResult::End::interrupted);
  result.position = state_.position;
  result.headline = task_->headline();
  result.best = state_.best;
  result.best_update = state_.best_update;
  result.milestone = state_.milestone;
  result.training_flop = state_.flop;
  if (ended) finish(result);
  return result;
}

void Trainer::start() {
  if (!options_.start_from.empty()) {
    copy_parameters(options_.start_from, run_.folder / "recipe.toml", parameters_.named(parameters_.values()));
    if (averages_.defined()) averages_.copy_(parameters_.values());
  }
  checkpoints_.clear();
  metrics_ = std::make_unique<Metrics>(run_.folder, Metrics::Mark());
  JsonLine line;
  line["kind"] = "run";
  line["model"] = recipe_.model;
  line["task"] = recipe_.task;
  line["seed"] = options_.seed;
  line["parameters"] = parameters_.count();
  line["headline"] = task_->headline();
  line["unit"] = unit_;
  metrics().write(line);

  source_ = std::make_unique<BatchSource>(*task_, options_.batch_size, seed_);
  for (int64_t ahead = 1; ahead <= BatchSource::kAhead; ++ahead)
    source_->order({ahead, curriculum_.difficulty()});
}

bool Trainer::restore() {
  std::string problems;
  const auto& latest = checkpoints_.manifest().latest;
  for (auto entry = latest.rbegin(); entry != latest.rend(); ++entry) {
    Archive archive;
    try {
      archive = checkpoints_.read(*entry);
    } catch (const Error& error) {
      problems.append("\n").append(error.what());
      continue;
    }
    restore(archive);
    auto note = progress(Progress::Kind::checkpoint);
    note.text = "resumed from " + checkpoints_.path_of(*entry).string();
    if (!problems.empty()) note.text += "; newer checkpoints are damaged:" + problems;
    tell(note);
    return true;
  }
  if (!problems.empty()) throw Error(run_.folder.string() + ": no checkpoint is usable:" + problems);
  return false;
}

void Trainer::restore(const Archive& archive) {
  require_model_files(archive, run_.folder / "checkpoints", task_->files(), run_.folder);
  load_tensors(archive, "parameters.", parameters_.named(parameters_.values()));
  if (averages_.defined()) load_tensors(archive, "averages.", parameters_.named(averages_));
  for (auto& [name, tensor] : optimizer_->state()) load_tensors(archive, "optimizer.", {{name, tensor}});
  auto engine = at::detail::getDefaultCPUGenerator();
  at::Tensor random_state = engine.get_state();
  load_tensors(archive, "random.", {{"engine", random_state}});
  engine.set_state(random_state);

  state_ = run_state_from(archive.metadata.at("state"));
  earlier_seconds_ = state_.position.seconds;
  curriculum_.set_state(state_.curriculum);
  logged_ = checkpointed_ = state_.position;
  metrics_ = std::make_unique<Metrics>(run_.folder, state_.mark);
  source_ = std::make_unique<BatchSource>(*task_, options_.batch_size, seed_);
  for (const auto& order : state_.open_orders) source_->order(order);
}

void Trainer::checkpoint() {
  state_.curriculum = curriculum_.state();
  state_.open_orders = source_->open_orders();
  state_.mark = metrics().mark();
  state_.position.seconds = seconds();

  Archive archive;
  store_tensors(archive, "parameters.", parameters_.named(parameters_.values()));
  if (averages_.defined()) store_tensors(archive, "averages.", parameters_.named(averages_));
  for (const auto& [name, tensor] : optimizer_->state()) archive.tensors["optimizer." + name] = tensor;
  archive.tensors["random.engine"] = at::detail::getDefaultCPUGenerator().get_state();
  archive.metadata = {{"state", to_text(state_)},
                      {"seed", std::to_string(options_.seed)},
                      {"update", std::to_string(state_.position.updates)}};
  note_model_files(archive, task_->files());
  checkpoints_.write_latest(state_.position.updates, archive, options_.keep_checkpoints);
  checkpointed_ = state_.position;

  auto note = progress(Progress::Kind::checkpoint);
  note.text = checkpoints_.path_of(checkpoints_.manifest().latest.back()).string();
  tell(note);
}

void Trainer::update() {
  const Position before = state_.position;
  Batch batch = source_->take();
  source_->order({before.updates + BatchSource::kAhead + 1, curriculum_.difficulty()});
  if (const auto interaction = task_->interaction()) {
    Random random = seed_.stream("actions " + std::to_string(before.updates + 1));
    batch = play_training(*model_, batch, interaction->optimal_share, random);
  }
  const auto [loss, headline] = learn(batch);

  Position& position = state_.position;
  ++position.updates;
  position.sequences += batch.inputs.size(0);
  state_.flop += kFlopOfMultiplyAdd * static_cast<double>(model_->multiply_adds(batch));
  position.seconds = seconds();
  state_.loss_sum += loss;
  ++state_.loss_updates;
  curriculum_.update(position, curriculum_.by_headline() ? headline : loss, batch.inputs.size(0));

  if (options_.milestone > 0 && !state_.milestone && unit_ == task_->headline()) {
    auto& recent = state_.recent_losses;
    recent.push_back(loss);
    const auto window =
        static_cast<size_t>((options_.milestone_sequences + options_.batch_size - 1) / options_.batch_size);
    if (recent.size() > window) recent.pop_front();
    if (recent.size() == window)
      reach_milestone("training",
                      std::accumulate(recent.begin(), recent.end(), 0.0) / static_cast<double>(window));
  }
  if (log_every_.passed(before, position)) log_training();
  if (validate_every_.passed(before, position)) validate();
}

/// The task is told with each order for a batch.
void Trainer::tell_difficulty(double difficulty) {
  if (auto* taker = dynamic_cast<TakesDifficulty*>(model_.get())) taker->set_difficulty(difficulty);
}

/// Returns the loss of the batch in its unit.
Trainer::Learned Trainer::learn(const Batch& batch) {
  const int64_t update = state_.position.updates + 1;
  model_->train();
  tell_difficulty(curriculum_.difficulty());
  parameters_.gradients().zero_();
  // What the model itself draws (dropout) follows from the seed and the update, so that a resumed run draws the same.
  torch::manual_seed(seed_.stream("model, update " + std::to_string(update))());
  const Prediction prediction = model_->forward(batch);
  const at::Tensor loss = training_loss(sizes_.targets, batch, prediction, options_.label_smoothing);
  const double value = loss.item<double>();
  if (!std::isfinite(value)) {
    const bool logits_finite = at::isfinite(prediction.logits.detach()).all().item<bool>();
    diverged(logits_finite ? "the training loss" : "logits (the model's output)", update);
  }
  loss.backward();
  if (const auto name = parameters_.gradient_not_finite()) diverged("gradient of " + *name, update);

  auto& gradients = parameters_.gradients();
  if (options_.clip_elements > 0) clip_elements(gradients, options_.clip_elements);
  gradient_norm_ = clip_norm(
      gradients, options_.clip_norm > 0 ? options_.clip_norm : std::numeric_limits<double>::infinity());
  learning_rate_ = schedule_.rate(state_.position);
  optimizer_->step(parameters_.values(), gradients, learning_rate_);
  if (const auto name = parameters_.value_not_finite()) diverged("parameter " + *name, update);
  if (averages_.defined()) {
    // At the start the average would mostly be the initial parameters: it begins short.
    const auto updates = static_cast<double>(update);
    update_average(averages_, parameters_.values(),
                   std::min(options_.average_decay, updates / (updates + 9)));
  }
  Learned learned{reported_loss(sizes_.targets, value), 0};
  if (curriculum_.by_headline())
    learned.headline = task_->score(batch, prediction.logits).figures.at(task_->headline()).value();
  return learned;
}

void Trainer::diverged(const std::string& what, int64_t update) {
  const auto& latest = checkpoints_.manifest().latest;
  throw DivergedError(
      what + " is not finite at update " + std::to_string(update) +
      (latest.empty() ? "; no checkpoint was written before"
                      : "; the last good checkpoint is " + checkpoints_.path_of(latest.back()).string()));
}

void Trainer::log_training() {
  auto shown = progress(Progress::Kind::train);
  shown.loss = state_.loss_sum / static_cast<double>(state_.loss_updates);
  const double elapsed = state_.position.seconds - logged_.seconds;
  if (elapsed > 0)
    shown.sequences_per_second = static_cast<double>(state_.position.sequences - logged_.sequences) / elapsed;

  JsonLine line = metrics_line("train", state_.position);
  line["loss"] = shown.loss;
  line["unit"] = unit_;
  line["learning_rate"] = learning_rate_;
  line["gradient_norm"] = gradient_norm_;
  if (options_.curriculum != "none") line["difficulty"] = curriculum_.difficulty();
  line["sequences_per_second"] = std::round(shown.sequences_per_second * 10) / 10;
  metrics().write_with_scalars(line);
  tell(shown);
  state_.loss_sum = 0;
  state_.loss_updates = 0;
  logged_ = state_.position;
}

void Trainer::validate() {
  model_->eval();
  tell_difficulty(curriculum_.difficulty());
  at::Tensor kept;
  if (averages_.defined()) {
    kept = parameters_.values().clone();
    parameters_.values().copy_(averages_);
  }
  const Score score = score_batches(*model_, *task_, validation_);
  if (kept.defined()) parameters_.values().copy_(kept);

  auto shown = progress(Progress::Kind::validation);
  for (const auto& [name, ratio] : score.figures) shown.figures[name] = ratio.value();
  const auto headline = shown.figures.find(task_->headline());
  if (headline == shown.figures.end())
    throw Error("validation of " + task_->name() + " gives no " + task_->headline());
  const double value = headline->second;
  if (!std::isfinite(value)) diverged("the validated " + task_->headline(), state_.position.updates);
  shown.best = value < state_.best;
  state_.validated_update = state_.position.updates;
  state_.validations_since_best = shown.best ? 0 : state_.validations_since_best + 1;
  state_.validations_below =
      options_.stop_below > 0 && value < options_.stop_below ? state_.validations_below + 1 : 0;

  JsonLine line = metrics_line("validation", state_.position);
  line["best"] = shown.best;
  for (const auto& [name, figure] : shown.figures) line[name] = figure;
  metrics().write_with_scalars(line);
  if (shown.best) write_best(value);
  tell(shown);
  reach_milestone("validation", value);
  if (curriculum_.validated(value)) {
    state_.best = std::numeric_limits<double>::infinity();
    state_.validations_since_best = 0;
  }
}

void Trainer::write_best(double score) {
  state_.best = score;
  state_.best_update = state_.position.updates;
  Archive archive;
  store_tensors(archive, "", parameters_.named(averages_.defined() ? averages_ : parameters_.values()));
  archive.metadata = {{"seed", std::to_string(options_.seed)}, {"update", std::to_string(state_.position.updates)}};
  note_model_files(archive, task_->files());
  checkpoints_.write_best(state_.position.updates, score, archive);
}

void Trainer::reach_milestone(const std::string& by, double headline) {
  if (state_.milestone || options_.milestone <= 0 || !(headline < options_.milestone)) return;
  state_.position.seconds = seconds();
  state_.milestone = Milestone{options_.milestone, by, state_.position};
  state_.recent_losses.clear();
  JsonLine line = metrics_line("milestone", state_.position);
  line["below"] = options_.milestone;
  line["unit"] = task_->headline();
  line["by"] = by;
  metrics().write(line);
  auto shown = progress(Progress::Kind::milestone);
  shown.figures[task_->headline()] = headline;
  tell(shown);
}

std::optional<TrainingResult::End> Trainer::end() const {
  if (options_.stop_below > 0 && state_.validations_below >= options_.stop_below_count)
    return TrainingResult::End::target_reached;
  if (options_.patience > 0 && state_.validations_since_best >= options_.patience)
    return TrainingResult::End::no_improvement;
  if (length_.share(state_.position) >= 1) return TrainingResult::End::finished;
  return std::nullopt;
}

/// The test of the best checkpoint, and the last line. A stop is heeded between two rows.
void Trainer::finish(TrainingResult& result) {
  if (checkpoints_.manifest().best)
    load_tensors(checkpoints_.read(*checkpoints_.manifest().best), "", parameters_.named(parameters_.values()));
  model_->eval();
  tell_difficulty(1);
  try {
    if (options_.test_sequences > 0)
      evaluate(*model_, *task_, options_.test_sequences, options_.evaluation_batch, seed_.value(),
               [&](EvaluationRow row) {
                 // What translations cost stands beside how good they are.
                 if (task_->writing()) row.figures["training_flop"] = state_.flop;
                 report_test(row);
                 result.test.push_back(std::move(row));
               });
  } catch (const Stopped&) {
    result.end = TrainingResult::End::interrupted;
    return;
  }
  result.overall = overall(*task_, result.test);
  JsonLine line = metrics_line("end", state_.position);
  line["end"] = end_text(result.end);
  line["headline"] = result.headline;
  line["best"] = result.best;
  line["best_update"] = result.best_update;
  line["training_flop"] = state_.flop;
  metrics().write(line);
  metrics().mark();
}

void Trainer::report_test(const EvaluationRow& row) {
  JsonLine line;
  line["kind"] = "test";
  line["update"] = state_.best_update;
  for (const auto& [name, value] : row.setting) line[name] = value;
  for (const auto& [name, value] : row.figures) line[name] = value;
  metrics().write(line);
  auto shown = progress(Progress::Kind::test);
  shown.setting = row.setting;
  shown.figures = row.figures;
  tell(shown);
  if (stop_wanted()) throw Stopped();
}

double Trainer::seconds() const {
  return earlier_seconds_ + std::chrono::duration<double>(Clock::now() - started_).count();
}

Progress Trainer::progress(Progress::Kind kind) const {
  Progress shown;
  shown.kind = kind;
  shown.position = state_.position;
  shown.share = std::min(length_.share(state_.position), 1.0);
  if (shown.share > 0) shown.seconds_left = state_.position.seconds * (1 - shown.share) / shown.share;
  shown.unit = unit_;
  return shown;
}

}  // namespace

TrainingResult train(const Recipe& recipe, const TrainingRun& run) {
  const bool holds_run = std::filesystem::exists(run.folder / "recipe.toml");
  if (holds_run && !run.resume)
    throw UsageError(run.folder.string() + " holds a run already; resume it, or choose another folder");
  if (!holds_run && run.resume) throw UsageError(run.folder.string() + " holds no run that could be resumed");
  return Trainer(recipe, run).train();
}

Recipe recipe_of_run(const std::filesystem::path& folder, const std::vector<std::string>& overrides) {
  const auto file = folder / "recipe.toml";
  if (!std::filesystem::exists(file)) throw UsageError(folder.string() + " holds no recipe.toml, so no run");
  return read_recipe({file}, overrides);
}

}  // namespace mneme

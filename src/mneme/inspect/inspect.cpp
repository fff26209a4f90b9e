#include "mneme/inspect/inspect.h"

#include <cctype>

#include "mneme/core/log.h"
#include "mneme/inspect/dnc_episode.h"
#include "mneme/inspect/episode.h"
#include "mneme/inspect/held_triples.h"
#include "mneme/inspect/pen_view.h"
#include "mneme/inspect/ponder_views.h"
#include "mneme/inspect/story_view.h"
#include "mneme/inspect/task_views.h"
#include "mneme/inspect/text_view.h"
#include "mneme/inspect/trace_arrays.h"
#include "mneme/inspect/translation_view.h"
#include "mneme/inspect/writing.h"
#include "mneme/models/dmn.h"
#include "mneme/models/memn2n.h"
#include "mneme/tasks/babi/babi.h"
#include "mneme/tasks/generated_task.h"
#include "mneme/tasks/graph/graph_task.h"
#include "mneme/tasks/text/text.h"

namespace mneme {
namespace {

constexpr int64_t kQuestionsShown = 6, kStoriesToAQuestion = 4;
constexpr int64_t kDecoderBatches = 3, kDecoderSequences = 16;  // what the decoder of triples is fitted to
constexpr int64_t kSortedSequences = 8;      // enough points to see a line in the scatter
constexpr int64_t kPonderedSequences = 200;  // of each difficulty

/// Sequences to show: all the sequences of one batch, under titles of their own.
struct Shown {
  std::vector<std::string> titles;
  Batch batch;
  bool answers_known = true;
};

/// "repeat-copy", {length 10, repeats 20} → "Repeat copy, length 10, repeats 20"
std::string title_of(const Task& task, const TestSetting& setting) {
  std::string title = task.name();
  title[0] = static_cast<char>(std::toupper(title[0]));
  for (char& letter : title)
    if (letter == '-') letter = ' ';
  for (const auto& [name, value] : setting.values) title += ", " + name + " " + std::to_string(value);
  return title;
}

int64_t integer_option(const Task& task, const std::string& key) {
  for (const OptionInfo& option : task.options())
    if (option.key == key) return std::get<int64_t>(option.value);
  throw Error("inspect_model: task " + task.name() + " has no option " + key);
}

std::vector<Shown> choose_sequences(const Task& task, const InspectOptions& options, Random& random) {
  if (!options.chosen.empty()) {
    std::vector<Shown> chosen;
    for (const ChosenSequence& each : options.chosen) chosen.push_back({{each.title}, each.batch, each.answer_known});
    return chosen;
  }
  std::vector<TestSetting> settings = options.sequences;
  if (settings.empty()) {
    const auto rows = task.test_settings();
    if (task.name() == "copy") {
      settings = {{{{"length", integer_option(task, "max_length")}}}, rows.back()};
    } else if (task.name() == "babi") {
      const Batch held_out = task.validation(3, 3, random).at(0);
      return {{{"Story 1", "Story 2", "Story 3"}, held_out}};
    } else if (task.name() == "babi-questions") {
      // Batches come by length; the first story of each gives short and long ones.
      std::vector<Shown> shown;
      for (const Batch& held_out : task.validation(kQuestionsShown * kStoriesToAQuestion, kStoriesToAQuestion, random))
        shown.push_back({{"Question " + std::to_string(shown.size() + 1)}, held_out});
      return shown;
    } else {
      settings = {rows.front()};
      if (rows.size() > 1) settings.push_back(rows.back());
    }
  }
  std::vector<Shown> shown;
  for (const TestSetting& setting : settings)
    shown.push_back({{title_of(task, setting)}, task.test(setting, 1, 1, random).at(0)});
  return shown;
}

std::vector<TraceView> episodes_of(SequenceModel& model, const Task& task, const Shown& shown, Random& random) {
  std::vector<TraceView> views;
  auto* ntm = dynamic_cast<NtmImpl*>(&model);
  const auto each = [&](auto make) {
    for (size_t i = 0; i < shown.titles.size(); ++i)
      views.push_back(make(shown.titles[i], static_cast<int64_t>(i)));
  };
  const auto* questions = dynamic_cast<const BabiQuestionsTask*>(&task);
  const auto stories = [&](const at::Tensor& looks, const at::Tensor& answers, const std::string& look) {
    each([&](const std::string& title, int64_t index) {
      return story_view(title, *questions, shown.batch, index, looks[index], answers[index], look, shown.answers_known);
    });
  };
  if (auto* memn2n = dynamic_cast<MemN2NImpl*>(&model); memn2n != nullptr && questions != nullptr) {
    const auto record = memn2n->record(shown.batch);
    stories(record.weights, record.logits, "hop");
  } else if (auto* dmn = dynamic_cast<DmnImpl*>(&model); dmn != nullptr && questions != nullptr) {
    const auto record = dmn->record(shown.batch);
    stories(record.gates, record.logits, "pass");
  } else if (ntm != nullptr) {
    const NtmRecord record = ntm->record(shown.batch.inputs, shown.batch.lengths);
    each([&](const std::string& title, int64_t index) {
      return ntm_episode_view(title, task, shown.batch, index, record, ntm->options());
    });
  } else if (auto* dnc = dynamic_cast<DncImpl*>(&model)) {
    const DncRecord record = dnc->record(shown.batch.inputs, shown.batch.lengths);
    each([&](const std::string& title, int64_t index) {
      return dnc_episode_view(title, task, shown.batch, index, record);
    });
    if (dynamic_cast<const GraphTask*>(&task) != nullptr) {
      std::vector<Batch> examples;
      for (int64_t i = 0; i < kDecoderBatches; ++i) examples.push_back(task.sample(kDecoderSequences, random));
      for (size_t i = 0; i < views.size(); ++i)
        views[i].arrays.push_back(held_triples(*dnc, shown.batch, static_cast<int64_t>(i), examples));
    }
  } else if (auto* transformer = dynamic_cast<TransformerImpl*>(&model);
             transformer != nullptr && dynamic_cast<const TranslationTask*>(&task) != nullptr) {
    each([&](const std::string& title, int64_t index) {
      return translation_view(title, *transformer, dynamic_cast<const TranslationTask&>(task), shown.batch, index);
    });
  } else if (task.sizes().targets == TargetKind::pen) {
    auto* handwriting = dynamic_cast<HandwritingImpl*>(&model);
    const auto record = handwriting != nullptr
                            ? handwriting->record(shown.batch)
                            : HandwritingRecord{model.forward(shown.batch).logits, {}, {}, {}, {}};
    each([&](const std::string& title, int64_t index) {
      return scored_line_view(title, task, shown.batch, index, record);
    });
  } else if (auto* act = dynamic_cast<ActRnnImpl*>(&model)) {
    const ActRecord record = act->record(shown.batch.inputs, shown.batch.lengths);
    each([&](const std::string& title, int64_t index) {
      return act_episode_view(title, task, shown.batch, index, record);
    });
  } else if (auto* universal = dynamic_cast<UniversalTransformerImpl*>(&model)) {
    const UniversalRecord record = universal->record(shown.batch);
    each([&](const std::string& title, int64_t index) {
      return ponder_words_view(title, task, shown.batch, index, record);
    });
  } else {
    const auto logits = model.forward(shown.batch).logits;
    each([&](const std::string& title, int64_t index) {
      return episode_view(title, task, shown.batch, index, logits);
    });
  }
  if (const auto* babi = dynamic_cast<const BabiTask*>(&task)) {
    for (size_t i = 0; i < views.size(); ++i) {
      const auto index = static_cast<int64_t>(i);
      const std::vector<std::string> steps = babi->steps(shown.batch, index);
      std::string& words = views[i].facts["words"];
      for (size_t step = 0; step < steps.size(); ++step) words.append(step == 0 ? "" : "|").append(steps[step]);
      views[i].arrays.push_back(
          trace_array("support", {"time"}, supporting_steps(shown.batch, index, static_cast<int64_t>(steps.size()))));
    }
  }
  return views;
}

void add_task_views(Trace& trace, SequenceModel& model, const Task& task, const std::vector<Shown>& shown,
                    Random& random) {
  if (const auto* ngrams = dynamic_cast<const NgramsTask*>(&task)) {
    trace.views.push_back(ngrams_view(trace.views.front(), *ngrams, shown.front().batch, 0));
  } else if (task.name() == "copy") {
    std::vector<int64_t> lengths;
    for (const TestSetting& setting : task.test_settings()) lengths.push_back(setting.values.at("length"));
    trace.views.push_back(generalisation_view(model, task, lengths, random));
  } else if (const auto* sort = dynamic_cast<const PrioritySortTask*>(&task);
             sort != nullptr && trace.views.front().kind == "ntm-episode") {
    const Batch batch =
        task.test(task.test_settings().front(), kSortedSequences, kSortedSequences, random).at(0);
    const Shown many{std::vector<std::string>(kSortedSequences), batch};
    trace.views.push_back(priority_sort_view(episodes_of(model, task, many, random), *sort, batch));
  }
  const bool thinks =
      dynamic_cast<ActRnnImpl*>(&model) != nullptr || dynamic_cast<UniversalTransformerImpl*>(&model) != nullptr;
  if (thinks && dynamic_cast<const GeneratedTask*>(&task) != nullptr)
    if (auto view = ponder_view(model, task, kPonderedSequences, random)) trace.views.push_back(std::move(*view));
}

/// A word of the lecture and others by joined and printed hands.
std::vector<TraceView> pen_views(SequenceModel& model, const PenRecognitionTask& task, const InspectOptions& options) {
  std::vector<TraceView> views;
  for (const auto& [text, joined] : {std::pair("having", true), {"justified", true}, {"having", false}})
    views.push_back(pen_jacobian_view(std::string(text) + (joined ? ", joined" : ", printed"), model, task,
                                      draw_sample(text, joined, options.seed)));
  return views;
}

/// A stretch of the held-out text; empty where a trained model has no text at hand.
std::vector<int64_t> held_out_tokens(const TextTask& task, Random& random) {
  try {
    const auto batches = task.validation(64, 1, random);
    const auto& batch = batches[static_cast<size_t>(random.integer(0, static_cast<int64_t>(batches.size()) - 1))];
    const auto* first = batch.inputs.const_data_ptr<int64_t>();
    return {first, first + batch.inputs.size(1)};
  } catch (const DataError& error) {
    log_info(std::string("no held-out text is shown: ") + error.what());
    return {};
  }
}

}  // namespace

Trace inspect_model(SequenceModel& model, const Task& task, const InspectOptions& options) {
  const torch::NoGradGuard no_gradients;
  const bool was_training = model.is_training();
  model.eval();
  Random random = Seed(options.seed).stream("inspection");

  Trace trace;
  trace.model = model.model_name();
  trace.task = task.name();
  trace.seed = options.seed;
  trace.settings = options.settings;
  for (const OptionInfo& option : model.model_options())
    trace.settings["model." + option.key] = option_text(option.value);
  for (const OptionInfo& option : task.options())
    trace.settings["task." + option.key] = option_text(option.value);

  if (const auto* pen = dynamic_cast<const PenRecognitionTask*>(&task)) {
    trace.views = pen_views(model, *pen, options);
    model.train(was_training);
    return trace;
  }
  const auto* text = dynamic_cast<const TextTask*>(&task);
  if (auto* gpt = dynamic_cast<GptImpl*>(&model); gpt != nullptr && text != nullptr) {
    trace.views = text_views(text->units(), *gpt, held_out_tokens(*text, random), random);
    model.train(was_training);
    return trace;
  }
  const auto shown = choose_sequences(task, options, random);
  for (const Shown& sequences : shown)
    for (TraceView& view : episodes_of(model, task, sequences, random)) trace.views.push_back(std::move(view));
  for (size_t i = 0; i < options.chosen.size(); ++i) {
    const ChosenSequence& each = options.chosen[i];
    auto& arrays = trace.views[i].arrays;
    arrays.insert(arrays.end(), each.arrays.begin(), each.arrays.end());
    trace.views[i].facts.insert(each.facts.begin(), each.facts.end());
  }
  add_task_views(trace, model, task, shown, random);
  model.train(was_training);
  return trace;
}

}  // namespace mneme

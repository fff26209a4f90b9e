// jacobian: what an output of a trained model listened to.
#include <algorithm>

#include "mneme/cli/command.h"
#include "mneme/cli/trained.h"
#include "mneme/core/error.h"
#include "mneme/inspect/jacobian.h"
#include "mneme/inspect/pen_view.h"
#include "mneme/inspect/trace_arrays.h"

namespace mneme {
namespace {

struct Asked {
  std::string text, character, hand;
  std::vector<int64_t> steps, outputs;
  std::string sequence;
  std::optional<uint64_t> seed;
};

double number(const TraceArray& array, int64_t index) {
  return array.values[static_cast<size_t>(index)];
}

constexpr int64_t kPointsBefore = 8;  // about a character

/// For each time that the character stands in the text: the share of each character's sensitivity that lies
/// on its delayed stroke, and how much there is at each point.
std::vector<ResultRow> pen_rows(const TraceView& view, const std::string& character) {
  const std::string& text = view.facts.at("text");
  const TraceArray &owner = array_of(view, "character"), &delayed = array_of(view, "delayed"),
                   &sensitivity = array_of(view, "sensitivity"), &said = array_of(view, "said_step");
  const int64_t points = owner.shape.front();
  const auto felt = [&](int64_t by, int64_t point) { return number(sensitivity, by * points + point); };
  std::vector<ResultRow> summary, shares, by_point;
  for (size_t at = text.find(character); at != std::string::npos; at = text.find(character, at + 1)) {
    const auto asked = static_cast<int64_t>(at);
    const auto on_dot = [&](int64_t point) {
      return number(owner, point) == static_cast<double>(asked) && number(delayed, point) == 1;
    };
    int64_t dot_points = 0;
    for (int64_t point = 0; point < points; ++point) dot_points += on_dot(point);
    const auto share_of = [&](int64_t by) {
      double dot = 0, all = 0;
      for (int64_t point = 0; point < points; ++point) {
        all += felt(by, point);
        if (on_dot(point)) dot += felt(by, point);
      }
      return all == 0 ? 0 : dot / all;
    };
    // Written just before the stroke, and as far from the character's own body in time.
    double on = 0, before = 0;
    int64_t first = points, points_before = 0;
    for (int64_t point = points; point-- > 0;) {
      if (!on_dot(point)) continue;
      on += felt(asked, point);
      first = point;
    }
    for (int64_t point = std::max<int64_t>(0, first - kPointsBefore); point < first && dot_points > 0;
         ++point) {
      before += felt(asked, point);
      ++points_before;
    }
    const double contrast =
        before == 0 ? 0
                    : (on / static_cast<double>(dot_points)) / (before / static_cast<double>(points_before));
    double others = 0;
    for (int64_t by = 0; by < static_cast<int64_t>(text.size()); ++by) {
      if (by != asked) others += share_of(by);
      if (dot_points == 0) continue;
      shares.push_back({{"kind", "share"},
                        {"index", by},
                        {"character", std::string(1, text[static_cast<size_t>(by)])},
                        {"share_on_delayed_stroke", finite_or_null(share_of(by))}});
    }
    const double of_points = static_cast<double>(dot_points) / static_cast<double>(points);
    summary.push_back(
        {{"kind", "character"},
         {"text", text},
         {"read", view.facts.at("read")},
         {"character", character},
         {"index", asked},
         {"step", static_cast<int64_t>(number(said, asked))},
         {"points", points},
         {"delayed_points", dot_points},
         {"share_on_delayed_stroke", finite_or_null(share_of(asked))},
         {"share_of_points", of_points},
         {"times_the_points_before", finite_or_null(contrast)},
         {"mean_share_of_other_characters",
          finite_or_null(text.size() > 1 ? others / static_cast<double>(text.size() - 1) : 0)}});
    for (int64_t point = 0; point < points; ++point) {
      const auto of = static_cast<int64_t>(number(owner, point));
      by_point.push_back({{"kind", "point"},
                          {"index", asked},
                          {"point", point},
                          {"x", number(array_of(view, "x"), point)},
                          {"y", number(array_of(view, "y"), point)},
                          {"of", of < 0 ? "" : std::string(1, text[static_cast<size_t>(of)])},
                          {"delayed", number(delayed, point) == 1},
                          {"sensitivity", finite_or_null(felt(asked, point))}});
    }
  }
  summary.insert(summary.end(), shares.begin(), shares.end());
  summary.insert(summary.end(), by_point.begin(), by_point.end());
  return summary;
}

std::vector<ResultRow> pen_rows(const Command& command, const TrainedModel& trained,
                                const PenRecognitionTask& task, const Asked& asked) {
  if (asked.character.size() != 1 || asked.text.find(asked.character) == std::string::npos)
    command.refuse("--character is \"" + asked.character + "\", expected one character of the text \"" +
                   asked.text + "\"");
  if (!asked.steps.empty() || !asked.outputs.empty())
    command.refuse(
        "--step and --output are for models that read no handwriting; give --text and --character");
  const PenText pen = draw_sample(asked.text, asked.hand == "joined", asked.seed.value_or(trained.seed));
  return pen_rows(pen_jacobian_view(asked.text, *trained.model, task, pen), asked.character);
}

/// The first sequence that the task's test draws.
Sequences sequence_asked(const Command& command, const TrainedModel& trained, const Asked& asked) {
  const TestSetting setting = asked.sequence.empty() ? trained.task->test_settings().front()
                                                     : parse_test_setting(command, asked.sequence);
  Random random = Seed(asked.seed.value_or(trained.seed)).stream("inspection");
  const Batch batch = trained.task->test(setting, 1, 1, random).at(0);
  const auto first = [](const at::Tensor& tensor) {
    return tensor.defined() ? tensor.narrow(0, 0, 1) : tensor;
  };
  return {first(batch.inputs), first(batch.lengths), first(batch.context), first(batch.context_lengths)};
}

std::vector<ResultRow> step_rows(const Command& command, const TrainedModel& trained, const Asked& asked) {
  if (!asked.text.empty() || !asked.character.empty())
    command.refuse("--text and --character are for models that read handwriting; give --step and --output");
  if (asked.steps.empty() || asked.outputs.empty())
    command.refuse("no output given; name it by --step and --output, counted from 0");
  const Sequences given = sequence_asked(command, trained, asked);
  std::vector<OutputPlace> places;
  for (const int64_t step : asked.steps)
    for (const int64_t output : asked.outputs) places.push_back({step, output});
  const at::Tensor derivatives =
      jacobian(*trained.model, given, places).to(at::kDouble);  // [outputs, time, features]
  const at::Tensor lengths = sensitivity(derivatives);          // [outputs, time]
  std::vector<ResultRow> rows;
  for (size_t k = 0; k < places.size(); ++k) {
    for (int64_t step = 0; step < given.lengths[0].item<int64_t>(); ++step) {
      const auto at = static_cast<int64_t>(k);
      ResultRow features = ResultRow::array();
      for (int64_t feature = 0; feature < derivatives.size(2); ++feature)
        features.push_back(finite_or_null(derivatives[at][step][feature].item<double>()));
      ResultRow row = {{"step", places[k].step},
                       {"output", places[k].output},
                       {"input_step", step},
                       {"sensitivity", finite_or_null(lengths[at][step].item<double>())}};
      if (command.json()) row["derivatives"] = std::move(features);
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace

int run_jacobian(const Arguments& arguments) {
  Command command(
      "jacobian",
      "Says what an output of a trained model listened to: its derivatives by every input of a sequence, "
      "exact. The "
      "outputs are logits; a step's sensitivity is the length of the derivative by all its inputs.",
      {{"mneme jacobian zoo/pen-recogniser --text having --character i",
        "how much of what the i listened to is its dot, written after the word"},
       {"mneme jacobian zoo/ntm-copy --sequence length=10 --step 13 --output 0,1 --json",
        "two bits of one answer by all inputs"}});
  std::vector<std::string> words;
  Asked asked;
  command.words("model", words, "a run or zoo folder, then settings as key=value");
  command.text("--text", asked.text, "TEXT", "what is written (handwriting)");
  command.text("--character", asked.character, "C",
               "the character of the text that is asked about (handwriting)");
  command.text("--hand", asked.hand, "HAND", "joined or printed (handwriting; default: joined)");
  command.integers("--step", asked.steps, 0, "steps of the outputs, from 0");
  command.integers("--output", asked.outputs, 0, "numbers of the outputs, from 0");
  command.text("--sequence", asked.sequence, "NAME=N,...",
               "the sequence, as a row of the test (default: the first row)");
  command.integer("--seed", asked.seed, "of the sequence or the hand (default: that of the training)");
  if (!command.parse(arguments)) return 0;
  if (words.empty()) command.refuse("no model given; name a run or zoo folder (mneme list zoo)");
  if (asked.hand.empty()) asked.hand = "joined";
  if (asked.hand != "joined" && asked.hand != "printed")
    command.refuse("--hand is " + asked.hand + ", expected joined or printed");

  const TrainedModel trained = load_trained(trained_folder(words[0]), {words.begin() + 1, words.end()});
  const auto* pen = dynamic_cast<const PenRecognitionTask*>(trained.task.get());
  Result result{"jacobian", trained.recipe.model, asked.seed.value_or(trained.seed), {}};
  result.rows = pen != nullptr && (!asked.text.empty() || !asked.character.empty())
                    ? pen_rows(command, trained, *pen, asked)
                    : step_rows(command, trained, asked);
  command.print(result);
  return 0;
}

}  // namespace mneme

// generate: a trained language model goes on from a text.
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <limits>

#include "mneme/cli/command.h"
#include "mneme/cli/signals.h"
#include "mneme/cli/trained.h"
#include "mneme/core/error.h"
#include "mneme/models/sampling.h"
#include "mneme/models/transformer/generator.h"
#include "mneme/tasks/text/text.h"
#include "mneme/tasks/text/utf8.h"

namespace mneme {
namespace {

struct Wishes {
  std::string prompt, weights = "float32";
  std::vector<std::string> stops;
  int64_t tries = 1, length = 200, likeliest = 0;
  SamplingOptions sampling;
  bool stream = false, no_cache = false;
};

/// Text whose bytes that are not (yet) UTF-8 stand as U+FFFD: what JSON and terminals take.
std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const auto bytes = static_cast<size_t>(first_character(text).bytes);
    shown += bytes == 0 ? "\xef\xbf\xbd" : std::string(text.substr(0, bytes));
    text.remove_prefix(std::max<size_t>(bytes, 1));
  }
  return shown;
}

/// What was generated, and how much of it can be shown: not the beginning of a character or of a stop string,
/// which the next token may complete.
class ShownText {
 public:
  explicit ShownText(const std::vector<std::string>& stops) : stops_(stops) {}

  /// True when a stop string has come; the text then ends before it.
  bool add(const std::string& piece) {
    const size_t before = text_.size();
    text_ += piece;
    size_t end = std::string::npos;
    for (const auto& stop : stops_)
      end = std::min(end, text_.find(stop, before < stop.size() ? 0 : before - stop.size()));
    if (end == std::string::npos) return false;
    text_.resize(end);
    return true;
  }

  /// What is new and certain; everything that is left when `ended`.
  std::string take(bool ended) {
    size_t end = text_.size();
    if (!ended) {
      for (const auto& stop : stops_)
        for (size_t part = std::min(stop.size() - 1, text_.size()); part > 0; --part)
          if (text_.ends_with(std::string_view(stop).substr(0, part))) {
            end = std::min(end, text_.size() - part);
            break;
          }
      const size_t broken = first_undecodable(std::string_view(text_).substr(0, end));
      if (broken != std::string::npos && end - broken < 4) end = broken;
    }
    if (end <= shown_) return "";
    const std::string fresh = text_.substr(shown_, end - shown_);
    shown_ = end;
    return printable(fresh);
  }

  const std::string& text() const { return text_; }

 private:
  const std::vector<std::string>& stops_;
  std::string text_;
  size_t shown_ = 0;
};

class Generation {
 public:
  Generation(const Command& command, const Wishes& wishes, const TrainedModel& trained)
      : wishes_(wishes),
        to_people_(!command.json()),
        streams_(to_people_ && (wishes.stream || isatty(STDOUT_FILENO))) {
    model_ = dynamic_cast<GptImpl*>(trained.model.get());
    const auto* task = dynamic_cast<const TextTask*>(trained.task.get());
    if (model_ == nullptr || task == nullptr)
      command.refuse("this is a " + trained.recipe.model + " trained on " + trained.recipe.task +
                     ", expected a gpt trained on text");
    units_ = &task->units();
    try {
      prompt_ = units_->encode(wishes.prompt);
    } catch (const Error& error) {
      command.refuse(std::string("--prompt: ") + error.what());
    }
    const int64_t context = model_->options().context;
    if (prompt_.empty()) command.refuse("--prompt has no token");
    if (static_cast<int64_t>(prompt_.size()) > context)
      command.refuse("--prompt has " + std::to_string(prompt_.size()) +
                     " tokens, expected at most the model's context of " + std::to_string(context));
    if (!std::isfinite(wishes.sampling.temperature)) command.refuse("--temperature is not finite");
    const WeightForm form = wishes.weights == "int8"       ? WeightForm::int8
                            : wishes.weights == "bfloat16" ? WeightForm::bfloat16
                                                           : WeightForm::float32;
    if (wishes.weights != "float32" && form == WeightForm::float32)
      command.refuse("--weights is " + wishes.weights + ", expected one of float32, bfloat16, int8");
    if (wishes.no_cache && form != WeightForm::float32) command.refuse("--no-cache takes no --weights");
    generator_ = std::make_unique<Generator>(*model_, GeneratorOptions{!wishes.no_cache, form});
  }

  /// Adds the rows of one try, and shows it unless the result is JSON.
  void run(int64_t number, Random& random, const std::atomic<bool>& stop, std::vector<ResultRow>& rows) {
    if (to_people_ && wishes_.tries > 1)
      show((number > 1 ? "\n" : "") + ("--- " + std::to_string(number)) + " ---\n");
    if (to_people_) show(wishes_.prompt);
    ShownText output(wishes_.stops);
    std::string ended = "length";
    double nats = 0;
    std::vector<ResultRow> tokens;
    const float* logits = generator_->begin(prompt_);
    for (int64_t i = 0; i < wishes_.length; ++i) {
      if (stop.load()) {
        ended = "interrupted";
        break;
      }
      const Choice choice = choose_token(logits, model_->sizes().outputs, wishes_.sampling, random);
      nats -= std::log(choice.probability);
      tokens.push_back(token_row(number, choice, logits));
      if (choice.token == units_->end_of_text() && units_->end_of_text() >= 0) {
        ended = "end of text";
        break;
      }
      if (output.add(units_->piece(choice.token))) {
        ended = "stop";
        break;
      }
      if (streams_) show(output.take(false));
      if (i + 1 < wishes_.length) logits = generator_->step(choice.token);
    }
    if (to_people_) show(output.take(true) + "\n");
    ResultRow row;
    row["kind"] = "try";
    row["try"] = number;
    row["prompt"] = wishes_.prompt;
    row["text"] = printable(output.text());
    row["tokens"] = tokens.size();
    row["ended"] = ended;
    row["nats_per_token"] = finite_or_null(nats / static_cast<double>(tokens.size()));
    rows.push_back(std::move(row));
    for (auto& token : tokens) rows.push_back(std::move(token));
  }

 private:
  ResultRow token_row(int64_t number, const Choice& choice, const float* logits) const {
    ResultRow row;
    row["kind"] = "token";
    row["try"] = number;
    row["token"] = choice.token;
    row["text"] = printable(units_->piece(choice.token));
    row["probability"] = choice.probability;
    row["chosen_probability"] = choice.chosen_probability;
    row["logit"] = finite_or_null(logits[choice.token]);
    if (wishes_.likeliest == 0) return row;
    const int64_t outputs = model_->sizes().outputs;
    const double all = log_sum_exp(logits, outputs);
    ResultRow list = ResultRow::array();
    for (const int64_t token : likeliest_tokens(logits, outputs, wishes_.likeliest))
      list.push_back({{"token", token},
                      {"text", printable(units_->piece(token))},
                      {"probability", std::exp(logits[token] - all)},
                      {"logit", finite_or_null(logits[token])}});
    row["likeliest"] = list;
    return row;
  }

  static void show(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  }

  const Wishes& wishes_;
  bool to_people_, streams_;
  GptImpl* model_ = nullptr;
  const TextUnits* units_ = nullptr;
  std::vector<int64_t> prompt_;
  std::unique_ptr<Generator> generator_;
};

}  // namespace

int run_generate(const Arguments& arguments) {
  if (!arguments.empty() && arguments.front() == "babi") return run_generate_stories(arguments);
  Command command(
      "generate", "Goes on from a text with a trained language model.",
      {{"mneme generate zoo/gpt-shakespeare --prompt \"In a shocking finding,\"", "200 tokens"},
       {"mneme generate zoo/gpt-shakespeare --prompt \"ROMEO:\" --tries 10 --top-k 40 --temperature 0.9",
        "ten continuations, drawn from the 40 likeliest tokens"},
       {"mneme generate zoo/gpt-shakespeare --prompt \"ROMEO:\" --stop \"JULIET:\" --length 1000",
        "until somebody else speaks"},
       {"mneme generate zoo/gpt-shakespeare --prompt \"To be\" --temperature 0 --json",
        "the likeliest tokens, each with its probability"},
       {"mneme generate babi --task 3", "a made-up story of the bAbI tasks (mneme generate babi --help)"}});
  std::vector<std::string> words;
  Wishes wishes;
  std::optional<uint64_t> seed;
  command.words("model", words, "a run or zoo folder, then settings as key=value");
  command.text("--prompt", wishes.prompt, "TEXT", "the text to go on from");
  command.integer("--length", wishes.length, 1, "most tokens of a try (default 200)");
  command.integer("--tries", wishes.tries, 1, "continuations, each drawn anew (default 1)");
  constexpr double kNoLimit = std::numeric_limits<double>::infinity();
  command.number("--temperature", wishes.sampling.temperature, 0, kNoLimit,
                 "below 1 likely tokens become likelier; 0: always the likeliest (default 1)");
  command.integer("--top-k", wishes.sampling.top_k, 0,
                  "only so many of the likeliest tokens; 0: all (default)");
  command.number("--top-p", wishes.sampling.top_p, 0, 1,
                 "only the likeliest tokens that have this probability together (default 1: all)");
  command.integer("--seed", seed, "of the draws (default: that of the training)");
  command.texts("--stop", wishes.stops, "TEXT", "a try ends before this text; repeatable");
  command.flag("--stream", wishes.stream, "write each token as it comes, also when stdout is no terminal");
  command.text("--weights", wishes.weights, "FORM", "float32, or for speed bfloat16 or int8");
  command.flag("--no-cache", wishes.no_cache, "read the whole text again for every token, for comparison");
  command.integer("--likeliest", wishes.likeliest, 0,
                  "with --json: so many likeliest tokens beside each chosen one");
  if (!command.parse(arguments)) return 0;
  if (words.empty()) command.refuse("no model given; name a run or zoo folder (mneme list zoo)");
  if (wishes.prompt.empty()) command.refuse("--prompt is empty, expected a text to go on from");
  for (const auto& stop : wishes.stops)
    if (stop.empty()) command.refuse("--stop is empty");

  const TrainedModel trained = load_trained(trained_folder(words[0]), {words.begin() + 1, words.end()});
  Generation generation(command, wishes, trained);
  const uint64_t draw_seed = seed.value_or(trained.seed);
  Result result{"generate", trained.recipe.model, draw_seed, {}};
  const StopRequest stop;
  for (int64_t i = 1; i <= wishes.tries && !stop.flag().load(); ++i) {
    // A try's draws are its own, whatever the length of those before it.
    Random random = Seed(draw_seed).stream("try " + std::to_string(i));
    generation.run(i, random, stop.flag(), result.rows);
  }
  if (command.json()) command.print(result);
  return stop.exit_code();
}

}  // namespace mneme

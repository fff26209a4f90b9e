#include "mneme/models/beam_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mneme/core/error.h"

namespace mneme {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

/// A beginning that is followed. Its place in the batch is its place among all open ones.
struct Open {
  std::vector<int64_t> tokens;
  double log_probability;
};

struct Sentence {
  size_t number;  // among the contexts
  std::vector<Open> open;
  std::vector<WrittenAnswer> ended;
};

/// A token that goes on from an open beginning.
struct Candidate {
  int64_t open, token;
  double log_probability;
};

class Search {
 public:
  Search(SequenceModel& model, const BeamOptions& options) : model_(model), options_(options) {}

  std::vector<std::vector<WrittenAnswer>> run(const at::Tensor& context, const at::Tensor& context_lengths) {
    const auto batch = context.size(0);
    std::vector<std::vector<WrittenAnswer>> answers(static_cast<size_t>(batch));
    for (int64_t i = 0; i < batch; ++i) sentences_.push_back({static_cast<size_t>(i), {{{}, 0}}, {}});
    state_ = model_.start(context, context_lengths);
    at::Tensor inputs = at::full({batch, 1}, options_.begin, at::kLong);
    while (!sentences_.empty()) {
      inputs = step(model_.advance(state_, inputs, {}).select(1, 0));
      inputs = take_done(inputs, answers);
    }
    return answers;
  }

 private:
  double score(double log_probability, size_t tokens) const {
    return log_probability / std::pow((5 + static_cast<double>(tokens)) / 6, options_.length_penalty);
  }

  void end(Sentence& sentence, const Open& beginning, double log_probability) const {
    sentence.ended.push_back(
        {beginning.tokens, log_probability, score(log_probability, beginning.tokens.size() + 1)});
    std::stable_sort(sentence.ended.begin(), sentence.ended.end(),
                     [](const auto& left, const auto& right) { return left.score > right.score; });
    if (static_cast<int64_t>(sentence.ended.size()) > options_.width) sentence.ended.pop_back();
  }

  /// logits: [open beginnings, outputs]. Goes on in every sentence; returns the next inputs, [open
  /// beginnings, 1], and leaves the state of each.
  at::Tensor step(at::Tensor logits) {
    logits = at::log_softmax(logits.to(at::kDouble), -1);
    for (const int64_t token : options_.never) logits.select(1, token).fill_(kImpossible);
    std::vector<int64_t> from, next;
    int64_t first = 0;
    for (auto& sentence : sentences_) {
      const auto count = static_cast<int64_t>(sentence.open.size());
      const auto rows = logits.narrow(0, first, count);
      const bool last =
          static_cast<int64_t>(sentence.open.front().tokens.size()) == options_.longest[sentence.number];
      std::vector<Open> open;
      if (last) {
        for (int64_t i = 0; i < count; ++i) {
          const Open& beginning = sentence.open[static_cast<size_t>(i)];
          end(sentence, beginning, beginning.log_probability + rows[i][options_.end].item<double>());
        }
      } else {
        for (const Candidate& candidate : best(sentence, rows)) {
          const Open& beginning = sentence.open[static_cast<size_t>(candidate.open)];
          if (candidate.token == options_.end) {
            end(sentence, beginning, candidate.log_probability);
          } else if (static_cast<int64_t>(open.size()) < options_.width) {
            open.push_back({beginning.tokens, candidate.log_probability});
            open.back().tokens.push_back(candidate.token);
            from.push_back(first + candidate.open);
            next.push_back(candidate.token);
          }
        }
      }
      sentence.open = std::move(open);
      first += count;
    }
    keep(at::tensor(from, at::kLong));
    return at::tensor(next, at::kLong).view({-1, 1});
  }

  /// The best twice `width`, best first: enough to go on with `width` even where as many end. An end counts
  /// only among the first `width`, so that a width of 1 takes the likeliest token each time.
  std::vector<Candidate> best(const Sentence& sentence, const at::Tensor& rows) const {
    std::vector<double> before;
    for (const Open& open : sentence.open) before.push_back(open.log_probability);
    const at::Tensor all = (rows + at::tensor(before, at::kDouble).unsqueeze(1)).flatten();
    const auto [values, places] = all.topk(std::min(2 * options_.width, all.size(0)));
    std::vector<Candidate> candidates;
    for (int64_t i = 0; i < values.size(0); ++i) {
      const auto place = places.const_data_ptr<int64_t>()[i];
      const Candidate candidate{place / rows.size(1), place % rows.size(1),
                                values.const_data_ptr<double>()[i]};
      if (candidate.log_probability == kImpossible) break;
      if (candidate.token != options_.end || i < options_.width) candidates.push_back(candidate);
    }
    return candidates;
  }

  bool is_done(const Sentence& sentence) const {
    if (sentence.open.empty()) return true;
    if (static_cast<int64_t>(sentence.ended.size()) < options_.width) return false;
    const Open& hope = sentence.open.front();  // the likeliest; all are as long
    return score(hope.log_probability, hope.tokens.size()) <= sentence.ended.back().score;
  }

  /// Takes sentences that are done out of the batch; returns what is left of the inputs.
  at::Tensor take_done(const at::Tensor& inputs, std::vector<std::vector<WrittenAnswer>>& answers) {
    std::vector<int64_t> kept;
    std::vector<Sentence> going_on;
    int64_t first = 0;
    for (auto& sentence : sentences_) {
      const auto count = static_cast<int64_t>(sentence.open.size());
      if (is_done(sentence)) {
        answers[sentence.number] = std::move(sentence.ended);
      } else {
        for (int64_t i = 0; i < count; ++i) kept.push_back(first + i);
        going_on.push_back(std::move(sentence));
      }
      first += count;
    }
    const bool all = going_on.size() == sentences_.size();
    sentences_ = std::move(going_on);
    if (all) return inputs;
    const auto rows = at::tensor(kept, at::kLong);
    keep(rows);
    return inputs.index_select(0, rows);
  }

  /// Goes on with these rows of the batch.
  void keep(const at::Tensor& rows) {
    for (auto& tensor : state_) tensor = tensor.index_select(0, rows);
  }

  SequenceModel& model_;
  const BeamOptions& options_;
  std::vector<Sentence> sentences_;
  std::vector<at::Tensor> state_;
};

}  // namespace

std::vector<std::vector<WrittenAnswer>> beam_search(SequenceModel& model, const at::Tensor& context,
                                                    const at::Tensor& context_lengths,
                                                    const BeamOptions& options) {
  const auto refuse = [](const std::string& what) { throw Error("beam_search: " + what); };
  if (options.width < 1) refuse("width is " + std::to_string(options.width) + ", expected at least 1");
  if (static_cast<int64_t>(options.longest.size()) != context.size(0))
    refuse("longest has " + std::to_string(options.longest.size()) +
           " numbers, expected one for each of the " + std::to_string(context.size(0)) + " contexts");
  for (const int64_t most : options.longest)
    if (most < 1) refuse("longest is " + std::to_string(most) + ", expected at least 1");
  const torch::NoGradGuard no_grad;
  return Search(model, options).run(context, context_lengths);
}

}  // namespace mneme

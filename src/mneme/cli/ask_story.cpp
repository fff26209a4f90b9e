#include "mneme/cli/ask_story.h"

#include <sstream>

#include "mneme/inspect/inspect.h"
#include "mneme/inspect/trace_arrays.h"
#include "mneme/tasks/babi/story_task.h"

namespace mneme {
namespace {

std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> parts;
  std::istringstream stream(list);
  for (std::string part; std::getline(stream, part, '|');) parts.push_back(part);
  return parts;
}

void add_sentences(const TraceView& view, std::vector<ResultRow>& rows) {
  const TraceArray& looks = array_of(view, "looks");
  const auto sentences = parts_of(view.facts.at("sentences"));
  for (size_t i = 0; i < sentences.size(); ++i) {
    ResultRow row;
    row["kind"] = "sentence";
    row["sentence"] = sentences[i];
    for (int64_t look = 0; look < looks.shape[0]; ++look)
      row[view.facts.at("look") + "_" + std::to_string(look + 1)] =
          looks.values[static_cast<size_t>(look * looks.shape[1]) + i];
    rows.push_back(std::move(row));
  }
}

/// The sentence about a step, without its end and with the step's word in capitals: "mary went to the OFFICE". Where a
/// step is a sentence, the sentence.
std::string in_its_sentence(const std::vector<std::string>& steps, size_t at) {
  const auto ends = [&](size_t step) { return steps[step].ends_with('.') || steps[step].ends_with('?'); };
  if (steps[at].size() > 1 && ends(at)) return steps[at].substr(0, steps[at].size() - 2);
  size_t first = at, end = at;
  while (first > 0 && !ends(first - 1)) --first;
  while (end < steps.size() && !ends(end)) ++end;
  std::string text;
  for (size_t i = first; i < std::max(end, at + 1); ++i) {
    text += i == first ? "" : " ";
    for (const char c : steps[i]) text += i == at ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
  }
  return text;
}

void add_reads(const TraceView& view, std::vector<ResultRow>& rows) {
  const TraceArray& sources = array_of(view, "read_source");  // the step, from 1 on; 0: nothing was written there
  const auto words = parts_of(view.facts.at("words"));
  const auto steps = static_cast<size_t>(sources.shape[1]);
  for (size_t head = 0; head < static_cast<size_t>(sources.shape[0]); ++head) {
    const auto source = static_cast<size_t>(sources.values[(head + 1) * steps - 1]);
    ResultRow row;
    row["kind"] = "read";
    row["head"] = head + 1;
    row["written_at"] = source;
    row["what"] = source == 0 ? "nothing written" : in_its_sentence(words, source - 1);
    rows.push_back(std::move(row));
  }
}

}  // namespace

bool reads_stories(const TrainedModel& trained) {
  return dynamic_cast<const StoryTask*>(trained.task.get()) != nullptr;
}

std::vector<ResultRow> ask_story(const TrainedModel& trained, const std::string& text, int64_t answer_words) {
  const torch::NoGradGuard no_gradients;
  const auto& task = dynamic_cast<const StoryTask&>(*trained.task);
  const TypedStory story = parse_typed_story(text, task.vocabulary());
  const Batch batch = task.pose(story, answer_words);
  const auto answer = task.answer_to(batch, 0, trained.model->forward(batch).logits);

  std::string question;
  for (const auto& word : story.question) question.append(question.empty() ? "" : " ").append(word);
  ResultRow row;
  row["kind"] = "question";
  row["question"] = question + "?";
  row["answer"] = answer.text;
  row["probability_percent"] = 100 * answer.probability;
  std::vector<ResultRow> rows{row};

  InspectOptions options;
  options.chosen = {{"asked", batch, {}, {}, false}};
  const Trace trace = inspect_model(*trained.model, task, options);
  if (trace.views[0].kind == "story") add_sentences(trace.views[0], rows);
  if (trace.views[0].kind == "dnc-episode") add_reads(trace.views[0], rows);
  return rows;
}

}  // namespace mneme

#include "mneme/training/run_state.h"

#include <cmath>

#include "mneme/core/error.h"

namespace mneme {
namespace {

nlohmann::json to_json(const Position& position) {
  return {{"updates", position.updates}, {"sequences", position.sequences}, {"seconds", position.seconds}};
}

Position position_from(const nlohmann::json& json) {
  return {json.at("updates"), json.at("sequences"), json.at("seconds")};
}

}  // namespace

// JSON writes a double with the digits that read back as the same number.
std::string to_text(const RunState& state) {
  nlohmann::json json;
  json["position"] = to_json(state.position);
  json["curriculum"] = {{"difficulty", state.curriculum.difficulty},
                        {"loss_sum", state.curriculum.sum},
                        {"sequences", state.curriculum.sequences},
                        {"since_best", state.curriculum.validations_since_best}};
  if (std::isfinite(state.curriculum.best)) json["curriculum"]["best"] = state.curriculum.best;
  json["open_orders"] = nlohmann::json::array();
  for (const auto& order : state.open_orders)
    json["open_orders"].push_back({{"update", order.update}, {"difficulty", order.difficulty}});
  if (state.best_update > 0) json["best"] = {{"score", state.best}, {"update", state.best_update}};
  json["validations"] = {{"since_best", state.validations_since_best},
                         {"below", state.validations_below},
                         {"update", state.validated_update}};
  if (state.milestone)
    json["milestone"] = {{"below", state.milestone->below},
                         {"by", state.milestone->by},
                         {"position", to_json(state.milestone->position)}};
  json["flop"] = state.flop;
  json["recent_losses"] = state.recent_losses;
  json["losses"] = {{"sum", state.loss_sum}, {"updates", state.loss_updates}};
  json["files"] = {{"metrics_bytes", state.mark.metrics_bytes},
                   {"events_bytes", state.mark.events_bytes},
                   {"events_file", state.mark.events_file}};
  return json.dump();
}

RunState run_state_from(const std::string& text) {
  RunState state;
  try {
    const auto json = nlohmann::json::parse(text);
    state.position = position_from(json.at("position"));
    const auto& curriculum = json.at("curriculum");
    state.curriculum = {curriculum.at("difficulty"), curriculum.at("loss_sum"), curriculum.at("sequences"),
                        curriculum.value("best", state.curriculum.best), curriculum.value("since_best", int64_t{0})};
    for (const auto& order : json.at("open_orders"))
      state.open_orders.push_back({order.at("update"), order.at("difficulty")});
    if (json.contains("best")) {
      state.best = json.at("best").at("score");
      state.best_update = json.at("best").at("update");
    }
    const auto& validations = json.at("validations");
    state.validations_since_best = validations.at("since_best");
    state.validations_below = validations.at("below");
    state.validated_update = validations.at("update");
    if (json.contains("milestone")) {
      const auto& milestone = json.at("milestone");
      state.milestone =
          Milestone{milestone.at("below"), milestone.at("by"), position_from(milestone.at("position"))};
    }
    state.flop = json.value("flop", 0.0);  // runs of before it was counted go on too
    state.recent_losses = json.at("recent_losses").get<std::deque<double>>();
    state.loss_sum = json.at("losses").at("sum");
    state.loss_updates = json.at("losses").at("updates");
    const auto& files = json.at("files");
    state.mark = {files.at("metrics_bytes"), files.at("events_bytes"), files.at("events_file")};
  } catch (const nlohmann::json::exception& error) {
    throw Error(std::string("the state of the run is damaged: ") + error.what());
  }
  return state;
}

}  // namespace mneme

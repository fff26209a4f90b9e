#include "mneme/training/trainer.h"

namespace mneme {

std::string end_text(TrainingResult::End end) {
  switch (end) {
    case TrainingResult::End::finished:
      return "finished";
    case TrainingResult::End::target_reached:
      return "target reached";
    case TrainingResult::End::no_improvement:
      return "no improvement";
    case TrainingResult::End::interrupted:
      return "interrupted";
  }
  return "";
}

}  // namespace mneme

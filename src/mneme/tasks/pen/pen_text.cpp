#include "mneme/tasks/pen/pen_text.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "mneme/core/error.h"
#include "mneme/tasks/pen/letter_forms.h"
#include "mneme/tasks/pen/pen_curve.h"

namespace mneme {
namespace {

constexpr std::string_view kCharacters =
    " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,'\"-!?;:()";

constexpr double kDotLength = 0.07;  // of the tick that a dot is
constexpr double kLeadIn = 0.45;     // of the stroke that leads into a joined word
constexpr double kCarelessness = 3;  // delayed strokes are placed less exactly, by this factor

struct Stroke {
  std::vector<CurvePoint> points;  // y up
  bool delayed = false;
};

/// What a hand makes of a character, always the same.
struct Habit {
  size_t form;
  Random bends;
};

Habit habit_of(const Writer& writer, char character, size_t forms) {
  Random random = Seed(writer.seed).stream(std::string("letter ") + character);
  const auto form = static_cast<size_t>(random.integer(0, static_cast<int64_t>(forms) - 1));
  return {form, random};
}

/// Puts letters down one after the other.
class Pen {
 public:
  Pen(const Writer& writer, Random& random)
      : writer_(writer),
        random_(random),
        drift_phase_(random.uniform(0, 2 * std::numbers::pi)),
        size_phase_(random.uniform(0, 2 * std::numbers::pi)) {}

  void letter(char character, int32_t index) {
    const auto& forms = letter_forms(character, writer_.joined);
    Habit habit = habit_of(writer_, character, forms.size());
    const LetterForm& form = forms[habit.form];
    const double lean = writer_.jitter * random_.normal();
    const double swell = 1 + writer_.jitter * random_.normal();
    bool first = true;
    for (const FormStroke& drawn : form.strokes) {
      Stroke stroke;
      stroke.delayed = drawn.delayed && (writer_.joined || random_.coin(writer_.delay));
      const double astray = drawn.delayed ? kCarelessness * writer_.jitter : 0;
      const double aside = astray * random_.normal(), above = astray * random_.normal();
      for (const FormPoint& point : drawn.points) {
        // Corners of a letter are what it is known by; its round parts bend more freely.
        const double bend = point.corner ? 0.6 : 1;
        const double x =
            point.x + bend * (writer_.habit * habit.bends.normal() + writer_.jitter * random_.normal());
        const double y =
            point.y + bend * (writer_.habit * habit.bends.normal() + writer_.jitter * random_.normal());
        stroke.points.push_back(
            placed((x + aside) * writer_.width * swell, (y + above) * swell, lean, point.corner, index));
      }
      if (stroke.points.size() == 1) add_tick(stroke);
      if (first && form.joins)
        join(stroke);
      else
        add(std::move(stroke));
      first = false;
    }
    const bool goes_on = form.joins && !random_.coin(writer_.lift);
    if (!goes_on) lift();
    x_ += form.width * writer_.width + writer_.letter_space * (form.joins ? 0.5 : 1.0);
  }

  void space() {
    end_word();
    x_ += writer_.word_space * (1 + 2 * writer_.jitter * random_.normal());
  }

  void end_word() {
    lift();
    strokes_.insert(strokes_.end(), put_off_.begin(), put_off_.end());
    put_off_.clear();
  }

  const std::vector<Stroke>& strokes() const { return strokes_; }

 private:
  /// From the letter's own place to the line's.
  CurvePoint placed(double x, double y, double lean, bool corner, int32_t index) const {
    if (y > 1) y = 1 + (y - 1) * writer_.ascent;
    if (y < 0) y *= writer_.ascent;
    const double size = 1 + writer_.size_drift * std::sin(size_phase_ + 0.5 * x_);
    y *= size;
    x = x_ + x * size + (writer_.slant + lean) * y;
    return {x, y + writer_.slope * x + writer_.drift * std::sin(drift_phase_ + 0.4 * x), corner, index};
  }

  void add_tick(Stroke& dot) {
    const CurvePoint at = dot.points.front();
    const double length = kDotLength * random_.uniform(0.5, 1.5), angle = random_.uniform(-1.6, 0.2);
    dot.points.push_back(
        {at.x + length * std::cos(angle), at.y + length * std::sin(angle), false, at.character});
  }

  /// Goes on in the stroke of the letter before, or begins one with a lead-in.
  void join(const Stroke& stroke) {
    if (open_.points.empty() && !stroke.points.front().corner) {
      CurvePoint start = stroke.points.front();
      start.x -= kLeadIn * random_.uniform(0.3, 1);
      start.y -= 0.15 * random_.uniform();
      open_.points.push_back(start);
    }
    open_.points.insert(open_.points.end(), stroke.points.begin(), stroke.points.end());
  }

  void add(Stroke stroke) {
    if (stroke.delayed) {
      put_off_.push_back(std::move(stroke));
      return;
    }
    lift();
    strokes_.push_back(std::move(stroke));
  }

  void lift() {
    if (!open_.points.empty()) strokes_.push_back(std::move(open_));
    open_ = {};
  }

  const Writer& writer_;
  Random& random_;
  double drift_phase_, size_phase_;
  double x_ = 0;
  std::vector<Stroke> strokes_, put_off_;
  Stroke open_;  // of a joined word, not lifted yet
};

void check_text(const std::string& text) {
  std::string unknown;
  for (const char character : text)
    if (kCharacters.find(character) == std::string_view::npos && unknown.find(character) == std::string::npos)
      unknown += character;
  if (text.find_first_not_of(' ') == std::string::npos)
    throw UsageError("draw_text: text is \"" + text + "\", expected something to write");
  if (!unknown.empty())
    throw UsageError("draw_text: text has the characters `" + unknown +
                     "`, expected only letters, digits, space and " +
                     std::string(kCharacters.substr(kCharacters.find('.'))));
}

}  // namespace

std::string_view pen_characters() {
  return kCharacters;
}

Writer draw_writer(Random& random) {
  const auto normal = [&](double mean, double deviation) {
    return mean + deviation * std::clamp(random.normal(), -2.0, 2.0);
  };
  Writer writer;
  writer.seed = random();
  writer.joined = random.coin();
  writer.lift = writer.joined && random.coin() ? random.uniform(0, 0.3) : 0;
  writer.delay = random.uniform(0.3, 1);
  writer.slant = normal(0.15, 0.17);
  writer.width = random.uniform(0.75, 1.2);
  writer.ascent = random.uniform(0.75, 1.15);
  writer.letter_space = random.uniform(0.15, 0.4);
  writer.word_space = random.uniform(0.7, 1.3);
  writer.slope = normal(0, 0.02);
  writer.drift = random.uniform(0, 0.08);
  writer.size_drift = random.uniform(0, 0.08);
  writer.speed = random.uniform(0.38, 0.55);
  writer.slowing = random.uniform(0.25, 0.4);
  writer.habit = random.uniform(0.02, 0.06);
  writer.jitter = random.uniform(0.01, 0.03);
  writer.tremor = random.uniform(0.002, 0.008);
  return writer;
}

PenText draw_sample(const std::string& text, bool joined, uint64_t seed) {
  Random random = Seed(seed).stream("sample of handwriting");
  Writer writer = draw_writer(random);
  writer.joined = joined;
  writer.lift = 0;
  writer.delay = 1;
  writer.slope = 0;
  return draw_text(text, writer, random);
}

PenText draw_text(const std::string& text, const Writer& writer, Random& random) {
  check_text(text);
  Pen pen(writer, random);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ')
      pen.space();
    else
      pen.letter(text[i], static_cast<int32_t>(i));
  }
  pen.end_word();

  PenText written{text, {}};
  double x = 0, y = 0;
  for (const Stroke& stroke : pen.strokes()) {
    const PenSpeed speed{writer.speed * std::exp(0.1 * random.normal()), writer.slowing};
    for (const CurvePoint& at : sampled_in_time(smooth_curve(stroke.points), speed)) {
      const double to_x = at.x + writer.tremor * random.normal(),
                   to_y = -at.y + writer.tremor * random.normal();
      const bool start = written.points.empty();
      written.points.push_back({start ? 0 : static_cast<float>(to_x - x),
                                start ? 0 : static_cast<float>(to_y - y), false, at.character,
                                stroke.delayed});
      x = to_x;
      y = to_y;
    }
    written.points.back().stroke_end = true;
  }
  return written;
}

}  // namespace mneme

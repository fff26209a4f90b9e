#include "mneme/training/recipe_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

namespace mneme {
namespace {

std::string place(const std::filesystem::path& file, const toml::source_region& region) {
  return file.string() + ":" + std::to_string(region.begin.line) + ":" + std::to_string(region.begin.column);
}

/// Nothing when no option has a value of this type.
std::optional<OptionValue> option_value(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return OptionValue(flag->get());
  if (const auto* integer = node.as_integer()) return OptionValue(integer->get());
  if (const auto* number = node.as_floating_point()) return OptionValue(number->get());
  if (const auto* text = node.as_string()) return OptionValue(text->get());
  const auto* array = node.as_array();
  if (array == nullptr) return std::nullopt;
  std::vector<int64_t> list;
  for (const auto& item : *array) {
    if (!item.is_integer()) return std::nullopt;
    list.push_back(item.as_integer()->get());
  }
  return OptionValue(std::move(list));
}

std::string type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list of other things than integers";
    case toml::node_type::date:
      return "a date";
    case toml::node_type::time:
      return "a time";
    default:
      return "a date and time";
  }
}

}  // namespace

const std::vector<std::string>& recipe_sections() {
  static const std::vector<std::string> sections{"about", "model", "task", "training"};
  return sections;
}

std::vector<RecipeEntry> read_recipe_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  if (!(stream && text << stream.rdbuf())) throw DataError(file.string() + ": the recipe cannot be read");

  toml::table tables;
  try {
    tables = toml::parse(text.str(), file.string());
  } catch (const toml::parse_error& error) {
    throw UsageError(place(file, error.source()) + ": " + std::string(error.description()));
  }

  std::vector<RecipeEntry> entries;
  for (const auto& [section, node] : tables) {
    const std::string name(section.str());
    const bool known =
        std::find(recipe_sections().begin(), recipe_sections().end(), name) != recipe_sections().end();
    if (!node.is_table()) {
      const std::string tail = known ? ", expected the table [" + name + "]"
                                     : ", expected keys in [model], [task] or [training] only";
      throw UsageError(place(file, section.source()) + ": " + name + " stands outside the tables" + tail);
    }
    if (!known) {
      const std::string nearest = nearest_word(name, recipe_sections());
      throw UsageError(place(file, section.source()) + ": unknown table [" + name + "]; " +
                       (nearest.empty() ? "expected [about], [model], [task] or [training]"
                                        : "did you mean [" + nearest + "]?"));
    }
    for (const auto& [key, value_node] : *node.as_table()) {
      const std::string origin = place(file, key.source());
      auto value = option_value(value_node);
      if (!value)
        throw UsageError(origin + ": " + name + "." + std::string(key.str()) + " is " +
                         type_name(value_node) +
                         ", expected true or false, a number, text or a list of integers");
      entries.push_back({name, std::string(key.str()), {std::move(*value), origin}});
    }
  }
  return entries;
}

OptionValue value_of_words(std::string_view words) {
  try {
    const toml::table parsed = toml::parse("value = " + std::string(words));
    if (parsed.size() == 1)
      if (auto value = option_value(*parsed.get("value"))) return *value;
  } catch (const toml::parse_error&) {
    // Not a TOML value: plain text.
  }
  return std::string(words);
}

std::string toml_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted.append(1, '\\').append(1, c);
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (code < 0x20 || code == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04X", code);
      quoted += escape;
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace mneme

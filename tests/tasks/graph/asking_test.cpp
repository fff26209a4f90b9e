#include "mneme/tasks/graph/asking.h"

#include <set>

#include "graph_checks.h"
#include "mneme/tasks/graph/inference.h"
#include "mneme/tasks/graph/map_text.h"
#include "mneme/tasks/graph/relations.h"

namespace mneme {
namespace {

const NamedGraph& london() {
  static const NamedGraph map = read_named_graph(kMaps + "london-centre.txt");
  return map;
}

const NamedGraph& family() {
  static const NamedGraph tree = read_named_graph(kMaps + "family.txt");
  return tree;
}

std::vector<std::string> answer_text(const NamedGraph& graph, const AskedQuestion& asked) {
  std::vector<std::string> text;
  for (const Triple& triple : asked.answer) text.push_back(edge_text(graph, triple));
  return text;
}

AskedQuestion only(const NamedGraph& graph, const std::string& text) {
  const auto asked = parse_question(graph, text);
  EXPECT_EQ(asked.size(), 1u) << text;
  return asked.front();
}

std::string refusal(const NamedGraph& graph, const std::string& text) {
  return error_text<UsageError>([&] { parse_question(graph, text); });
}

TEST(Asking, TheLecturesShortestPath) {
  for (const char* text : {"(Moorgate, PiccadillyCircus, _)", "Moorgate -> Piccadilly Circus"}) {
    const AskedQuestion asked = only(london(), text);
    EXPECT_EQ(asked.task, "graph-shortest-path");
    EXPECT_EQ(asked.words, "Moorgate -> Piccadilly Circus");
    EXPECT_EQ(asked.answer.size(), 4u);
    EXPECT_TRUE(asked.no_answer.empty());
  }
}

TEST(Asking, TheLecturesTraversalHasOneAnswer) {
  const AskedQuestion asked =
      only(london(),
           "(OxfordCircus, _, Central), (_, _ Circle)\n (_, _ Circle), (_, _ Circle),\n (_, _ "
           "Bakerloo), (_, _ Victoria),\n (_, _ Victoria), (_, _ Circle),\n (_, _ Bakerloo), "
           "(_, _ Jubilee)");
  EXPECT_EQ(asked.task, "graph-traversal");
  EXPECT_EQ(answer_text(london(), asked),
            (std::vector<std::string>{
                "Oxford Circus -> Notting Hill Gate (Central)", "Notting Hill Gate -> Paddington (Circle)",
                "Paddington -> Marylebone (Circle)", "Marylebone -> Baker Street (Circle)",
                "Baker Street -> Oxford Circus (Bakerloo)", "Oxford Circus -> Green Park (Victoria)",
                "Green Park -> Victoria (Victoria)", "Victoria -> Embankment (Circle)",
                "Embankment -> Waterloo (Bakerloo)", "Waterloo -> Green Park (Jubilee)"}));
  EXPECT_EQ(only(london(),
                 "OxfordCircus: Central, Circle, Circle, Circle, Bakerloo, Victoria, Victoria, Circle, "
                 "Bakerloo, Jubilee")
                .answer,
            asked.answer);
}

TEST(Asking, TheLecturesRelative) {
  for (const char* text :
       {"(Freya, _, MaternalGreatUncle)", "Freya's MaternalGreatUncle", "freya's maternal great uncle"}) {
    const AskedQuestion asked = only(family(), text);
    EXPECT_EQ(asked.task, "graph-inference");
    ASSERT_EQ(asked.answer.size(), 1u);
    EXPECT_EQ(family().nodes[static_cast<size_t>(asked.answer[0].destination)], "Fergus");
    EXPECT_EQ(relations()[static_cast<size_t>(asked.answer[0].edge - relation_code(0))].name,
              "MaternalGreatUncle");
  }
  EXPECT_EQ(only(family(), "Freya's Mother").answer.front().edge, family_step::mother);
}

TEST(Asking, WithoutASideBothAreMeant) {
  std::set<std::string> grandmothers;
  for (const auto& each : parse_question(family(), "Freya's Grandmother"))
    grandmothers.insert(family().nodes[static_cast<size_t>(each.answer[0].destination)]);
  EXPECT_EQ(grandmothers, (std::set<std::string>{"Mary", "Jane"}));
}

TEST(Asking, SeveralRelativesAreAskedForOneByOne) {
  const auto asked = parse_question(family(), "Melanie's PaternalAunt");
  std::set<std::string> aunts;
  for (const auto& each : asked)
    aunts.insert(family().nodes[static_cast<size_t>(each.answer[0].destination)]);
  EXPECT_EQ(aunts, (std::set<std::string>{"Alice", "Charlotte"}));
}

TEST(Asking, AnAmbiguousWalkIsRefusedWithItsChoices) {
  EXPECT_EQ(refusal(london(), "Holborn: Central"),
            "2 walks fit the lines; say where they lead, as in\n"
            "  Holborn: Central to Tottenham Court Road\n"
            "  Holborn: Central to Bank");
  EXPECT_EQ(answer_text(london(), only(london(), "Holborn: Central to Bank")),
            std::vector<std::string>{"Holborn -> Bank (Central)"});
}

TEST(Asking, AQuestionWithoutAnAnswerSaysSo) {
  EXPECT_EQ(only(london(), "Waterloo: Central").no_answer, "no Central leaves Waterloo");
  EXPECT_EQ(only(london(), "Waterloo: Jubilee, Northern").no_answer,
            "no Northern leaves Green Park, where the lines before lead");
  EXPECT_EQ(only(london(), "Bank -> Bank").no_answer, "Bank is where one is already");
  EXPECT_EQ(only(family(), "Lindsey's Mother").no_answer, "Lindsey has no Mother");
  const NamedGraph parted = read_map_text({"A: x - y", "B: u - v"}, "parted.txt");
  EXPECT_EQ(only(parted, "x -> v").no_answer, "no path leads from x to v");
}

TEST(Asking, WhatIsNotThereIsRefusedWithTheNearest) {
  EXPECT_EQ(refusal(london(), "Morgate -> Bank"), "unknown station Morgate; did you mean Moorgate?");
  EXPECT_EQ(refusal(london(), "Bank: Cental"), "unknown line Cental; did you mean Central?");
  EXPECT_EQ(refusal(family(), "Freia's Mother"), "unknown person Freia; did you mean Freya?");
  EXPECT_EQ(refusal(family(), "Freya's Friend"), "unknown relation Friend");
  EXPECT_EQ(refusal(family(), "Freya's MaternalAnt"),
            "unknown relation MaternalAnt; did you mean MaternalAunt?");
  EXPECT_EQ(refusal(london(), "Moorgate").substr(0, 48), "the question Moorgate has no form of this map, e");
  EXPECT_EQ(refusal(london(), "(Moorgate, _, _)").substr(0, 42),
            "the question (Moorgate, _, _) has blanks (");
  EXPECT_EQ(refusal(london(), "(Moorgate"),
            "the question (Moorgate is no list of triples, expected such as (Moorgate, Bank, _)");
}

TEST(Asking, APosedQuestionIsTheSameInCodes) {
  Random random(3);
  for (const char* text : {"Moorgate -> Piccadilly Circus", "Waterloo: Jubilee"}) {
    const AskedQuestion asked = only(london(), text);
    const PosedQuestion posed = pose(london(), asked, 7, random);
    EXPECT_EQ(posed.episode.description.size(), 84u);
    const Question& question = posed.episode.questions.front();
    EXPECT_EQ(question.planning, asked.task == "graph-shortest-path" ? 7 : 0);
    ASSERT_EQ(question.answer.size(), asked.answer.size());
    for (size_t k = 0; k < asked.answer.size(); ++k) {
      const NamedTriple named = name_triple(london(), posed.codes, question.answer[k]);
      EXPECT_EQ(named.source + " -> " + named.destination + " (" + named.edge + ")",
                edge_text(london(), asked.answer[k]));
    }
  }
  const PosedQuestion posed = pose(family(), only(family(), "Freya's MaternalGreatUncle"), 0, random);
  const NamedTriple named =
      name_triple(family(), posed.codes, posed.episode.questions.front().answer.front());
  EXPECT_EQ(named.source, "Freya");
  EXPECT_EQ(named.destination, "Fergus");
  EXPECT_EQ(named.edge, "MaternalGreatUncle");
  EXPECT_EQ(name_triple(family(), posed.codes, {kBlank, 999, 1}).edge, "?");
}

}  // namespace
}  // namespace mneme

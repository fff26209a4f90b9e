// Readers of maps and family trees: what they make of whole files, and how each malformed one is refused.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "core/temporary_folder.h"
#include "graph_checks.h"
#include "mneme/tasks/graph/family.h"
#include "mneme/tasks/graph/named_graph.h"
#include "mneme/tasks/graph/paths.h"

namespace mneme {
namespace {

class ReadingMaps : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    const auto file = folder_.path() / name;
    std::ofstream(file, std::ios::binary) << text;
    return file.string();
  }

  NamedGraph read(const std::string& text, const std::string& name = "map.txt") {
    return read_named_graph(write(name, text));
  }

  /// The error without the folder.
  std::string refusal(const std::string& text, const std::string& name = "map.txt") {
    return shortened(error_text<UsageError>([&] { read(text, name); }));
  }

  std::string shortened(std::string text) {
    const std::string prefix = folder_.path().string() + "/";
    for (size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
      text.erase(at, prefix.size());
    return text;
  }

  mneme::test::TemporaryFolder folder_;
};

/// Every edge as text, sorted.
std::set<std::string> edges_of(const NamedGraph& graph) {
  std::set<std::string> edges;
  for (const Triple& triple : graph.graph.triples) edges.insert(edge_text(graph, triple));
  return edges;
}

void expect_labels_unique_at_each_node(const NamedGraph& graph) {
  std::set<std::pair<int64_t, int64_t>> seen;
  for (const Triple& triple : graph.graph.triples)
    EXPECT_TRUE(seen.emplace(triple.source, triple.edge).second) << edge_text(graph, triple);
}

TEST_F(ReadingMaps, ALineOfTextIsALine) {
  const NamedGraph map = read(
      "# a small town\n\n"
      "Tram 1 (#00ff00): Station - Market  - Town Hall\r\n"
      "Ferry: Town Hall > Island\n"
      "Tram 1: Market - Zoo\n"
      "town hall @ 51.5, -0.25\n");
  EXPECT_EQ(map.nodes, (std::vector<std::string>{"Station", "Market", "Town Hall", "Island", "Zoo"}));
  EXPECT_EQ(edges_of(map),
            (std::set<std::string>{"Station -> Market (Tram 1)", "Market -> Station (Tram 1)",
                                   "Market -> Town Hall (Tram 1)", "Town Hall -> Market (Tram 1)",
                                   "Town Hall -> Island (Ferry)", "Market -> Zoo (Tram 1)",
                                   "Zoo -> Market (Tram 1)"}));
  expect_labels_unique_at_each_node(map);
  EXPECT_EQ(map.graph.labels, 4);  // Market is left three times by the tram
  EXPECT_EQ(map.lines[0].colour, "#00ff00");
  ASSERT_TRUE(map.places[2].has_value());
  EXPECT_EQ((*map.places[2])[1], -0.25);
  EXPECT_FALSE(map.places[0].has_value());
  EXPECT_FALSE(map.family);
}

TEST_F(ReadingMaps, MalformedTextIsRefusedByFileAndLine) {
  EXPECT_EQ(refusal(""), "map.txt:1: the file is empty");
  EXPECT_EQ(refusal(" \n\t\n"), "map.txt:1: the file is empty");
  EXPECT_EQ(refusal("# nothing else\n"), "map.txt: the map has no connection");
  EXPECT_EQ(refusal("A: x - y\nB: x\n"), "map.txt:2: the line B has one station, expected two or more");
  EXPECT_EQ(refusal("A: x - y\nB: x - y - x\n"), "map.txt:2: the line B connects y and x twice");
  EXPECT_EQ(refusal("A: x -  - y\n"), "map.txt:1: a station without a name");
  EXPECT_EQ(refusal(": x - y\n"), "map.txt:1: a line without a name");
  EXPECT_EQ(refusal("A: x - X\n"), "map.txt:1: station x is connected with itself");
  EXPECT_EQ(refusal("A (green): x - y\n"), "map.txt:1: the colour is green, expected such as #e32017");
  EXPECT_EQ(refusal("A: x - y\nz @ 1, 2\n"), "map.txt:2: no line stops at z");
  EXPECT_EQ(refusal("A: x - y\nx @ 1, 2\nX @ 3, 4\n"), "map.txt:3: station x has a place already");
  EXPECT_EQ(refusal("A: x - y\nx @ 1\n"),
            "map.txt:2: the place is 1, expected latitude, longitude such as 51.5152, -0.1415");
  EXPECT_EQ(refusal("A: x - y\nx to y\n").substr(0, 54),
            "map.txt:2: x to y is neither a line nor a place; expec");
  EXPECT_THROW(read_named_graph((folder_.path() / "none.txt").string()), DataError);
}

TEST_F(ReadingMaps, MoreStationsOrLabelsThanTheCodeHoldsAreRefused) {
  std::string stations = "A: s0";
  for (int64_t i = 1; i <= 1000; ++i) stations += " - s" + std::to_string(i);
  EXPECT_EQ(refusal("# long\n" + stations + "\n"),
            "map.txt:2: more stations than the code can hold: three digits tell 1000 apart");
  std::string lines;
  for (int64_t i = 0; i <= 1000; ++i) lines += "L" + std::to_string(i) + ": x > y\n";
  EXPECT_EQ(refusal(lines),
            "map.txt:1001: more edge labels than the code can hold: three digits tell 1000 apart");
}

TEST_F(ReadingMaps, UnknownNamesAreRefusedWithTheNearest) {
  const NamedGraph map = read("A: Moorgate - Bank - Moorgat\n");
  EXPECT_EQ(node_named(map, "MOORGATE", "station"), 0);
  EXPECT_EQ(error_text<UsageError>([&] { node_named(map, "Morgate", "station"); }),
            "unknown station Morgate; did you mean Moorgate or Moorgat?");
  EXPECT_EQ(error_text<UsageError>([&] { node_named(map, "Xyzzy", "station"); }), "unknown station Xyzzy");
}

class ReadingTables : public ReadingMaps {
 protected:
  std::map<std::string, std::string> tables_ = {
      {"town.stations.csv",
       "\"id\",\"name\",\"latitude\",\"longitude\"\n1,\"A\",51.5,-0.1\n2,\"B, west\",51.6,-0.2\n"},
      {"town.lines.csv", "line,name,colour\n7,\"Red Line\",ff0000\n"},
      {"town.connections.csv", "station1,station2,line\n1,2,7\n"}};

  NamedGraph read_tables() {
    for (const auto& [name, text] : tables_) write(name, text);
    return read_named_graph(folder_.path().string());
  }
  std::string refusal_with(const std::string& table, const std::string& text) {
    const std::string before = tables_["town." + table + ".csv"];
    tables_["town." + table + ".csv"] = text;
    const std::string error = shortened(error_text<UsageError>([&] { read_tables(); }));
    tables_["town." + table + ".csv"] = before;
    return error;
  }
};

TEST_F(ReadingTables, JoinsThreeTables) {
  const NamedGraph map = read_tables();
  EXPECT_EQ(edges_of(map), (std::set<std::string>{"A -> B, west (Red)", "B, west -> A (Red)"}));
  EXPECT_EQ(map.lines[0].colour, "#ff0000");
  EXPECT_EQ((*map.places[1])[0], 51.6);
}

TEST_F(ReadingTables, MalformedTablesAreRefusedByFileAndLine) {
  const std::string connections = "station1,station2,line\n", stations = "id,name\n";
  EXPECT_EQ(refusal_with("connections", connections + "1,2,7\n1,9,7\n"),
            "town.connections.csv:3: station 9 is not in town.stations.csv");
  EXPECT_EQ(refusal_with("connections", connections + "1,2,8\n"),
            "town.connections.csv:2: line 8 is not in town.lines.csv");
  EXPECT_EQ(refusal_with("connections", connections + "1,2,7\n2,1,7\n"),
            "town.connections.csv:3: the line Red connects B, west and A twice");
  EXPECT_EQ(refusal_with("connections", connections + "1,2\n"),
            "town.connections.csv:2: 2 cells, expected 3 as in the first line");
  EXPECT_EQ(refusal_with("connections", ""), "town.connections.csv:1: the file is empty");
  EXPECT_EQ(refusal_with("connections", connections), "town.connections.csv:1: the table has no row");
  EXPECT_EQ(refusal_with("connections", "from,to,line\n1,2,7\n"),
            "town.connections.csv:1: no column station1");
  EXPECT_EQ(refusal_with("stations", stations + "1,A\n1,B\n"),
            "town.stations.csv:3: station 1 is there twice");
  EXPECT_EQ(refusal_with("stations", stations + "1,A\n2,a\n"),
            "town.stations.csv:3: station a is there twice");
  EXPECT_EQ(refusal_with("stations", "id,name,latitude,longitude\n1,A,north,0\n"),
            "town.stations.csv:2: latitude is north, expected a number");
  EXPECT_EQ(refusal_with("lines", "line,name\n7,Red\n7,Blue\n"), "town.lines.csv:3: line 7 is there twice");
  tables_.clear();
  std::filesystem::remove(folder_.path() / "town.lines.csv");
  EXPECT_EQ(error_text<DataError>([&] { read_tables(); }),
            folder_.path().string() + ": no table of lines (*.lines.csv)");
}

TEST(PublishedMap, TheWholeUndergroundIsRead) {
  const char* data = std::getenv("MNEME_DATA");
  if (data == nullptr) GTEST_SKIP() << "MNEME_DATA is not set: the published tables are not read";
  const NamedGraph map = read_named_graph(std::string(data) + "/underground");
  EXPECT_EQ(map.graph.nodes, 302);
  EXPECT_EQ(map.graph.triples.size(), 2u * 406);
  EXPECT_EQ(map.lines.size(), 13u);
  expect_labels_unique_at_each_node(map);
  const PathsTo paths(map.graph.triples, node_named(map, "Oxford Circus", "station"));
  for (int64_t station = 0; station < 302; ++station) EXPECT_NE(paths.distance(station), kBlank);
}

TEST(LectureMap, HoldsTheEdgesOfTheSlide) {
  const NamedGraph map = read_named_graph(kMaps + "london-centre.txt");
  EXPECT_EQ(map.graph.triples.size(), 84u);
  EXPECT_EQ(map.graph.nodes, 20);
  expect_labels_unique_at_each_node(map);
  const auto edges = edges_of(map);
  for (const char* edge :
       {"Oxford Circus -> Tottenham Court Road (Central)", "Tottenham Court Road -> Oxford Circus (Central)",
        "Baker Street -> Marylebone (Circle)", "Baker Street -> Marylebone (Bakerloo)",
        "Baker Street -> Oxford Circus (Bakerloo)", "Leicester Square -> Charing Cross (Northern)",
        "Tottenham Court Road -> Leicester Square (Northern)",
        "Oxford Circus -> Piccadilly Circus (Bakerloo)", "Oxford Circus -> Notting Hill Gate (Central)",
        "Oxford Circus -> Euston (Victoria)", "Moorgate -> Bank (Northern)", "Bank -> Holborn (Central)",
        "Holborn -> Leicester Square (Piccadilly)", "Leicester Square -> Piccadilly Circus (Piccadilly)",
        "Waterloo -> Green Park (Jubilee)"})
    EXPECT_TRUE(edges.contains(edge)) << edge;
  for (const auto& place : map.places) EXPECT_TRUE(place.has_value());
  for (const MapLine& line : map.lines) EXPECT_FALSE(line.colour.empty());
}

TEST(LectureFamily, HoldsTheTriplesOfTheSlide) {
  const NamedGraph tree = read_named_graph(kMaps + "family.txt");
  EXPECT_TRUE(tree.family);
  EXPECT_EQ(tree.graph.triples.size(), 54u);
  const auto edges = edges_of(tree);
  for (const char* edge : {"Charlotte -> Alan (Father)", "Simon -> Steve (Father)", "Steve -> Simon (Son1)",
                           "Melanie -> Alison (Mother)", "Lindsey -> Fergus (Son1)", "Bob -> Jane (Mother)",
                           "Natalie -> Alice (Mother)", "Mary -> Ian (Father)", "Jane -> Alice (Daughter1)",
                           "Mat -> Charlotte (Mother)"})
    EXPECT_TRUE(edges.contains(edge)) << edge;
  const FamilySteps steps(tree.graph);
  EXPECT_EQ(steps.follow(node_named(tree, "Freya", "person"), {family_step::mother, family_step::mother,
                                                               family_step::mother, family_step::son(1)}),
            node_named(tree, "Fergus", "person"));
}

TEST_F(ReadingMaps, FamilyTriplesNumberUnnumberedChildren) {
  const NamedGraph tree =
      read("# two sons\n(Ann, Bert, Son)\n(Ann, Carl, son)\n(Ann, Dora, Daughter)\n(Bert, Ann, Mother)\n");
  EXPECT_TRUE(tree.family);
  EXPECT_EQ(edges_of(tree), (std::set<std::string>{"Ann -> Bert (Son1)", "Ann -> Carl (Son2)",
                                                   "Ann -> Dora (Daughter1)", "Bert -> Ann (Mother)"}));
}

TEST_F(ReadingMaps, MalformedFamiliesAreRefusedByFileAndLine) {
  EXPECT_EQ(refusal("(A, B, Mother)\n(A, C, Mother)\n"), "map.txt:2: A has two relatives Mother: B and C");
  EXPECT_EQ(refusal("(A, B, Mothr)\n"), "map.txt:1: unknown step Mothr; did you mean Mother?");
  EXPECT_EQ(refusal("(A, B, Friend)\n"),
            "map.txt:1: unknown step Friend, expected Father, Mother, Husband, Wife, Son or Daughter");
  EXPECT_EQ(refusal("(A, B, Mother)\nA, B\n"),
            "map.txt:2: A, B is no triple, expected such as (Freya, Alison, Mother)");
  EXPECT_EQ(refusal("(A, , Mother)\n"), "map.txt:1: a person without a name");
  EXPECT_EQ(refusal("(A, A, Mother)\n"), "map.txt:1: A is related with A");
  std::string many;
  for (int64_t i = 0; i < 9; ++i) many += "(A, s" + std::to_string(i) + ", Son)\n";
  EXPECT_EQ(refusal(many), "map.txt:9: A has more than 8 sons");
  std::string pairs;
  for (int64_t i = 0; i <= 500; ++i)
    pairs += "(p" + std::to_string(2 * i) + ", p" + std::to_string(2 * i + 1) + ", Mother)\n";
  EXPECT_EQ(refusal(pairs).substr(0, 51), "map.txt:501: more people than the code can hold: th");
}

constexpr auto kGedcom = R"(0 HEAD
1 CHAR UTF-8
0 @I1@ INDI
1 NAME John /Smith/
1 SEX M
0 @I2@ INDI
1 NAME Mary /Jones/
1 SEX F
1 BIRT
2 DATE 1 JAN 1900
0 @I3@ INDI
1 NAME John /Smith/
1 SEX M
0 @F1@ FAM
1 HUSB @I1@
1 WIFE @I2@
1 CHIL @I3@
0 TRLR
)";

TEST_F(ReadingMaps, GedcomFamiliesBecomeSteps) {
  const NamedGraph tree = read(kGedcom, "smith.ged");
  EXPECT_TRUE(tree.family);
  EXPECT_EQ(edges_of(tree),
            (std::set<std::string>{
                "John Smith (I1) -> Mary Jones (Wife)", "Mary Jones -> John Smith (I1) (Husband)",
                "John Smith (I1) -> John Smith (I3) (Son1)", "Mary Jones -> John Smith (I3) (Son1)",
                "John Smith (I3) -> John Smith (I1) (Father)", "John Smith (I3) -> Mary Jones (Mother)"}));
}

TEST_F(ReadingMaps, MalformedGedcomIsRefusedByFileAndLine) {
  const auto changed = [](const std::string& from, const std::string& to) {
    std::string text = kGedcom;
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_EQ(refusal(changed("1 CHIL @I3@", "1 CHIL @I9@"), "s.ged"), "s.ged:17: no individual is @I9@");
  EXPECT_EQ(refusal(changed("0 @I2@ INDI", "0 @I1@ INDI"), "s.ged"),
            "s.ged:6: the individual @I1@ is there twice");
  EXPECT_EQ(refusal(changed("1 NAME Mary", "NAME Mary"), "s.ged"),
            "s.ged:7: the line begins with NAME, expected the level of a GEDCOM line such as 0 or 1");
  EXPECT_EQ(refusal(changed("1 NAME John /Smith/\n1 SEX M\n0 @F1@", "1 NAME Tom\n0 @F1@"), "s.ged"),
            "s.ged:16: Tom has no sex (SEX M or SEX F)");
  EXPECT_EQ(refusal("0 HEAD\n0 TRLR\n", "s.ged"), "s.ged: nobody is related with anybody");
}

}  // namespace
}  // namespace mneme

// What people and programs see of a run.
#include "runtime/engine/engine.h"
#include "runtime/engine/text_width.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace chasi;
using namespace chasi::engine;
using nlohmann::json;
using std::chrono::seconds;
using std::chrono::system_clock;

static Event event(EventKind kind, std::string operation, std::string message = {}) {
  Event result;
  result.kind = kind;
  result.time = system_clock::time_point(std::chrono::milliseconds(1790000000123));
  result.operation = std::move(operation);
  result.target = "main";
  result.action = "create";
  result.message = std::move(message);
  return result;
}

template <typename Print> static std::string printed(Print print) {
  std::string text;
  llvm::raw_string_ostream out(text);
  print(out);
  return text;
}

TEST(Events, JsonLines) {
  Event failed = event(EventKind::Failed, "a/\"b\"", "line\nbreak");
  failed.seq = 7;
  failed.code = "CH6203";
  failed.done = 1;
  failed.total = 2;
  std::string line = printed([&](llvm::raw_ostream& out) { printEventJson(failed, out); });
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  json read = json::parse(line);
  EXPECT_EQ(read["time"], "2026-09-21T14:13:20.123Z");
  EXPECT_EQ(read["seq"], 7);
  EXPECT_EQ(read["event"], "failed");
  EXPECT_EQ(read["operation"], "a/\"b\"");
  EXPECT_EQ(read["target"], "main");
  EXPECT_EQ(read["message"], "line\nbreak");
  EXPECT_EQ(read["code"], "CH6203");
  std::set<std::string> names;
  for (EventKind kind : {EventKind::Plan, EventKind::Start, EventKind::Progress, EventKind::Done, EventKind::Retry, EventKind::Failed, EventKind::Skipped, EventKind::Summary})
    names.insert(name(kind));
  EXPECT_EQ(names, (std::set<std::string>{"plan", "start", "progress", "done", "retry", "failed", "skipped", "summary"}));
}

TEST(Events, LinesForPeople) {
  EXPECT_EQ(eventLine(event(EventKind::Start, "a"), false), "");
  Event done = event(EventKind::Done, "a", "created");
  done.done = 1;
  done.total = 3;
  EXPECT_EQ(eventLine(done, false), "[1/3] created a\n");
  EXPECT_EQ(eventLine(done, true), "[1/3] \033[32mcreated a\033[0m\n");
  EXPECT_EQ(eventLine(event(EventKind::Skipped, "b", "it needs a, which failed"), false), "skipped b: it needs a, which failed\n");
}

TEST(TextWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(columnsOf("abc"), 3U);
  EXPECT_EQ(columnsOf("äöü"), 3U);
  EXPECT_EQ(columnsOf("租户"), 4U);
  EXPECT_EQ(columnsOf("e\u0301"), 1U);
  EXPECT_EQ(columnsOf("\xff\xfe"), 2U);
  EXPECT_EQ(fitted("租户很多", 5), "租户…");
  EXPECT_EQ(fitted("租户很多", 8), "租户很多");
  EXPECT_EQ(fitted("a\tb\x1b[31m", 20), "a b [31m");
  EXPECT_EQ(padded("租户", 6), "租户  ");
  for (size_t width = 0; width < 12; ++width) EXPECT_LE(columnsOf(fitted("ab租户cd\xe7\xa7", width)), width);
}

/// A terminal that knows the three sequences that are used.
struct Terminal {
  std::vector<std::string> lines = {""};
  void write(const std::string& text) {
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') lines.emplace_back();
      else if (text[i] == '\r') lines.back().clear();
      else if (text[i] == '\033') {
        size_t end = text.find_first_of("AJm", i);
        int number = text[i + 2] >= '0' && text[i + 2] <= '9' ? std::stoi(text.substr(i + 2)) : 0;
        if (text[end] == 'A') lines.resize(lines.size() - static_cast<size_t>(number));
        if (text[end] == 'J') lines.back().clear();
        i = end;
      } else {
        lines.back() += text[i];
      }
    }
  }
};

TEST(LiveProgress, DrawsAgainAndLeavesWhatIsDone) {
  LiveProgress live(true);
  Terminal terminal;
  auto add = [&](Event each, int second, size_t done) {
    each.time += seconds(second);
    each.done = done;
    each.total = 3;
    terminal.write(live.add(each, 40));
  };
  add(event(EventKind::Plan, "", "3 to create"), 0, 0);
  add(event(EventKind::Start, "tenant.租户/Deployment/a-very-long-name-that-does-not-fit"), 0, 0);
  add(event(EventKind::Start, "b"), 1, 0);
  add(event(EventKind::Progress, "b", "0 of 2 ready"), 75, 0);
  ASSERT_EQ(terminal.lines.size(), 5U);
  EXPECT_EQ(terminal.lines[0], "3 to create");
  EXPECT_EQ(terminal.lines[1].substr(0, 15), "  1m15s  create");
  EXPECT_EQ(terminal.lines[2], "  1m14s  create b  0 of 2 ready");
  EXPECT_EQ(terminal.lines[3], "0 of 3 done, 2 running");
  for (const std::string& line : terminal.lines) EXPECT_LE(columnsOf(line), 40U);
  EXPECT_LT(columnsOf(terminal.lines[1]), 40U);
  add(event(EventKind::Done, "b", "created"), 76, 1);
  ASSERT_EQ(terminal.lines.size(), 5U);
  EXPECT_EQ(terminal.lines[1], "[1/3] created b");
  EXPECT_EQ(terminal.lines[3], "1 of 3 done, 1 running");
  for (int i = 0; i < 20; ++i) add(event(EventKind::Start, std::to_string(i)), 80, 1);
  EXPECT_LE(terminal.lines.size(), 11U) << "a few lines, however much runs";
  terminal.write(live.clear());
  ASSERT_EQ(terminal.lines.size(), 3U);
  EXPECT_EQ(terminal.lines[2], "");
  EXPECT_EQ(live.clear(), "");
}

static StatusReport sampleReport() {
  ObjectStatus trouble{"system.pay/Deployment/pay/api", {"apps/v1", "Deployment", "pay", "api"}, "main", State::Progressing, "1 of 2 replicas ready"};
  StatusReport report;
  report.owners.push_back({"tenant.retail", State::Ready, 12, 12, {}});
  report.owners.push_back({"system.pay", State::Progressing, 4, 3, {trouble}});
  return report;
}

TEST(Status, ForPeopleAndPrograms) {
  StatusReport report = sampleReport();
  EXPECT_FALSE(report.healthy());
  std::string text = printed([&](llvm::raw_ostream& out) { printStatus(report, false, out); });
  EXPECT_EQ(text, "tenant.retail  Ready        12/12\n"
                  "system.pay     Progressing    3/4\n"
                  "  Progressing  Deployment/api in pay: 1 of 2 replicas ready\n"
                  "1 of 2 ready\n");
  EXPECT_NE(printed([&](llvm::raw_ostream& out) { printStatus(report, true, out); }).find("\033[33mProgressing\033[0m"), std::string::npos);
  json read = json::parse(printed([&](llvm::raw_ostream& out) { printStatusJson(report, out); }));
  EXPECT_EQ(read["healthy"], false);
  EXPECT_EQ(read["owners"][1]["troubles"][0]["reason"], "1 of 2 replicas ready");
  EXPECT_TRUE(StatusReport{}.healthy());
}

#include "worker/dead_letters_command.hpp"

#include <array>
#include <iostream>
#include <streamkit/core/json_text.hpp>
#include <streamkit/local/data_dir.hpp>

#include "common/command_line.hpp"

namespace streamkit::worker_tool {
namespace {

constexpr std::size_t kPerPage = 100;
constexpr std::array<std::string_view, 3> kActions = {"list", "retry", "purge"};

common::CommandLine command_line() {
  return {"streamkit-worker dead-letters ACTION [ID] [options]",
          "Jobs that were given up. `list` prints them with the reason, one JSON object a line;\n"
          "`retry` gives them back to the workers and `purge` forgets them, one by its id or all.",
          {{"action", "ACTION", "list, retry or purge"},
           {"id", "ID", "a dead letter's id, or all"},
           {"data-dir,d", "DIR", "where the server keeps objects, sessions and jobs",
            "streamkit-data"}},
          {"action", "id"}};
}

void print(const DeadJob& job, std::ostream& out) {
  out << "{\"id\":" << json_string(job.id) << ",\"attempt\":" << job.attempt
      << ",\"reason\":" << json_string(job.reason) << ",\"body\":" << json_string(job.body)
      << "}\n";
}

// Calls `take` with each dead letter that exists when the function is called. Jobs that become dead
// letters in the meantime may be omitted.
template <typename Take>
Result<void> for_each_dead(DeadLetters& letters, Take take) {
  std::string after;
  for (;;) {
    const auto page = letters.list(after, kPerPage);
    if (!page) return page.error();
    for (const DeadJob& job : *page) {
      if (auto taken = take(job); !taken) return taken;
    }
    if (page->size() < kPerPage) return {};
    after = page->back().id;
  }
}

Result<void> open_and_handle(const common::Arguments& arguments) {
  const auto action = arguments.choice("action", kActions);
  if (!action) return action.error();
  const auto data_dir = arguments.required("data-dir");
  if (!data_dir) return data_dir.error();
  if (!local::is_data_dir(*data_dir)) {
    return arguments.wrong("data-dir", "'" + *data_dir + "' is not the data directory of a server");
  }
  const auto stores = local::open_data_dir(*data_dir);
  if (!stores) return stores.error();
  const auto chosen = *action == "list"    ? DeadLetterAction::List
                      : *action == "retry" ? DeadLetterAction::Retry
                                           : DeadLetterAction::Purge;
  return handle_dead_letters(*stores->dead_letters, chosen, arguments.text("id"), std::cout);
}

}  // namespace

Result<void> handle_dead_letters(DeadLetters& letters, DeadLetterAction action, std::string_view id,
                                 std::ostream& out) {
  if (action != DeadLetterAction::List && id.empty()) {
    return Error{ErrorCode::InvalidArgument, "name the id of a dead letter, or all"};
  }
  const auto change = [&](std::string_view one) {
    return action == DeadLetterAction::Retry ? letters.revive(one) : letters.purge(one);
  };
  const std::string_view done = action == DeadLetterAction::Retry ? "retried " : "purged ";
  const bool all = id.empty() || id == "all";
  if (action != DeadLetterAction::List && !all) {
    if (auto changed = change(id); !changed) return changed;
    out << done << "1\n";
    return {};
  }
  std::size_t count = 0;
  auto walked = for_each_dead(letters, [&](const DeadJob& job) -> Result<void> {
    if (!all && job.id != id) return {};
    ++count;
    if (action == DeadLetterAction::List) {
      print(job, out);
      return {};
    }
    auto changed = change(job.id);
    // Another process changed it first.
    const bool gone = !changed && changed.error().code == ErrorCode::NotFound;
    if (gone) --count;
    return gone ? Result<void>() : changed;
  });
  if (!walked) return walked;
  if (action != DeadLetterAction::List) out << done << count << "\n";
  if (!all && count == 0) {
    return Error{ErrorCode::NotFound, "no dead letter '" + std::string(id) + "'"};
  }
  return {};
}

int run_dead_letters(const std::vector<std::string>& words) {
  const common::CommandLine line = command_line();
  const auto parsed = common::read_command_line(line, words);
  if (const auto* exit = std::get_if<common::ExitCode>(&parsed)) return exit->value;
  const auto done = open_and_handle(std::get<common::Arguments>(parsed));
  return done ? 0 : common::report(line.program(), done.error());
}

}  // namespace streamkit::worker_tool

#include "runner/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ranges>

#include "runner/suggest.hpp"

namespace postflight {
namespace {

// '*' stands for any run of characters, also none.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t at = 0, star = std::string_view::npos, star_text = 0, in_text = 0;
  while (in_text < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      star_text = in_text;
    } else if (at < pattern.size() && pattern[at] == text[in_text]) {
      ++at;
      ++in_text;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in_text = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

class Planner {
 public:
  Planner(const std::vector<Checklist>& checklists, const Selection& selection)
      : checklists_(checklists), selection_(selection) {}

  Plan plan() {
    gather();
    resolve_needs();
    if (mistakes_.empty()) find_cycles();
    check_selection();
    if (!mistakes_.empty()) throw Mistakes(std::move(mistakes_));
    select();
    if (selection_.shard) take_part(*selection_.shard);
    return std::move(plan_);
  }

 private:
  const std::string& id_of(std::size_t index) const { return plan_.checks[index].entry->id; }

  void gather() {
    for (const auto& checklist : checklists_) {
      plan_.name += (plan_.name.empty() ? "" : " + ") + checklist.name;
      for (const auto& entry : checklist.entries) {
        const auto [known, is_new] = index_of_.emplace(entry.id, plan_.checks.size());
        if (is_new)
          ids_.emplace_back(entry.id);
        else
          mistakes_.push_back(
              {entry.where, fmt::format("the id '{}' is already used at {}", entry.id,
                                        to_string(plan_.checks[known->second].entry->where))});
        plan_.checks.push_back({.entry = &entry});
      }
    }
  }

  void resolve_needs() {
    for (auto& check : plan_.checks) {
      const auto& entry = *check.entry;
      for (std::size_t number = 0; number < entry.needs.size(); ++number) {
        const auto& need = entry.needs[number];
        const auto found = index_of_.find(need);
        if (found != index_of_.end()) {
          if (std::ranges::find(check.needs, found->second) == check.needs.end())
            check.needs.push_back(found->second);
          continue;
        }
        const auto& where =
            number < entry.need_places.size() ? entry.need_places[number] : entry.where;
        mistakes_.push_back({where, fmt::format("'{}' needs '{}', but no check has that id{}",
                                                entry.id, need, did_you_mean(need, ids_))});
      }
    }
  }

  // Depth first, with a stack of its own: a chain may be as long as a checklist.
  void find_cycles() {
    enum class Mark { unseen, open, closed };
    std::vector<Mark> marks(plan_.checks.size(), Mark::unseen);
    struct Step {
      std::size_t check;
      std::size_t next_need = 0;
    };
    for (std::size_t start = 0; start < plan_.checks.size(); ++start) {
      if (marks[start] != Mark::unseen) continue;
      std::vector<Step> path{{start}};
      marks[start] = Mark::open;
      while (!path.empty()) {
        auto& step = path.back();
        const auto& needs = plan_.checks[step.check].needs;
        if (step.next_need == needs.size()) {
          marks[step.check] = Mark::closed;
          path.pop_back();
          continue;
        }
        const auto need = needs[step.next_need++];
        if (marks[need] == Mark::open) {
          std::string cycle;
          auto from = std::ranges::find(path, need, &Step::check);
          for (; from != path.end(); ++from) cycle += id_of(from->check) + " -> ";
          mistakes_.push_back({plan_.checks[need].entry->where,
                               "checks need each other in a circle: " + cycle + id_of(need)});
        } else if (marks[need] == Mark::unseen) {
          marks[need] = Mark::open;
          path.push_back({need});
        }
      }
    }
  }

  void check_selection() {
    std::vector<std::string_view> tags;
    for (const auto& check : plan_.checks)
      for (const auto& tag : check.entry->tags) tags.emplace_back(tag);
    for (const auto& tag : selection_.tags)
      if (std::ranges::find(tags, tag) == tags.end())
        mistakes_.push_back(
            {{}, fmt::format("no check has the tag '{}'{}", tag, did_you_mean(tag, tags))});
    for (const auto* patterns : {&selection_.only, &selection_.skip})
      for (const auto& pattern : *patterns)
        if (std::ranges::none_of(ids_, [&](auto id) { return matches(pattern, id); }))
          mistakes_.push_back(
              {{},
               fmt::format("'{}' is the id of no check{}", pattern, did_you_mean(pattern, ids_))});
  }

  static bool is_named(const std::vector<std::string>& patterns, std::string_view id) {
    return std::ranges::any_of(patterns, [&](const auto& pattern) { return matches(pattern, id); });
  }

  void select() {
    std::vector<std::size_t> chosen;
    for (std::size_t index = 0; index < plan_.checks.size(); ++index) {
      const auto& entry = *plan_.checks[index].entry;
      const bool has_tag =
          selection_.tags.empty() ||
          std::ranges::find_first_of(selection_.tags, entry.tags) != selection_.tags.end();
      if (has_tag && (selection_.only.empty() || is_named(selection_.only, entry.id)))
        chosen.push_back(index);
    }
    select_with_needs(chosen);
  }

  void select_with_needs(const std::vector<std::size_t>& chosen) {
    std::vector<std::size_t> to_visit;
    const auto choose = [&](std::size_t index) {
      auto& check = plan_.checks[index];
      if (check.selected || is_named(selection_.skip, check.entry->id)) return;
      check.selected = true;
      to_visit.push_back(index);
    };
    for (const auto index : chosen) choose(index);
    while (!to_visit.empty()) {
      const auto index = to_visit.back();
      to_visit.pop_back();
      for (const auto need : plan_.checks[index].needs) choose(need);
    }
  }

  void take_part(const Shard& shard) {
    const auto all = selected_count(plan_);
    if (all > 0 && shard.count > all)
      throw Mistakes({{{},
                       fmt::format("there are {} shards, but only {} checks are selected: one "
                                   "would have nothing to say",
                                   shard.count, all)}});
    plan_.shard = shard;
    std::vector<std::size_t> mine;
    std::size_t place = 0;
    for (std::size_t index = 0; index < plan_.checks.size(); ++index) {
      auto& check = plan_.checks[index];
      if (!check.selected) continue;
      if (place++ % shard.count == shard.index) mine.push_back(index);
      check.selected = false;
      check.elsewhere = true;
    }
    select_with_needs(mine);
    for (auto& check : plan_.checks) check.elsewhere = check.elsewhere && !check.selected;
  }

  const std::vector<Checklist>& checklists_;
  const Selection& selection_;
  Plan plan_;
  std::map<std::string_view, std::size_t> index_of_;
  std::vector<std::string_view> ids_;
  std::vector<Mistake> mistakes_;
};

}  // namespace

Plan make_plan(const std::vector<Checklist>& checklists, const Selection& selection) {
  return Planner(checklists, selection).plan();
}

std::size_t selected_count(const Plan& plan) {
  return static_cast<std::size_t>(std::ranges::count_if(plan.checks, &PlannedCheck::selected));
}

}  // namespace postflight

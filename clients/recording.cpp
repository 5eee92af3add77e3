#include "clients/recording.hpp"

#include <algorithm>

namespace postflight {

std::string to_string(const Question& question) {
  auto text = question.kind;
  for (const auto& field : question.fields) {
    text += " " + field.name + "=";
    for (std::size_t index = 0; index < field.values.size(); ++index)
      text += (index == 0 ? "" : " ") + field.values[index];
  }
  return text;
}

void Refusal::raise() const {
  if (!kubernetes) throw ClientError(reason, message, cause);
  throw KubernetesError(reason, message, kubernetes->status, kubernetes->status_reason,
                        kubernetes->object_is_missing, cause);
}

Refusal refusal_in(const ClientError& error) {
  Refusal refusal{error.reason(), error.what(), {}, error.cause()};
  if (const auto* of_kubernetes = dynamic_cast<const KubernetesError*>(&error))
    refusal.kubernetes = {of_kubernetes->status(), of_kubernetes->status_reason(),
                          of_kubernetes->object_is_missing()};
  return refusal;
}

std::size_t Recording::ask(std::string_view asked_by, Question question) {
  const std::scoped_lock lock(mutex_);
  places_.push_back({std::string(asked_by), std::move(question), {}});
  return places_.size() - 1;
}

void Recording::answer(std::size_t place, Answer answer) {
  const std::scoped_lock lock(mutex_);
  places_.at(place).answer = std::move(answer);
}

std::vector<Exchange> Recording::exchanges() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Exchange> list;
  for (const auto& place : places_)
    if (place.answer) list.push_back({place.asked_by, place.question, *place.answer});
  return list;
}

Replay::Replay(const std::vector<Exchange>& exchanges) {
  for (const auto& exchange : exchanges) {
    auto& turns = answers_[exchange.question][exchange.asked_by];
    const auto before = turns.empty() ? 0 : turns.back().end;
    turns.push_back({before + std::max<std::size_t>(exchange.times, 1), exchange.answer});
    first_asker_.emplace(exchange.question, exchange.asked_by);
  }
}

Answer Replay::next(std::string_view asked_by, const Question& question) {
  const auto known = answers_.find(question);
  if (known == answers_.end())
    throw ClientError(
        reason::not_recorded,
        "the recording has no answer to this question, which was not asked then, or was "
        "cut off before it was answered: " +
            to_string(question));
  auto of_asker = known->second.find(asked_by);
  if (of_asker == known->second.end()) of_asker = known->second.find(first_asker_.at(question));
  const auto& turns = of_asker->second;
  const auto asked = [&] {
    const std::scoped_lock lock(mutex_);
    return asked_[{question, std::string(asked_by)}]++;
  }();
  const auto turn = std::ranges::upper_bound(turns, asked, {}, &Turn::end);
  return turn == turns.end() ? turns.back().answer : turn->answer;
}

}  // namespace postflight

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "cli/commands.hpp"

// The scripts are made from the command line's own declaration, so they cannot fall behind it.

namespace postflight {
namespace {

std::string shell_quoted(std::string_view text) {  // for a POSIX shell and for fish
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::vector<std::string> flag_names(const CommandWords& command) {
  std::vector<std::string> names;
  for (const auto& flag : command.flags)
    names.insert(names.end(), flag.names.begin(), flag.names.end());
  return names;
}

std::string bash_script(const std::vector<CommandWords>& commands) {
  std::string names, cases;
  for (const auto& command : commands) {
    names += (names.empty() ? "" : " ") + command.name;
    cases += fmt::format("    {})\n      case $previous in\n", command.name);
    for (const auto& flag : command.flags) {
      if (!flag.takes_value) continue;
      cases += fmt::format(
          "        {}) {}; return ;;\n", fmt::join(flag.names, "|"),
          flag.takes_file ? std::string("COMPREPLY=($(compgen -f -- \"$word\"))")
          : flag.values.empty()
              ? std::string("COMPREPLY=()")
              : fmt::format("COMPREPLY=($(compgen -W {} -- \"$word\"))",
                            shell_quoted(fmt::format("{}", fmt::join(flag.values, " ")))));
    }
    cases += fmt::format(
        "      esac\n      if [[ $word == -* ]]; then COMPREPLY=($(compgen -W {} -- \"$word\"))\n",
        shell_quoted(fmt::format("{}", fmt::join(flag_names(command), " "))));
    if (command.takes_files)
      cases += "      else COMPREPLY=($(compgen -f -- \"$word\"))\n";
    else if (!command.values.empty())
      cases += fmt::format("      else COMPREPLY=($(compgen -W {} -- \"$word\"))\n",
                           shell_quoted(fmt::format("{}", fmt::join(command.values, " "))));
    cases += "      fi ;;\n";
  }
  return fmt::format(
      "# bash completion of postflight: source <(postflight completion bash)\n"
      "_postflight() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}\n"
      "  if [ \"$COMP_CWORD\" = 1 ]; then\n"
      "    COMPREPLY=($(compgen -W '{} --help --version' -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  case ${{COMP_WORDS[1]}} in\n"
      "{}  esac\n"
      "}}\n"
      "complete -o filenames -o bashdefault -F _postflight postflight\n",
      names, cases);
}

// zsh splits a description at ':' and '['.
std::string for_zsh(std::string text) {
  for (const std::string_view special : {":", "[", "]"})
    for (auto at = text.find(special); at != std::string::npos; at = text.find(special, at + 2))
      text.insert(at, "\\");
  return text;
}

std::string zsh_flag(const FlagWords& flag) {
  const auto action = !flag.takes_value ? ""
                      : flag.takes_file ? ":file:_files"
                      : flag.values.empty()
                          ? ":value: "
                          : fmt::format(":value:({})", fmt::join(flag.values, " "));
  std::string lines;
  for (const auto& name : flag.names)
    lines += fmt::format("        {} \\\n",
                         shell_quoted(fmt::format("*{}[{}]{}", name, for_zsh(flag.about), action)));
  return lines;
}

std::string zsh_script(const std::vector<CommandWords>& commands) {
  std::string names, cases;
  for (const auto& command : commands) {
    names += fmt::format("    {}\n", shell_quoted(command.name + ":" + for_zsh(command.about)));
    cases += fmt::format("    {})\n      _arguments \\\n", command.name);
    for (const auto& flag : command.flags) cases += zsh_flag(flag);
    cases += command.takes_files ? "        '*:checklist:_files'\n"
             : command.values.empty()
                 ? "        ':: :'\n"
                 : fmt::format("        ':value:({})'\n", fmt::join(command.values, " "));
    cases += "      ;;\n";
  }
  return fmt::format(
      "#compdef postflight\n"
      "_postflight() {{\n"
      "  local -a commands=(\n{}  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case $command in\n{}  esac\n"
      "}}\n"
      "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _postflight \"$@\"; else compdef "
      "_postflight postflight; fi\n",
      names, cases);
}

std::string fish_script(const std::vector<CommandWords>& commands) {
  std::string script = "complete -c postflight -f\n";
  for (const auto& command : commands) {
    script += fmt::format("complete -c postflight -n __fish_use_subcommand -a {} -d {}\n",
                          command.name, shell_quoted(command.about));
    const auto here =
        fmt::format("complete -c postflight -n '__fish_seen_subcommand_from {}'", command.name);
    if (command.takes_files) script += here + " -F\n";
    if (!command.values.empty())
      script += fmt::format("{} -a {}\n", here,
                            shell_quoted(fmt::format("{}", fmt::join(command.values, " "))));
    for (const auto& flag : command.flags) {
      script += here;
      for (const auto& name : flag.names)
        script += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (flag.takes_value) script += flag.takes_file ? " -r -F" : " -x";
      if (!flag.values.empty())
        script += " -a " + shell_quoted(fmt::format("{}", fmt::join(flag.values, " ")));
      script += " -d " + shell_quoted(flag.about) + "\n";
    }
  }
  return script;
}

}  // namespace

int completion_command(const Options& options, const Messages& messages) {
  const auto commands = command_words();
  return print(options.shell == "bash"  ? bash_script(commands)
               : options.shell == "zsh" ? zsh_script(commands)
                                        : fish_script(commands),
               messages);
}

}  // namespace postflight

"""Man pages and shell completions of both programs, made of their --help and the JSON Schemas of their settings.
tests/checks/documents.py --write writes them to packaging/man and packaging/completions.
"""
import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
FLAG = re.compile(r"^  (--[\w-]+)(?: ([A-Z]+))? {2,}(\S.*)$", re.MULTILINE)
OTHER = {"collector": "notifier", "notifier": "collector"}
MADE = "Made by packaging/manual.py; do not edit."


EXAMPLES = {
    "collector": [
        ("Check the configuration:", "swarmbell-collector --config /etc/swarmbell/collector.yml --check-config"),
        ("Run without a file, and read every 2 seconds:", "SWARMBELL_POLL_INTERVAL=2s swarmbell-collector"),
    ],
    "notifier": [
        ("Post a test card to every receiver; a variable stands for each of the unit's credentials:",
         "SWARMBELL_SLACK_WEBHOOK_URL_FILE=/etc/swarmbell/secrets/slack swarmbell-notifier --config /etc/swarmbell/notifier.yml --test-alert"),
        ("Look at a card of each kind:", "swarmbell-notifier --preview terminal"),
        ("Print what changed before an outage:", "swarmbell-notifier --since 2h --stack shop"),
        ("Post nothing about a stack while it is being maintained:",
         "swarmbell-notifier --silence stack=shop --for 1h --because maintenance"),
    ],
}


def settings(schema, path=()):
    """(key, environment variable, default, meaning) of each setting of a schema."""
    for name, value in schema.get("properties", {}).items():
        meaning, _, variable = value.get("description", "").partition(" Environment: ")
        if variable:
            yield ".".join((*path, name)), variable.rstrip("."), value.get("default"), meaning
        else:
            yield from settings(value, (*path, name))


def words_in(text):
    return re.split(r", (?:or )?| or ", text)


def values(metavar, meaning, schema):
    """The words that a flag takes: None for a file, an empty list for anything."""
    if metavar == "FILE":
        return None
    if metavar == "COLORS":
        return schema["properties"]["colors"]["items"]["enum"]
    listed = re.search(r"form for ([\w, ]+)\.", meaning) or re.match(r"([\w]+(?: \(the default\))?, or \w+):", meaning)
    return words_in(listed[1].replace(" (the default)", "")) if listed else []


def roff(text):
    return re.sub(r"^([.'])", r"\\&\1", text.replace("\\", r"\e").replace("-", r"\-"), flags=re.MULTILINE)


def man_page(program, summary, flags, schema):
    name = f"swarmbell-{program}"
    lines = [f'.\\" {MADE}', f'.TH {name.upper()} 1 "" Swarmbell "Swarmbell"', ".SH NAME", roff(f"{name} - {summary}"),
             ".SH SYNOPSIS", f".B {roff(name)}", r"[\fIflags\fR]", ".SH FLAGS"]
    for flag, metavar, meaning in flags:
        lines += [".TP", rf"\fB{roff(flag)}\fR" + (rf" \fI{metavar}\fR" if metavar else ""), roff(meaning)]
    lines += [".SH SETTINGS", "A key of the YAML file, and the environment variable that overrides it. A variable with",
              r"\fB_FILE\fR appended names a file that holds the value. SIGHUP reloads the settings that say so."]
    for key, variable, default, meaning in settings(schema):
        lines += [".TP", rf"\fB{roff(key)}\fR, \fB{variable}\fR", roff(meaning)]
        if default not in (None, ""):
            shown = default if isinstance(default, str) else json.dumps(default)
            lines[-1] += roff(f" Default: {shown}")
    lines += [".SH FILES", ".TP", rf"\fI/etc/swarmbell/{program}.yml\fR", "The settings that the systemd unit uses.",
              ".TP", r"\fI/etc/swarmbell/secrets/NAME\fR", "Webhooks, tokens and keys, which only root can read. The unit sees each as",
              rf"\fI/run/credentials/{name}.service/secrets_NAME\fR.", ".SH EXAMPLES"]
    for meaning, command in EXAMPLES[program]:
        lines += [".PP", roff(meaning), ".PP", ".nf", roff(f"    {command}"), ".fi"]
    lines += [".SH EXIT STATUS", ".TP", "0", "Success.", ".TP", "1",
              "The program failed, its configuration is wrong, or the process that was asked is not healthy.",
              ".TP", "2", "The command line is wrong.",
              ".SH SEE ALSO", rf"\fBswarmbell\-{OTHER[program]}\fR(1)"]
    return "\n".join(lines) + "\n"


def bash(name, flags, schema):
    cases, without = [], []
    for flag, metavar, meaning in flags:
        words = values(metavar, meaning, schema) if metavar else []
        if words is None:
            cases.append(f'    {flag}) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;')
        elif metavar and not words:
            without.append(flag)
        elif metavar:
            cases.append(f"    {flag}) mapfile -t COMPREPLY < <(compgen -W '{' '.join(words)}' -- \"$word\") ;;")
    every = " ".join(flag for flag, _, _ in flags)
    function = "_" + name.replace("-", "_")
    return "\n".join([f"# {MADE}", f"{function}() {{", "  local word=${COMP_WORDS[COMP_CWORD]} flag=${COMP_WORDS[COMP_CWORD - 1]}",
                      "  # bash makes three words of --flag=value.", "  [[ $word != = ]] || word=",
                      "  [[ $flag != = ]] || flag=${COMP_WORDS[COMP_CWORD - 2]}", "  case $flag in", *cases,
                      *([f"    {' | '.join(without)}) COMPREPLY=() ;;"] if without else []),
                      f"    *) mapfile -t COMPREPLY < <(compgen -W '{every}' -- \"$word\") ;;", "  esac", "}",
                      f"complete -F {function} {name}"]) + "\n"


def first_sentence(meaning):
    return re.split(r"(?<=[.;:])\s", re.sub(r" \([^)]*\)", "", meaning))[0].rstrip(".;:")


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def zsh(name, flags, schema):
    lines = [f"#compdef {name}", f"# {MADE}", "_arguments \\"]
    for flag, metavar, meaning in flags:
        words = values(metavar, meaning, schema) if metavar else []
        takes = f":{metavar.lower()}:" if metavar else ""
        takes += "_files" if words is None else f"({' '.join(words)})" if words else ""
        shown = first_sentence(meaning).replace("[", r"\[").replace("]", r"\]")
        lines.append("  " + quoted(f"{flag}{'=' if metavar else ''}[{shown}]{takes}") + " \\")
    lines[-1] = lines[-1].removesuffix(" \\")
    return "\n".join(lines) + "\n"


def fish(name, flags, schema):
    lines = [f"# {MADE}", f"complete -c {name} -f"]
    for flag, metavar, meaning in flags:
        words = values(metavar, meaning, schema) if metavar else []
        takes = " -r -F" if words is None else f" -x -a {quoted(' '.join(words))}" if words else " -x" if metavar else ""
        text = first_sentence(meaning).replace("\\", "\\\\").replace("'", "\\'")
        lines.append(f"complete -c {name} -l {flag.removeprefix('--')}{takes} -d '{text}'")
    return "\n".join(lines) + "\n"


def pages(build, schemas):
    """{file: its text} for both programs, whose JSON Schemas these are by name."""
    made = {}
    for program, schema in schemas.items():
        name = f"swarmbell-{program}"
        shown = subprocess.run([pathlib.Path(build) / program / name, "--help"], check=True, capture_output=True, text=True).stdout
        summary = re.match(rf"{name} \S+: (.*)\.\n", shown)[1]
        flags = FLAG.findall(shown.partition("\nSettings:")[0])
        folder = ROOT / "packaging"
        made[folder / "man" / f"{name}.1"] = man_page(program, summary, flags, schema)
        made[folder / "completions" / "bash" / name] = bash(name, flags, schema)
        made[folder / "completions" / "zsh" / f"_{name}"] = zsh(name, flags, schema)
        made[folder / "completions" / "fish" / f"{name}.fish"] = fish(name, flags, schema)
    return made


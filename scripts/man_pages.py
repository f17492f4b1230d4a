#!/usr/bin/env python3
"""man_pages.py BIN OUT: writes the man pages and zsh's completion out of what the programs in BIN say of themselves.

    scripts/man_pages.py build/dev/bin packaging      # OUT/man/*, OUT/completion/_pagecast

They are kept in the repository, as docs/cli.md is; a test makes them anew and compares.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def say(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True,
                          env={**os.environ, "NO_COLOR": "1"}).stdout


def roff(text):
    """Text as it is, in roff: nothing of it is a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")
    return re.sub(r"^([.'])", r"\\&\1", text)


def example(lines):
    return [".EX", *map(roff, lines), ".EE"]


def paragraphs(text):
    """Paragraphs, those of columns as they stand."""
    out = []
    for block in text.strip("\n").split("\n\n"):
        lines = block.splitlines()
        is_table = any(re.search(r"\S {2,}\S", line) or line.startswith(" ") for line in lines)
        out += [".PP", *(example(lines) if is_table else map(roff, lines))]
    return out


def options(lines):
    """Lines of `   -x, --name VALUE  help`, help going on below itself."""
    out = []
    for line in lines:
        found = re.match(r"   ((?:-\S, |    )?--\S+(?: \S+)?)\s+(.*)", line)
        if found:
            out += [".TP", f".B {roff(found[1].strip())}", roff(found[2])]
        elif line.strip() and out:
            out += [".br", roff(line.strip())]
    return out


def sections(text):
    """{heading: lines} of a command's help; what stands before the options is "about"."""
    found, name = {"about": []}, "about"
    for line in text.splitlines():
        if line in ("usage", "options", "examples"):
            name = line
            found[name] = []
        elif name == "usage" and line and not line.startswith("   "):
            name = "about"
            found[name].append(line)
        else:
            found[name].append(line)
    return found


def commands(bin_dir):
    """[(name, summary)] in order."""
    return re.findall(r"^   (\w+) +(.+)$", say(bin_dir / "pagecast", "help"), re.M)


def head(name, section, what, title):
    version = re.search(r"project\(pagecast VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
    return [r'.\" Written by scripts/man_pages.py out of what the programs say of themselves: change that.',
            f'.TH {roff(name).upper()} {section} "" "pagecast {version}" "{title}"', ".SH NAME", f"{roff(name)} \\- {roff(what)}"]


def refs(*pages):
    lines = [f".BR {roff(n)} ({s}){',' if i + 1 < len(pages) else ''}" for i, (n, s) in enumerate(pages)]
    return [".SH SEE ALSO", *lines, ".PP", "The documents in", ".IR /usr/share/doc/pagecast ."]


def page_pagecast(bin_dir):
    out = head("pagecast", 1, "shared-memory regions that say whether their writer is alive", "User Commands")
    out += [".SH SYNOPSIS", ".B pagecast", ".I command", r"[\fIoptions\fR] [\fIarguments\fR]", ".SH DESCRIPTION",
            "Looks at regions and at the daemons that serve them, writes regions, waits for them, and works with layouts.", ".SH COMMANDS"]
    for name, _ in commands(bin_dir):
        text = say(bin_dir / "pagecast", "help", name)
        first, rest = text.split("\n", 1)
        part = sections(rest)
        out += [f".SS {roff(first.removeprefix('pagecast '))}", *example(line.strip() for line in part["usage"] if line.strip())]
        out += paragraphs("\n".join(part["about"]))
        out += options(part.get("options", []))
        if part.get("examples"):
            out += [".PP", "Examples:", *example(line[3:] for line in part["examples"] if line.strip())]
    codes, environment = say(bin_dir / "pagecast", "help", "exit-codes").split("\nenvironment\n")
    out += [".SH EXIT STATUS"]
    for code, what in re.findall(r"^   (\d)  (.+)$", codes, re.M):
        out += [".TP", f".B {code}", roff(what)]
    out += [".SH ENVIRONMENT"]
    for name, what in re.findall(r"^   (\w+) +(.+)$", environment, re.M):
        out += [".TP", f".B {name}", roff(what)]
    return out + refs(("pagecastd", 8), ("pagecast.yaml", 5), ("pagecast-plugin", 7))


def page_pagecastd(bin_dir):
    text = say(bin_dir / "pagecastd", "--help")
    lines = text.splitlines()
    listed = [re.sub(r"^  (?=-)", "   ", line) for line in lines if re.match(r"  +-|   {10,}\S", line)]
    signals = re.search(r"^SIGHUP.*?(?=^Exit status)", text, re.M | re.S)
    out = head("pagecastd", 8, "owns the shared-memory regions that one configuration describes", "System Administration")
    out += [".SH SYNOPSIS", ".B pagecastd", r"[\fIoptions\fR] \fICONFIG\fR", ".SH DESCRIPTION", roff(lines[2]),
            "It runs in the foreground and logs to standard error, or as its configuration says.", ".SH OPTIONS", *options(listed)]
    if signals:
        out += [".SH SIGNALS", *map(roff, signals[0].strip().splitlines())]
    exit_status = re.search(r"^Exit status: (.*)", text, re.M)[1]
    out += [".SH EXIT STATUS", roff(exit_status), ".SH NOTES",
            r"With \fBType=notify\fR it tells systemd that it is ready, reloading and stopping, and feeds the watchdog.",
            ".SH FILES", ".TP", ".I /etc/pagecast/pagecast.yaml", "the configuration of the packaged service", ".TP", ".I /dev/shm",
            "the regions: NAME is a payload, NAME.pagecast its control object"]
    return out + refs(("pagecast", 1), ("pagecast.yaml", 5), ("pagecast-plugin", 7))


def page_config(bin_dir):
    out = head("pagecast.yaml", 5, "configuration of pagecastd", "File Formats")
    out += [".SH DESCRIPTION"]
    at = None  # columns in front of the last key: its help stands four behind it
    for line in say(bin_dir / "pagecastd", "--help-config").splitlines():
        text, indent = line.strip(), len(line) - len(line.lstrip())
        key = re.match(r"(\S+): (.+)$", text)
        if not text:
            at = None
        elif at is not None and indent == at + 4:
            out += [roff(text)]
        elif key:
            at = indent
            out += [".TP", f"\\fB{roff(key[1])}\\fR: {roff(key[2])}"]
        elif re.fullmatch(r"\S+:", text):
            out += [".SS " + roff(text.rstrip(":"))]
        else:
            out += [".PP", roff(text)]
    out += [".SH EXAMPLE", *example((ROOT / "packaging/debian/pagecast.yaml").read_text().splitlines())]
    return out + refs(("pagecastd", 8), ("pagecast", 1))


def page_plugin(_):
    header = (ROOT / "include/pagecast/plugin.h").read_text()
    host = re.search(r"^struct pc_host \{(.*?)^\};", header, re.M | re.S)[1]
    api = re.search(r"^struct pc_plugin \{(.*?)^\};", header, re.M | re.S)[1]
    clean = lambda text: [re.sub(r"\t+", "  ", line).rstrip() for line in text.strip("\n").splitlines()]  # noqa: E731
    out = head("pagecast-plugin", 7, "what a plugin of pagecastd is, and what its host offers", "Miscellaneous")
    out += [".SH SYNOPSIS", ".B #include <pagecast/plugin.h>", ".SH DESCRIPTION",
            r"A plugin is a shared object that exports one descriptor, \fBpagecast_plugin\fR, and imports nothing from pagecast.",
            r"It is found in \fIplugin_path\fR of the configuration, in \fB\-\-plugin\-path\fR and beside the installed ones.",
            r"\fBpagecast plugin new\fR makes a project, \fBpagecast plugin test\fR tries what was built.",
            ".SH DESCRIPTOR", *example(clean(api)), ".SH HOST",
            "Functions marked [loop] are called on the daemon's loop, [any] anywhere.".replace("'", r"\(aq"), *example(clean(host))]
    return out + refs(("pagecastd", 8), ("pagecast", 1))


# What follows a command, where it is not a region: files, daemons, commands of its own and then files.
REST = {"check": "_files", "play": "_files", "export": "_files", "help": "_nothing", "version": "_nothing", "status": "_pagecast_daemons",
        "reload": "_pagecast_daemons", "recording": ["info", "check"]}


def zsh(bin_dir):
    """Options and commands with their words of help; regions and daemons are asked for when they are wanted."""
    quote = lambda t: t.replace("'", "'\\''").replace("[", "(").replace("]", ")").replace(":", "\\:")  # noqa: E731
    out = ["#compdef pagecast", "# Written by scripts/man_pages.py out of what the program says of itself: change that.", "",
           "_pagecast_regions() {", "\tlocal -a names",
           "\tnames=(${(f)\"$(pagecast list --color=never 2>/dev/null | sed -n '2,$s/  .*//p')\"})", "\tcompadd -a names", "}", "",
           "_pagecast_daemons() {", "\tlocal -a names",
           "\tnames=(${(f)\"$(pagecast status --color=never 2>/dev/null | sed -n 's/^\\([^ ][^ ]*\\)  .*/\\1/p')\"})", "\tcompadd -a names", "}", "",
           "_pagecast() {", "\tlocal -a commands", "\tcommands=("]
    out += [f"\t\t'{name}:{quote(what)}'" for name, what in commands(bin_dir)]
    out += ["\t)", "\tif ((CURRENT == 2)); then", "\t\t_describe command commands", "\t\treturn", "\tfi", "\tcase $words[2] in"]
    for name, _ in commands(bin_dir):
        part = sections(say(bin_dir / "pagecast", "help", name).split("\n", 1)[1])
        own = re.findall(r"^([a-z][a-z-]*) [A-Z]", say(bin_dir / "pagecast", "help", name), re.M)
        rest = REST.get(name, own or "_pagecast_regions")
        out += [f"\t{name})", "\t\t_arguments \\"]
        for line in part.get("options", []):
            found = re.match(r"   (?:(-\S), |    )?(--[\w-]+)(?: (\S+))?\s+(.*)", line)
            if found:
                value = f":{found[3].lower()}:" + ("_files" if found[3] in ("FILE", "DIR") else " ") if found[3] else ""
                forms = f"'({found[1]} {found[2]})'{{{found[1]},{found[2]}}}'" if found[1] else f"'{found[2]}"
                out += [f"\t\t\t{forms}[{quote(found[4])}]{value}' \\"]
        if isinstance(rest, str):
            out += [f"\t\t\t'*:: :{rest}'", "\t\t;;"]
        else:
            out += ["\t\t\t'1: :' \\", f"\t\t\t'2:command:({' '.join(rest)})' \\", "\t\t\t'*:file:_files'", "\t\t;;"]
    return out + ["\tesac", "}", "", "_nothing() { : }", "", '_pagecast "$@"']


FILES = {"man/pagecast.1": page_pagecast, "man/pagecastd.8": page_pagecastd, "man/pagecast.yaml.5": page_config,
         "man/pagecast-plugin.7": page_plugin, "completion/_pagecast": zsh}


def main():
    bin_dir, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    for name, make in FILES.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("\n".join(make(bin_dir)) + "\n")


if __name__ == "__main__":
    main()

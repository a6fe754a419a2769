"""What paths on a command line mean: files, all that is in directories, and quoted patterns."""

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from larder.errors import UsageError

STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Patterns:
    """Which files of a directory are wanted: those included, or all, but for those excluded."""

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    hidden: bool = False

    def take(self, relative: str) -> bool:
        """Whether a file is wanted, by its path below what was given, with `/` in it.

        A pattern may match that path, where `*` matches `/` too, the name alone, or either of a
        directory that the file is in.
        """
        names = [relative, *map(str, PurePosixPath(relative).parents)][:-1]
        names += PurePosixPath(relative).parts
        is_included = not self.include or _match(names, self.include)
        return is_included and not _match(names, self.exclude)


@dataclass(frozen=True)
class Found:
    """A file: where it is, and its path below what was given, with `/` in it."""

    path: str
    relative: str


def files_at(
    arguments: Iterable[str], patterns: Patterns
) -> tuple[list[str], list[tuple[str, UsageError]]]:
    """The files that the arguments mean, each once, in their order; and what is wrong with which.

    What is no directory is taken as it is, and whether it can be read is for others to say. What is
    not there and has `*`, `?` or `[` in it is a pattern: not every shell puts files in its place.
    An argument that means no file at all is wrong, and so are all when no file is wanted.
    """
    paths: dict[str, str] = {}
    wrong: list[tuple[str, UsageError]] = []
    ignored = []
    for argument in arguments:
        found: list[Found] = []
        for each in _meant(argument, hidden=patterns.hidden):
            if isinstance(each, Found):
                found.append(each)
            else:
                wrong.append((argument, each))
        taken = [each.path for each in found if patterns.take(each.relative)]
        for path in taken:
            paths.setdefault(_identity(path), path)
        if not found and (not wrong or wrong[-1][0] != argument):
            hidden = "" if patterns.hidden else ", but perhaps hidden ones: see --hidden"
            wrong.append((argument, UsageError(f"no file found: {argument}{hidden}")))
        if found and not taken:
            ignored.append(argument)
    if not paths and ignored:
        wrong += [(each, UsageError(_none_wanted(each, patterns))) for each in ignored]
    return list(paths.values()), wrong


def below(directory: str, *, hidden: bool) -> Iterator[Found | UsageError]:
    """The files in a directory and in those below, by name; and which of them cannot be read.

    A link to a file is that file. One to a directory is passed over, since it may lead back; and so
    is what has no content, such as a pipe.
    """
    return _below(directory, "", hidden=hidden)


def unselected(directory: str, taken: Iterable[str]) -> tuple[list[str], list[UsageError]]:
    """The paths of all that is below a directory and was not taken, be it hidden or behind links.

    And what cannot be read there, where anything may be. Each directory is looked at once, so links
    may lead in circles.
    """
    taken_files, seen = set(map(_identity, taken)), set()
    paths: list[str] = []
    wrong: list[UsageError] = []
    directories_left = [directory]
    while directories_left:
        current = directories_left.pop()
        real = os.path.realpath(current)
        if real in seen:
            continue
        seen.add(real)
        try:
            with os.scandir(current) as scanned:
                found = [entry.path for entry in scanned]
        except OSError as error:
            wrong.append(_unreadable(current, error))
            continue
        directories = set(filter(os.path.isdir, found))
        directories_left.extend(directories)
        paths += [
            path for path in found if path not in directories and _identity(path) not in taken_files
        ]
    return paths, wrong


def _meant(argument: str, *, hidden: bool) -> Iterator[Found | UsageError]:
    if os.path.isdir(argument):  # noqa: PTH112 - pathlib's raises where one may not look
        yield from below(argument, hidden=hidden)
    elif argument != STANDARD_INPUT and glob.has_magic(argument) and not os.path.lexists(argument):
        yield from _matching(argument, hidden=hidden)
    else:
        yield Found(argument, Path(argument).name or argument)


def _matching(pattern: str, *, hidden: bool) -> Iterator[Found | UsageError]:
    parts = Path(pattern).parts
    fixed = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    root = Path(*parts[:fixed])
    for path in sorted(  # as a shell does it; pathlib's takes hidden files always
        glob.glob(pattern, recursive=True, include_hidden=hidden)  # noqa: PTH207
    ):
        if os.path.isdir(path):  # noqa: PTH112 - as above
            yield from _below(path, f"{Path(path).relative_to(root).as_posix()}/", hidden=hidden)
        else:
            yield Found(path, Path(path).relative_to(root).as_posix())


def _below(directory: str, prefix: str, *, hidden: bool) -> Iterator[Found | UsageError]:
    try:
        with os.scandir(directory) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
    except OSError as error:
        yield _unreadable(directory, error)
        return
    for entry in entries:
        if entry.name.startswith(".") and not hidden:
            continue
        relative = f"{prefix}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path, f"{relative}/", hidden=hidden)
        elif _is_file_or_leads_nowhere(entry.path):
            yield Found(entry.path, relative)


def _unreadable(directory: str, error: OSError) -> UsageError:
    return UsageError(f"cannot read {directory}: {error.strerror}")


def _is_file_or_leads_nowhere(path: str) -> bool:
    """Whether it is a file, or a link to nothing, which is not to be left out in silence."""
    return os.path.isfile(path) or not os.path.exists(path)  # noqa: PTH110, PTH113 - as above


def _match(names: Iterable[str], patterns: Sequence[str]) -> bool:
    trimmed = [pattern.rstrip("/") for pattern in patterns]
    return any(fnmatchcase(name, pattern) for name in names for pattern in trimmed)


def _identity(path: str) -> str:
    """The same for every spelling of a path; a link is one of its own, since it has a name."""
    if path == STANDARD_INPUT:
        return path
    directory, name = os.path.split(path)
    return os.path.normcase(os.path.join(os.path.realpath(directory), name))  # noqa: PTH118


def _none_wanted(argument: str, patterns: Patterns) -> str:
    given = [f"--include {pattern}" for pattern in patterns.include]
    given += [f"--exclude {pattern}" for pattern in patterns.exclude]
    return f"no file is left of {argument} by {' '.join(given)}"

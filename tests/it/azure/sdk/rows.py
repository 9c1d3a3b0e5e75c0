"""What is called, and what the library's own models then have to say."""

import datetime
import enum
import time

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

# How long, in real seconds, a change may take until readers are shown it.
PATIENCE = 10


def member(value, path):
    """A member by attributes' names divided by points, or by a tuple of them where a name has points in it."""
    for part in path.split(".") if isinstance(path, str) else path:
        if value is None:
            return None
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        elif hasattr(type(value), "_attr_to_rest_field") or not isinstance(value, dict):
            value = getattr(value, part)
        else:
            value = value.get(part)
    return value


def is_as(found, expected):
    """A type stands for whatever is of it, a function for what it holds of, anything else for itself."""
    if expected is datetime.datetime:
        return isinstance(found, datetime.datetime) and found.tzinfo is not None
    if isinstance(expected, type):
        return isinstance(found, expected)
    if isinstance(expected, enum.Enum):
        return type(found) in (type(expected), str) and found == expected
    return bool(expected(found)) if callable(expected) else found == expected


def name_of(expected):
    return getattr(expected, "__name__", None) or repr(expected)


def differences(value, shows):
    found = {path: member(value, path) for path in shows}
    return [
        f"{path} is {found[path]!r} and not {name_of(expected)}"
        for path, expected in shows.items()
        if not is_as(found[path], expected)
    ]


def prefixed(given):
    """By their paths below the properties."""
    return {f"properties.{name}": value for name, value in given.items()}


def camel(name):
    """As the wire has it."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def finished(outcome):
    """What came of it, once the library's own poller says so."""
    return outcome.result(120) if hasattr(outcome, "polling_method") else outcome


class Names:
    """What a list has, for rows that look at members."""

    def __init__(self, found):
        self.names = sorted(one.name for one in found)


class Rows:
    """The rows of one service. One that fails is kept, and the others go on."""

    def __init__(self, service):
        self.service = service
        self.tried = []
        self.failures = []

    @property
    def count(self):
        return len(self.tried)

    def fail(self, what, why):
        self.failures.append(f"{self.service}: {what}: {why}")

    def attempt(self, what, call):
        self.tried.append(what)
        try:
            return True, finished(call())
        except HttpResponseError as error:
            self.fail(what, f"{error.status_code} {error.message}")
        return False, None

    def shows(self, what, call, shows=None):
        """The answer shows this."""
        done, found = self.attempt(what, call)
        if done and shows:
            for difference in differences(found, shows):
                self.fail(what, difference)
        return found

    def soon(self, what, call, shows):
        """A reader is shown this, at once or soon."""
        self.tried.append(what)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                found = call()
                wrong = differences(found, shows)
            except ResourceNotFoundError as error:
                found, wrong = None, [str(error.message)]
            if not wrong:
                return found
            if time.monotonic() > until:
                self.fail(what, "; ".join(wrong))
                return found
            time.sleep(0.02)

    def lists(self, what, call, name, shows=None):
        """The list, of all of its pages, has one of this name, and that one shows this."""
        done, found = self.attempt(what, lambda: list(call()))
        if not done:
            return None
        named = [one for one in found if one.name == name]
        if len(named) != 1:
            self.fail(what, f"{len(named)} of {[one.name for one in found]} are {name}")
            return None
        for difference in differences(named[0], shows or {}):
            self.fail(what, difference)
        return named[0]

    def counts(self, what, call, names):
        """The list, of all of its pages, is of these names, in whatever order."""
        done, found = self.attempt(what, lambda: sorted(one.name for one in call()))
        if done and found != sorted(names):
            self.fail(what, f"it has {found} and not {sorted(names)}")

    def refused(self, what, call, status, code, text=""):
        """The service says no, with this status, this code, and this somewhere in its words."""
        self.tried.append(what)
        try:
            found = finished(call())
            self.fail(what, f"it is not refused: {found}")
        except HttpResponseError as error:
            told = error.error
            if (error.status_code, told and told.code) != (status, code):
                self.fail(what, f"{error.status_code} {error.message}, and not {status} {code}")
            elif text.lower() not in (told.message or "").lower():
                self.fail(what, f"there is no {text!r} in {told.message!r}")

    def holds(self, what, is_so):
        self.tried.append(what)
        if not is_so:
            self.fail(what, "it is not so")

    def gone(self, what, call, code="ResourceNotFound"):
        """It is not there, or soon will not be."""
        self.tried.append(what)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                call()
            except ResourceNotFoundError as error:
                if error.error.code != code:
                    self.fail(what, f"{error.error.code} and not {code}")
                return
            time.sleep(0.02)
        self.fail(what, "it is still there")

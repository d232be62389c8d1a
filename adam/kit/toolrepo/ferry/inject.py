"""`Inject` marks what a part needs; the `Harbour` hands it over."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar, get_args, get_type_hints

T = TypeVar("T")


class Inject:
    """The marker: `store: Annotated[TicketStore, Inject()]`."""


class Harbour:
    """Holds one object for each kind of part."""

    def __init__(self) -> None:
        self._parts: dict[Any, object] = {}

    def moor(self, kind: Any, part: object) -> None:
        """From now on `part` is handed to whoever asks for `kind`."""
        self._parts[kind] = part

    def build(self, cls: type[T]) -> T:
        """Makes a `cls`, every marked need of it filled."""
        hints = get_type_hints(cls.__init__, include_extras=True)
        needs = {name: get_args(hint) for name, hint in hints.items() if _marked(hint)}
        return cls(**{name: self._parts[kind] for name, (kind, *_) in needs.items()})


def _marked(hint: object) -> bool:
    return type(hint) is type(Annotated[int, 0]) and any(isinstance(a, Inject) for a in get_args(hint))
